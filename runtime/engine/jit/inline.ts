/**
 * Small functions run in place: the text of a call's callee instead of the call.
 * Invariant: frames stay canonical. What is inlined charges its own weight, writes its own frame and then its caller's, and
 * traces itself, so nobody outside can tell; only host stack and time are saved. A function's host frame never grows beyond
 * what its weight pays for.
 */
import { flowOf } from '../../bytecode/isa.js';
import type { Callee, Fn } from '../function.js';
import { blocksOf } from './blocks.js';
import type { Block } from './blocks.js';
import { BlockEmitter } from './emit.js';
import { leftText } from './exits.js';
import type { Exits, Flagged, Inline, Left } from './exits.js';
import type { Names } from './names.js';
import { structuredLayout } from './structure.js';

/** Longest code of an inlined function, in words, and most blocks. */
const SMALL = 96;
const MOST_BLOCKS = 16;
/** Words inlined into one function. */
const BUDGET = 480;
/** Calls within calls. */
const LEVELS = ['a', 'b'];

/** Rows that a function run in place may not have: they can suspend it somewhere that a call's return does not lead to. */
const unfit = new Set(['loop', 'try', 'wait', 'select', 'start', 'end', 'closure', 'close_upvalues']);

const blocksIfFit = new WeakMap<Fn, ReadonlyMap<number, Block> | null>();
function fit(fn: Fn): ReadonlyMap<number, Block> | null {
  let known = blocksIfFit.get(fn);
  if (known === undefined) {
    const blocks = fn.code.length <= SMALL && !fn.holdsEnds && fn.facts.opened.length === 0 ? blocksOf(fn, []) : null;
    const good = blocks !== null && blocks.size <= MOST_BLOCKS && [...blocks.values()].every(isFit);
    blocksIfFit.set(fn, (known = good ? blocks : null));
  }
  return known;
}
/** Bytes of host stack that a frame with these functions in place needs at most, and that a reduction pays for. */
const frameOf = (chain: readonly Fn[]): number => 112 + chain.reduce((n, f) => n + 16 * (f.maxDepth + 1), 0);
const PAID = 160;

const CALLS = new Set(['call', 'tail_call', 'apply', 'tail_apply']);
/**
 * Can a function that calls itself be run in itself twice? If it calls nothing else and all of that fits: then only the
 * innermost calls take host stack, and three weights pay for a host frame.
 */
function unrollsTwice(fn: Fn, blocks: ReadonlyMap<number, Block>): boolean {
  const calls = [...blocks.values()].flatMap((b) => b.code.filter(({ row }) => CALLS.has(flowOf(row))));
  const own = calls.every(({ row, pc }) => flowOf(row) === 'call' && fn.callees[fn.code[pc + 1]!] === fn);
  const words = (calls.length + calls.length ** 2) * fn.code.length;
  return own && words <= BUDGET && frameOf([fn, fn, fn]) <= 3 * PAID * fn.weight;
}
const NONE: ReadonlySet<number> = new Set();
const isFit = (b: Block): boolean => b.code.every(({ row }) => !unfit.has(flowOf(row)));

interface Call {
  readonly args: readonly string[];
  /** The variable that gets the result. */
  readonly target: string;
  readonly flagged: Flagged;
  readonly outer: Exits;
}

/** Inlines into one host function. */
export class Inliner {
  #words = 0;
  #labels = 0;
  /** By level: most slots and temporaries that a callee uses there. */
  readonly #slots = [0, 0];
  readonly #temporaries = [0, 0];

  constructor(
    readonly root: Fn,
    readonly names: Names,
    readonly metered: boolean,
  ) {}

  /** Variables that what was inlined needs. */
  variables(): string[] {
    return LEVELS.flatMap((prefix, level) => [
      ...Array.from({ length: this.#slots[level]! }, (_, i) => `${prefix}s${i}`),
      ...Array.from({ length: this.#temporaries[level]! }, (_, i) => `${prefix}u${i}`),
    ]);
  }

  /** For calls made by the function at the end of a chain of callers. */
  within(chain: readonly Fn[]): Inline {
    return (callee, args, target, flagged, outer) => {
      const blocks = this.#worth(chain, callee);
      return blocks === null ? undefined : this.#text(chain, callee as Fn, blocks, { args, target, flagged, outer });
    };
  }

  #worth(chain: readonly Fn[], callee: Callee): ReadonlyMap<number, Block> | null {
    if (callee.kind !== 'function' || !this.names.compiled.has(callee) || chain.length > LEVELS.length) return null;
    const blocks = this.#words + callee.code.length > BUDGET ? null : fit(callee);
    if (blocks === null) return null;
    const twice = callee === this.root && unrollsTwice(callee, blocks);
    if (chain.includes(callee) && chain.length > 1 && !twice) return null;
    if (!twice && frameOf([...chain, callee]) > PAID * this.root.weight) return null;
    this.#words += callee.code.length;
    return blocks;
  }

  #text(
    chain: readonly Fn[],
    callee: Fn,
    blocks: ReadonlyMap<number, Block>,
    { args, target, flagged, outer }: Call,
  ): string {
    const { names } = this;
    const level = chain.length - 1;
    const prefix = LEVELS[level]!;
    const n = this.#labels++;
    const into = (value: string): string => (callee.returns ? `${target} = ${value};` : `${value};`);
    const text = 'text' in flagged ? flagged.text : outer.flagged([flagged.left], false);
    const beyond = (left: readonly Left[]): string =>
      'left' in flagged
        ? outer.flagged([...left, flagged.left], false)
        : `{ ${left.map(leftText).join(' ')} break J${n}; }`;
    const exits: Exits = {
      result: (value) => `{ ${callee.returns ? into(value) : ''} break I${n}; }`,
      tail: (_callee, call) => `{ ${into(call)} if (R.flag === 0) break I${n}; break J${n}; }`,
      flagged: beyond,
      suspended: beyond,
    };
    const inner = this.within([...chain, callee]);
    const emitter = new BlockEmitter(callee, names, false, this.metered, exits, inner, NONE, prefix);
    const layout = structuredLayout(blocks, null, callee.facts.loopHeads, `${prefix}${n}`);
    const body = layout.body((b, go) => emitter.emit(b, go));
    const slots = Array.from({ length: callee.entryDepth }, (_, i) => `${prefix}s${i}`);
    const given = slots.map((s, i) => `${s} = ${args[i] ?? 'undefined'};`);
    const site = names.site(callee.site(0, false));
    const suspend: Left = { helper: names.spill('y', slots.length), first: [site], values: slots };
    this.#slots[level] = Math.max(this.#slots[level]!, callee.maxDepth + 1);
    this.#temporaries[level] = Math.max(this.#temporaries[level]!, emitter.temporaries);
    return `I${n}: { J${n}: { ${given.join(' ')}
if ((R.fuel -= ${callee.weight}) < 0) ${exits.flagged([suspend], false)}
${body}
} ${text} }`;
  }
}

/**
 * The compiler to JavaScript: every function of a module becomes two, a fast one without a way back in, and one that
 * resumes at any site where its frame can rest.
 * Invariant: compiled code charges, suspends, raises and traces exactly as the interpreter; frames it writes can be
 * resumed by either engine. Where the host forbids making code, everything stays interpreted.
 */
import { type Meaning, flowOf } from '../../bytecode/isa.js';
import { R, passed } from '../../process/registers.js';
import { loseSlot } from '../../process/mail.js';
import type { Value } from '../../values/value.js';
import type { Callee, Fast, Fn, Instance, Resume } from '../function.js';
import { select } from '../select.js';
import { support } from '../support.js';
import { blocksOf, entriesOf } from './blocks.js';
import type { Block, Entry } from './blocks.js';
import { BlockEmitter } from './emit.js';
import { ColdExits, READ } from './exits.js';
import type { Exits } from './exits.js';
import { applyText, spillText } from './helpers.js';
import { Inliner } from './inline.js';
import { asInts, intSlots, isInt } from './int-slots.js';
import { MOST_NAMED, Names } from './names.js';
import type { Source } from './names.js';
import { naturalLoops, structuredLayout, switchLayout } from './structure.js';

/** Functions with more blocks than this take the switch: nested too deep, the host's own compiler gives up. */
const MOST_STRUCTURED = 400;
/** Functions longer than this (in words) are not worth a host function each. */
const LONGEST = 60_000;

export interface JitOptions {
  /** Test only: every function as one switch over blocks. */
  readonly switchOnly?: boolean;
  /** Count what is allocated. */
  readonly metered?: boolean;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/** Blocks of the loops that call nothing, send nothing (a full mailbox takes the fuel away), start nothing (what a thread is given may be counted) and do nothing long (which costs some): they may count their fuel in a local variable. */
function callFree(blocks: ReadonlyMap<number, Block>, heads: ReadonlySet<number>): Set<number> {
  const calls = (pc: number): boolean =>
    blocks
      .get(pc)!
      .code.some(
        ({ row }) =>
          ['call', 'apply'].includes(flowOf(row)) ||
          row.touches === 'mailbox' ||
          row.touches === 'threads' ||
          isLong(row.meaning),
      );
  const loops = [...naturalLoops(blocks, heads).values()];
  return new Set(loops.filter((members) => ![...members].some(calls)).flatMap((members) => [...members]));
}

const isLong = (m: Meaning): boolean => m.kind === 'value' && m.long === true;

interface Body {
  readonly text: string;
  /** Variables beyond the slots. */
  readonly variables: readonly string[];
  /** Blocks that have the fuel in a local variable. */
  readonly counting: ReadonlySet<number>;
}

function bodyOf(fn: Fn, names: Names, entries: Entry[] | null, options: JitOptions, exits: Exits): Body {
  const blocks = blocksOf(fn, entries ?? []);
  const flat = options.switchOnly === true || blocks.size > MOST_STRUCTURED;
  const ints = fn.facts.loopHeads.size > 0 ? intSlots(fn, blocks) : null;
  const arrivals = entries?.map((e) => ({ ...e, first: asInts(ints?.get(e.pc) ?? []) })) ?? null;
  const layout = flat ? switchLayout(blocks, arrivals) : structuredLayout(blocks, arrivals, fn.facts.loopHeads);
  const metered = options.metered ?? false;
  const inliner = new Inliner(fn, names, metered);
  const counting = flat ? new Set<number>() : callFree(blocks, fn.facts.loopHeads);
  const emitter = new BlockEmitter(fn, names, entries !== null, metered, exits, inliner.within([fn]), counting);
  const text = layout.body((b, go) => emitter.emit(b, go));
  const temporaries = range(0, emitter.temporaries).map((i) => `u${i}`);
  return { text, variables: [...temporaries, ...inliner.variables()], counting };
}

const variables = (from: number, fn: Fn, body: Body): string =>
  ['t', 'w', 'fuel', ...range(from, fn.maxDepth + 1).map((i) => `s${i}`), ...body.variables].join(', ');

function fastText(fn: Fn, names: Names, options: JitOptions): string {
  let loops = false;
  const params = range(0, fn.arity).map((i) => `s${i}`);
  const entry = range(0, fn.entryDepth).map((i) => `s${i}`);
  /** A call of itself in tail position begins anew, with the same charge. */
  const again = (callee: Callee, args: readonly string[]): string | undefined => {
    if (callee !== fn) return undefined;
    loops = true;
    const next = entry.map((_, i) => args[i] ?? 'undefined');
    const moved = range(0, fn.entryDepth).filter((i) => next[i] !== entry[i]);
    const read = moved.map((i) => `q${i} = ${next[i]};`);
    return `{ ${[...read, ...moved.map((i) => `s${i} = q${i};`)].join(' ')} continue T; }`;
  };
  const exits = new ColdExits(`${fn.index}`, false, again);
  const first = [names.site(fn.site(0, false))];
  const suspend = exits.flagged([{ helper: names.spill('y', entry.length), first, values: entry }], false);
  const body = bodyOf(fn, names, null, options, exits);
  const text = `if ((R.fuel -= ${fn.weight}) < 0) ${suspend}
${body.counting.has(0) ? READ : ''}${body.text}`;
  const ints = loops || fn.facts.loopHeads.size > 0 ? asInts(fn.image.params.map(isInt)) : '';
  const read = loops ? [`let ${entry.map((_, i) => `q${i}`).join(', ')};`].filter((l) => l !== 'let ;') : [];
  return `${exits.text()}
function f${fn.index}(${params.join(', ')}) {
let ${[variables(fn.arity, fn, body), ...exits.variables()].join(', ')};
${ints}${read.join('')}${exits.around(loops ? `T: for (;;) {\n${text}\n}` : text)}
}`;
}

function resumeText(fn: Fn, entries: Entry[], names: Names, options: JitOptions): string {
  const exits = new ColdExits(`r${fn.index}`, true);
  const body = bodyOf(fn, names, entries, options, exits);
  const load = entries.map(({ site }, i) => {
    const slots = range(0, site.depth).map((k) => `s${k} = d[p + ${k + 1}];`);
    const answer = site.pushes ? ` s${site.depth} = v;` : '';
    const label = i === entries.length - 1 ? 'default' : `case ${names.relative(site)}`;
    return `${label}: ${slots.join(' ')}${answer} rp = ${i + 1}; break;`;
  });
  return `${exits.text()}
function r${fn.index}(d, p, v) {
let rp = 0, ${[variables(0, fn, body), ...exits.variables()].join(', ')};
switch (d[p] - B) {
${load.join('\n')}
}
${exits.around(`${body.counting.size > 0 ? READ : ''}${body.text}`)}
}`;
}

/** The frame of a compiled call is given up: an exception passes through it, or the thread failed inside it. */
function unwound(site: number, slots: readonly Value[]): void {
  if (R.flag === 2) passed(site);
  if (R.exn !== null) for (const v of slots) loseSlot(v, R.thread, R.exn);
}

/**
 * What a unit's text finds by name. Parameters, not declarations: the host asks of a declared name each time whether it was
 * assigned already, and takes a parameter that is never assigned for a constant.
 */
const surroundings: Readonly<Record<string, unknown>> = {
  R,
  passed,
  SELECT: select.choose,
  unwound,
  NONE: [],
  ...support,
};

/** The text of a unit of functions: the body of a function of `surroundings` that gives the unit's `Maker`. For tools and tests. */
export function unitText(functions: readonly Fn[], names: Names, options: JitOptions = {}): string {
  const entries = functions.map(entriesOf);
  const texts = functions.flatMap((f, i) => [fastText(f, names, options), resumeText(f, entries[i]!, names, options)]);
  const helpers = [
    ...[...names.spills.values()].map((s) => spillText(s.kind, s.count)),
    ...[...names.applies].map(applyText),
  ];
  const constants = names.sources.slice(0, MOST_NAMED).map((_, i) => `C${i}`);
  const pairs = functions.map((f) => `{ fast: f${f.index}, resume: r${f.index} }`);
  return `'use strict';
return (${['$C', 'B', ...constants].join(', ')}) => {
${helpers.join('\n')}
${texts.join('\n')}
return [${pairs.join(', ')}];
};`;
}

/** Gets all objects named, the number of the first site, and the first objects once more, one by one. */
type Maker = (all: readonly unknown[], base: number, ...first: unknown[]) => { fast: Fast; resume: Resume }[];

/** What was made of a module once, for all its instances. */
interface Unit {
  readonly maker: Maker;
  readonly sources: readonly Source[];
  readonly sites: readonly { readonly fn: number; readonly pc: number; readonly after: boolean }[];
}

/**
 * Units by the module's hash. Instances of one module in several machines share the host's optimised code, which otherwise
 * would have to warm up anew in each. Bounded: the oldest goes first.
 */
const units = new Map<string, Unit>();
const MOST_UNITS = 256;

function unitOf(instance: Instance, functions: readonly Fn[], options: JitOptions): Unit {
  const which = functions.length === instance.functions.length ? '' : functions.map((f) => f.index).join();
  const key = [instance.hash, options.metered ?? false, options.switchOnly ?? false, which].join(' ');
  const known = units.get(key);
  if (known !== undefined) return known;
  const names = new Names(new Set(functions));
  const text = unitText(functions, names, options);
  const wrap = new Function(...Object.keys(surroundings), text) as (...given: unknown[]) => Maker;
  const unit: Unit = {
    maker: wrap(...Object.values(surroundings)),
    sources: names.sources,
    sites: names.sites.map(({ fn, pc, after }) => ({ fn: fn.index, pc, after })),
  };
  if (units.size >= MOST_UNITS) units.delete(units.keys().next().value!);
  if (instance.hash !== '') units.set(key, unit);
  return unit;
}

/** Compiles the functions of a module. Gives false, and changes nothing, where the host forbids making code. */
export function compileInstance(instance: Instance, options: JitOptions = {}): boolean {
  const functions = instance.functions.filter((f) => f.code.length <= LONGEST && !f.compiled);
  if (functions.length === 0) return true;
  let unit: Unit;
  try {
    unit = unitOf(instance, functions, options);
  } catch (e) {
    if (e instanceof EvalError) return false;
    throw e;
  }
  for (const { fn, pc, after } of unit.sites) instance.functions[fn]!.site(pc, after);
  const objects = unit.sources.map((of) => of(instance));
  const compiled = unit.maker(objects, Math.min(...functions.map((f) => f.siteBase)), ...objects.slice(0, MOST_NAMED));
  functions.forEach((f, i) => {
    f.fast = compiled[i]!.fast;
    f.compiled = true;
    for (const { site } of entriesOf(f)) site.compiled = site.resume = compiled[i]!.resume;
  });
  return true;
}

/**
 * What compiled text calls things: functions, constants, tables and spill helpers get names that the text declares once.
 * Invariant: a name stands for one object of the realm; the objects are handed over in an array in the order of naming.
 */
import type { OperandKind } from '../../bytecode/isa.js';
import type { Callee, Fn, Instance, Site } from '../function.js';

const literal = (v: unknown): string | undefined => {
  if (v === undefined || typeof v === 'boolean') return String(v);
  if (typeof v === 'number') return v < 0 ? `(${v})` : String(v);
  return undefined;
};

/** Finds an object in an instance of a module. */
export type Source = (instance: Instance) => unknown;

/** So many objects have names of their own in a unit's text; the others are looked up. */
export const MOST_NAMED = 4_000;

export class Names {
  /** Where the objects named in the text are found in an instance of the module, in the order of naming. */
  readonly sources: Source[] = [];
  /** The sites that the text writes. */
  readonly sites: Site[] = [];
  readonly #known = new Map<unknown, string>();
  readonly spills = new Map<string, { readonly kind: string; readonly count: number }>();
  readonly applies = new Set<number>();

  /** The site the unit's sites are counted from. */
  readonly #base: number;
  readonly #instance: Instance;

  /** `compiled` are the functions whose texts are in this unit. */
  constructor(readonly compiled: ReadonlySet<Fn>) {
    this.#base = Math.min(...[...compiled].map((f) => f.siteBase));
    this.#instance = [...compiled][0]!.instance;
  }

  /** A site's number within the unit: the same for every instance of a module, so that they share compiled code. */
  relative(site: Site): number {
    return site.id - this.#base;
  }

  /** An expression for a site's number in the realm. */
  site(site: Site): string {
    this.sites.push(site);
    return `B + ${this.relative(site)}`;
  }

  /** The name of an object of the realm; `of` finds the same of another instance of the module. */
  object(x: unknown, of: Source): string {
    let name = this.#known.get(x);
    if (name === undefined) {
      const n = this.sources.push(of) - 1;
      name = n < MOST_NAMED ? `C${n}` : `$C[${n}]`;
      this.#known.set(x, name);
    }
    return name;
  }
  table(f: Fn, index: number): string {
    return this.object(f.tables[index], (i) => i.functions[f.index]!.tables[index]);
  }

  operand(f: Fn, kind: OperandKind, word: number, stack: readonly string[]): string {
    const i = f.instance;
    switch (kind) {
      case 'constant':
      case 'text':
        return literal(i.constants[word]) ?? this.object(i.constants[word], (x) => x.constants[word]);
      case 'local':
        return stack[word]!;
      case 'slot':
        return stack[stack.length - 1 - word]!;
      case 'callee':
      case 'session':
        return this.object(i.callees[word], (x) => x.callees[word]);
      case 'message':
        return this.object(i.labels[word], (x) => x.labels[word]);
      case 'constructor':
        return this.object(i.constructors[word], (x) => x.constructors[word]);
      case 'global':
        return this.object(i.globals[word], (x) => x.globals[word]);
      default:
        return String(word);
    }
  }

  /** A call of a known callee. */
  call(callee: Callee, args: readonly string[]): string {
    const given = args.join(', ');
    if (callee.kind === 'function' && this.compiled.has(callee)) return `f${callee.index}(${given})`;
    const index = this.#instance.callees.indexOf(callee);
    return `${this.object(callee, (i) => i.callees[index])}.fast(${given})`;
  }
  /** A call of a function value. */
  apply(g: string, args: readonly string[]): string {
    this.applies.add(args.length);
    return `apply${args.length}(${[g, ...args].join(', ')})`;
  }
  /** The helper that writes a frame of `count` slots. */
  spill(kind: 'j' | 'k' | 'x' | 'y' | 'z', count: number): string {
    const name = `${kind}${count}`;
    this.spills.set(name, { kind, count });
    return name;
  }
}

/**
 * What compiled text calls things: functions, constants, tables and spill helpers get names that the text declares once.
 * Invariant: a name stands for one object of the realm; the objects are handed over in an array in the order of naming.
 */
import type { OperandKind } from '../../bytecode/isa.js';
import type { Callee, Fn } from '../function.js';

const literal = (v: unknown): string | undefined => {
  if (v === undefined || typeof v === 'boolean') return String(v);
  if (typeof v === 'number') return v < 0 ? `(${v})` : String(v);
  return undefined;
};

export class Names {
  readonly objects: unknown[] = [];
  readonly #known = new Map<unknown, string>();
  readonly spills = new Map<string, { readonly kind: string; readonly count: number }>();
  readonly applies = new Set<number>();

  /** The site the unit's sites are counted from. */
  readonly #base: number;

  /** `compiled` are the functions whose texts are in this unit. */
  constructor(readonly compiled: ReadonlySet<Fn>) {
    this.#base = Math.min(...[...compiled].map((f) => f.siteBase));
  }

  get base(): number {
    return this.#base;
  }

  /** A site's number within the unit: the same for every instance of a module, so that they share compiled code. */
  relative(site: number): number {
    return site - this.#base;
  }

  /** An expression for a site's number in the realm. */
  site(site: number): string {
    return `B + ${this.relative(site)}`;
  }

  /** The name of an object of the realm. */
  object(x: unknown): string {
    let name = this.#known.get(x);
    if (name === undefined) {
      name = `C${this.objects.push(x) - 1}`;
      this.#known.set(x, name);
    }
    return name;
  }
  fn(f: Fn): string {
    return this.object(f);
  }
  table(f: Fn, index: number): string {
    return this.object(f.tables[index]);
  }

  operand(f: Fn, kind: OperandKind, word: number, stack: readonly string[]): string {
    const i = f.instance;
    switch (kind) {
      case 'constant':
      case 'text':
        return literal(i.constants[word]) ?? this.object(i.constants[word]);
      case 'local':
        return stack[word]!;
      case 'slot':
        return stack[stack.length - 1 - word]!;
      case 'callee':
      case 'session':
        return this.object(i.callees[word]);
      case 'message':
        return this.object(i.labels[word]);
      case 'constructor':
        return this.object(i.constructors[word]);
      case 'global':
        return this.object(i.globals[word]);
      default:
        return String(word);
    }
  }

  /** A call of a known callee. */
  call(callee: Callee, args: readonly string[]): string {
    const direct = callee.kind === 'function' && this.compiled.has(callee);
    const target = direct ? `f${callee.index}` : `${this.object(callee)}.fast`;
    return `${target}(${args.join(', ')})`;
  }
  /** A call of a function value. */
  apply(g: string, args: readonly string[]): string {
    this.applies.add(args.length);
    return `apply${args.length}(${[g, ...args].join(', ')})`;
  }
  /** The helper that writes a frame of `count` slots. */
  spill(kind: 'k' | 'x' | 'y' | 'z', count: number): string {
    const name = `${kind}${count}`;
    this.spills.set(name, { kind, count });
    return name;
  }
}

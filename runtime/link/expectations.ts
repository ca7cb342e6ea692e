/**
 * What may arrive: a message must be one that code here awaits, with as many values and of the types that a session type
 * of that code says (for an immigrant's frames see frames.ts). Types of the machine's memory are kept safe so; that a message comes at its place in the protocol is left to the code that receives it, which
 * compares labels.
 * Invariant: a type that cannot be told by its text (variables, functions, data of other modules) accepts any value of its
 * rough kind, so nothing honest is refused.
 */
import { isRight } from 'fp-ts/lib/Either.js';
import { End } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { Reference } from '../process/thread.js';
import { PersistentMap } from '../values/map.js';
import { Cons, Exn, Float, NIL, Opaque, Partial, isData } from '../values/value.js';
import type { Label, Value } from '../values/value.js';
import { parseType } from '../verify/session-type.js';
import type { Notation } from '../verify/session-type.js';
import type { Vm } from '../vm.js';

type Payload = readonly Notation[];

/**
 * What was asked already: an object that is reached in many ways is looked at once for each type, so that looking at all of a
 * value takes no longer than reading it did.
 */
export class Asked<T> {
  readonly #values = new Map<T, Set<Value>>();

  /** Is it a question that was not asked yet? */
  isNew(v: Value, type: T): boolean {
    if (typeof v !== 'object') return true;
    const known = this.#values.get(type);
    if (known === undefined) this.#values.set(type, new Set([v]));
    else if (known.has(v)) return false;
    else known.add(v);
    return true;
  }
}

/** Every message a type receives, at any depth. */
function receives(root: Notation, found: (label: string, payload: Payload) => void): void {
  const todo: Notation[] = [root];
  for (let n = todo.pop(); n !== undefined; n = todo.pop()) {
    if (n.kind === 'talk') {
      for (const b of n.branches) {
        if (n.mark === '?') found(b.label, b.payload);
        todo.push(b.next, ...b.payload);
      }
    } else if (n.kind === 'fun') todo.push(n.result, ...[...n.params, ...n.results].map((p) => p.type));
    else if (n.kind === 'spawn') todo.push(n.next);
    else if (n.kind === 'rec' || n.kind === 'exists') todo.push(n.body);
    else if (n.kind === 'choice') todo.push(...n.ways);
  }
}

/** Types that a look at the value alone decides. */
export const simple: Readonly<Record<string, (v: Value) => boolean>> = {
  int: (v) => Number.isSafeInteger(v),
  float: (v) => v instanceof Float,
  bool: (v) => typeof v === 'boolean',
  string: (v) => typeof v === 'string',
  bytes: (v) => v instanceof Uint8Array,
  unit: (v) => v === undefined,
  void: (v) => v === undefined,
  exn: (v) => v instanceof Exn,
};

/** Is a value of a type, as far as the text tells? Gives what else has to be looked at. */
function judge(v: Value, n: Notation): readonly [Value, Notation][] | null {
  if (n.kind === 'fun') return v instanceof Partial ? [] : null;
  if (n.kind === 'tuple') {
    if (n.items.length === 0) return v === undefined ? [] : null;
    if (!isData(v) || v.ctor.kind !== 'tuple' || v.ctor.arity !== n.items.length) return null;
    const f = fields(v);
    return n.items.map((item, i): [Value, Notation] => [f[i], item]);
  }
  if (n.kind !== 'name') return v instanceof End || v instanceof Pool || v instanceof Reference ? [] : null;
  const known = simple[n.name];
  if (known !== undefined) return known(v) ? [] : null;
  if (n.name === 'service' || n.name === 'thread' || n.name === 'reference') return v instanceof Reference ? [] : null;
  if (n.name === 'list' && n.args.length === 1) return v instanceof Cons ? items(v, n, n.args[0]!) : null;
  if (n.name === 'map' && n.args.length === 2) return v instanceof PersistentMap ? entries(v, n.args) : null;
  if ((n.name === 'option' || n.name === 'result') && n.args.length > 0) {
    if (!isData(v) || v.ctor.module !== '' || v.ctor.type !== n.name) return null;
    const arg = n.args[v.ctor.name === 'Err' ? 1 : 0];
    return v.ctor.arity === 0 || arg === undefined ? [] : [[fields(v)[0], arg]];
  }
  const type = n.name.split('::').at(-1)!;
  if (!/^[A-Z]/.test(type)) return [];
  // A type of the host, or the protocol of an end.
  if (v instanceof Opaque) return [];
  return isData(v) && v.ctor.type === type ? [] : null;
}
/** The fields of a value, in order. */
export const fields = (v: Parameters<typeof isData>[0]): Value[] => {
  const d = v as { ctor: { arity: number }; f0?: Value; f1?: Value; f2?: Value; f3?: Value; rest?: readonly Value[] };
  return [d.f0, d.f1, d.f2, d.f3, ...(d.rest ?? [])].slice(0, d.ctor.arity);
};
/** The first item of a list, and the rest of it. */
const items = (v: Cons, list: Notation, item: Notation): [Value, Notation][] =>
  v === NIL ? [] : [[v.head, item], [v.tail, list]]; // prettier-ignore
function entries(v: PersistentMap, types: readonly Notation[]): [Value, Notation][] {
  const all: [Value, Notation][] = [];
  for (const e of v.entries()) all.push([e.key, types[0]!], [e.value, types[1]!]);
  return all;
}

function fits(values: readonly Value[], payload: Payload): boolean {
  const todo = payload.map((n, i): readonly [Value, Notation] => [values[i], n]);
  if (values.length > payload.length) return false;
  const asked = new Asked<Notation>();
  while (todo.length > 0) {
    const [v, n] = todo.pop()!;
    if (!asked.isNew(v, n)) continue;
    const more = judge(v, n);
    if (more === null) return false;
    for (const m of more) todo.push(m);
  }
  return true;
}

export class Expectations {
  readonly #payloads = new Map<string, Payload[]>();
  /** Modules with a type that could not be read: their labels may carry anything. */
  readonly #open = new Set<string>();
  #seen = 0;
  constructor(readonly vm: Vm) {}

  #refresh(): void {
    const { modules } = this.vm;
    for (; this.#seen < modules.length; this.#seen++) {
      const { image } = modules[this.#seen]!;
      const found = new Set<string>();
      const read = (text: string): void => {
        const parsed = parseType(text);
        if (!isRight(parsed)) return;
        receives(parsed.right, (label, payload) => {
          found.add(label);
          this.#payloads.set(label, [...(this.#payloads.get(label) ?? []), payload]);
        });
      };
      for (const f of image.functions) {
        read(f.type);
        for (const p of f.params) if (p.kind === 'end' || p.kind === 'reference') read(p.type);
      }
      // What functions receive on links of their own is in no type.
      for (const label of image.messages) if (!found.has(label)) this.#open.add(label);
    }
  }

  /** Why a message may not be delivered, or null. */
  message(label: Label, values: readonly Value[]): string | null {
    this.#refresh();
    if (this.#open.has(label.name)) return null;
    const known = this.#payloads.get(label.name);
    if (known === undefined) return `nothing here awaits ${label.name}`;
    return known.some((p) => fits(values, p)) ? null : `${label.name} carries values of another type`;
  }
}

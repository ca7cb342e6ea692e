/**
 * Values on the wire: what a message, a loss or a thread's frames reach, as bytes. Objects are listed children first and
 * refer back by number, so sharing and identity are kept (captured variables, pools, ends) and neither side recurses.
 * Functions travel as module hash and number, constructors by module (name and hash), type and name; ends as the name of their link.
 * Layout: modules, ends, shells, constructors, objects, contents of shells, roots (docs/protocol.md).
 */
import { Writer } from '../bytecode/binary.js';
import { HostFn } from '../engine/function.js';
import type { Fn, Instance } from '../engine/function.js';
import { End } from '../process/link.js';
import type { Message } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { Reference } from '../process/thread.js';
import { NodeValue } from './node-value.js';
import { messagesOf, payloadOf } from '../snapshot/graph.js';
import { PersistentMap } from '../values/map.js';
import { Cons, Exn, Float, NIL, Partial, Upvalue, fieldsOf, isData } from '../values/value.js';
import { writeConstructor } from '../engine/constructors.js';
import type { Callable, Constructor, Value } from '../values/value.js';

/** Tags of values. */
export const TAG = { unit: 0, false: 1, true: 2, int: 3, wide: 4, text: 5, units: 6, nil: 7, object: 8 } as const;
/** Kinds of objects. */
export const KIND = {
  cons: 0,
  function: 1,
  host: 2,
  map: 3,
  reference: 4,
  float: 5,
  bytes: 6,
  data: 7,
  node: 8,
} as const;

/** How an end travels: the link and side it is (none if its peer is lost), and how far each direction got. */
export interface EndHead {
  readonly link: string;
  readonly side: number;
  readonly state: number;
  /** Messages sent from this side, and received by it (those still unread included). */
  readonly sent: number;
  readonly received: number;
  /** Messages sent of which it is known that the other side took them in. */
  readonly taken: number;
  /** Only learns of the end of a thread. */
  readonly watch: boolean;
}

/** What the writer has to ask its node. */
export interface Sender {
  /** The modules of a function or constructor, requirements first. Throws `Untravelled` if there is none. */
  modulesOf(of: Fn | HostFn | Constructor): readonly Instance[];
  end(e: End): EndHead;
  address(r: Reference): { readonly node: string; readonly number: number };
}

/** A value that cannot leave its VM. */
export class Untravelled extends Error {}

type Shell = Upvalue | Pool | End;
const isShell = (v: Value): v is Shell => v instanceof Upvalue || v instanceof Pool || v instanceof End;
const isInline = (v: Value): boolean => typeof v !== 'object' || v === null || v === NIL;

function parts(v: object): readonly Value[] {
  if (v instanceof Cons) return [v.head, v.tail];
  if (v instanceof Partial) return v.args;
  if (v instanceof PersistentMap) return [...v.entries()].flatMap((e) => [e.key, e.value]);
  if (v instanceof Reference || v instanceof Float || v instanceof Uint8Array || v instanceof NodeValue) return [];
  if (v instanceof Exn || isData(v)) return fieldsOf(v);
  throw new Untravelled(`an object of the host (${v.constructor.name}) cannot leave its node`);
}

function contents(s: Shell): readonly Value[] {
  if (s instanceof Upvalue) return [s.value];
  if (s instanceof Pool) return [...s.members()].flatMap((e) => [e, e.extra?.datum]);
  return [...messagesOf(s).flatMap(payloadOf), s.extra?.reason];
}

/** The payload as sent: without the padding at its end. */
export function trimmed(m: Message): Value[] {
  const values = payloadOf(m);
  while (values.length > 0 && values.at(-1) === undefined) values.pop();
  return values;
}

class ParcelWriter {
  readonly w = new Writer();
  readonly upvalues: Upvalue[] = [];
  readonly pools: Pool[] = [];
  readonly ends: End[] = [];
  readonly objects: object[] = [];
  readonly modules: Instance[] = [];
  readonly constructors: Constructor[] = [];
  readonly #ids = new Map<object, number>();
  readonly #ctorIds = new Map<Constructor, number>();
  readonly #ranks = new Map<Message, number>();

  constructor(
    readonly sender: Sender,
    roots: readonly Value[],
  ) {
    for (const r of roots) this.#visit(r);
    for (let at = [0, 0, 0]; ;) {
      const s = this.upvalues[at[0]!] ?? this.pools[at[1]!] ?? this.ends[at[2]!];
      if (s === undefined) break;
      const list = s instanceof Upvalue ? 0 : s instanceof Pool ? 1 : 2;
      at = at.with(list, at[list]! + 1);
      for (const v of contents(s)) this.#visit(v);
    }
    this.ends.flatMap(messagesOf).sort((a, b) => (a.arrival - b.arrival) | 0).forEach((m, i) => this.#ranks.set(m, i)); // prettier-ignore
  }

  #visit(root: Value): void {
    const todo: Value[] = [root];
    while (todo.length > 0) {
      const v = todo.at(-1)!;
      if (isInline(v) || this.#ids.has(v as object)) {
        todo.pop();
        continue;
      }
      if (isShell(v)) {
        const list: Shell[] = v instanceof Upvalue ? this.upvalues : v instanceof Pool ? this.pools : this.ends;
        this.#ids.set(v, list.push(v) - 1);
        todo.pop();
        continue;
      }
      const missing = parts(v as object).filter((p) => !isInline(p) && !this.#ids.has(p as object));
      if (missing.length > 0) {
        todo.push(...missing);
        continue;
      }
      this.#uses(v as object);
      this.#ids.set(v as object, this.objects.push(v as object) - 1);
      todo.pop();
    }
  }
  /** Modules and constructors an object needs. */
  #uses(v: object): void {
    if (v instanceof Partial) this.#need(v.fn as Fn | HostFn);
    else if (v instanceof Exn || isData(v)) {
      if (this.#ctorIds.has(v.ctor)) return;
      this.#ctorIds.set(v.ctor, this.constructors.push(v.ctor) - 1);
      if (v.ctor.module !== '') this.#need(v.ctor);
    }
  }
  #need(of: Fn | HostFn | Constructor): void {
    for (const m of this.sender.modulesOf(of)) if (!this.modules.includes(m)) this.modules.push(m);
  }

  #id(v: object): number {
    const id = this.#ids.get(v)!;
    if (v instanceof Upvalue) return id;
    if (v instanceof Pool) return this.upvalues.length + id;
    if (v instanceof End) return this.upvalues.length + this.pools.length + id;
    return this.upvalues.length + this.pools.length + this.ends.length + id;
  }

  value(v: Value): void {
    const { w } = this;
    if (v === undefined) w.byte(TAG.unit);
    else if (typeof v === 'boolean') w.byte(v ? TAG.true : TAG.false);
    else if (typeof v === 'number') {
      const short = Math.abs(v) < 2 ** 51;
      w.byte(short ? TAG.int : TAG.wide);
      if (short) w.int(v);
      else w.float(v);
    } else if (typeof v === 'string') this.#text(v);
    else if (v === NIL) w.byte(TAG.nil);
    else if (typeof v === 'object' && v !== null) {
      w.byte(TAG.object);
      w.uint(this.#id(v));
    } else throw new Untravelled('a value of the host cannot leave its node');
  }
  /** Well-formed strings as UTF-8, others as the units they are. */
  #text(s: string): void {
    const broken = /\p{Surrogate}/u.test(s);
    this.w.byte(broken ? TAG.units : TAG.text);
    if (!broken) this.w.text(s);
    else this.w.list([...unitsOf(s)], (u) => this.w.uint(u));
  }

  #object(v: object): void {
    const { w } = this;
    if (v instanceof Float) {
      w.byte(KIND.float);
      w.float(v.value);
    } else if (v instanceof Uint8Array) {
      w.byte(KIND.bytes);
      w.bytes(v);
    } else if (v instanceof Reference) {
      const { node, number } = this.sender.address(v);
      w.byte(KIND.reference);
      w.text(node);
      w.uint(number);
    } else if (v instanceof NodeValue) {
      w.byte(KIND.node);
      w.text(v.name);
    } else {
      if (v instanceof Cons) w.byte(KIND.cons);
      else if (v instanceof PersistentMap) w.byte(KIND.map);
      else if (v instanceof Partial) this.#callable(v.fn);
      else {
        w.byte(KIND.data);
        w.uint(this.#ctorIds.get((v as Exn).ctor)!);
      }
      w.list(parts(v), (x) => this.value(x));
    }
  }
  #callable(f: Callable): void {
    const host = f instanceof HostFn;
    this.w.byte(host ? KIND.host : KIND.function);
    const module = host ? this.modules.find((m) => m.callees.includes(f))! : (f as Fn).instance;
    this.w.uint(this.modules.indexOf(module));
    this.w.uint(host ? module.callees.indexOf(f) : (f as Fn).index);
  }

  parcel(roots: readonly Value[]): Uint8Array {
    const { w } = this;
    w.list(this.modules, (m) => {
      w.text(m.image.name);
      w.text(m.hash);
    });
    w.list(this.ends, (e) => this.#head(this.sender.end(e)));
    w.uint(this.upvalues.length);
    w.uint(this.pools.length);
    w.list(this.constructors, (c) => writeConstructor(w, c));
    w.list(this.objects, (v) => this.#object(v));
    for (const u of this.upvalues) this.value(u.value);
    for (const p of this.pools) {
      w.list([...p.members()], (e) => {
        this.value(e);
        this.value(e.extra?.datum);
      });
    }
    for (const e of this.ends) this.#queue(e);
    w.list(roots, (v) => this.value(v));
    return w.done();
  }
  #head(h: EndHead): void {
    const { w } = this;
    w.text(h.link);
    w.byte(h.side);
    w.byte(h.state);
    w.uint(h.sent);
    w.uint(h.received);
    w.uint(h.taken);
    w.flag(h.watch);
  }
  #queue(e: End): void {
    const { w } = this;
    w.list(messagesOf(e), (m) => {
      w.text(m.label.name);
      w.uint(this.#ranks.get(m)!);
      w.list(trimmed(m), (v) => this.value(v));
    });
    this.value(e.extra?.reason);
  }
}

function* unitsOf(s: string): Generator<number> {
  for (let i = 0; i < s.length; i++) yield s.charCodeAt(i);
}

/** Values as bytes, with the ends and modules they reach. Throws `Untravelled`. */
export function writeParcel(
  sender: Sender,
  roots: readonly Value[],
): { readonly bytes: Uint8Array; readonly ends: readonly End[] } {
  const p = new ParcelWriter(sender, roots);
  return { bytes: p.parcel(roots), ends: p.ends };
}

/**
 * Reading values from the wire: the inverse of `parcel.ts`, for bytes of anybody.
 * Invariant: it gives values of this machine or throws `MalformedError`, nothing else; it makes no label, constructor or
 * tuple this VM's code does not know, follows no reference forward, and allocates no more than the bytes could fill.
 */
import { MalformedError, Reader } from '../bytecode/binary.js';
import { readConstructor, type ConstructorName } from '../engine/constructors.js';
import { HostFn } from '../engine/function.js';
import type { Instance } from '../engine/function.js';
import { End, FINISHED, LOST, OPEN, PENDING, extraOf } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { Exn as ExnClass } from '../values/value.js';
import type { Reference, Thread } from '../process/thread.js';
import { PersistentMap } from '../values/map.js';
import { Cons, Float, NIL, Partial, Upvalue, makeData } from '../values/value.js';
import type { Constructor, Label, Value } from '../values/value.js';
import { ADDRESS, NODE } from './frame.js';
import { NodeValue } from './node-value.js';
import { KIND, TAG } from './parcel.js';
import type { EndHead } from './parcel.js';

/** What the reader has to ask its node. */
export interface Recipient {
  /** A module that is loaded, by hash. */
  module(hash: string): Instance | undefined;
  constructorNamed(name: ConstructorName): Constructor | undefined;
  label(name: string): Label | undefined;
  reference(node: string, number: number): Reference;
  /** Owner of the ends until they get theirs. */
  readonly nobody: Thread;
}

export interface ModuleName {
  readonly name: string;
  readonly hash: string;
}

export interface Heads {
  readonly modules: readonly ModuleName[];
  readonly ends: readonly EndHead[];
}

export interface Queued {
  readonly label: Label;
  readonly rank: number;
  readonly values: readonly Value[];
}

export interface Arrived {
  readonly head: EndHead;
  readonly end: End;
  readonly queue: readonly Queued[];
}

export interface Unparcelled {
  readonly roots: readonly Value[];
  readonly ends: readonly Arrived[];
  readonly pools: readonly Pool[];
}

/** Reads what has to be known before the rest can be: modules and ends. */
export function readHeads(r: Reader): Heads {
  const modules = r.list(() => ({ name: r.text(), hash: r.text() }));
  const ends = r.list(() => {
    const link = r.text();
    const at = r.offset;
    const head = { link, side: r.below(2, 'side'), state: r.below(FINISHED + 1, 'state') };
    const counts = { sent: r.uint(), received: r.uint(), taken: r.uint(), watch: r.flag() };
    if (counts.taken > counts.sent) r.fail('more was taken than sent', at);
    const linked = head.state === OPEN || head.state === PENDING;
    if (linked ? !ADDRESS.test(link) : link !== '') r.fail('a link has no name', at);
    return { ...head, ...counts };
  });
  return { modules, ends };
}

class ParcelReader {
  readonly shells: (Upvalue | Pool | End)[] = [];
  readonly objects: object[] = [];
  modules: readonly Instance[] = [];
  constructors: readonly Constructor[] = [];

  constructor(
    readonly r: Reader,
    readonly to: Recipient,
  ) {}

  value(): Value {
    const { r } = this;
    const start = r.offset;
    switch (r.byte()) {
      case TAG.unit:
        return undefined;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.int:
        return r.int();
      case TAG.wide: {
        const n = r.float();
        return Number.isSafeInteger(n) ? n + 0 : r.fail('not an int', start);
      }
      case TAG.text:
        return r.text();
      case TAG.units:
        return r.list(() => String.fromCharCode(r.below(0x10000, 'unit'))).join('');
      case TAG.nil:
        return NIL;
      case TAG.object: {
        const id = r.below(this.shells.length + this.objects.length, 'object');
        return this.shells[id] ?? this.objects[id - this.shells.length];
      }
      default:
        return r.fail('unknown value', start);
    }
  }

  object(): object {
    const { r } = this;
    const start = r.offset;
    const kind = r.byte();
    switch (kind) {
      case KIND.float:
        return new Float(r.float());
      case KIND.bytes:
        return r.bytes();
      case KIND.reference: {
        const node = this.#node();
        return this.to.reference(node, r.uint());
      }
      case KIND.node:
        return new NodeValue(this.#node());
      case KIND.cons: {
        const p = this.parts();
        return p.length === 2 && p[1] instanceof Cons ? new Cons(p[0], p[1]) : r.fail('not a list', start);
      }
      case KIND.map:
        return this.#map(start);
      case KIND.function:
      case KIND.host:
        return this.#function(kind, start);
      case KIND.data:
        return this.#data(start);
      default:
        return r.fail('unknown object', start);
    }
  }
  #node(): string {
    const start = this.r.offset;
    const name = this.r.text();
    return NODE.test(name) ? name : this.r.fail('not the name of a node', start);
  }
  parts(): Value[] {
    return this.r.list(() => this.value());
  }
  #map(start: number): PersistentMap {
    const p = this.parts();
    const kinds = new Set(p.filter((_, i) => i % 2 === 0).map((k) => (typeof k === 'object' ? 'object' : typeof k)));
    if (p.length % 2 !== 0 || kinds.size > 1) this.r.fail('not a map', start);
    return PersistentMap.of(p);
  }
  #function(kind: number, start: number): Partial {
    const { r } = this;
    const module = this.modules[r.below(this.modules.length, 'module')]!;
    const list = kind === KIND.host ? module.callees : module.functions;
    const fn = list[r.below(list.length, 'function')]!;
    const args = this.parts();
    if (kind === KIND.host && !(fn instanceof HostFn)) r.fail('not a function of the host', start);
    if (args.length > fn.arity) r.fail('too many arguments', start);
    return new Partial(fn, args);
  }
  #data(start: number): object {
    const ctor = this.constructors[this.r.below(this.constructors.length, 'constructor')]!;
    const fields = this.parts();
    if (fields.length !== ctor.arity) this.r.fail('fields do not fit', start);
    const made = makeData(ctor, fields);
    // Where it was raised is known to the node it was raised on.
    if (made instanceof ExnClass) made.trace = [];
    return made;
  }
  message(): Queued {
    const { r } = this;
    const start = r.offset;
    const label = this.to.label(r.text()) ?? r.fail('no such label here', start);
    return { label, rank: r.uint(), values: this.parts() };
  }
}

function readAll(r: Reader, to: Recipient): Unparcelled {
  const p = new ParcelReader(r, to);
  const heads = readHeads(r);
  p.modules = heads.modules.map((m) => to.module(m.hash) ?? r.fail(`module ${m.name} is not here`));
  const count = (what: string): number => r.below(r.end - r.offset + 1, what);
  const upvalues = Array.from({ length: count('number of variables') }, () => new Upvalue(undefined));
  const pools = Array.from({ length: count('number of pools') }, () => new Pool());
  const ends = heads.ends.map((h) => new End(to.nobody, null, h.state));
  for (const list of [upvalues, pools, ends]) for (const s of list) p.shells.push(s);
  p.constructors = r.list(() => readConstructor(r, (name) => to.constructorNamed(name)));
  r.list(() => p.objects.push(p.object()));
  for (const u of upvalues) u.value = p.value();
  const members = pools.map(() => r.list(() => ({ at: r.offset, end: p.value(), datum: p.value() })));
  const arrived = ends.map((end, i): Arrived => {
    const queue = r.list(() => p.message());
    const reason = p.value();
    if (reason !== undefined && !(reason instanceof ExnClass)) r.fail('a reason is not an exception');
    if (reason !== undefined || end.state === LOST) extraOf(end).reason = reason;
    return { head: heads.ends[i]!, end, queue };
  });
  pools.forEach((pool, i) => {
    for (const { at, end, datum } of members[i]!) {
      if (!(end instanceof End) || end.extra?.pool) r.fail('not a member of one pool', at);
      pool.put(end as End, datum);
    }
  });
  const roots = r.list(() => p.value());
  r.finish();
  return { roots, ends: arrived, pools };
}

/** The values of a parcel. Throws `MalformedError`. */
export function readParcel(bytes: Uint8Array, to: Recipient): Unparcelled {
  const r = new Reader(bytes);
  try {
    return readAll(r, to);
  } catch (e) {
    if (e instanceof MalformedError) throw e;
    throw new MalformedError(r.offset, e instanceof Error ? e.message : String(e));
  }
}

export const isExn = (v: Value): v is ExnClass => v instanceof ExnClass;

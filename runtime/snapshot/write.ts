/**
 * `vm.snapshot()`: a VM between slices as bytes. Modules go along as their binary form, so the bytes stand alone.
 * Invariant: what is restored goes on exactly as this VM would, on the same or another machine, in either engine.
 * Layout: magic, version, checksum, modules, constructors, shells, values (children first), contents of shells, the scheduler.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { encode } from '../bytecode/encode.js';
import { Writer } from '../bytecode/binary.js';
import { writeConstructor } from '../engine/constructors.js';
import { HostFn, ownerOf } from '../engine/function.js';
import type { Fn, Instance, Site } from '../engine/function.js';
import { CodeProgram } from '../engine/program.js';
import { End } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { Reference, Thread, Told, Waiting } from '../process/thread.js';
import type { Scheduler } from '../scheduler/scheduler.js';
import { PersistentMap } from '../values/map.js';
import { Cons, Exn, Float, Label, NIL, Partial, Upvalue, fieldsOf } from '../values/value.js';
import type { Constructor, Data, Value } from '../values/value.js';
import { Graph, SnapshotError, messagesOf, payloadOf } from './graph.js';

export const SNAPSHOT_MAGIC = Uint8Array.of(0x51, 0x5a, 0x53, 0x0a); // QZS and a newline
/** Raised whenever the meaning of bytes changes. */
export const SNAPSHOT_VERSION = 7;
/** Bytes of the checksum (SHA-256 of all that follows it). */
export const CHECKSUM = 32;

/** Tags of values. */
export const TAG = {
  unit: 0,
  false: 1,
  true: 2,
  int: 3,
  wide: 4,
  text: 5,
  units: 6,
  nil: 7,
  object: 8,
  none: 9,
} as const;
/** Kinds of objects. */
export const KIND = {
  ...{ thread: 0, end: 1, pool: 2, upvalue: 3 },
  ...{ cons: 4, partial: 5, map: 6, reference: 7, float: 8, label: 9, bytes: 10, exn: 11, data: 12 },
} as const;
/** What a thread waits for. */
export const WAITS = { nothing: 0, end: 1, select: 2, host: 3, other: 4 } as const;

class SnapshotWriter {
  readonly w = new Writer();
  readonly #constructors = new Map<Constructor, number>();
  readonly #ranks = new Map<number, number>();

  constructor(
    readonly scheduler: Scheduler,
    readonly modules: readonly Instance[],
    readonly graph: Graph,
  ) {}

  value(v: Value): void {
    const { w } = this;
    if (v === undefined) w.byte(TAG.unit);
    else if (v === null) w.byte(TAG.none);
    else if (typeof v === 'boolean') w.byte(v ? TAG.true : TAG.false);
    else if (typeof v === 'number') {
      const short = Math.abs(v) < 2 ** 51;
      w.byte(short ? TAG.int : TAG.wide);
      if (short) w.int(v);
      else w.float(v);
    } else if (typeof v === 'string') this.#text(v);
    else if (v === NIL) w.byte(TAG.nil);
    else {
      w.byte(TAG.object);
      w.uint(this.graph.idOf(v));
    }
  }
  /** Well-formed strings as UTF-8, others as the units they are. */
  #text(s: string): void {
    const broken = /\p{Surrogate}/u.test(s);
    this.w.byte(broken ? TAG.units : TAG.text);
    if (!broken) this.w.text(s);
    else this.w.list([...Array(s.length).keys()], (i) => this.w.uint(s.charCodeAt(i)));
  }

  fn(f: Fn): void {
    const module = this.modules.indexOf(f.instance);
    if (module < 0) throw new SnapshotError(`function ${f.name} belongs to another VM`);
    this.w.uint(module);
    this.w.uint(f.index);
  }
  site(s: Site): void {
    this.fn(s.fn);
    this.w.uint(s.pc);
    this.w.flag(s.after);
  }

  constructorId(c: Constructor): number {
    let id = this.#constructors.get(c);
    if (id === undefined) this.#constructors.set(c, (id = this.#constructors.size));
    return id;
  }
  constructors(): void {
    this.w.list([...this.#constructors.keys()], (c) => writeConstructor(this.w, c));
  }

  object(v: object): void {
    const { w } = this;
    const all = (kind: number, values: readonly Value[]): void => {
      w.byte(kind);
      w.list(values, (x) => this.value(x));
    };
    if (v instanceof Cons) all(KIND.cons, [v.head, v.tail]);
    else if (v instanceof PersistentMap)
      all(
        KIND.map,
        [...v.entries()].flatMap((e) => [e.key, e.value]),
      );
    else if (v instanceof Partial) {
      all(KIND.partial, v.args);
      this.#callable(v.fn);
    } else if (v instanceof Reference) {
      all(KIND.reference, [v.target]);
      w.text(v.node);
      w.uint(v.number);
    } else if (v instanceof Float) {
      w.byte(KIND.float);
      w.float(v.value);
    } else if (v instanceof Label) {
      w.byte(KIND.label);
      w.text(v.name);
    } else if (v instanceof Uint8Array) {
      w.byte(KIND.bytes);
      w.bytes(v);
    } else {
      const d = v as Data | Exn;
      all(d instanceof Exn ? KIND.exn : KIND.data, fieldsOf(d));
      w.uint(this.constructorId(d.ctor));
      if (d instanceof Exn) this.#trace(d.trace);
    }
  }
  #callable(f: Partial['fn']): void {
    this.w.flag(f instanceof HostFn);
    if (!(f instanceof HostFn)) return this.fn(f as Fn);
    const module = this.modules.findIndex((m) => m.callees.includes(f));
    this.w.uint(module);
    this.w.uint(this.modules[module]!.callees.indexOf(f));
  }
  #trace(trace: readonly number[] | null): void {
    this.w.flag(trace !== null);
    const known = (trace ?? []).filter((site) => this.modules.includes(ownerOf(site).instance));
    this.w.list(known, (site) => {
      const f = ownerOf(site);
      this.fn(f);
      this.w.uint((site - f.siteBase) >> 1);
    });
  }

  /** Numbers messages by their order of arrival. */
  rank(): void {
    const arrivals = this.graph.shells.flatMap((s) => (s instanceof End ? messagesOf(s).map((m) => m.arrival) : []));
    arrivals.sort((a, b) => (a - b) | 0).forEach((a, i) => this.#ranks.set(a, i));
  }

  contents(s: Thread | End | Pool | Upvalue): void {
    if (s instanceof Upvalue) this.value(s.value);
    else if (s instanceof Pool) {
      this.w.list([...s.members()], (e) => this.value(e));
      this.w.list([...s.ready], (e) => this.value(e));
    } else if (s instanceof End) this.#end(s);
    else this.#thread(s);
  }
  #end(e: End): void {
    const { w } = this;
    this.value(e.owner);
    this.value(e.peer);
    w.byte(e.state);
    w.list(messagesOf(e), (m) => {
      this.value(m.label);
      w.uint(this.#ranks.get(m.arrival)!);
      w.list(payloadOf(m), (v) => this.value(v));
    });
    w.flag(e.extra !== null);
    if (e.extra === null) return;
    this.value(e.extra.pool);
    this.value(e.extra.datum);
    this.value(e.extra.reason);
    this.value(e.extra.watched);
    w.flag(e.extra.listed);
  }
  #thread(t: Thread): void {
    const { w } = this;
    w.byte(t.status);
    this.value(t.result);
    const { waiting } = t;
    w.byte(
      waiting === null
        ? WAITS.nothing
        : waiting instanceof End
          ? WAITS.end
          : waiting === Waiting.SELECT
            ? WAITS.select
            : waiting === Waiting.HOST
              ? WAITS.host
              : WAITS.other,
    );
    if (waiting instanceof End) this.value(waiting);
    w.flag(t.noticed);
    w.uint(t.reductions);
    w.int(t.timer);
    w.flag(t.program !== null);
    if (t.program instanceof CodeProgram) this.#program(t.program);
    const x = t.extra;
    w.flag(x !== null);
    if (x === null) return;
    w.list([...(x.group ?? [])], ([u, e]) => {
      this.value(u);
      this.value(e);
    });
    w.list([...(x.making ?? [])], (u) => this.value(u));
    for (const ends of [[...x.ready], [...x.silent], [...(x.watching ?? [])], x.held])
      w.list(ends, (e) => this.value(e));
    w.list(Told.reasons(x.told), (e) => this.value(e));
    w.flag(x.paused);
    w.flag(x.owed);
    w.flag(x.outside);
    w.text(x.name);
    w.int(x.priority);
  }
  #program(p: CodeProgram): void {
    this.w.list([...p.frames()], ({ site, words, at }) => {
      this.site(site);
      for (let i = 1; i <= site.depth; i++) this.value(words[at + i]);
    });
    this.value(p.answer);
    this.value(p.raised);
  }
}

/** The VM as bytes. Throws `SnapshotError` if something in it cannot be saved; never called while a slice runs. */
export function writeSnapshot(scheduler: Scheduler, modules: readonly Instance[]): Uint8Array {
  const globals = modules.flatMap((m) => m.globals.map((g) => g.value));
  const graph = new Graph([...scheduler.threads, ...globals, ...scheduler.unnoticed, scheduler.main]);
  const s = new SnapshotWriter(scheduler, modules, graph);
  for (const v of graph.values) if (!(v instanceof Cons) && 'ctor' in v) s.constructorId((v as Data).ctor);
  const { w } = s;
  w.list(modules, (m) => w.bytes(encode(m.image)));
  s.constructors();
  s.rank();
  w.list(graph.shells, (x) => {
    w.byte(
      x instanceof Thread ? KIND.thread : x instanceof End ? KIND.end : x instanceof Pool ? KIND.pool : KIND.upvalue,
    );
    if (x instanceof Thread) w.uint(x.id);
  });
  w.list(graph.values, (v) => s.object(v));
  for (const x of graph.shells) s.contents(x);
  for (const m of modules) {
    for (const g of m.globals) {
      w.flag(g.ready);
      s.value(g.value);
    }
  }
  w.list([...scheduler.threads], (t) => s.value(t));
  w.list(scheduler.unnoticed, (t) => s.value(t));
  w.list(scheduler.readyThreads(), (t) => s.value(t));
  const now = scheduler.now();
  w.list(
    scheduler.timers.pending().filter((t) => t.item.thread.timer === t.number),
    (t) => {
      w.float(t.at - now);
      s.value(t.item.thread);
      w.flag(t.item.what === 'host');
    },
  );
  w.float(scheduler.virtualTime);
  w.uint(scheduler.nextThread);
  w.uint(scheduler.exitCode);
  w.flag(scheduler.halted);
  s.value(scheduler.main);
  const rest = w.done();
  const whole = new Writer();
  whole.raw(SNAPSHOT_MAGIC);
  whole.uint(SNAPSHOT_VERSION);
  whole.raw(sha256(rest));
  whole.raw(rest);
  return whole.done();
}

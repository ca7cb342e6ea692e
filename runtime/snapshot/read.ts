/**
 * `Vm.restore(bytes)`: the inverse of `vm.snapshot()`.
 * Invariant: modules pass the verifier again, and what threads hold is judged by what it knows of them (restored.ts), so no bytes
 * are more than a program that this machine could have come to; bytes that are none give `SnapshotError`. Host calls that were
 * under way are not repeated but raise HostError, except sleeping, which goes on for what was left.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { MalformedError, Reader } from '../bytecode/binary.js';
import { ROWS, flowOf } from '../bytecode/isa.js';
import { KnownConstructors, readConstructor } from '../engine/constructors.js';
import { HostFn } from '../engine/function.js';
import type { Fn, Instance, Site } from '../engine/function.js';
import { CodeProgram, programOf } from '../engine/program.js';
import { End, Message, extraOf } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { R } from '../process/registers.js';
import { ALIVE, Reference, Thread, Told, Waiting, extraOfThread, referenceTo } from '../process/thread.js';
import { ready } from '../process/home.js';
import type { Scheduler } from '../scheduler/scheduler.js';
import type { Judge } from '../judge/frames.js';
import { exception } from '../values/exceptions.js';
import { PersistentMap } from '../values/map.js';
import { Cons, Exn, Float, Label, NIL, Partial, Upvalue, makeData } from '../values/value.js';
import type { Constructor, Value } from '../values/value.js';
import { SnapshotError } from './graph.js';
import type { Shell } from './graph.js';
import { checkRestored } from './restored.js';
import { CHECKSUM, KIND, SNAPSHOT_MAGIC, SNAPSHOT_VERSION, TAG, WAITS } from './write.js';

class SnapshotReader {
  readonly shells: Shell[] = [];
  readonly values: object[] = [];
  constructors: Constructor[] = [];
  /** Pools by their members, as the pools have it. */
  readonly pools = new Map<End, Pool>();
  /** And as the members have it. */
  readonly #said = new Map<End, Pool | null>();

  constructor(
    readonly r: Reader,
    readonly scheduler: Scheduler,
    readonly modules: readonly Instance[],
  ) {}

  value(): Value {
    const { r } = this;
    const start = r.offset;
    switch (r.byte()) {
      case TAG.unit:
        return undefined;
      case TAG.none:
        return null;
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
        const id = r.below(this.shells.length + this.values.length, 'object');
        return this.shells[id] ?? this.values[id - this.shells.length];
      }
      default:
        return r.fail('unknown value', start);
    }
  }
  /** A value of a class. */
  a<T>(type: abstract new (...args: never[]) => T): T {
    const start = this.r.offset;
    const v = this.value();
    return v instanceof type ? v : this.r.fail(`not a ${type.name}`, start);
  }
  orNull<T>(type: abstract new (...args: never[]) => T): T | null {
    const start = this.r.offset;
    const v = this.value();
    return v === null || v instanceof type ? v : this.r.fail(`not a ${type.name}`, start);
  }

  fn(): Fn {
    const module = this.modules[this.r.below(this.modules.length, 'module')]!;
    return module.functions[this.r.below(module.functions.length, 'function')]!;
  }
  site(): Site {
    const start = this.r.offset;
    const fn = this.fn();
    const pc = this.r.below(fn.code.length, 'pc');
    const after = this.r.flag();
    if (fn.facts.depth[pc]! < 0) this.r.fail('no instruction begins there', start);
    const flow = flowOf(ROWS[fn.code[pc]!]!);
    if (after && flow !== 'call' && flow !== 'apply') this.r.fail('no call is there', start);
    return fn.site(pc, after);
  }

  object(): object {
    const { r } = this;
    const start = r.offset;
    const kind = r.byte();
    if (kind === KIND.float) return new Float(r.float());
    if (kind === KIND.label) return Label.of(r.text());
    if (kind === KIND.bytes) return r.bytes();
    const parts = r.list(() => this.value());
    switch (kind) {
      case KIND.cons:
        return parts.length === 2 && parts[1] instanceof Cons
          ? new Cons(parts[0], parts[1])
          : r.fail('not a list', start);
      case KIND.map: {
        const kinds = new Set(
          parts.filter((_, i) => i % 2 === 0).map((k) => (typeof k === 'object' ? 'object' : typeof k)),
        );
        return parts.length % 2 === 0 && kinds.size <= 1 ? this.#map(parts, start) : r.fail('not a map', start);
      }
      case KIND.partial: {
        const fn = this.#callable();
        return parts.length <= fn.arity ? new Partial(fn, parts) : r.fail('too many arguments', start);
      }
      case KIND.reference: {
        const node = r.text();
        const number = r.uint();
        const target = parts[0];
        return target instanceof Thread ? referenceTo(target) : new Reference(node, number, null);
      }
      case KIND.exn:
      case KIND.data: {
        const ctor = this.constructors[r.below(this.constructors.length, 'constructor')]!;
        if (parts.length !== ctor.arity || (ctor.kind === 'exception') !== (kind === KIND.exn))
          r.fail('fields do not fit', start);
        const made = makeData(ctor, parts);
        if (made instanceof Exn) this.#trace(made);
        return made;
      }
      default:
        return r.fail('unknown object', start);
    }
  }
  /** Keys of several types have no order. */
  #map(parts: readonly Value[], start: number): PersistentMap {
    try {
      return PersistentMap.of(parts);
    } catch {
      return this.r.fail('not a map', start);
    }
  }
  #callable(): Partial['fn'] {
    if (!this.r.flag()) return this.fn();
    const module = this.modules[this.r.below(this.modules.length, 'module')]!;
    const callee = module.callees[this.r.below(module.callees.length, 'callee')]!;
    return callee instanceof HostFn ? callee : this.r.fail('not a function of the host');
  }
  #trace(e: Exn): void {
    const known = this.r.flag();
    const sites = this.r.list(() => {
      const f = this.fn();
      return f.siteBase + 2 * this.r.below(f.code.length, 'pc');
    });
    e.trace = known ? sites : null;
  }

  contents(s: Shell): void {
    if (s instanceof Upvalue) s.value = this.value();
    else if (s instanceof Pool) {
      for (const e of this.r.list(() => this.a(End))) {
        if (this.pools.has(e)) this.r.fail('an end is twice in a pool');
        this.pools.set(e, s);
        s.add(e);
      }
      for (const e of this.r.list(() => this.a(End))) s.ready.push(e);
    } else if (s instanceof End) this.#end(s);
    else this.#thread(s);
  }
  #end(e: End): void {
    const { r } = this;
    e.owner = this.a(Thread);
    e.peer = this.orNull(End);
    e.state = r.below(4, 'state');
    for (const m of r.list(() => this.#message())) {
      if (e.tail === null) e.head = m;
      else e.tail.next = m;
      e.tail = m;
    }
    if (!r.flag()) return;
    const extra = extraOf(e);
    this.#said.set(e, this.orNull(Pool));
    extra.datum = this.value();
    extra.reason = this.value();
    extra.watched = this.orNull(Thread);
    extra.listed = r.flag();
  }
  /** Once all is read. */
  checkMembers(): void {
    for (const [e, pool] of this.pools)
      if (this.#said.get(e) !== pool) this.r.fail('an end is in a pool and does not know it');
    for (const [e, pool] of this.#said)
      if (pool !== null && this.pools.get(e) !== pool) this.r.fail('an end is said to be in a pool and is not');
  }
  #message(): Message {
    const label = this.value();
    if (!(label instanceof Label)) return this.r.fail('not a label');
    const arrival = (R.clock + this.r.uint()) | 0;
    const p = this.r.list(() => this.value());
    return new Message(label, p[0], p[1], p[2], p.length > 3 ? p.slice(3) : null, arrival);
  }
  #thread(t: Thread): void {
    const { r } = this;
    t.status = r.below(4, 'status');
    t.result = this.value();
    const waits = r.below(5, 'waiting');
    if (waits === WAITS.end) t.waiting = this.a(End);
    else t.waiting = [null, null, Waiting.SELECT, Waiting.HOST, Waiting.OTHER][waits]!;
    t.noticed = r.flag();
    t.reductions = r.uint();
    t.timer = r.int() < 0 ? -1 : 0;
    if (r.flag()) this.#program(programOf(t));
    if (!r.flag()) return;
    const x = extraOfThread(t);
    const group = r.list((): [Thread, End] => [this.a(Thread), this.a(End)]);
    if (group.length > 0) x.group = new Map(group);
    const making = r.list(() => this.a(Thread));
    if (making.length > 0) x.making = new Set(making);
    for (const e of r.list(() => this.a(End))) x.ready.push(e);
    for (const e of r.list(() => this.a(End))) x.silent.add(e);
    for (const e of r.list(() => this.a(End))) x.watchers.add(e);
    x.held = r.list(() => this.a(End));
    x.told = Told.from(r.list(() => this.value()));
    x.paused = r.flag();
    x.owed = r.flag();
    x.outside = r.flag();
    x.unproven = x.outside;
    x.name = r.text();
    x.priority = r.int();
  }
  #program(made: CodeProgram): void {
    const words: unknown[] = [null];
    this.r.list(() => {
      const site = this.site();
      if (words.length > 1 && !site.after) this.r.fail('a frame waits for no call');
      words.push(site.id);
      for (let i = 0; i < site.depth; i++) words.push(this.value());
    });
    if (words.length === 1) this.r.fail('a program without frames');
    made.goOnWith(words, this.value(), this.orNull(Exn));
  }
}

/** Fills an empty VM's scheduler. `load` verifies and loads a module's bytes. Throws `SnapshotError`. */
export function readSnapshot(
  bytes: Uint8Array,
  scheduler: Scheduler,
  load: (module: Uint8Array) => Instance,
  judge: Judge,
): void {
  const r = new Reader(bytes);
  try {
    if (!SNAPSHOT_MAGIC.every((b) => r.byte() === b)) r.fail('these bytes are not a snapshot', 0);
    const version = r.uint();
    if (version !== SNAPSHOT_VERSION) {
      throw new SnapshotError(
        `the snapshot has format version ${version}; this machine reads version ${SNAPSHOT_VERSION}`,
      );
    }
    const sum = r.raw(CHECKSUM);
    const found = sha256(bytes.subarray(r.offset));
    if (!found.every((b, i) => b === sum[i]))
      throw new SnapshotError('the snapshot is damaged: its checksum is another');
    const modules = r.list(() => load(r.bytes()));
    const restored = restoreAll(r, scheduler, modules);
    r.finish();
    checkRestored(restored, modules, scheduler, judge);
  } catch (e) {
    if (e instanceof MalformedError) throw new SnapshotError(`malformed snapshot at byte ${e.offset}: ${e.message}`);
    throw e;
  }
}

function restoreAll(r: Reader, scheduler: Scheduler, modules: readonly Instance[]): readonly Shell[] {
  const s = new SnapshotReader(r, scheduler, modules);
  const known = new KnownConstructors();
  for (const m of modules) known.show(m);
  s.constructors = r.list(() => readConstructor(r, known.named));
  const nobody = new CodeProgram(0, scheduler);
  const numbers = new Set<number>();
  r.list(() => {
    const kind = r.below(4, 'kind');
    if (kind === KIND.thread) {
      const number = r.uint();
      if (numbers.has(number)) r.fail('two threads have one number');
      numbers.add(number);
      s.shells.push(new CodeProgram(number, scheduler));
    } else
      s.shells.push(
        kind === KIND.end ? new End(nobody, null, 0) : kind === KIND.pool ? new Pool() : new Upvalue(undefined),
      );
  });
  r.list(() => s.values.push(s.object()));
  for (const shell of s.shells) s.contents(shell);
  s.checkMembers();
  for (const m of modules) {
    for (const g of m.globals) {
      g.ready = r.flag();
      g.value = s.value();
    }
  }
  const running = r.list(() => s.a(Thread));
  if (new Set(running).size !== running.length) r.fail('a thread is listed twice');
  for (const t of running) {
    scheduler.threads.add(t);
    scheduler.live++;
  }
  scheduler.unnoticed.push(...r.list(() => s.a(Thread)));
  for (const t of r.list(() => s.a(Thread))) ready(t);
  const time = (): number => {
    const ms = r.float();
    return Number.isFinite(ms) ? ms : r.fail('not a time');
  };
  const timers = r.list(() => ({ left: time(), thread: s.a(Thread), host: r.flag() }));
  scheduler.virtualTime = time();
  for (const { left, thread, host } of timers) {
    thread.timer = scheduler.setTimer(scheduler.now() + left, thread, host ? 'host' : 'select');
  }
  scheduler.nextThread = r.uint();
  for (const number of numbers) if (number >= scheduler.nextThread) r.fail('a thread has the number of one to come');
  scheduler.exitCode = r.uint();
  scheduler.halted = r.flag();
  scheduler.main = s.orNull(Thread);
  R.clock = (R.clock + s.shells.length + (1 << 20)) | 0;
  for (const t of scheduler.threads) {
    if (t.status !== ALIVE || t.waiting !== Waiting.HOST || t.timer > 0) continue;
    (t.program as CodeProgram).raised = exception('HostError', 'the call was under way when the machine was saved');
    t.waiting = null;
    ready(t);
  }
  return s.shells;
}

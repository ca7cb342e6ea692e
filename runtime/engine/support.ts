/**
 * The functions that the texts of the instruction table name. Both engines see exactly these names.
 * Invariant: none calls back into running code, none throws; what fails sets the flag and gives undefined.
 */
import {
  castTo,
  connect,
  give,
  lose,
  loseHeld,
  loseSlot,
  receive,
  send,
  sendMany,
  watchThread,
} from '../process/mail.js';
import { mayHalt } from '../process/home.js';
import { leavingTogether } from '../process/leaving.js';
import { End, Message, OPEN, PENDING, payload } from '../process/link.js';
import { deliver } from '../process/mail.js';
import { handOver, loseOwned } from '../process/owned.js';
import { Pool } from '../process/pool.js';
import { ENDED, R, caught, raiseNow } from '../process/registers.js';
import type { Reference, Thread } from '../process/thread.js';
import { equal, order } from '../values/compare.js';
import { exception } from '../values/exceptions.js';
import type { BuiltinException } from '../values/exceptions.js';
import { extent } from '../values/extent.js';
import { MISSING, append, indexed, items, lengthOf, list, range, reverse, sliced } from '../values/list.js';
import { PersistentMap } from '../values/map.js';
import { inspect, show as text } from '../values/show.js';
import * as V from '../values/value.js';
import type { Constructor, Data, Exn, Label, Value } from '../values/value.js';
import { isTooLong } from '../values/work.js';
import { HostFn } from './function.js';
import type { Callee, Global } from './function.js';
import { selfReference, spawnEmpty, spawnSession, startSession } from './spawning.js';

const raiseNamed = (name: BuiltinException): undefined => raiseNow(exception(name));
const raise = (e: Exn): void => raiseNow(e);
const failure = (text: string): Exn => exception('Failure', text);
const raiseText = (text: string): void => raiseNow(failure(text));

const MAX_INT = Number.MAX_SAFE_INTEGER;
/** An int that does not fit 32 bits: itself, or Overflow. */
const wide = (t: number): number | undefined => (t > MAX_INT || t < -MAX_INT ? raiseNamed('Overflow') : t);

/** What compiled code calls for an int of more than 32 bits where it asks: seldom, so the host knows the others. */
const same = (v: Value): Value => v;

const tooLong = (): undefined => raiseNamed('HeapExhausted');
const concat = (x: string, y: string): string | undefined => (isTooLong(x.length + y.length) ? tooLong() : x + y);
function joined(texts: string[]): string | undefined {
  let n = 0;
  for (const t of texts) n += t.length;
  return isTooLong(n) ? tooLong() : texts.join('');
}
/** What makes values of computed size raises where there is no room for them. */
const bounded =
  <X, Y>(make: (x: X, y: Y) => Value) =>
  (x: X, y: Y): Value => {
    try {
      return make(x, y);
    } catch (e) {
      if (!(e instanceof V.Exn)) throw e;
      return raiseNow(e);
    }
  };
const shown = bounded<Value, undefined>(inspect);
// (V8 makes better code of a template than of a call of `String`.)
const show = (v: Value): string =>
  typeof v === 'string' ? v : typeof v === 'number' ? `${v}` : (shown(v, undefined) as string);

const found = (v: Value): Value => (v === MISSING ? raiseNamed('OutOfRange') : v);
const index = (c: Value, i: Value): Value => found(indexed(c, i));
const slice = (c: Value, from: number, to: number): Value => found(sliced(c, from, to));

const PAIR = V.tupleConstructor(2);
const TRIPLE = V.tupleConstructor(3);
const tuple = (...fields: Value[]): Data => V.makeData(V.tupleConstructor(fields.length), fields) as Data;
const tuple2 = (a: Value, b: Value): Data => new V.Data2(PAIR, a, b);
const tuple3 = (a: Value, b: Value, c: Value): Data => new V.Data3(TRIPLE, a, b, c);
/** As `makeData`, without a list of the fields. */
const make0 = (c: Constructor): Value => c.constant ?? new V.Exn(c);
const make1 = (c: Constructor, a: Value): Value => (c.raises ? new V.Exn(c, a) : new V.Data1(c, a));
const make2 = (c: Constructor, a: Value, b: Value): Value => (c.raises ? new V.Exn(c, a, b) : new V.Data2(c, a, b));
const make3 = (c: Constructor, x: Value, y: Value, z: Value): Value =>
  c.raises ? new V.Exn(c, x, y, z) : new V.Data3(c, x, y, z);
const make = (c: Constructor, ...fields: Value[]): Value => V.makeData(c, fields);
const withField = (v: Data, i: number, field: Value): Value =>
  V.makeData(
    v.ctor,
    V.fieldsOf(v).map((old, k) => (k === i ? field : old)),
  );

const hostValues = new WeakMap<HostFn, V.Partial>();
function functionValue(f: Callee): V.Partial {
  if (!(f instanceof HostFn)) return f.value;
  let value = hostValues.get(f);
  if (value === undefined) hostValues.set(f, (value = new V.Partial(f, [])));
  return value;
}

function setGlobal(g: Global, value: Value): void {
  g.value = value;
  g.ready = true;
}

/** What a message may carry to a thread: ends become its own, captured variables are copied. */
function moved(values: readonly Value[], to: Thread): Value[] {
  const sent = leavingTogether(values);
  for (const v of sent) give(v, to);
  handOver(R.thread, to, sent);
  return sent;
}
/** The receiver is no more: what it was sent is lost. */
function loseSent(values: readonly Value[]): void {
  for (const v of values) {
    loseHeld(v, exception('PeerLost', exception('Ended')));
    loseOwned(R.thread, v);
  }
}
const restOf = (values: readonly Value[]): readonly Value[] | null => (values.length > 3 ? values.slice(3) : null);

/** As `send`, for payloads with ends, pools or functions. */
function transferMany(end: End, label: Label, ...values: Value[]): void {
  const to = end.peer;
  if (to === null || (to.state !== OPEN && to.state !== PENDING)) return loseSent(values);
  const sent = moved(values, to.owner);
  const m = new Message(label, sent[0], sent[1], sent[2], restOf(sent), R.clock);
  R.clock = (R.clock + 1) | 0;
  deliver(to, m);
}
/** Of a generic session the type does not tell what it sends: what is no object needs no look. */
function transfer(end: End, label: Label, a?: Value, b?: Value, c?: Value): void {
  if (typeof a === 'object' || typeof b === 'object' || typeof c === 'object') transferMany(end, label, a, b, c);
  else send(end, label, a, b, c);
}
const castMany = (ref: Reference, label: Label, ...values: Value[]): void =>
  void castTo(ref, label, values[0], values[1], values[2], restOf(values));
/** As `castTo`, for payloads with ends, pools or functions. */
function castTransfer(ref: Reference, label: Label, ...values: Value[]): void {
  const sent = ref.target === null ? values : moved(values, ref.target);
  if (!castTo(ref, label, sent[0], sent[1], sent[2], restOf(sent))) loseSent(sent);
}

/** Finishes an end or pool the thread still owns, because of an exception. */
function loseEnd(v: Value, reason: Value): void {
  if (v instanceof End && v.owner === R.thread) lose(v, reason);
  else loseSlot(v, R.thread, reason);
}
const dropEnd = (v: Value): void => loseEnd(v, exception('Dropped'));
function poolPut(pool: Pool, e: End, datum: Value): void {
  if (R.metering) R.allocated += 2;
  pool.put(e, datum);
}
function poolTake(pool: Pool): End | undefined {
  const e = pool.first();
  if (e === undefined) return raiseNamed('EmptyPool');
  pool.remove(e);
  return e;
}

const datumOf = (e: End): Value => e.extra?.datum;
const printValue = (v: Value): void => R.thread.home.environment.write(`${text(v)}\n`);

function endThread(): void {
  R.flag = ENDED;
  R.exn = null;
}
function failThread(e: Exn): void {
  raiseNow(e);
  R.flag = ENDED;
}
function haltProgram(): void {
  endThread();
  if (mayHalt(R.thread)) R.thread.home.halted = true;
}

/** Losing what slots of a dropped frame hold: at unwinding, or when the thread fails inside it. */
function dropSlots(slots: readonly Value[], from: number, to: number): void {
  const t: Thread = R.thread;
  for (let i = from; i < to; i++) loseSlot(slots[i], t, R.exn);
}

export const support = {
  ...{ Float: V.Float, Cons: V.Cons, NIL: V.NIL, Upvalue: V.Upvalue, Partial: V.Partial, fieldOf: V.fieldOf },
  ...{ Data1: V.Data1, Data2: V.Data2, Data3: V.Data3, Data4: V.Data4 },
  ...{ Pool, equal, order, concat, joined, show, withField, functionValue, setGlobal },
  ...{ tuple2, tuple3, tuple, make0, make1, make2, make3, make, caught },
  ...{ list, reverse, append: bounded(append), lengthOf, index, slice, items: bounded<Value, undefined>(items) },
  ...{ mapOf: PersistentMap.of, range: bounded(range), extent },
  ...{ raise, raiseText, raiseNamed, failure, wide, same, selfReference, spawnEmpty, spawnSession, startSession },
  ...{
    send,
    sendMany,
    transfer,
    transferMany,
    castTo,
    castMany,
    castTransfer,
    receive,
    connect,
    watch: watchThread,
    dropEnd,
    loseEnd,
    poolPut,
    poolTake,
    datumOf,
  },
  ...{ printValue, endThread, failThread, haltProgram, dropSlots, payload },
};

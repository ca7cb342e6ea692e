/**
 * The exceptions the machine itself raises.
 * Invariant: each is an ordinary exception that programs can name, catch and make; these are the only built-in ones.
 */
import { Constructor, makeData } from './value.js';
import type { Data0, Exn, Value } from './value.js';

const tags: Record<string, number> = {};
const declare = (name: string, ...fields: string[]): Constructor => {
  const tag = Object.keys(tags).length;
  tags[name] = tag;
  return Constructor.of('exception', '', 'exn', name, tag, fields);
};

export const builtinExceptions = {
  Overflow: declare('Overflow'),
  DivideByZero: declare('DivideByZero'),
  OutOfRange: declare('OutOfRange'),
  /** The reason is an exception too: the one the peer failed with, or one of the four below. */
  PeerLost: declare('PeerLost', 'reason'),
  Dropped: declare('Dropped'),
  Killed: declare('Killed'),
  Ended: declare('Ended'),
  NodeDown: declare('NodeDown'),
  EmptyPool: declare('EmptyPool'),
  HostError: declare('HostError', 'message'),
  HeapExhausted: declare('HeapExhausted'),
  Failure: declare('Failure', 'message'),
  Uninitialised: declare('Uninitialised'),
  MatchFailure: declare('MatchFailure'),
} as const;

export type BuiltinException = keyof typeof builtinExceptions;

/** A fresh built-in exception. */
export const exception = (name: BuiltinException, ...fields: Value[]): Exn =>
  makeData(builtinExceptions[name], fields) as Exn;

/** Names and field counts, for compilers. */
export const builtinExceptionNames: readonly string[] = Object.keys(builtinExceptions);

const option = (name: string, tag: number, ...fields: string[]): Constructor =>
  Constructor.of('variant', '', 'option', name, tag, fields);
const result = (name: string, tag: number, ...fields: string[]): Constructor =>
  Constructor.of('variant', '', 'result', name, tag, fields);

/** `option<a>` and `result<a, e>`: ordinary variants of module ``. */
export const NONE = option('None', 0);
export const SOME = option('Some', 1, '0');
export const OK = result('Ok', 0, '0');
export const ERR = result('Err', 1, '0');
export const none = NONE.constant as Data0;

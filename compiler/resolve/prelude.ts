/**
 * Names that every module has without asking: built-in types, their constructors, the exceptions that the machine itself
 * raises. Their home is the module with the empty name. A module may define the same names again for itself.
 */
import { builtin, type Type } from '../types/solve/type.js';
import type { Entity } from './resolution.js';

/** Built-in types by name, with their number of arguments. `service` and `pool` are written like types but stand for links. */
export const BUILTIN_TYPES: ReadonlyMap<string, number> = new Map([
  ['int', 0],
  ['float', 0],
  ['bool', 0],
  ['string', 0],
  ['bytes', 0],
  ['unit', 0],
  ['void', 0],
  ['exn', 0],
  ['thread', 0],
  ['list', 1],
  ['map', 2],
  ['option', 1],
  ['result', 2],
]);

const plain = (name: string): Type => ({ kind: 'con', id: builtin(name), args: [] });

/** What the machine raises, with the types of what they carry (language reference, sections 2, 3 and 8). */
export const BUILTIN_EXCEPTIONS: ReadonlyMap<string, readonly Type[]> = new Map([
  ['Overflow', []],
  ['DivideByZero', []],
  ['OutOfRange', []],
  ['EmptyPool', []],
  ['HeapExhausted', []],
  ['Uninitialised', []],
  ['MatchFailure', []],
  ['Killed', []],
  ['NodeDown', []],
  ['Dropped', []],
  ['Ended', []],
  ['PeerLost', [plain('exn')]],
  ['HostError', [plain('string')]],
  ['Failure', [plain('string')]],
]);

const constructor = (type: string, name: string, tag: number, arity: number): [string, Entity] => [
  name,
  { kind: 'constructor', id: builtin(name), type: builtin(type), tag, arity },
];

export const PRELUDE_VALUES: ReadonlyMap<string, Entity> = new Map<string, Entity>([
  constructor('option', 'None', 0, 0),
  constructor('option', 'Some', 1, 1),
  constructor('result', 'Ok', 0, 1),
  constructor('result', 'Err', 1, 1),
  ...[...BUILTIN_EXCEPTIONS].map(([name, args]): [string, Entity] => [
    name,
    { kind: 'exception', id: builtin(name), arity: args.length },
  ]),
  ['pool', { kind: 'extern-fun', id: builtin('pool') }],
]);

export const PRELUDE_TYPES: ReadonlyMap<string, Entity> = new Map(
  [...BUILTIN_TYPES.keys(), 'service', 'pool'].map((name): [string, Entity] => [
    name,
    { kind: 'type', id: builtin(name === 'void' ? 'unit' : name) },
  ]),
);

/** The module that needs no `require`. */
export const STANDARD = 'std';

/**
 * What the types pass found, in tables keyed by node id.
 * Invariant: every expression and every binding local has a type; every parameter of a session or function has a kind.
 */
import type { ConstItem } from '../../ast/ast.js';
import type { Local, Resolution } from '../../resolve/resolution.js';
import type { FunctionInterface, Kind, SessionTyping, TypeInterface } from './interface.js';
import type { EndType, Scheme, Type } from '../solve/type.js';

export type { Kind, SessionTyping } from './interface.js';

/** What generalised ends and variables became where what they belong to was used in this module. */
export interface Instances {
  readonly ends: ReadonlyMap<EndType, readonly EndType[]>;
  readonly variables: ReadonlyMap<Type, readonly Type[]>;
}

export interface Typing {
  readonly resolution: Resolution;
  /** Type of each expression by id, and of each pattern by id. Read with `prune`. */
  readonly types: ReadonlyMap<number, Type>;
  readonly locals: ReadonlyMap<Local, { readonly scheme: Scheme; readonly kind: Kind }>;
  /** By name, those declared `extern` included. */
  readonly functions: ReadonlyMap<string, FunctionInterface>;
  readonly sessions: ReadonlyMap<string, SessionTyping>;
  /** For each message branch by id: the payload types of its label there. */
  readonly payloads: ReadonlyMap<number, readonly Type[]>;
  /** For each first branch without `from`, by id: the local it was found to wait for. */
  readonly sources: ReadonlyMap<number, Local>;
  /**
   * What each spawn argument passes, by the argument expression's id: `self` makes a link, `group` names a member of
   * the same `let .. and ..`, `end` gives an end away, `reference`/`data`/`pool` as their kinds; `connect` is the
   * implicit connection of a reference to a session that wants an end. Arguments of calls of named functions, of tail
   * calls and of `loop` are listed as well.
   */
  readonly spawnArgs: ReadonlyMap<number, 'self' | 'group' | 'end' | 'reference' | 'data' | 'pool' | 'connect'>;
  readonly instances: Instances;
  /** Module constants in an order in which each comes after those it depends on. */
  readonly constants: readonly ConstItem[];
  readonly consts: ReadonlyMap<string, Scheme>;
  /** Types declared in the module, by `globalKey`. */
  readonly declared: ReadonlyMap<string, TypeInterface>;
  /** Exceptions declared in the module, by `globalKey`, with what they carry. */
  readonly exceptions: ReadonlyMap<string, readonly Type[]>;
}

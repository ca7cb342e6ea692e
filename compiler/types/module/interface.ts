/**
 * What a module shows to the others: the types of everything it exports. Nothing else of a module is consulted by
 * resolve and types (language reference, section 4), so a compiled module carries this and not its source.
 * Invariant: complete (no type in it is still unsolved: every variable in a scheme is one of its `variables`).
 */
import type { Use } from '../../ast/ast.js';
import type { GlobalId, Local } from '../../resolve/resolution.js';
import type { EndType, Scheme, Type, TypeVariable } from '../solve/type.js';

/** What a parameter or local may hold (language reference, "kinds"): plain data, one end of a link, a reference, a pool. */
export type Kind = 'data' | 'end' | 'reference' | 'pool';

export interface SessionTyping {
  readonly name: string;
  /** One per parameter, in order. For kind `end`, `type` is `{kind:'end'}`. */
  readonly params: readonly { readonly local: Local | undefined; readonly kind: Kind; readonly type: Type }[];
  /** The client end accepted (`on X from c` with a new `c`), if the session offers a service. */
  readonly service: EndType | undefined;
  /** Type variables it is polymorphic in. */
  readonly variables: readonly Type[];
  /** Positions among `variables` of those for which something linear may stand. */
  readonly carries?: readonly number[];
}

export interface FunctionInterface {
  readonly scheme: Scheme;
  readonly kinds: readonly Kind[];
  readonly extern: boolean;
  /** What of the outside a call may wait for ever for, in words; absent where every call comes back by itself. */
  readonly outside?: string;
  /** Whether a call gives up the thread until the host answers. */
  readonly suspends?: true;
  /** Names of the parameters, for messages; `_` where there is none. */
  readonly params: readonly string[];
  /** Positions of the parameters that a call uses up; what else is of a linear or affine type it looks at only. */
  readonly takes?: readonly number[];
  /** Positions among the scheme's variables of those for which something linear may stand. */
  readonly carries?: readonly number[];
}

/** A declared data type; `params` occur in the body. */
export interface TypeInterface {
  readonly id: GlobalId;
  readonly params: readonly TypeVariable[];
  readonly body: TypeShape;
  /** How often its values are used up, whatever its parameters are; absent for data that may be copied and forgotten. */
  readonly use?: Use;
  /** It is declared so itself, whatever it is made of. */
  readonly itself?: true;
  /** What it means to forget one, as a sentence. */
  readonly forgotten?: string;
}

export type TypeShape =
  | { readonly kind: 'record'; readonly fields: readonly (readonly [string, Type])[] }
  | { readonly kind: 'sum'; readonly variants: readonly { readonly name: string; readonly args: readonly Type[] }[] }
  | { readonly kind: 'alias'; readonly type: Type }
  | { readonly kind: 'opaque' };

export interface ModuleInterface {
  readonly name: string;
  readonly functions: ReadonlyMap<string, FunctionInterface>;
  readonly consts: ReadonlyMap<string, Scheme>;
  readonly types: ReadonlyMap<string, TypeInterface>;
  readonly exceptions: ReadonlyMap<string, readonly Type[]>;
  readonly sessions: ReadonlyMap<string, SessionTyping>;
  /** Roles of each `protocol` of the module. */
  readonly roles: ReadonlyMap<string, readonly string[]>;
  /** What the protocol pass adds; opaque here. */
  readonly protocols: unknown;
}

/** The interfaces of the modules compiled before, by canonical name. */
export type ModuleEnv = ReadonlyMap<string, ModuleInterface>;

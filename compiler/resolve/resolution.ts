/**
 * What resolve found: which binding every name means. Tables keyed by node id; the tree itself stays as parsed.
 * Invariant: after resolve without errors, every use in the module has an entry in `uses`, every binding name one in
 * `binders`, and no later pass looks a name up by its text.
 */
import type {
  ExceptionItem, ExternFunItem, FunItem, ConstItem, FunItem as LocalFun, Item, LambdaExpr, Module, ProtocolItem, SessionItem, TestItem, TypeItem, ExternTypeItem,
} from '../ast/ast.js'; // prettier-ignore
import type { Span } from '../source/source.js';

/** Names a top-level definition across modules: `timer`, `Timer`. */
export interface GlobalId {
  readonly module: string;
  readonly name: string;
}

export const globalKey = (id: GlobalId): string => `${id.module}::${id.name}`;
/** The module in the key of what is defined in one. */
export const moduleOf = (key: string): string => key.slice(0, key.lastIndexOf('::'));

/** The function-like thing whose frame a local lives in. */
export type Owner = SessionItem | FunItem | LocalFun | LambdaExpr | TestItem | ConstItem;

/** A local variable of one function-like body. One object per binding; compared by identity. */
export interface Local {
  /** Unique within the module, dense from 0. */
  readonly index: number;
  readonly name: string;
  /** The binding occurrence. */
  readonly span: Span;
  readonly binder:
    'param' | 'let' | 'var' | 'pattern' | 'fun' | 'assign' | 'client' | 'message' | 'pool-member' | 'for';
  readonly owner: Owner;
  /** A `var`, or the seed form `x = e` that bound it (assignable only if `var`). */
  readonly mutable: boolean;
  /** Mentioned by a closure or local function inside its owner. */
  readonly captured: boolean;
  /** Assigned after its binding. */
  readonly assigned: boolean;
}

/** What a name means. `item` is present for definitions of the module itself. */
export type Entity =
  | { readonly kind: 'local'; readonly local: Local }
  | { readonly kind: 'fun'; readonly id: GlobalId; readonly item?: FunItem }
  /** `outside`: of a function of another module, what a call may wait for; `suspends`: whether it gives up the thread. */
  | {
      readonly kind: 'extern-fun';
      readonly id: GlobalId;
      readonly item?: ExternFunItem;
      readonly outside?: string;
      readonly suspends?: true;
    }
  | { readonly kind: 'const'; readonly id: GlobalId; readonly item?: ConstItem }
  | { readonly kind: 'session'; readonly id: GlobalId; readonly item?: SessionItem }
  | {
      readonly kind: 'constructor';
      readonly id: GlobalId;
      readonly type: GlobalId;
      readonly tag: number;
      readonly arity: number;
    }
  | { readonly kind: 'exception'; readonly id: GlobalId; readonly arity: number; readonly item?: ExceptionItem }
  | { readonly kind: 'record'; readonly id: GlobalId; readonly fields: readonly string[] }
  | { readonly kind: 'type'; readonly id: GlobalId; readonly item?: TypeItem | ExternTypeItem }
  | { readonly kind: 'type-param'; readonly name: string }
  | { readonly kind: 'protocol'; readonly id: GlobalId; readonly item?: ProtocolItem }
  | { readonly kind: 'role'; readonly protocol: GlobalId; readonly name: string }
  | { readonly kind: 'module'; readonly module: string };

export interface Resolution {
  readonly module: Module;
  /** The module's name: its file name without the ending, or its path under a root with `::`. */
  readonly name: string;
  /**
   * Uses: the id of a `Path` (in expressions, patterns, records, spawns), of the peer `Name` of a send, of the name in
   * `from x`, `drop x`, an assignment, and of a data `TypeExpr` of kind `name`.
   */
  readonly uses: ReadonlyMap<number, Entity>;
  /** Binding occurrences: the id of the `Name` that binds -> its local. A `from c` that accepts a new client binds here. */
  readonly binders: ReadonlyMap<number, Local>;
  /** Locals in scope at each `on` expression that has a first branch without `from` (by id of that branch). */
  readonly inScope: ReadonlyMap<number, readonly Local[]>;
  readonly locals: readonly Local[];
  /** Modules required, in order, by canonical name. */
  readonly requires: readonly string[];
  /** For each item of the module that has a body: the items of the module that it mentions. */
  readonly references: ReadonlyMap<Item, ReadonlySet<Item>>;
  /** Ids of the names that are sent to, awaited or dropped, as they stand in `uses`. */
  readonly peers: ReadonlySet<number>;
  /** The function-like thing that each `self`, by the id of its expression, belongs to. */
  readonly selves: ReadonlyMap<number, Owner>;
}

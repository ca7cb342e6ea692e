/** Type expressions: data types and session types, as written. */
import type { Name, Node } from './node.js';

export type TypeExpr =
  | (Node & { readonly kind: 'name'; readonly parts: readonly Name[]; readonly args: readonly TypeExpr[] })
  | (Node & { readonly kind: 'tuple'; readonly elements: readonly TypeExpr[] }) // () is unit
  | (Node & { readonly kind: 'fun'; readonly params: readonly TypeExpr[]; readonly result: TypeExpr })
  | (Node & { readonly kind: 'exists'; readonly name: Name; readonly body: TypeExpr })
  | (Node & { readonly kind: 'forall'; readonly name: Name; readonly limit?: TypeExpr; readonly body: TypeExpr })
  | (Node & { readonly kind: 'rec'; readonly name: Name; readonly body: TypeExpr })
  | (Node & { readonly kind: 'upto'; readonly body: TypeExpr }) // ...T
  | (Node & { readonly kind: 'spawner'; readonly name: Name; readonly type: TypeExpr; readonly body: TypeExpr }) // [s : S] -> T
  | (Node & { readonly kind: 'peer'; readonly name: Name; readonly type: TypeExpr; readonly body: TypeExpr }) // (q : Q) -> T
  | (Node & {
      readonly kind: 'action';
      readonly polarity: '?' | '!';
      readonly peer?: Name;
      readonly branches: readonly TypeBranch[];
    });

/** `Label(types) ~> T`, `peer.Label ~> T` or `after ~> T` (label absent). */
export interface TypeBranch extends Node {
  readonly peer?: Name;
  readonly label?: Name;
  readonly args: readonly TypeExpr[];
  readonly next: TypeExpr;
}

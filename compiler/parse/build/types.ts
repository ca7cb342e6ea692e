/**
 * Type expressions, of data and of sessions, from match tree to abstract syntax.
 * Invariant: angle brackets and braces around branches leave the same tree.
 */
import type { Name, TypeBranch, TypeExpr } from '../../ast/ast.js';
import { span } from '../../source/source.js';
import type { Actions, Tree } from '../text/grammar.js';
import { at, between, bracketed, elements, make, name, now, optional, upTo } from './make.js';

const type = (tree: Tree): TypeExpr => tree.type();

export const types = (tree: Tree | undefined): readonly TypeExpr[] => bracketed(tree).map(type);

function branch(tree: Tree): TypeBranch {
  const inner = tree.child(0);
  if (inner.ctorName === 'TypeBranch_after') {
    const next = type(inner.child(4));
    return make(upTo(inner, next.span), { args: [], next });
  }
  const peer = optional(inner.child(0));
  const from = peer && name(peer);
  const label = name(inner.child(2));
  const args = types(optional(inner.child(3)));
  const next = type(inner.child(7));
  return make(upTo(inner, next.span), { ...(from && { peer: from }), label, args, next });
}

/** `net::http::T` or `Purchase.Seller`: the parts without their separators. */
function parts(tree: Tree): readonly Name[] {
  const found: Name[] = [];
  for (const part of tree.sourceString.matchAll(/\w+/g)) {
    const start = tree.source.startIdx + part.index;
    found.push(make(between(start, start + part[0].length), { text: part[0] }));
  }
  return found;
}

/** What follows a parameter; `(s : T)` alone is a session that does nothing more. */
function after(tree: Tree, parameter: Tree): TypeExpr {
  const rest = optional(tree);
  if (rest !== undefined) return type(rest.child(2));
  const end = now().base + parameter.source.endIdx;
  const where = span(now().file, end, end);
  return make(where, { kind: 'name' as const, parts: [make(where, { text: 'End' })], args: [] });
}

export const typeActions: Actions<TypeExpr> = {
  Type_exists(_word, bound, _dot, _b, body) {
    return make(at(this), { kind: 'exists' as const, name: name(bound), body: type(body) });
  },
  Type_forall(_word, bound, _less, limit, _dot, _b, body) {
    const most = optional(limit);
    return make(at(this), {
      kind: 'forall' as const,
      name: name(bound),
      ...(most && { limit: type(most) }),
      body: type(body),
    });
  },
  Type_rec(_word, bound, _dot, _b, body) {
    return make(at(this), { kind: 'rec' as const, name: name(bound), body: type(body) });
  },
  Type_upto(_dots, _b, body) {
    return make(at(this), { kind: 'upto' as const, body: type(body) });
  },
  Type_spawner(_open, _b, bound, _b2, _colon, _b3, of, _b4, _close, rest) {
    return make(at(this), { kind: 'spawner' as const, name: name(bound), type: type(of), body: after(rest, this) });
  },
  Type_peer(_open, _b, bound, _b2, _colon, _b3, of, _b4, _close, rest) {
    return make(at(this), { kind: 'peer' as const, name: name(bound), type: type(of), body: after(rest, this) });
  },
  Type_fun(from, _arrow, _b, to) {
    // `(a, b) -> c` takes two arguments, not one pair.
    const listed = from.child(0).ctorName === 'TypeAtom_tuple';
    const params = listed ? elements(from.child(0).child(2)).map(type) : [type(from)];
    return make(at(this), { kind: 'fun' as const, params, result: type(to) });
  },
  TypeAtom_action(polarity, peer, body) {
    const named = optional(peer);
    return make(at(this), {
      kind: 'action' as const,
      polarity: polarity.sourceString === '?' ? ('?' as const) : ('!' as const),
      ...(named && { peer: name(named) }),
      branches: elements(body.child(0).child(2)).map(branch),
    });
  },
  TypeAtom_tuple(_open, _b, inner, _trail, _b2, _close) {
    const found = elements(inner).map(type);
    return found.length === 1 ? found[0]! : make(at(this), { kind: 'tuple' as const, elements: found });
  },
  TypeAtom_name(path, args) {
    const given = optional(args);
    return make(at(this), {
      kind: 'name' as const,
      parts: parts(path),
      args: given === undefined ? [] : elements(given.child(0).child(2)).map(type),
    });
  },
};

/**
 * Patterns and parameters, from match tree to abstract syntax.
 * Invariant: a pattern's alternatives are flat: no `or` directly inside an `or`.
 */
import type { FieldPattern, Param, Pattern, RestPattern, TypeExpr } from '../../ast/ast.js';
import { cover } from '../../source/source.js';
import type { Actions, Tree } from '../text/grammar.js';
import { bytes, number, plainString, rawString, truth } from './literals.js';
import { at, bracketed, elements, forget, make, name, optional, path, problem } from './make.js';

const pattern = (tree: Tree): Pattern => tree.pattern();

export const param = (tree: Tree): Param => {
  const inner = pattern(tree.child(0));
  const annotation = annotated(optional(tree.child(1)));
  const where = annotation ? cover(inner.span, annotation.span) : inner.span;
  return make(where, { pattern: inner, ...(annotation && { annotation }) });
};

export const params = (tree: Tree | undefined): readonly Param[] => bracketed(tree).map(param);

/** The type of `: T` or `-> T`. */
export const annotated = (tree: Tree | undefined): TypeExpr | undefined => tree?.child(2).type();

const field = (tree: Tree): FieldPattern => {
  const label = name(tree.child(0));
  const inner = optional(tree.child(4));
  return make(at(tree), { name: label, ...(inner && { pattern: pattern(inner) }) });
};

function list(tree: Tree): Pattern {
  const found: Pattern[] = [];
  let rest: RestPattern | undefined;
  for (const element of elements(tree.child(2))) {
    const inner = element.child(0);
    if (rest !== undefined)
      problem('Q0025', rest.span, 'the rest of a list comes last in its pattern', {
        label: 'nothing may follow this',
      });
    if (inner.ctorName === 'ListPat_rest') {
      const bound = optional(inner.child(1));
      rest = make(at(inner), { ...(bound && { name: name(bound) }) });
    } else found.push(pattern(inner));
  }
  return make(at(tree), { kind: 'list' as const, elements: found, ...(rest && { rest }) });
}

function tuple(tree: Tree): Pattern {
  const inner = elements(tree.child(2)).map(pattern);
  const only = inner[0];
  if (only === undefined) return make(at(tree), { kind: 'literal' as const, literal: { type: 'unit' as const } });
  if (inner.length > 1) return make(at(tree), { kind: 'tuple' as const, elements: inner });
  refuseSingle(tree);
  return only;
}

/** `(e,)` looks like a tuple of one element, which does not exist. */
export function refuseSingle(paren: Tree): void {
  const comma = paren.child(3);
  if (comma.source.endIdx > comma.source.startIdx)
    problem('Q0017', at(comma.child(0).child(2)), 'there is no tuple of one element', {
      label: 'this comma has nothing after it',
      hints: ['leave the comma out'],
    });
}

function anyOf(first: Tree, rest: Tree): Pattern {
  const found = [pattern(first), ...rest.children.map(pattern)];
  if (found.length === 1) return found[0]!;
  const alternatives = found.flatMap((p) => {
    if (p.kind !== 'or') return [p];
    forget(p);
    return p.alternatives;
  });
  return make(cover(found[0]!.span, found[found.length - 1]!.span), { kind: 'or' as const, alternatives });
}

export const patternActions: Actions<Pattern> = {
  AnyOf: (first, _bar, _brk, rest) => anyOf(first, rest),
  InnerAnyOf: (first, _brk, _bar, _brk2, rest) => anyOf(first, rest),
  Pattern_word: (_guard, inner) => pattern(inner),
  Pattern_tuple(_open, _b, _list, _trail, _b2, _close) {
    return tuple(this);
  },
  Pattern_list(_open, _b, _list, _trail, _b2, _close) {
    return list(this);
  },
  ListPat_element: (inner) => pattern(inner),
  wildcard(_) {
    return make(at(this), { kind: 'any' as const });
  },
  truth(_) {
    return make(at(this), { kind: 'literal' as const, literal: truth(this) });
  },
  bytes(_open, _parts, _close) {
    return make(at(this), { kind: 'literal' as const, literal: bytes(this) });
  },
  rawString(_open, _text, _close) {
    return make(at(this), { kind: 'literal' as const, literal: rawString(this) });
  },
  string(_open, _parts, _close) {
    const value = plainString(this, 'a string in a pattern');
    return make(at(this), { kind: 'literal' as const, literal: { type: 'string' as const, value } });
  },
  signed(minus, digits) {
    const literal = number(digits);
    if (minus.children.length > 0 && (literal.type === 'int' || literal.type === 'float'))
      return make(at(this), { kind: 'literal' as const, literal: { type: literal.type, value: 0 - literal.value } });
    return make(at(this), { kind: 'literal' as const, literal });
  },
  binder(inner) {
    return make(at(this), { kind: 'bind' as const, name: name(inner) });
  },
  VariantPat(constructor, args) {
    return make(at(this), {
      kind: 'constructor' as const,
      path: path(constructor),
      args: bracketed(optional(args)).map(pattern),
    });
  },
  RecordPat(type, _open, _b, fields, _trail, _b2, _close) {
    return make(at(this), { kind: 'record' as const, type: path(type), fields: elements(fields).map(field) });
  },
};

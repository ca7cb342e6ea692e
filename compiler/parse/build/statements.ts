/**
 * Statements, from match tree to abstract syntax.
 * Invariant: what is written as an expression is an `expr` statement; nothing else is.
 */
import type { Binding, Expr, Pattern, Stmt } from '../../ast/ast.js';
import { args } from './expressions.js';
import { functionItem } from './functions.js';
import type { Actions, Tree } from '../text/grammar.js';
import { at, block, expressionStatement, make, name, optional, upTo } from './make.js';
import { annotated } from './patterns.js';

const expr = (tree: Tree): Expr => tree.expr();
const pattern = (tree: Tree): Pattern => tree.pattern();

/** pattern, (brk Annot)?, brk, "=", right side */
const binding = (tree: Tree): Binding => {
  const bound = pattern(tree.child(0));
  const annotation = annotated(optional(tree.child(2)));
  const value = expr(tree.child(5));
  return make(upTo(tree, value.span), { pattern: bound, ...(annotation && { annotation }), value });
};

/** The bindings of a `let` and its `and`s. */
const bindings = (tree: Tree): readonly Binding[] => [binding(tree.child(1)), ...tree.child(4).children.map(binding)];

export const statementActions: Actions<Stmt> = {
  StmtLine: (statement, _end) => statement.stmt(),
  Stmt_keyword: (_guard, inner) => inner.stmt(),
  Stmt_soft: (_guard, inner) => inner.stmt(),
  Simple_keyword: (_guard, inner) => inner.stmt(),
  Simple_pool: (_guard, inner) => inner.stmt(),
  Expr(_first, _operators, _brk, _rest) {
    return expressionStatement(expr(this));
  },
  Inner(_first, _brk, _operators, _brk2, _rest) {
    return expressionStatement(expr(this));
  },
  Let(_word, _first, _b, _and, _rest) {
    const found = bindings(this);
    return make(upTo(this, found[found.length - 1]!.span), { kind: 'let' as const, bindings: found });
  },
  Var(_word, bound, _b, annot, _b2, _equals, right) {
    const annotation = annotated(optional(annot));
    const value = expr(right);
    return make(upTo(this, value.span), {
      kind: 'var' as const,
      name: name(bound),
      ...(annotation && { annotation }),
      value,
    });
  },
  Assign(target, _equals, right) {
    const value = expr(right);
    return make(upTo(this, value.span), { kind: 'assign' as const, name: name(target), value });
  },
  Fun(_word, _name, _params, _result, _sep, _body, _end) {
    return make(at(this), { kind: 'local-fun' as const, fun: functionItem(this) });
  },
  While(_word, condition, _end, body, _close) {
    return make(at(this), { kind: 'while' as const, condition: expr(condition), body: block(condition, body) });
  },
  For(_word, bound, _in, source, _end, body, _close) {
    return make(at(this), {
      kind: 'for' as const,
      pattern: pattern(bound),
      source: expr(source),
      body: block(source, body),
    });
  },
  Serve(_word, member, _in, pool, _end, body, _close) {
    return make(at(this), {
      kind: 'serve' as const,
      name: name(member),
      pool: expr(pool),
      body: block(pool, body),
    });
  },
  Put(_word, end, _with, datum, _in, pool) {
    const given = optional(datum);
    const into = expr(pool);
    return make(upTo(this, into.span), {
      kind: 'put' as const,
      end: expr(end),
      ...(given && { datum: expr(given) }),
      pool: into,
    });
  },
  Drop(_word, end) {
    return make(at(this), { kind: 'drop' as const, name: name(end) });
  },
  Loop(_word, written) {
    const given = optional(written);
    return make(at(this), { kind: 'loop' as const, ...(given && { args: args(given) }) });
  },
  Close(_word) {
    return make(at(this), { kind: 'close' as const });
  },
  Fail(_word, value) {
    return make(at(this), { kind: 'fail' as const, value: expr(value) });
  },
  Raise(_word, value) {
    return make(at(this), { kind: 'raise' as const, value: expr(value) });
  },
  Return(_word, value) {
    const given = optional(value);
    return make(at(this), { kind: 'return' as const, ...(given && { value: expr(given) }) });
  },
  Break(_word) {
    return make(at(this), { kind: 'break' as const });
  },
  Continue(_word) {
    return make(at(this), { kind: 'continue' as const });
  },
};

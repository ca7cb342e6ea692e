/**
 * Expressions, from match tree to abstract syntax.
 * Invariant: parentheses leave no node; a row of operators is a tree by the table in `operators.ts`.
 */
import type { BranchSource, Clause, Expr, FieldInit, ListElement, OnBranch, Path, Stmt } from '../../ast/ast.js';
import { cover } from '../../source/source.js';
import type { Actions, Tree } from '../text/grammar.js';
import { bytes, number, rawString, string, truth } from './literals.js';
import { at, between, block, blockOf, elements, make, name, now, optional, path, upTo } from './make.js';
import type { Infix } from './operators.js';
import { climb } from './operators.js';
import { param, params, refuseSingle } from './patterns.js';
import { Row } from './rows.js';

const expr = (tree: Tree): Expr => tree.expr();
const stmt = (tree: Tree): Stmt => tree.stmt();

const infix = (tree: Tree): Infix => {
  const sign = tree.ctorName === 'Pipe' ? tree.child(1) : tree;
  return { text: sign.sourceString, span: at(sign) };
};

/** The values of `Inners?`. */
function values(list: Tree): readonly Expr[] {
  const inners = optional(list);
  return inners === undefined ? [] : [inners.child(0), ...inners.child(2).children].map(expr);
}

/** The arguments of a call or a message, if it has any brackets. */
export const args = (tree: Tree | undefined): readonly Expr[] => (tree === undefined ? [] : values(tree.child(2)));

const fieldInit = (tree: Tree): FieldInit => make(at(tree), { name: name(tree.child(0)), value: expr(tree.child(4)) });

const element = (tree: Tree): ListElement => {
  const inner = tree.child(0);
  const spread = inner.ctorName === 'Element_spread';
  return make(at(inner), { spread, value: expr(spread ? inner.child(2) : inner) });
};

function clause(tree: Tree): Clause {
  const inner = tree.child(0);
  if (inner.ctorName === 'Clause_if') {
    const condition = expr(inner.child(2));
    return make(upTo(inner.child(1), condition.span), { kind: 'if' as const, condition });
  }
  const source = expr(inner.child(6));
  return make(upTo(inner.child(1), source.span), { kind: 'for' as const, pattern: inner.child(2).pattern(), source });
}

function source(tree: Tree): BranchSource {
  const inner = tree.child(0);
  if (inner.ctorName === 'Source_peer') return make(at(inner), { kind: 'peer' as const, name: name(inner.child(1)) });
  return make(at(inner), { kind: 'any' as const, name: name(inner.child(2)), pool: expr(inner.child(4)) });
}

/** A branch of a wait; `start` is its `on` or `or`. */
function messageBranch(start: Tree, message: Tree, body: Tree): OnBranch {
  const from = optional(message.child(2));
  const label = name(message.child(0));
  const bound = params(optional(message.child(1)));
  const peer = from && source(from);
  const inner = block(message, body);
  return make(upTo(start, inner.span), {
    kind: 'message' as const,
    label,
    params: bound,
    ...(peer && { source: peer }),
    body: inner,
  });
}

function orBranch(tree: Tree): OnBranch {
  const inner = tree.child(0);
  if (inner.ctorName === 'OrBranch_message') return messageBranch(inner.child(0), inner.child(1), inner.child(3));
  const milliseconds = expr(inner.child(2));
  const body = block(inner.child(2), inner.child(4));
  return make(upTo(inner, body.span), { kind: 'after' as const, milliseconds, body });
}

/** `else` and its block, if written. */
const otherwise = (tree: Tree) => {
  const written = optional(tree);
  return written && { otherwise: block(written.child(0), written.child(1)) };
};

function suffixed(callee: Expr, suffix: Tree): Expr {
  const inner = suffix.child(0);
  const where = cover(callee.span, at(suffix));
  if (inner.ctorName === 'Suffix_field')
    return make(where, { kind: 'field' as const, record: callee, field: name(inner.child(1)) });
  if (inner.ctorName === 'Suffix_index')
    return make(where, { kind: 'index' as const, base: callee, index: expr(inner.child(2)) });
  return make(where, { kind: 'call' as const, callee, args: args(inner) });
}

/** A row of operands, each with its prefixes and suffixes, and the operators between them. */
function row(first: Tree, operators: Tree, rest: Tree): Expr {
  if (operators.children.length === 0 && first.child(0).children.length === 0) return operand(first);
  const operands = [first, ...rest.children].map((one) => ({
    prefixes: one.child(0).children.map(infix),
    expr: operand(one),
  }));
  return climb(operands, operators.children.map(infix));
}

const operand = (tree: Tree): Expr => postfix(tree.child(1), tree.child(3));

function postfix(primary: Tree, suffixes: Tree): Expr {
  const row = new Row();
  return row.whole(suffixes.children.reduce((callee, suffix) => suffixed(row.next(callee), suffix), expr(primary)));
}

export const expressionActions: Actions<Expr> = {
  Expr: (first, operators, _brk, rest) => row(first, operators, rest),
  Inner: (first, _brk, operators, _brk2, rest) => row(first, operators, rest),
  Postfix: (primary, _guard, suffixes) => postfix(primary, suffixes),
  InnerPostfix: (primary, _guard, suffixes) => postfix(primary, suffixes),
  Soft: (_guard, inner) => expr(inner),
  InnerSoft: (_guard, inner) => expr(inner),
  Primary_word: (_guard, inner) => expr(inner),
  Primary_block: (_guard, inner) => expr(inner),
  Base: (inner) => expr(inner),
  Hole: (_b, inner) => expr(inner),
  hole: (_open, inner, _b, _close) => expr(inner),

  constant(_) {
    if (this.sourceString === 'self') return make(at(this), { kind: 'self' as const });
    return make(at(this), { kind: 'literal' as const, literal: truth(this) });
  },
  path(_parts, _separators, _last) {
    return make(at(this), { kind: 'path' as const, path: path(this) });
  },
  number(_guard, _numeral) {
    return make(at(this), { kind: 'literal' as const, literal: number(this) });
  },
  rawString(_open, _text, _close) {
    return make(at(this), { kind: 'literal' as const, literal: rawString(this) });
  },
  string(_open, _parts, _close) {
    return string(this);
  },
  bytes(_open, _parts, _close) {
    return make(at(this), { kind: 'literal' as const, literal: bytes(this) });
  },

  Paren(_open, _b, inner, _trail, _b2, _close) {
    const found = values(inner);
    const only = found[0];
    if (only === undefined) return make(at(this), { kind: 'literal' as const, literal: { type: 'unit' as const } });
    if (found.length > 1) return make(at(this), { kind: 'tuple' as const, elements: found });
    refuseSingle(this);
    now().parenthesised.add(only);
    return only;
  },
  List_comprehension(_open, _b, inner, clauses, _b2, _close) {
    return make(at(this), {
      kind: 'comprehension' as const,
      element: expr(inner),
      clauses: clauses.children.map(clause),
    });
  },
  List_elements(_open, _b, inner, _trail, _b2, _close) {
    return make(at(this), { kind: 'list' as const, elements: elements(inner).map(element) });
  },
  Map(_open, _b, inner, _trail, _b2, _close) {
    const entries = elements(inner).map((entry) => ({ key: expr(entry.child(0)), value: expr(entry.child(4)) }));
    return make(at(this), { kind: 'map' as const, entries });
  },
  Upper(type, _guard, rest) {
    const written = optional(rest);
    if (written === undefined) return make(at(this), { kind: 'path' as const, path: path(type) });
    const updated = optional(written.child(2));
    const named: Path = path(type);
    const fields = written.child(6);
    if (updated === undefined)
      return make(at(this), { kind: 'record' as const, type: named, fields: elements(fields).map(fieldInit) });
    return make(at(this), {
      kind: 'update' as const,
      type: named,
      base: expr(updated),
      fields: elements(fields).map(fieldInit),
    });
  },
  Closure_block(bound, line, body, _end) {
    const inner = block(bound, body);
    return make(at(this), { kind: 'lambda' as const, params: closureParams(bound), body: inner });
  },
  Closure_line(bound, body) {
    const inner = blockOf(stmt(body));
    return make(upTo(this, inner.span), { kind: 'lambda' as const, params: closureParams(bound), body: inner });
  },

  If(word, condition, _then, body, elifs, last, _end) {
    const branches = [
      { condition: expr(condition), body: block(condition, body) },
      ...elifs.children.map((elif) => ({
        condition: expr(elif.child(1)),
        body: block(elif.child(1), elif.child(3)),
      })),
    ];
    return make(at(this), { kind: 'if' as const, branches, ...otherwise(last) });
  },
  Case(_word, subject, _end, arms, last, _close) {
    return make(at(this), {
      kind: 'case' as const,
      subject: expr(subject),
      arms: arms.children.map((arm) => {
        const written = optional(arm.child(2));
        const pattern = arm.child(1).pattern();
        const guard = written && expr(written.child(1));
        const body = block(written ?? arm.child(1), arm.child(4));
        return make(upTo(arm, body.span), { pattern, ...(guard && { guard }), body });
      }),
      ...otherwise(last),
    });
  },
  Try(word, body, catches, last, _end) {
    const inner = block(word, body);
    const handlers = catches.children.map((handler) => {
      const pattern = handler.child(1).pattern();
      const caught = block(handler.child(1), handler.child(3));
      return { pattern, body: caught, span: upTo(handler, caught.span) };
    });
    const written = optional(last);
    const finalizer = written && block(written.child(0), written.child(1));
    return make(at(this), { kind: 'try' as const, body: inner, handlers, ...(finalizer && { finalizer }) });
  },
  On(word, message, _end, body, rest, _close) {
    const branches = [messageBranch(word, message, body), ...rest.children.map(orBranch)];
    return make(at(this), { kind: 'on' as const, branches });
  },
  Take(_word, names, _in, pool, _end, body, last, _close) {
    const inner = names.child(0);
    const two = inner.ctorName === 'TakeNames_two';
    return make(at(this), {
      kind: 'take' as const,
      name: name(two ? inner.child(1) : inner),
      ...(two && { datum: name(inner.child(3)) }),
      pool: expr(pool),
      body: block(pool, body),
      ...otherwise(last),
    });
  },
  Spawn(_word, session, given) {
    return make(at(this), { kind: 'spawn' as const, session: path(session), args: args(optional(given)) });
  },
  Connect(_word, service) {
    return make(at(this), { kind: 'connect' as const, service: expr(service) });
  },
  Watch(_word, thread) {
    return make(at(this), { kind: 'watch' as const, thread: expr(thread) });
  },
  Lower(first, _bang, label, given) {
    const sent = optional(label);
    if (sent === undefined) return make(at(this), { kind: 'path' as const, path: path(first) });
    return make(at(this), {
      kind: 'send' as const,
      peer: name(first),
      label: name(sent),
      args: args(optional(optional(given)!)),
    });
  },
  Rhs_block(line, body, end) {
    const inner = block(line, body);
    return make(between(line.source.endIdx, end.source.endIdx), { kind: 'block' as const, block: inner });
  },
};

const closureParams = (tree: Tree) => {
  const inner = tree.child(0);
  return inner.ctorName === 'ClosureParams_none' ? [] : elements(inner.child(2)).map(param);
};

/**
 * A walk over all statements and expressions of a module, outermost first, in source order.
 * Invariant: every `Stmt`, `Expr` and `Block` of the module is visited exactly once; patterns and types are not.
 */
import type { Block, Clause, Expr, Item, Module, OnBranch, Stmt } from '../ast/ast.js';

export interface Visitor {
  readonly stmt?: (stmt: Stmt) => void;
  readonly expr?: (expr: Expr) => void;
  readonly item?: (item: Item) => void;
}

export function walkModule(module: Module, v: Visitor): void {
  for (const item of module.items) {
    v.item?.(item);
    if (item.kind === 'session' || item.kind === 'fun' || item.kind === 'test') walkBlock(item.body, v);
    else if (item.kind === 'const') walkExpr(item.value, v);
  }
}

export function walkBlock(block: Block, v: Visitor): void {
  for (const stmt of block.statements) walkStmt(stmt, v);
}

export function walkStmt(stmt: Stmt, v: Visitor): void {
  v.stmt?.(stmt);
  for (const child of childrenOfStmt(stmt)) walkChild(child, v);
}

export function walkExpr(expr: Expr, v: Visitor): void {
  v.expr?.(expr);
  for (const child of childrenOfExpr(expr)) walkChild(child, v);
}

type Child = { readonly block: Block } | { readonly expr: Expr };

function walkChild(child: Child, v: Visitor): void {
  if ('block' in child) walkBlock(child.block, v);
  else walkExpr(child.expr, v);
}

const exprs = (list: readonly (Expr | undefined)[]): Child[] =>
  list.flatMap((expr) => (expr === undefined ? [] : [{ expr }]));
const blocks = (list: readonly (Block | undefined)[]): Child[] =>
  list.flatMap((block) => (block === undefined ? [] : [{ block }]));

function childrenOfStmt(stmt: Stmt): readonly Child[] {
  switch (stmt.kind) {
    case 'let':
      return exprs(stmt.bindings.map((b) => b.value));
    case 'var':
    case 'assign':
    case 'fail':
    case 'raise':
      return exprs([stmt.value]);
    case 'return':
      return exprs([stmt.value]);
    case 'local-fun':
      return blocks([stmt.fun.body]);
    case 'while':
      return [...exprs([stmt.condition]), ...blocks([stmt.body])];
    case 'for':
      return [...exprs([stmt.source]), ...blocks([stmt.body])];
    case 'serve':
      return [...exprs([stmt.pool]), ...blocks([stmt.body])];
    case 'put':
      return exprs([stmt.end, stmt.datum, stmt.pool]);
    case 'loop':
      return exprs(stmt.args ?? []);
    case 'expr':
      return exprs([stmt.expr]);
    case 'drop':
    case 'close':
    case 'break':
    case 'continue':
      return [];
  }
}

function childrenOfExpr(expr: Expr): readonly Child[] {
  switch (expr.kind) {
    case 'literal':
    case 'path':
    case 'self':
      return [];
    case 'template':
      return exprs(expr.parts.filter((p) => typeof p !== 'string'));
    case 'tuple':
      return exprs(expr.elements);
    case 'list':
      return exprs(expr.elements.map((e) => e.value));
    case 'comprehension':
      return exprs([...expr.clauses.map(clauseExpr), expr.element]);
    case 'map':
      return exprs(expr.entries.flatMap((e) => [e.key, e.value]));
    case 'record':
      return exprs(expr.fields.map((f) => f.value));
    case 'update':
      return exprs([expr.base, ...expr.fields.map((f) => f.value)]);
    case 'unary':
      return exprs([expr.operand]);
    case 'binary':
      return exprs([expr.left, expr.right]);
    case 'call':
      return exprs([expr.callee, ...expr.args]);
    case 'field':
      return exprs([expr.record]);
    case 'index':
      return exprs([expr.base, expr.index]);
    case 'lambda':
      return blocks([expr.body]);
    case 'if':
      return [
        ...expr.branches.flatMap((b) => [...exprs([b.condition]), ...blocks([b.body])]),
        ...blocks([expr.otherwise]),
      ];
    case 'case':
      return [
        ...exprs([expr.subject]),
        ...expr.arms.flatMap((a) => [...exprs([a.guard]), ...blocks([a.body])]),
        ...blocks([expr.otherwise]),
      ];
    case 'try':
      return blocks([expr.body, ...expr.handlers.map((h) => h.body), expr.finalizer]);
    case 'on':
      return expr.branches.flatMap(branchChildren);
    case 'take':
      return [...exprs([expr.pool]), ...blocks([expr.body, expr.otherwise])];
    case 'spawn':
    case 'send':
      return exprs(expr.args);
    case 'connect':
      return exprs([expr.service]);
    case 'watch':
      return exprs([expr.thread]);
    case 'block':
      return blocks([expr.block]);
  }
}

const clauseExpr = (clause: Clause): Expr => (clause.kind === 'for' ? clause.source : clause.condition);

function branchChildren(branch: OnBranch): readonly Child[] {
  if (branch.kind === 'after') return [...exprs([branch.milliseconds]), ...blocks([branch.body])];
  const pool = branch.source?.kind === 'any' ? branch.source.pool : undefined;
  return [...exprs([pool]), ...blocks([branch.body])];
}

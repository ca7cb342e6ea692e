/**
 * Names in expressions, in the order in which they come into scope.
 * Invariant: each branch, arm and closure has a scope of its own, so nothing bound in one is seen in another.
 */
import type { Clause, Expr, LambdaExpr, MessageBranch, OnExpr } from '../ast/ast.js';
import { error, warning } from '../diagnostics/diagnostic.js';
import { nearest } from '../diagnostics/suggest.js';
import { bindPatterns, notA } from './patterns.js';
import type { Cell } from './scope.js';
import { Scope } from './scope.js';
import { type Frame, inner, type Resolver } from './resolver.js';
import { resolveType } from './types.js';

export function resolveExpr(r: Resolver, frame: Frame, e: Expr): void {
  const all = (list: readonly (Expr | undefined)[]): void =>
    list.forEach((x) => x !== undefined && resolveExpr(r, frame, x));
  switch (e.kind) {
    case 'literal':
      return;
    case 'template':
      return all(e.parts.filter((p) => typeof p !== 'string'));
    case 'path':
      return void r.value(frame, e.path);
    case 'self':
      return resolveSelf(r, frame, e);
    case 'tuple':
      return all(e.elements);
    case 'list':
      return all(e.elements.map((el) => el.value));
    case 'comprehension':
      return resolveComprehension(r, frame, e.clauses, e.element);
    case 'map':
      return all(e.entries.flatMap((entry) => [entry.key, entry.value]));
    case 'record':
    case 'update': {
      const found = r.value(frame, e.type);
      if (found !== undefined && found.kind !== 'record') notA(r, e.type.parts.at(-1)!, found.kind, 'a record type');
      if (e.kind === 'update') resolveExpr(r, frame, e.base);
      return all(e.fields.map((f) => f.value));
    }
    case 'unary':
      return resolveExpr(r, frame, e.operand);
    case 'binary':
      return all([e.left, e.right]);
    case 'call':
      return all([e.callee, ...e.args]);
    case 'field':
      return resolveExpr(r, frame, e.record);
    case 'index':
      return all([e.base, e.index]);
    case 'lambda':
      return resolveLambda(r, frame, e);
    case 'if':
      for (const branch of e.branches) {
        resolveExpr(r, frame, branch.condition);
        r.block(r, inner(frame), branch.body);
      }
      if (e.otherwise !== undefined) r.block(r, inner(frame), e.otherwise);
      return;
    case 'case':
      resolveExpr(r, frame, e.subject);
      for (const arm of e.arms) {
        const scope = inner(frame);
        bindPatterns(r, scope, [arm.pattern], 'pattern');
        if (arm.guard !== undefined) resolveExpr(r, scope, arm.guard);
        r.block(r, scope, arm.body);
      }
      if (e.otherwise !== undefined) r.block(r, inner(frame), e.otherwise);
      return;
    case 'try':
      r.block(r, inner(frame), e.body);
      for (const handler of e.handlers) {
        const scope = inner(frame);
        bindPatterns(r, scope, [handler.pattern], 'pattern');
        r.block(r, scope, handler.body);
      }
      if (e.finalizer !== undefined) r.block(r, inner(frame), e.finalizer);
      return;
    case 'on':
      return resolveOn(r, frame, e);
    case 'take': {
      resolveExpr(r, frame, e.pool);
      const scope = inner(frame);
      r.bind(scope, e.name, 'pool-member');
      if (e.datum !== undefined) r.bind(scope, e.datum, 'pool-member');
      r.block(r, scope, e.body);
      if (e.otherwise !== undefined) r.block(r, inner(frame), e.otherwise);
      return;
    }
    case 'spawn': {
      const found = r.value(frame, e.session);
      if (found !== undefined && found.kind !== 'session') notA(r, e.session.parts.at(-1)!, found.kind, 'a session');
      return all(e.args);
    }
    case 'connect':
      return resolveExpr(r, frame, e.service);
    case 'watch':
      return resolveExpr(r, frame, e.thread);
    case 'send': {
      const cell = frame.scope.find(e.peer.text);
      r.peers.add(e.peer.id);
      if (cell !== undefined) r.useLocal(frame, e.peer.id, cell);
      else resolvePeerConstant(r, frame, e);
      return all(e.args);
    }
    case 'block':
      return r.block(r, inner(frame), e.block);
  }
}

function resolveSelf(r: Resolver, frame: Frame, e: Expr): void {
  if (frame.owner.kind === 'const')
    r.report(error('Q0104', e.span, '`self` has no meaning in a constant: no thread runs there'));
  r.selves.set(e.id, frame.owner);
}

/** A constant may hold a reference to a service. */
function resolvePeerConstant(r: Resolver, frame: Frame, e: Extract<Expr, { kind: 'send' }>): void {
  const found = r.globals.values.get(e.peer.text);
  if (found?.kind === 'const') r.note(e.peer.id, found);
  else if (found !== undefined) notA(r, e.peer, found.kind, 'a peer');
  else r.undefinedName(e.peer, () => [...frame.scope.all()].map((c) => c.name)); // prettier-ignore
}

function resolveComprehension(r: Resolver, frame: Frame, clauses: readonly Clause[], element: Expr): void {
  let scope = frame;
  for (const clause of clauses) {
    if (clause.kind === 'if') {
      resolveExpr(r, scope, clause.condition);
      continue;
    }
    resolveExpr(r, scope, clause.source);
    scope = inner(scope);
    bindPatterns(r, scope, [clause.pattern], 'for');
  }
  resolveExpr(r, scope, element);
}

function resolveLambda(r: Resolver, frame: Frame, e: LambdaExpr): void {
  const scope: Frame = { scope: new Scope(frame.scope, e), owner: e, loop: false };
  for (const param of e.params) if (param.annotation !== undefined) resolveType(r, param.annotation);
  bindPatterns(
    r,
    scope,
    e.params.map((p) => p.pattern),
    'param',
  );
  r.block(r, scope, e.body);
}

/**
 * A wait. A branch without `from` waits for the peer of the branch above, so it sees the client or pool member that the
 * branch above named; a client named in several branches of one wait is one local.
 */
function resolveOn(r: Resolver, frame: Frame, e: OnExpr): void {
  const accepted = new Map<string, Cell>();
  let peer: Cell | undefined;
  e.branches.forEach((branch, i) => {
    const scope = inner(frame);
    if (branch.kind === 'after') {
      resolveExpr(r, frame, branch.milliseconds);
      return r.block(r, scope, branch.body);
    }
    if (branch.source !== undefined) peer = resolveSource(r, frame, scope, branch, accepted);
    else if (i === 0)
      r.inScope.set(
        branch.id,
        [...frame.scope.all()].filter((c) => c.owner === frame.owner),
      );
    if (peer !== undefined) scope.scope.add(peer);
    for (const param of branch.params) if (param.annotation !== undefined) resolveType(r, param.annotation);
    bindPatterns(
      r,
      scope,
      branch.params.map((p) => p.pattern),
      'message',
    );
    if (peer !== undefined && scope.scope.find(peer.name) !== peer)
      r.report(
        error('Q0102', peer.span, `\`${peer.name}\` names both the peer and what the message carries`, {
          hints: ['use two names'],
        }),
      );
    r.block(r, scope, branch.body);
  });
}

/** The local that the branch brings into scope: a new client or the pool member that spoke. */
function resolveSource(
  r: Resolver,
  frame: Frame,
  scope: Frame,
  branch: MessageBranch,
  accepted: Map<string, Cell>,
): Cell | undefined {
  const source = branch.source!;
  if (source.kind === 'any') {
    resolveExpr(r, frame, source.pool);
    return r.bind(scope, source.name, 'pool-member');
  }
  const name = source.name;
  const known = frame.scope.find(name.text);
  if (known !== undefined) {
    r.peers.add(name.id);
    r.useLocal(frame, name.id, known);
    return undefined;
  }
  // Only who is a peer already can be lost.
  const isLoss = branch.label.text === 'Down';
  const same = accepted.get(name.text);
  if (same !== undefined && !isLoss) {
    r.binders.set(name.id, same);
    return same;
  }
  const global = r.globals.values.get(name.text);
  if (global !== undefined) {
    notA(r, name, global.kind, 'a peer');
    return undefined;
  }
  if (isLoss || frame.owner.kind !== 'session') {
    r.undefinedName(name, () => [...frame.scope.all()].map((c) => c.name)); // prettier-ignore
    return undefined;
  }
  const near = name.text.length < 4 ? undefined : nearest(name.text, [...frame.scope.all()].map((c) => c.name)); // prettier-ignore
  if (near !== undefined)
    r.report(
      warning('Q0107', name.span, `\`${name.text}\` is not in scope, so this accepts a new client of that name`, {
        hints: [`did you mean \`${near}\`?`],
      }),
    );
  const cell = r.bind(scope, name, 'client');
  accepted.set(name.text, cell);
  return cell;
}

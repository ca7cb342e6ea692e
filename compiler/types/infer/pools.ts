/** Pools of ends: `take`, `for`, `serve`, `put`; and what a `for` goes through otherwise. */
import type { ForStmt, PutStmt, ServeStmt, TakeExpr } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import type { Span } from '../../source/source.js';
import type { BodyContext, Context, Wanted } from './context.js';
import { inferBlock, inferData, inferExpr, joinBlocks } from './inside.js';
import { inferPattern } from './patterns.js';
import { describe } from '../solve/show.js';
import { INT, isBuiltin, listOf, prune, STRING, UNIT, type EndType, type Type } from '../solve/type.js';

function poolOf(c: Context, type: Type, at: Span): { end: EndType; datum: Type } {
  const t = prune(type);
  if (t.kind === 'pool') return t;
  const pool = { kind: 'pool' as const, end: c.end(), datum: c.data() };
  c.expect(pool, type, at, { what: 'what follows `in`' });
  return pool;
}

export function inferTake(c: Context, b: BodyContext, e: TakeExpr, wanted: Wanted): Type {
  const { end, datum } = poolOf(c, inferExpr(c, b, e.pool), e.pool.span);
  const local = c.binder(e.name.id);
  if (local !== undefined) c.setLocal(local, { kind: 'end', end });
  const second = e.datum && c.binder(e.datum.id);
  if (second !== undefined) c.setLocal(second, datum);
  if (e.otherwise !== undefined) return joinBlocks(c, b, [e.body, e.otherwise], wanted);
  inferBlock(c, b, e.body, 'discard');
  return UNIT;
}

export function inferPut(c: Context, b: BodyContext, s: PutStmt): void {
  const given = inferExpr(c, b, s.end);
  const datum = s.datum === undefined ? UNIT : inferData(c, b, s.datum);
  const pool = poolOf(c, inferExpr(c, b, s.pool), s.pool.span);
  c.expect({ kind: 'end', end: pool.end }, given, s.end.span, { what: 'what is put into a pool' });
  c.expect(pool.datum, datum, s.datum?.span ?? s.span, { what: 'what goes with it' });
}

export function inferServe(c: Context, b: BodyContext, s: ServeStmt): void {
  const { end } = poolOf(c, inferExpr(c, b, s.pool), s.pool.span);
  const local = c.binder(s.name.id);
  if (local !== undefined) c.setLocal(local, { kind: 'end', end });
  inferBlock(c, b, s.body, 'discard');
}

export function inferFor(c: Context, b: BodyContext, s: ForStmt): void {
  const source = prune(inferExpr(c, b, s.source));
  if (source.kind === 'pool' || (source.kind === 'var' && source.linear === true && usedAsPeer(c, s)))
    poolFor(c, s, source);
  else {
    if (source.kind === 'var') source.linear = false;
    inferPattern(c, s.pattern, elementOf(c, source, s.source.span));
  }
  inferBlock(c, b, s.body, 'discard');
}

/** `for w in ws` and `for (w, d) in ws`. */
function poolFor(c: Context, s: ForStmt, source: Type): void {
  const { end, datum } = poolOf(c, source, s.source.span);
  const member: Type = { kind: 'end', end };
  const pattern = s.pattern;
  if (pattern.kind !== 'tuple' || pattern.elements.length !== 2) return inferPattern(c, pattern, member);
  c.types.set(pattern.id, member);
  inferPattern(c, pattern.elements[0]!, member);
  inferPattern(c, pattern.elements[1]!, datum);
}

/** Whether the loop's variable is somebody to talk to in its body, which tells a pool from a list before its type does. */
function usedAsPeer(c: Context, s: ForStmt): boolean {
  const first = s.pattern.kind === 'tuple' ? s.pattern.elements[0] : s.pattern;
  const local = first?.kind === 'bind' ? c.binder(first.name.id) : undefined;
  return local !== undefined && c.peerNames.has(local);
}

/** What a `for` over data binds. */
export function elementOf(c: Context, source: Type, at: Span): Type {
  const t = prune(source);
  if (t.kind === 'con' && isBuiltin(t, 'map')) return { kind: 'tuple', elements: t.args };
  if (isBuiltin(t, 'string')) return STRING;
  if (isBuiltin(t, 'bytes')) return INT;
  const element = c.data();
  if (t.kind === 'var' || isBuiltin(t, 'list')) c.expect(listOf(element), source, at);
  else
    c.report(
      error('Q0212', at, `${describe(t)} cannot be gone through with \`for\``, {
        hints: isBuiltin(t, 'int') ? ['a range has two ends: `1..n`'] : [],
      }),
    );
  return element;
}

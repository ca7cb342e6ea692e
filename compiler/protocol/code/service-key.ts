/**
 * What an expression tells about the service or thread it refers to.
 * Invariant: a reference named here by sessions (`S:`) or by the body that `self` runs (`T:`) can mean nothing else; whatever is not sure is `?` or is traced
 * back to where parameters and messages get it from.
 */
import type { Expr } from '../../ast/ast.js';
import { globalKey, moduleOf, type Local } from '../../resolve/resolution.js';
import { serviceSessions } from '../../types/module/services.js';
import type { Type } from '../../types/solve/type.js';
import type { Body } from './body.js';
import { AT, type ServiceRef } from './code.js';

/** The reference that an expression is; null if it is none. A value of any type may be a reference elsewhere. */
export function referenceOf(body: Body, e: Expr): ServiceRef | null {
  const type = body.typeOf(e.id);
  const refers = type?.kind === 'service' || type?.kind === 'var' || isThread(type);
  if (!refers && e.kind !== 'self') return null;
  if (e.kind === 'path') {
    const local = body.localOf(e.path.id);
    return local === undefined ? byType(body, type) : localReference(body, local);
  }
  if (e.kind === 'spawn') {
    const entity = body.entity(e.session.id);
    return entity?.kind === 'session' ? `S:${globalKey(entity.id)}${AT}${e.span.start}` : '?';
  }
  return e.kind === 'self' ? `T:${body.key}` : byType(body, type);
}

/** A reference of which nothing but the type is known: it came out of a list, a map or a message, or from a call. */
function byType(body: Body, type: Type | undefined): ServiceRef {
  const found = type && serviceSessions(type, body.typing.instances);
  if (found === undefined || found.complete === false || found.sessions.length === 0) return '?';
  const sessions = [...found.sessions].sort().join();
  return found.complete === true ? `=${sessions}` : `~${moduleOf(body.key)}=${sessions}`;
}

/** A thread that accepts nobody: it can only be watched. */
const isThread = (type: Type | undefined): boolean =>
  type?.kind === 'con' && type.id.module === '' && type.id.name === 'thread';

export function localReference(body: Body, local: Local): ServiceRef {
  const param = body.params.get(local);
  if (param !== undefined) return `P:${body.key}:${param}`;
  const from = body.received.get(local);
  if (from?.startsWith('M:') === false) return from;
  // Messages of the same label may be sent on other links, of other types.
  const typed = byType(body, body.typing.locals.get(local)?.scheme.type);
  if (typed === '?') return from ?? '?';
  return typed.startsWith('~') && from !== undefined ? `${typed};${from}` : typed;
}

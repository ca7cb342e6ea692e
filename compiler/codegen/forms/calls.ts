/**
 * Calls and names used as values. A function known by name is called directly, in the place of the caller where the
 * call is the last thing it does; with too few arguments it becomes a partial application.
 * Invariant: arguments are evaluated left to right before anything of the callee happens.
 */
import type { CallExpr, FunItem, PathExpr } from '../../ast/ast.js';
import type { Entity } from '../../resolve/resolution.js';
import { nothing, settleValue } from '../body/leaving.js';
import { pushCaptures, readLocal } from '../body/closures.js';
import { again, around, endsCall, inline } from '../talk/inlining.js';
import { expression, isTail, type Body, type Want } from '../body/scope.js';
import { callSession } from '../talk/sessions.js';
import { typed } from '../body/typed.js';
import type { Known } from '../image/unit.js';

export function call(b: Body, e: CallExpr, want: Want): void {
  const entity = e.callee.kind === 'path' ? b.unit.entity(e.callee.path.id) : undefined;
  switch (entity?.kind) {
    case 'constructor':
    case 'exception':
      construct(b, entity, e);
      return settleValue(b, want);
    case 'session':
      return callSession(b, entity, e, want);
    case 'fun':
    case 'extern-fun': {
      if (entity.id.module === '' && entity.id.name === 'pool') {
        b.frame.op('pool_new');
        return settleValue(b, want);
      }
      const known = b.unit.known(entity);
      if (known === undefined) break;
      const item = entity.kind === 'fun' && takesEnds(known) ? entity.item : undefined;
      if (item !== undefined && e.args.length === known.arity) return callInPlace(b, item, known, e, want);
      return callKnown(b, known, e, want);
    }
    case 'local':
      if (callLocal(b, entity, e, want)) return;
      break;
    default:
  }
  applyValue(b, e, want);
}

function construct(b: Body, entity: Entity & { readonly arity: number }, e: CallExpr): void {
  const f = b.frame;
  const n = e.args.length;
  if (n === entity.arity) {
    e.args.forEach((a) => expression(b, a, 'value'));
    f.emit('make', [b.unit.constructorOf(entity)!], 1 - n);
  } else {
    f.op('push_function', b.unit.maker(entity, entity.arity));
    e.args.forEach((a) => expression(b, a, 'value'));
    f.emit('call', [n], -n);
  }
  if (entity.kind !== 'exception' || n !== entity.arity) typed(b, e.id);
}

const takesEnds = (known: Known): boolean => known.kinds.some((k) => k === 'end' || k === 'pool');

/** A function that takes ends is generated where it is called: what it does is part of the caller's protocol. */
function callInPlace(b: Body, item: FunItem, known: Known, e: CallExpr, want: Want): void {
  const call = around(b, item);
  if (call !== undefined && endsCall(b, want)) return again(b, call, e.args);
  if (call !== undefined || b.owner === item) return callKnown(b, known, e, want);
  inline(b, item, e.args, known.returns);
  if (known.returns) settleValue(b, want);
  else nothing(b, want);
}

function callKnown(b: Body, known: Known, e: CallExpr, want: Want): void {
  const f = b.frame;
  const n = e.args.length;
  if (n < known.arity) {
    f.op('push_function', known.callee);
    e.args.forEach((a) => expression(b, a, 'value'));
    f.emit('call', [n], -n);
    typed(b, e.id);
    return settleValue(b, want);
  }
  e.args.forEach((a) => expression(b, a, 'value'));
  f.from(e.span);
  direct(b, known, n, e, want);
}

/** A call of a known function whose arguments are on the stack. */
function direct(b: Body, known: Pick<Known, 'callee' | 'returns'>, n: number, e: CallExpr, want: Want): void {
  const f = b.frame;
  const same = known.returns ? b.ends === 'value' : b.ends === 'void';
  if (want === 'return' && isTail(b) && same) {
    f.emit('tail_call_function', [known.callee], -n);
    f.live = false;
    return;
  }
  f.emit('call_function', [known.callee], (known.returns ? 1 : 0) - n);
  if (!known.returns) return nothing(b, want);
  if (want !== 'effect' && generic(b, e)) typed(b, e.id);
  settleValue(b, want);
}

/** Does the callee's declared result leave open what the call gives? */
function generic(b: Body, e: CallExpr): boolean {
  const entity = e.callee.kind === 'path' ? b.unit.entity(e.callee.path.id) : undefined;
  return entity === undefined || entity.kind === 'local' || b.unit.isGeneric(entity);
}

/** Calls a local function directly where its captures are at hand. */
function callLocal(b: Body, entity: Extract<Entity, { kind: 'local' }>, e: CallExpr, want: Want): boolean {
  const lifted = b.unit.localFun(entity.local);
  if (lifted === undefined || lifted.node.params.length !== e.args.length) return false;
  const before = b.frame.depth;
  if (!pushCaptures(b, lifted)) return false;
  e.args.forEach((a) => expression(b, a, 'value'));
  b.frame.from(e.span);
  const callee = b.unit.builder.callee(lifted.name);
  direct(b, { callee, returns: true }, b.frame.depth - before, e, want);
  return true;
}

function applyValue(b: Body, e: CallExpr, want: Want): void {
  const f = b.frame;
  const n = e.args.length;
  expression(b, e.callee, 'value');
  e.args.forEach((a) => expression(b, a, 'value'));
  f.from(e.span);
  if (want === 'return' && isTail(b) && b.ends === 'value') {
    f.emit('tail_call', [n], -n - 1);
    f.live = false;
    return;
  }
  f.emit('call', [n], -n);
  if (want !== 'effect') typed(b, e.id);
  settleValue(b, want);
}

/** Pushes what a name stands for. */
export function pathValue(b: Body, e: PathExpr): void {
  const f = b.frame;
  const entity = b.unit.entity(e.path.id);
  switch (entity?.kind) {
    case 'local':
      readLocal(b, entity.local);
      // A generalised local is used at one of its types here.
      if (isPolymorphic(b, entity)) typed(b, e.id);
      return;
    case 'const':
      f.from(e.span);
      if (entity.id.module === b.unit.module) f.op('global', b.unit.global(entity.id.name));
      else f.emit('call_function', [b.unit.importedConst(entity.id)], 1);
      return typed(b, e.id);
    case 'constructor':
    case 'exception':
      if (entity.arity > 0) f.op('push_function', b.unit.maker(entity, entity.arity));
      else f.emit('make', [b.unit.constructorOf(entity)!], 1);
      if (entity.kind === 'constructor') typed(b, e.id);
      return;
    case 'fun':
    case 'extern-fun': {
      const known = b.unit.known(entity);
      if (known === undefined) return;
      f.op('push_function', known.callee);
      return b.unit.isGeneric(entity) ? typed(b, e.id) : undefined;
    }
    default:
      throw new Error(`a name of kind ${entity?.kind ?? 'unknown'} has no value`);
  }
}

function isPolymorphic(b: Body, entity: Extract<Entity, { kind: 'local' }>): boolean {
  return (b.unit.typing.locals.get(entity.local)?.scheme.variables.length ?? 0) > 0;
}

/**
 * Sends, waits and connections: what each label carries over each end.
 * Invariant: every send and every branch adds its payload to the rows of one end, so that the two sides of a link are
 * compared label by label wherever they are written.
 */
import type { ConnectExpr, MessageBranch, OnExpr, SendExpr } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import { globalKey, type Local } from '../../resolve/resolution.js';
import { cover, type Span } from '../../source/source.js';
import { rigidNames, typeOf } from './annotations.js';
import { noEnds } from './calls.js';
import type { BodyContext, Context, Wanted } from './context.js';
import { inferData, inferExpr, joinBlocks } from './inside.js';
import { clashError } from '../say/errors.js';
import { clientOf } from './instances.js';
import { constType, isLinear, localType } from './names.js';
import { inferPattern } from './patterns.js';
import { describe } from '../solve/show.js';
import { findSource } from './sources.js';
import { endOf, EXN, INT, isBuiltin, prune, THREAD, UNIT, type EndType, type Type } from '../solve/type.js';

/** `Down(reason)`: the machine's own label. */
const DOWN = 'Down';

/** `self` as a value: a reference to the service that this thread offers, or just to the thread. */
export function selfType(c: Context, b: BodyContext, at: Span): Type {
  const session = b.session;
  // A closure may be run by another thread than the one that made it.
  if (b.owner.kind === 'lambda' || (session !== undefined && b.owner !== session.item))
    c.report(
      error('Q0219', at, '`self` as a value stands in a closure or local function, which another thread could run', {
        hints: ['bind it before: `let me = self`, and use `me`'],
      }),
    );
  if (session?.accepts === undefined) return THREAD;
  const key = globalKey({ module: c.resolution.name, name: session.item.name.text });
  return { kind: 'service', end: clientOf(c, key, session.accepts) };
}

export function inferSend(c: Context, b: BodyContext, e: SendExpr): Type {
  const entity = c.entity(e.peer.id);
  const type =
    entity?.kind === 'local'
      ? localType(c, b, entity.local, e.peer.span)
      : entity?.kind === 'const'
        ? constType(c, entity.id)
        : undefined;
  const end = type && subject(c, type, e.peer.text, e.peer.span);
  if (e.label.text === DOWN)
    c.report(error('Q0215', e.label.span, '`Down` is said by the machine when a peer is lost; it cannot be sent'));
  for (const arg of e.args)
    if (arg.kind === 'path' && entity?.kind === 'local') {
      const sent = c.resolution.uses.get(arg.path.id);
      if (sent?.kind === 'local' && sent.local === entity.local) overItself(c, e.peer.text, arg.span, type);
    }
  noEnds(c, b, e.args);
  const known = end && endOf(end).sends.get(e.label.text);
  const opposite = end && endOf(end).dual && endOf(endOf(end).dual!).receives.get(e.label.text);
  const hints = known ?? opposite ?? [];
  // Only a closure profits from knowing; anything else is compared as a whole, so that both sides can be named.
  const types = e.args.map((a, i) => inferExpr(c, b, a, a.kind === 'lambda' ? hints[i] : undefined));
  if (end === undefined) return UNIT;
  addRow(c, end, 'sends', e.label.text, types, placeOf(e.args, e.span));
  return UNIT;
}

/** A reference may be sent to the service that it means; an end never goes over its own link. */
function overItself(c: Context, name: string, at: Span, type: Type | undefined): void {
  c.checks.push(() => {
    if (type !== undefined && isLinear(type))
      c.report(error('Q0240', at, `\`${name}\` is an end: it cannot be sent over its own link`));
  });
}

const placeOf = (parts: readonly { readonly span: Span }[], whole: Span): Span =>
  parts.length === 0 ? whole : cover(parts[0]!.span, parts.at(-1)!.span);

function addRow(
  c: Context,
  end: EndType,
  rows: 'sends' | 'receives',
  label: string,
  types: readonly Type[],
  at: Span,
): void {
  c.u.places.set(types, at);
  c.u.at = at;
  const clash = c.u.addRow(end, rows, label, types);
  if (clash !== undefined) c.report(clashError(c.u, clash, UNIT, UNIT, at, {}));
}

/** The end that a variable of this type speaks over, directly or through a reference. */
function subject(c: Context, type: Type, name: string, at: Span): EndType | undefined {
  const t = prune(type);
  if (t.kind === 'end' || t.kind === 'service') return t.end;
  c.u.at = at;
  if (t.kind === 'var') {
    const end = c.end();
    const clash = c.u.makePeer(t, end);
    if (clash === undefined) return end;
  }
  c.report(notAPeer(t, name, at));
  return undefined;
}

const notAPeer = (t: Type, name: string, at: Span) =>
  error('Q0233', at, `\`${name}\` is ${describe(t)}, so nothing can be sent to it or awaited from it`, {
    ...(isBuiltin(t, 'thread') && {
      hints: ['this thread offers no service; pass `self` to its spawn to be linked with it'],
    }),
  });

/** A wait needs an end: a reference must be connected first. */
function awaited(c: Context, type: Type, name: string, label: string, at: Span): EndType | undefined {
  const t = prune(type);
  if (t.kind === 'end') return t.end;
  if (label === DOWN) return t.kind === 'var' ? subject(c, type, name, at) : watched(c, t, name, at);
  if (t.kind === 'service') {
    c.report(
      error('Q0232', at, `\`${name}\` is a reference: only an end of a link can be awaited`, {
        hints: [`\`let c = connect ${name}\` makes an end`],
      }),
    );
    return undefined;
  }
  if (t.kind !== 'var') {
    c.report(notAPeer(t, name, at));
    return undefined;
  }
  const end = c.end();
  c.expect(t, { kind: 'end', end }, at, { what: `\`${name}\`` });
  return end;
}

function watched(c: Context, t: Type, name: string, at: Span): undefined {
  if (t.kind !== 'service' && !isBuiltin(t, 'thread')) c.report(notAPeer(t, name, at));
  return undefined;
}

export function inferConnect(c: Context, b: BodyContext, e: ConnectExpr): Type {
  const end = c.end();
  const type = inferExpr(c, b, e.service);
  const t = prune(type);
  if (t.kind === 'end')
    c.report(
      error('Q0232', e.service.span, '`connect` takes a reference to a service, but this is the end of a link already'),
    );
  else c.expect({ kind: 'service', end }, type, e.service.span, { what: 'what `connect` is given' });
  return { kind: 'end', end };
}

/** What a branch waits for: an end whose rows it adds to, or nothing to add to (a watched thread, an error). */
export type Source = { readonly end: EndType | undefined };

export function inferOn(c: Context, b: BodyContext, e: OnExpr, wanted: Wanted): Type {
  let source: Source = { end: undefined };
  for (const branch of e.branches) {
    if (branch.kind === 'after') {
      c.expect(INT, inferData(c, b, branch.milliseconds), branch.milliseconds.span, { what: 'what follows `after`' });
      continue;
    }
    if (branch.source !== undefined) source = sourceOf(c, b, branch);
    else if (branch === e.branches[0]) source = findSource(c, b, branch);
    inferPayload(c, b, branch, source.end);
  }
  return joinBlocks(
    c,
    b,
    e.branches.map((x) => x.body),
    wanted,
  );
}

function inferPayload(c: Context, b: BodyContext, branch: MessageBranch, end: EndType | undefined): void {
  const label = branch.label.text;
  const names = rigidNames(c, b.named);
  const types = branch.params.map((p) => (p.annotation === undefined ? c.open() : typeOf(c, p.annotation, names)));
  branch.params.forEach((p, i) => inferPattern(c, p.pattern, types[i]!));
  c.payloads.set(branch.id, types);
  if (label === DOWN) {
    if (types.length > 1)
      c.report(error('Q0202', branch.label.span, '`Down` carries one value, the reason: an exception'));
    if (types[0] !== undefined) c.expect(EXN, types[0], branch.params[0]!.span, { what: 'the reason' });
    return;
  }
  const at = placeOf(branch.params, branch.label.span);
  if (end !== undefined) addRow(c, end, 'receives', label, types, at);
}

function sourceOf(c: Context, b: BodyContext, branch: MessageBranch): Source {
  const source = branch.source!;
  const label = branch.label.text;
  if (source.kind === 'any') {
    const type = inferExpr(c, b, source.pool);
    const end = c.end();
    c.expect({ kind: 'pool', end, datum: c.data() }, type, source.pool.span, { what: 'what follows `in`' });
    const local = c.binder(source.name.id);
    if (local !== undefined) c.setLocal(local, { kind: 'end', end });
    return { end };
  }
  const client: Local | undefined = c.binder(source.name.id);
  if (client !== undefined) {
    const end = b.session?.accepts ?? c.end();
    c.setLocal(client, { kind: 'end', end });
    return { end };
  }
  const entity = c.entity(source.name.id);
  if (entity?.kind !== 'local') return { end: undefined };
  const type = localType(c, b, entity.local, source.name.span);
  return { end: awaited(c, type, source.name.text, label, source.name.span) };
}

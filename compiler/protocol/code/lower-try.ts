/**
 * Lowering of `try`, and of leaving: which `finally` blocks a way out runs is said by `resolve/leaving.ts`; here they are
 * written out on the way.
 * Invariant: a `finally` is lowered once for each place that it goes on to; what it mentions is not mentioned by the body of
 * its own `try`, so those ends are still there when it runs.
 */
import type { Block, Expr, Pattern } from '../../ast/ast.js';
import { leftBy, type Exit } from '../../resolve/leaving.js';
import type { Body, Context, Region } from './body.js';
import { lowerBlock } from './body.js';
import type { Point, Slot } from './code.js';

/** Leaves what a way out leaves, and then goes on at `to`, which lies outside of it. */
export function leave(body: Body, exit: Exit, context: Context, to: Point): Point {
  return leftBy(exit, context.around).reduce(
    (point, form) => (form.kind === 'region' ? finalized(body, form, point) : point),
    to,
  );
}

/** The `finally` blocks that a way out runs. */
export const finalizersLeft = (exit: Exit, context: Context): readonly Block[] =>
  leftBy(exit, context.around).flatMap((form) =>
    form.kind === 'region' && form.finalizer !== undefined ? [form.finalizer] : [],
  );

/** The `finally` of a `try`, and then `to`. */
function finalized(body: Body, region: Region, to: Point): Point {
  if (region.finalizer === undefined) return to;
  const known = body.finalized.get(region) ?? new Map<Point, Point>();
  body.finalized.set(region, known);
  let point = known.get(to);
  if (point === undefined) {
    const from = body.points.length;
    point = lowerBlock(body, region.finalizer, to, region.outer);
    known.set(to, point);
    body.asides.push({ depth: region.outer.around.length, from, to: body.points.length });
  }
  return point;
}

/**
 * Every point of the body has an edge to the handlers. There, every end the body mentions is lost already (language
 * reference, "Loss"). A body without a catch-all may also pass the exception on after `finally`.
 */
export function lowerTry(
  body: Body,
  e: Extract<Expr, { kind: 'try' }>,
  next: Point,
  context: Context,
  result?: Slot,
): Point {
  const { finalizer } = e;
  const region: Region = { kind: 'region', ...(finalizer !== undefined && { finalizer }), outer: context };
  const after = finalized(body, region, next);
  const passOn = finalized(body, region, body.emit({ op: 'raise', span: e.span }, context));
  const inside: Context = { ...context, around: [...context.around, region] };
  // Inside a handler, an exception runs `finally` and goes on outwards.
  const inHandler: Context = finalizer === undefined ? context : { ...inside, handler: passOn };
  const handlers = e.handlers.map((h) => lowerBlock(body, h.body, after, inHandler, result));
  const catchesAll = e.handlers.some((h) => irrefutable(h.pattern));
  const ways = catchesAll ? handlers : [...handlers, passOn];
  const choice = body.choice(ways, e.span, context);
  const lose = body.reserve(e.span);
  const before = body.points.length;
  const done = body.emit({ op: 'jump', to: [after], span: endOf(e) }, { handler: lose });
  const entry = lowerBlock(body, e.body, done, { ...inside, handler: lose }, result);
  body.fill(
    lose,
    { op: 'lose', slots: mentioned(body, before, context.around.length), to: choice, span: e.span },
    context,
  );
  // Whatever the body does may raise, so only handlers that lead to the same place can be left out.
  const bare = entry === done && body.points.length === before + 1;
  return bare && choice === after ? after : entry;
}

function endOf(e: Expr): Expr['span'] {
  return { ...e.span, start: Math.max(e.span.start, e.span.end - 3) };
}

function irrefutable(pattern: Pattern): boolean {
  return (
    pattern.kind === 'bind' ||
    pattern.kind === 'any' ||
    (pattern.kind === 'or' && pattern.alternatives.some(irrefutable))
  );
}

/** Slots read or written by the operations emitted since `from`, but for each `finally` of a `try` no deeper than this one. */
function mentioned(body: Body, from: Point, depth: number): Slot[] {
  const asides = body.asides.filter((a) => a.from >= from && a.depth <= depth);
  const found = new Set<Slot>();
  const add = (slot: Slot | undefined): void => {
    if (slot !== undefined) found.add(slot);
  };
  for (let at = from; at < body.points.length; at++) {
    if (asides.some((a) => a.from <= at && at < a.to)) continue;
    const op = body.points[at]!;
    if ('slot' in op) add(op.slot);
    if ('pool' in op) add(op.pool);
    if (op.op === 'move') add(op.from);
    if (op.op === 'send' || op.op === 'cast') op.gives.forEach(add);
    if ((op.op === 'call' || op.op === 'loop') && op.args !== undefined) op.args.forEach(add);
    if (op.op === 'spawn')
      op.members.forEach((m) => {
        add(m.result);
        m.args.forEach((a) => add(a.kind === 'end' || a.kind === 'pool' ? a.slot : undefined));
      });
    if (op.op === 'wait')
      op.branches.forEach((b) => {
        b.binds.forEach(add);
        if (b.source.kind === 'end' || b.source.kind === 'accept' || b.source.kind === 'any') add(b.source.slot);
        if (b.source.kind === 'any') add(b.source.pool);
      });
  }
  return [...found];
}

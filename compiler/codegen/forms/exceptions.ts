/**
 * `try`: regions of the frame. A finalizer is written out for each way its region is left: normally, by an exception,
 * and by `return`, `break` and `continue` (there by `unwind`).
 * Invariant: in a handler every end that the body mentions is finished, so no protocol is resumed half-way.
 */
import type { Block, TryExpr } from '../../ast/ast.js';
import type { Local } from '../../resolve/resolution.js';
import { walkBlock } from '../../patterns/walk.js';
import { exitBody } from '../body/leaving.js';
import { match, settle, type Failures } from '../body/matching.js';
import { block, enter, inside, leave, writeDeadEnds, type Body, type Want } from '../body/scope.js';

export function tryExpression(b: Body, e: TryExpr, want: Want): void {
  const f = b.frame;
  const base = f.depth;
  const wanted: Want = want === 'effect' || (want === 'return' && b.ends !== 'value') ? 'effect' : 'value';
  const height = base + (wanted === 'value' ? 1 : 0);
  const done = f.label();
  const lost = endsIn(b, e.body);
  // A handler without a `finally` after it is in no region any more: it may end the body, by a tail call too.
  if (e.finalizer === undefined) handled(b, e, wanted, lost, want);
  else {
    const failed = f.label();
    open(b, failed);
    const region = inside(b, { kind: 'region', finalizer: e.finalizer });
    handled(region, e, wanted, lost, wanted);
    f.op('end_try');
    block(b, e.finalizer, 'effect');
    f.jump(done);
    writeDeadEnds(region);
    f.place(failed);
    f.depth = base + 1;
    lose(b, lost);
    block(b, e.finalizer, 'effect');
    f.stop('raise');
  }
  f.depth = height;
  f.place(done);
  if (want === 'return') exitBody(b, wanted === 'value');
}

/** Opens a region whose exceptions go to the label. */
function open(b: Body, handler: ReturnType<Body['frame']['label']>): void {
  b.frame.op('try', handler);
  b.frame.reach(handler, 1);
}

/** The body with its catch clauses; `last` is what they are asked for. */
function handled(b: Body, e: TryExpr, want: Want, lost: readonly Local[], last: Want): void {
  const f = b.frame;
  if (e.handlers.length === 0) return block(b, e.body, want);
  const outer = enter(b);
  const failed = f.label();
  const done = f.label();
  open(b, failed);
  const region = inside(b, { kind: 'region' });
  block(region, e.body, want);
  f.op('end_try');
  f.jump(done);
  writeDeadEnds(region);
  f.depth = outer.depth + 1;
  f.place(failed);
  lose(b, lost);
  const base = f.depth;
  for (const handler of e.handlers) {
    const next = f.label();
    const failures: Failures = [];
    const inner = enter(b);
    f.from(handler.span);
    match(b, handler.pattern, failures);
    block(b, handler.body, last);
    if (last !== 'return') {
      leave(b, outer, want === 'value');
      f.jump(done);
    }
    settle(b, failures, base, next, f.fixed > inner.fixed ? inner.fixed : undefined);
    f.depth = base;
    f.place(next);
  }
  f.stop('raise');
  f.depth = outer.depth + (want === 'value' ? 1 : 0);
  f.place(done);
}

/** Finishes the ends that a failed body mentions: their peers learn the exception on top of the stack. */
function lose(b: Body, ends: readonly Local[]): void {
  const f = b.frame;
  for (const local of ends) {
    const place = f.placeOf(local);
    if (place !== undefined) f.op('lose', f.slot(place), f.slot(f.under(0)));
  }
}

/** The ends and pools bound outside a block that it mentions. */
function endsIn(b: Body, body: Block): readonly Local[] {
  const found = new Set<Local>();
  const mention = (id: number): void => {
    const entity = b.unit.entity(id);
    if (entity?.kind !== 'local' || b.frame.placeOf(entity.local) === undefined) return;
    const kind = b.unit.kindOf(entity.local);
    if (kind === 'end' || kind === 'pool') found.add(entity.local);
  };
  walkBlock(body, {
    expr: (x) => {
      if (x.kind === 'path') mention(x.path.id);
      else if (x.kind === 'send') mention(x.peer.id);
      else if (x.kind === 'on')
        for (const branch of x.branches) {
          if (branch.kind !== 'message') continue;
          if (branch.source?.kind === 'peer') mention(branch.source.name.id);
          const implied = b.unit.typing.sources.get(branch.id);
          if (implied !== undefined && b.frame.placeOf(implied) !== undefined) found.add(implied);
        }
    },
    stmt: (s) => {
      if (s.kind === 'drop' || s.kind === 'assign') mention(s.name.id);
    },
  });
  return [...found].sort((x, y) => x.index - y.index);
}

/**
 * `try`: regions of the frame. A finalizer is written out for each way its region is left: normally, by an exception,
 * and by `return`, `break` and `continue` (there by `unwind`).
 * Invariant: in a handler every end that the body mentions is finished, so no protocol is resumed half-way.
 */
import type { Block, TryExpr } from '../../ast/ast.js';
import type { Local } from '../../resolve/resolution.js';
import { walkBlock } from '../../patterns/walk.js';
import { readLocal } from '../body/closures.js';
import type { Place } from '../body/frame.js';
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
  const held = marked(b, e);
  // A handler without a `finally` after it is in no region any more: it may end the body, by a tail call too.
  if (e.finalizer === undefined) handled(b, e, wanted, lost, held, want);
  else {
    const failed = f.label();
    open(b, failed);
    const region = inside(b, { kind: 'region', finalizer: e.finalizer });
    handled(region, e, wanted, lost, held, wanted);
    f.op('end_try');
    block(b, e.finalizer, 'effect');
    f.jump(done);
    writeDeadEnds(region);
    f.place(failed);
    f.depth = base + 1;
    lose(b, lost);
    letGo(b, held);
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
function handled(b: Body, e: TryExpr, want: Want, lost: readonly Local[], held: Held, last: Want): void {
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
  letGo(b, held);
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

/** What is let go where the body of a `try` fails: what these variables held, and what was got from the host since the mark. */
interface Held {
  readonly locals: readonly Local[];
  readonly mark: Place | undefined;
}

function marked(b: Body, e: TryExpr): Held {
  const { owned } = b.unit.options;
  const locals = owned?.lost.get(e.id) ?? [];
  if (owned?.holds !== true) return { locals, mark: undefined };
  const mark = b.frame.fix();
  b.frame.emit('call_function', [b.unit.library('std::_mark')], 1);
  b.frame.set(mark);
  return { locals, mark };
}

function letGo(b: Body, { locals, mark }: Held): void {
  const f = b.frame;
  for (const local of locals) {
    if (f.placeOf(local) === undefined) continue;
    readLocal(b, local);
    f.emit('call_function', [b.unit.library('std::_let_go')], -1);
  }
  if (mark === undefined) return;
  f.get(mark);
  f.emit('call_function', [b.unit.library('std::_let_go_since')], -1);
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

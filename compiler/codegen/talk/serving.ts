/**
 * `serve w in ws`: rounds with whichever member speaks first, until the pool is empty. A flag in a fixed slot remembers
 * whether the round has given the member away; if not, it goes back into the pool, also where its protocol is over: such a
 * member leaves the pool in silence when its thread's loss is told as `Ended`, and any other loss raises PeerLost.
 * Invariant: a round begins and ends with nothing above the pool.
 */
import type { MessageBranch, ServeStmt, Stmt } from '../../ast/ast.js';
import type { Local } from '../../resolve/resolution.js';
import type { OpenCase, Place } from '../body/frame.js';
import { isUnit } from '../image/type-of.js';
import { jumpIfEmpty, poolPlace } from './pools.js';
import { block, enter, inside, leave, statements, type Body } from '../body/scope.js';
import { DOWN, bindPayload, payloadSize } from './waits.js';

export function serve(b: Body, s: ServeStmt): void {
  const f = b.frame;
  const outer = f.depth;
  const { place: pool } = poolPlace(b, s.pool);
  const base = f.depth;
  const member = b.unit.localOf(s.name.id);
  const held = f.fix();
  const head = f.label();
  const next = f.label();
  const exit = f.label();
  f.place(head);
  f.from(s.span);
  jumpIfEmpty(b, pool, exit);
  f.bool(true);
  f.set(held);
  const around = { kind: 'loop' as const, onBreak: exit, onContinue: next, breakDepth: base, continueDepth: base + 1 };
  const served = new Map(b.served);
  if (member !== undefined) served.set(member, held);
  const round: Body = { ...inside(b, { ...around, fixed: f.fixed }), served };
  const [first, ...rest] = s.body.statements;
  const branches = member === undefined ? undefined : waitFor(b, first, member);
  if (branches === undefined) {
    f.op('pool_take', f.slot(pool));
    if (member !== undefined) f.bind(member, f.under(0));
    block(round, s.body, 'effect');
  } else {
    spoken(round, branches, pool, member!, { head, held });
    const mark = enter(b);
    statements(round, rest, 'effect');
    leave(b, mark, false);
  }
  f.place(next);
  f.depth = base + 1;
  const type = b.unit.typeOf(s.pool.id);
  putBack(b, pool, held, type?.kind === 'pool' && !isUnit(type.datum));
  f.jump(head, 'loop');
  f.depth = base;
  f.place(exit);
  f.op('drop', f.slot(pool));
  f.pop(base - outer);
}

/** The branches of a first statement that waits for the member alone. */
function waitFor(b: Body, first: Stmt | undefined, member: Local): readonly MessageBranch[] | undefined {
  if (first?.kind !== 'expr' || first.expr.kind !== 'on') return undefined;
  const branches = first.expr.branches.filter((x) => x.kind === 'message');
  const own = branches.every((x, i) => {
    if (x.source?.kind === 'peer') return b.unit.localOf(x.source.name.id) === member;
    return x.source === undefined && (i > 0 || b.unit.typing.sources.get(x.id) === member);
  });
  return own && branches.length === first.expr.branches.length ? branches : undefined;
}

/** Waits for any member, runs the branch of what it says, and goes on with the member on top. */
function spoken(
  b: Body,
  branches: readonly MessageBranch[],
  pool: Place,
  member: Local,
  { head, held }: { readonly head: ReturnType<Body['frame']['label']>; readonly held: Place },
): void {
  const f = b.frame;
  const base = f.depth;
  const targets = branches.map(() => f.label());
  const lost = f.label();
  const on = f.label();
  const hasDown = branches.some((x) => x.label.text === DOWN);
  const slot = f.slot(pool);
  const cases = branches.map((x, i): OpenCase => {
    const target = targets[i]!;
    const count = payloadSize(x);
    f.reach(target, count + 1);
    if (x.label.text === DOWN) return { kind: 'any_down', slot, target };
    return { kind: 'any', slot, message: x.label.text, count, target };
  });
  if (!hasDown) {
    cases.push({ kind: 'any_down', slot, target: lost });
    f.reach(lost, 2);
  }
  f.select(cases, 0);
  branches.forEach((branch, i) => {
    f.place(targets[i]!);
    f.from(branch.span);
    f.bind(member, f.under(payloadSize(branch)));
    bindPayload(b, branch);
    if (branch.label.text === DOWN) {
      // A member that is known to be lost is finished: put back, it would be told again and again.
      f.bool(false);
      f.set(held);
    }
    block(b, branch.body, 'effect');
    f.pop(f.depth - base - 1);
    f.jump(on);
    f.depth = base + 1;
  });
  if (!hasDown) memberLost(b, lost, base, head);
  f.depth = base + 1;
  f.place(on);
  f.bind(member, f.under(0));
}

/** A member was lost: over if its thread had ended, else an exception. */
function memberLost(b: Body, lost: ReturnType<Body['frame']['label']>, base: number, head: typeof lost): void {
  const f = b.frame;
  const failed = f.label();
  f.place(lost);
  f.jump(failed, 'match', b.unit.machineException('Ended'));
  f.pop();
  f.op('drop', f.slot(f.under(0)));
  f.pop();
  f.jump(head, 'loop');
  f.depth = base + 2;
  f.place(failed);
  f.emit('make', [b.unit.machineException('PeerLost')], 0);
  f.stop('raise');
}

/** The member on top goes back into the pool if it is still held, with what lies beside it there. */
function putBack(b: Body, pool: Place, held: Place, hasDatum: boolean): void {
  const f = b.frame;
  const gone = f.label();
  const done = f.label();
  f.get(held);
  f.jump(gone, 'jump_unless');
  if (hasDatum) f.op('datum', f.slot(f.under(0)));
  else f.unit();
  f.op('pool_put', f.slot(pool));
  f.jump(done);
  f.depth++;
  f.place(gone);
  f.pop();
  f.place(done);
}

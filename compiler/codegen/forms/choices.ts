/**
 * `if` and `case`. Invariant: all ways through a choice meet at one height; a `case` whose patterns cover everything
 * never reaches its dead end.
 */
import type { Label } from '../../../runtime/bytecode/builder.js';
import type { CaseArm, CaseExpr, IfExpr, Pattern } from '../../ast/ast.js';
import { nothing } from '../body/leaving.js';
import { match, settle, type Failures } from '../body/matching.js';
import { branch } from './operators.js';
import { block, enter, expression, leave, type Body, type Want } from '../body/scope.js';

/** From how many constructors on a `case` begins with a jump by tag. */
const MIN_SWITCH = 4;

export function ifExpression(b: Body, e: IfExpr, want: Want): void {
  const f = b.frame;
  const base = f.depth;
  const done = f.label();
  for (const { condition, body } of e.branches) {
    const next = f.label();
    f.from(condition.span);
    branch(b, condition, next, false);
    block(b, body, want);
    if (want !== 'return') f.jump(done);
    f.depth = base;
    f.place(next);
  }
  if (e.otherwise !== undefined) block(b, e.otherwise, want);
  else nothing(b, want);
  f.depth = base + (want === 'value' ? 1 : 0);
  f.place(done);
}

export function caseExpression(b: Body, e: CaseExpr, want: Want): void {
  const f = b.frame;
  const outer = enter(b);
  expression(b, e.subject, 'value');
  const base = f.depth;
  const done = f.label();
  const entries = e.arms.map(() => f.label());
  const rest = f.label();
  const end = (): void => {
    if (want === 'return') return;
    leave(b, outer, want === 'value');
    f.jump(done);
  };
  jumpByTag(b, e.arms, entries, rest);
  e.arms.forEach((arm, i) => {
    const next = entries[i + 1] ?? rest;
    f.place(entries[i]!);
    f.depth = base;
    const inner = enter(b);
    const failures: Failures = [];
    f.from(arm.span);
    match(b, arm.pattern, takesTheRest(e.arms, i) ? undefined : failures);
    if (arm.guard !== undefined) {
      const label = f.label();
      branch(b, arm.guard, label, false);
      failures.push({ label, depth: f.depth });
    }
    block(b, arm.body, want);
    end();
    const fixed = f.fixed > inner.fixed ? inner.fixed : undefined;
    settle(b, failures, base, next, fixed);
  });
  f.depth = base;
  f.place(rest);
  if (e.otherwise !== undefined) {
    block(b, e.otherwise, want);
    end();
  } else f.stop('raise_text', 'no pattern of this `case` matches');
  f.depth = outer.depth + (want === 'value' ? 1 : 0);
  f.place(done);
}

/** Does an arm match every list that the arms before it leave over: those that are not empty? */
function takesTheRest(arms: readonly CaseArm[], i: number): boolean {
  const { pattern: p } = arms[i]!;
  if (p.kind !== 'list' || p.rest === undefined || p.elements.length !== 1) return false;
  if (!['any', 'bind'].includes(p.elements[0]!.kind)) return false;
  const empty = ({ pattern, guard }: CaseArm): boolean =>
    guard === undefined && pattern.kind === 'list' && pattern.rest === undefined && pattern.elements.length === 0;
  return arms.slice(0, i).some(empty);
}

/** Jumps to the first arm that may match the subject's constructor, where all arms ask for constructors of a large type. */
function jumpByTag(b: Body, arms: readonly CaseArm[], entries: readonly Label[], rest: Label): void {
  const first = new Map<number, Label>();
  let otherwise = rest;
  for (const [i, arm] of arms.entries()) {
    const tags = tagsOf(b, arm.pattern);
    if (tags === 'all') {
      otherwise = entries[i]!;
      break;
    }
    if (tags === undefined) return;
    for (const tag of tags) if (!first.has(tag)) first.set(tag, entries[i]!);
  }
  if (first.size < MIN_SWITCH) return;
  const f = b.frame;
  const targets = Array.from({ length: Math.max(...first.keys()) + 1 }, (_, tag) => first.get(tag) ?? otherwise);
  f.get(f.under(0));
  f.op('tag');
  f.switch(targets, otherwise);
}

/** The tags of the variants a pattern can match; undefined if it is no pattern of variants. */
function tagsOf(b: Body, p: Pattern): readonly number[] | 'all' | undefined {
  if (p.kind === 'any' || p.kind === 'bind') return 'all';
  if (p.kind === 'constructor') {
    const entity = b.unit.entity(p.path.id);
    return entity?.kind === 'constructor' ? [entity.tag] : undefined;
  }
  if (p.kind !== 'or') return undefined;
  const found = p.alternatives.map((q) => tagsOf(b, q));
  if (found.includes('all')) return 'all';
  return found.some((t) => t === undefined) ? undefined : found.flatMap((t) => t as readonly number[]);
}

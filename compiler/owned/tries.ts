/**
 * `try`, and what is left by a way out. Where the body of a `try` fails, what it takes may be gone or not; it is let go then, so a
 * handler finds only what the body leaves alone.
 * Invariant: the order in which forms are left, and which `finally` blocks run, is that of `resolve/leaving.ts`.
 */
import { leftBy, type Exit } from '../resolve/leaving.js';
import type { Local } from '../resolve/resolution.js';
import type { TryExpr } from '../ast/ast.js';
import type { Around, Body } from './body.js';
import { bind } from './patterns.js';
import { meet, type Path, type State, type Taken } from './state.js';

export function walkTry(b: Body, e: TryExpr, wanted: boolean): void {
  const before = b.state;
  const form = e.finalizer === undefined ? {} : { finalizer: e.finalizer };
  const touched = new Map<Local, Taken>();
  const inside = (walk: () => void): void => {
    const region: Around = { kind: 'region', touched, ...form };
    b.around.push(region);
    walk();
    b.around.pop();
  };
  inside(() => b.forms.block(b, e.body, wanted));
  const paths: Path[] = [{ state: b.state, left: { span: e.body.span, text: 'not in this `try`' } }];
  const failed = afterFailure(before, touched);
  b.lost.set(e.id, [...touched.keys()].filter((local) => before?.has(local) === true)); // prettier-ignore
  for (const h of e.handlers) {
    b.state = failed;
    inside(() => {
      b.enter();
      bind(b, h.pattern);
      b.forms.block(b, h.body, wanted);
      b.leave();
    });
    paths.push({ state: b.state, left: { span: h.span, text: 'not where this is caught' } });
  }
  if (e.finalizer !== undefined) {
    // Handlers may fail as well.
    b.state = afterFailure(before, touched);
    b.forms.block(b, e.finalizer, false);
    b.state = meet(paths);
    b.forms.block(b, e.finalizer, false);
  } else b.meet(paths);
}

function afterFailure(before: State, touched: ReadonlyMap<Local, Taken>): State {
  if (before === undefined) return undefined;
  const failed = new Map(before);
  for (const [local, taken] of touched)
    if (before.get(local)?.kind === 'held') failed.set(local, { kind: 'gone', taken: { ...taken, perhaps: true } });
  return failed;
}

/** Leaves what a way out leaves, innermost first: `finally` blocks run, and the rest of what a `for` goes through is forgotten. */
export function leaveForms(b: Body, exit: Exit, at: { readonly span: Taken['span'] }): void {
  const left = leftBy(exit, b.around);
  const all = [...b.around];
  for (let i = left.length - 1; i >= 0; i--) {
    const form = left[i]!;
    b.around.length = all.length - (left.length - i);
    if (form.kind === 'loop' && form.source !== undefined) b.forgetValue(form.source, at.span);
    if (form.kind === 'region' && form.finalizer !== undefined) b.forms.block(b, form.finalizer, false);
  }
  b.around.splice(0, b.around.length, ...all);
}

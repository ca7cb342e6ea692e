/**
 * A first branch without `from`: the one end in scope whose peer can send the label. Decided at once where only one can,
 * else when the whole group of sessions is known.
 */
import type { MessageBranch } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import type { Local } from '../../resolve/resolution.js';
import type { BodyContext, Context } from './context.js';
import { clashError } from '../say/errors.js';
import { endOf, prune, UNIT, type EndType } from '../solve/type.js';

export function findSource(c: Context, b: BodyContext, branch: MessageBranch): { end: EndType | undefined } {
  const label = branch.label.text;
  const inScope = c.resolution.inScope.get(branch.id) ?? [];
  const end = c.end();
  const choose = (local: Local, of: EndType): true => {
    c.sources.set(branch.id, local);
    c.u.at = branch.label.span;
    const clash = c.u.unifyEnds(of, end);
    if (clash !== undefined) c.report(clashError(c.u, clash, UNIT, UNIT, branch.label.span, {}));
    return true;
  };
  const attempt = (force: boolean): boolean => {
    const peers = inScope.flatMap((local) => {
      const of = endOfLocal(c, local);
      return of === undefined ? [] : [{ local, of }];
    });
    const sure = peers.filter(({ of }) => sends(of, label));
    const open = peers.filter(({ of }) => endOf(of).dual === undefined);
    const heard = open.filter(({ of }) => endOf(of).receives.has(label));
    if (sure.length === 1 && (force || open.length === 0 || !stillOpen(inScope, c)))
      return choose(sure[0]!.local, sure[0]!.of);
    if (!force) return false;
    const likely = sure.length > 0 ? sure : heard.length > 0 ? heard : open.length > 0 ? open : peers;
    if (likely.length === 1) return choose(likely[0]!.local, likely[0]!.of);
    if (!c.tainted || likely.length > 1) c.report(unclear(branch, likely.map((p) => p.local))); // prettier-ignore
    if (likely.length === 0) takeForPeers(c, inScope);
    return true;
  };
  if (!attempt(false)) c.deferred.push({ rank: 'peer', holds: [{ kind: 'end', end }], run: attempt });
  return { end };
}

/** Parameters that nothing else is known of may be the peer that was meant: what is passed for them is not blamed. */
function takeForPeers(c: Context, inScope: readonly Local[]): void {
  for (const local of inScope) {
    const scheme = local.binder === 'param' ? c.locals.get(local) : undefined;
    const t = scheme && prune(scheme.type);
    if (t?.kind === 'var' && t.linear === true && t.peer === undefined) c.u.makePeer(t, c.end());
  }
}

/** Whether some variable in scope may still turn out to be an end. */
const stillOpen = (inScope: readonly Local[], c: Context): boolean =>
  inScope.some((local) => {
    const scheme = c.locals.get(local);
    const t = scheme && prune(scheme.type);
    return t?.kind === 'var' && t.linear === true && t.peer === undefined;
  });

function endOfLocal(c: Context, local: Local): EndType | undefined {
  const scheme = c.locals.get(local);
  const t = scheme && prune(scheme.type);
  if (t?.kind === 'end') return t.end;
  return t?.kind === 'var' && t.linear === true ? t.peer : undefined;
}

function sends(of: EndType, label: string): boolean {
  const dual = endOf(of).dual;
  return dual !== undefined && endOf(dual).sends.has(label);
}

function unclear(branch: MessageBranch, candidates: readonly Local[]) {
  const label = branch.label.text;
  if (candidates.length === 0)
    return error('Q0239', branch.label.span, `no peer in scope can send \`${label}\``, {
      hints: [`say who sends it: \`on ${label} from ...\``],
    });
  return error('Q0239', branch.label.span, `it is not clear which peer sends \`${label}\``, {
    labels: candidates.map((l) => ({ span: l.span, text: `\`${l.name}\` may send it` })),
    hints: candidates.map((l) => `\`on ${label} from ${l.name}\``),
  });
}

/**
 * Sessions that call each other in a circle: each call but the last thing a session does comes back, so such a circle would
 * have ever more to come back to, even where what is left to do touches no end.
 * Invariant: a module without such a circle has finitely many calls inside of calls, so each can be generated in place.
 */
import type { Block, CallExpr, Expr, SessionItem } from '../../ast/ast.js';
import { eachNode } from '../../ast/walk.js';
import { error, type Diagnostic } from '../../diagnostics/diagnostic.js';
import type { Typing } from '../../types/module/typing.js';

interface Call {
  readonly to: string;
  readonly expr: CallExpr;
  readonly last: boolean;
}

/** `known`: what was said before; a circle of which it was said is left out. */
export function circlesOfSessions(typing: Typing, known: readonly Diagnostic[]): Diagnostic[] {
  const { items, name: module } = { ...typing.resolution.module, name: typing.resolution.name };
  const calls = new Map<string, readonly Call[]>();
  const said = known.flatMap((d) => (d.code === 'Q0314' && d.span !== undefined ? [d.span] : []));
  const named = new Set<string>();
  for (const item of items) {
    if (item.kind !== 'session') continue;
    calls.set(item.name.text, callsOf(item, typing, module));
    const { file, start, end } = item.span;
    if (said.some((s) => s.file === file && start <= s.start && s.end <= end)) named.add(item.name.text);
  }
  const reaches = (from: string, to: string): boolean => {
    const seen = new Set([from]);
    for (const at of seen) for (const call of calls.get(at) ?? []) seen.add(call.to);
    return seen.has(to);
  };
  return [...calls].flatMap(([from, list]) => {
    const back = list.find((call) => !call.last && reaches(call.to, from));
    if (back === undefined || [...named].some((n) => n === from || (reaches(from, n) && reaches(n, from)))) return [];
    const message = `the protocol would not be regular: \`${from}\` calls \`${back.to}\` outside tail position`;
    return [
      error('Q0314', back.expr.span, message, {
        label:
          back.to === from
            ? 'this call comes back here'
            : `\`${back.to}\` leads to \`${from}\` again, and then back here`,
        hints: ['a session may go on as itself (`loop`, or a call as its last step, which none inside of `try` is)'],
      }),
    ];
  });
}

function callsOf(item: SessionItem, typing: Typing, module: string): Call[] {
  const last = new Set<Expr>();
  lastOf(item.body, last);
  const found: Call[] = [];
  eachNode(item.body, (node) => {
    const e = node as Expr;
    if (e.kind !== 'call' || e.callee.kind !== 'path') return;
    const entity = typing.resolution.uses.get(e.callee.path.id);
    if (entity?.kind !== 'session' || entity.id.module !== module) return;
    found.push({ to: entity.id.name, expr: e, last: last.has(e) });
  });
  return found;
}

/** The calls in tail position of a block: those that the code generator is asked for with `return`. */
function lastOf(block: Block, found: Set<Expr>): void {
  const last = block.statements.at(-1);
  if (last?.kind === 'expr') lastIn(last.expr, found);
}

function lastIn(e: Expr, found: Set<Expr>): void {
  const blocks = (list: readonly (Block | undefined)[]): void =>
    list.forEach((b) => b !== undefined && lastOf(b, found));
  switch (e.kind) {
    case 'call':
      found.add(e);
      return;
    case 'block':
      return blocks([e.block]);
    case 'if':
      return blocks([...e.branches.map((b) => b.body), e.otherwise]);
    case 'case':
      return blocks([...e.arms.map((a) => a.body), e.otherwise]);
    case 'on':
      return blocks(e.branches.map((b) => b.body));
    case 'take':
      return blocks([e.body, e.otherwise]);
    case 'try':
      return e.finalizer === undefined ? blocks(e.handlers.map((h) => h.body)) : undefined;
    case 'binary':
      return e.op === '&&' || e.op === '||' ? lastIn(e.right, found) : undefined;
    default:
      return undefined;
  }
}

/**
 * Conditions, and loops that nothing but a statement inside ends.
 * Invariant: how a condition is taken apart is said here once: the ways that lowering, the generated code and the types see are
 * the same. Answered from the text alone; trees may be of any depth.
 */
import type { Expr } from './ast.js';
import type { WhileStmt } from './statements.js';

/**
 * What a condition is made of. A constant has one way only, so that `while true` is left by `break`, `return` and the like alone;
 * of a `test` nothing is known.
 */
export type Condition =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'not'; readonly operand: Expr }
  /** `decides`: the value of the left that ends the evaluation: `false && ..`, `true || ..`. */
  | { readonly kind: 'either'; readonly left: Expr; readonly right: Expr; readonly decides: boolean }
  | { readonly kind: 'test' };

export function conditionOf(e: Expr): Condition {
  if (e.kind === 'literal' && e.literal.type === 'bool') return { kind: 'constant', value: e.literal.value };
  if (e.kind === 'unary' && e.op === 'not') return { kind: 'not', operand: e.operand };
  if (e.kind !== 'binary' || (e.op !== '&&' && e.op !== '||')) return { kind: 'test' };
  return { kind: 'either', left: e.left, right: e.right, decides: e.op === '||' };
}

const truths = new WeakMap<Expr, { readonly truth: boolean | undefined }>();

/** What a condition is by itself, whatever happens; undefined where that depends. */
export function truthOf(condition: Expr): boolean | undefined {
  const open = [condition];
  for (let e = open.at(-1); e !== undefined; e = open.at(-1)) {
    const parts = conditionOf(e);
    const below = parts.kind === 'not' ? [parts.operand] : parts.kind === 'either' ? [parts.left, parts.right] : [];
    const unknown = below.filter((part) => !truths.has(part));
    open.push(...unknown);
    if (unknown.length > 0) continue;
    truths.set(e, { truth: together(parts, below.map((part) => truths.get(part)!.truth)) }); // prettier-ignore
    open.pop();
  }
  return truths.get(condition)!.truth;
}

function together(parts: Condition, [first, second]: readonly (boolean | undefined)[]): boolean | undefined {
  if (parts.kind === 'constant') return parts.value;
  if (parts.kind === 'not') return first === undefined ? undefined : !first;
  if (parts.kind === 'test') return undefined;
  if (first === parts.decides || second === parts.decides) return parts.decides;
  return first === undefined ? undefined : second;
}

/** Whether control never comes to what stands after the loop. */
export const isEndless = (loop: WhileStmt): boolean => truthOf(loop.condition) === true && !breaks(loop.body);

/** Forms that a `break` inside belongs to. */
const OWN: ReadonlySet<unknown> = new Set(['while', 'for', 'serve', 'lambda', 'local-fun']);

/** Whether a `break` inside belongs to the loop around, not to one further in. */
function breaks(body: unknown): boolean {
  const open = [body];
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    const { kind } = node as { kind?: unknown };
    if (kind === 'break') return true;
    if (!OWN.has(kind))
      for (const [key, child] of Object.entries(node)) if (key !== 'span' && key !== 'opSpan') open.push(child);
  }
  return false;
}

/**
 * Loops that nothing but a statement inside ends.
 * Invariant: answered from the text alone; the ways out are those that lowering and the generated code have.
 */
import type { Expr } from './ast.js';
import type { WhileStmt } from './statements.js';

/** What a condition is by itself, whatever happens; undefined where that depends. */
export function truthOf(e: Expr): boolean | undefined {
  if (e.kind === 'literal') return e.literal.type === 'bool' ? e.literal.value : undefined;
  if (e.kind === 'unary') {
    const operand = e.op === 'not' ? truthOf(e.operand) : undefined;
    return operand === undefined ? undefined : !operand;
  }
  if (e.kind !== 'binary' || (e.op !== '&&' && e.op !== '||')) return undefined;
  // What ends the evaluation at once: `false && ..`, `true || ..`.
  const decides = e.op === '||';
  const [left, right] = [truthOf(e.left), truthOf(e.right)];
  if (left === decides || right === decides) return decides;
  return left === undefined ? undefined : right;
}

/** Whether control never comes to what stands after the loop. */
export const isEndless = (loop: WhileStmt): boolean => truthOf(loop.condition) === true && !breaks(loop.body);

/** Whether a `break` inside belongs to the loop around, not to one further in. */
function breaks(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(breaks);
  if (typeof node !== 'object' || node === null) return false;
  const { kind } = node as { kind?: unknown };
  if (kind === 'break') return true;
  if (kind === 'while' || kind === 'for' || kind === 'serve' || kind === 'lambda' || kind === 'local-fun') return false;
  return Object.entries(node).some(([key, child]) => key !== 'span' && key !== 'opSpan' && breaks(child));
}

/**
 * Types of what stands inside a form: an expression, data, a block, blocks of which one is taken. The forms themselves
 * are known to `infer.ts` alone, through the context.
 * Invariant: every expression gets a type in the table, and what stands where data is wanted is data or an error.
 */
import type { Block, Expr } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import type { BodyContext, Context, Wanted } from './context.js';
import { isLinear } from './names.js';
import { describe } from '../solve/show.js';
import { prune, UNIT, type Type } from '../solve/type.js';

export function inferExpr(c: Context, b: BodyContext, e: Expr, wanted?: Wanted): Type {
  const type = c.forms.expression(c, b, e, wanted);
  c.types.set(e.id, type);
  return type;
}

/** An expression in a place that takes data only. */
export function inferData(c: Context, b: BodyContext, e: Expr, wanted?: Type): Type {
  const type = inferExpr(c, b, e, wanted);
  const t = prune(type);
  if (t.kind === 'var' && t.linear === true) {
    t.linear = false;
    const entity = e.kind === 'path' ? c.resolution.uses.get(e.path.id) : undefined;
    if (entity?.kind === 'local') c.usedAsData.set(entity.local, e.span);
    return t;
  }
  if (!isLinear(t)) return t;
  c.report(
    error('Q0230', e.span, `${describe(t)} cannot be used as data`, {
      hints: ['ends live in variables, messages, arguments of named sessions and functions, and pools only'],
    }),
  );
  return c.data();
}

export const inferBlock = (c: Context, b: BodyContext, block: Block, wanted: Wanted): Type =>
  c.forms.block(c, b, block, wanted);

/** Blocks of which one is taken: their values have one type, unless nobody uses it. */
export function joinBlocks(c: Context, b: BodyContext, blocks: readonly Block[], wanted: Wanted): Type {
  if (wanted === 'discard') {
    blocks.forEach((block) => inferBlock(c, b, block, 'discard'));
    return UNIT;
  }
  const result = c.open();
  let first: Block | undefined;
  for (const block of blocks) {
    const type = inferBlock(c, b, block, wanted);
    const other = first && lastSpan(first);
    c.expect(result, type, lastSpan(block), {
      what: 'the value of this branch',
      ...(other && { other: { span: other, text: `the branch above gives ${describe(result)}` } }),
    });
    const t = prune(type);
    if (first === undefined && t.kind !== 'var') first = block;
  }
  return result;
}

export const lastSpan = (block: Block) => block.statements.at(-1)?.span ?? block.span;

/** Bodies of functions. Invariant: what a function returns is data, and an annotated result is what the body gives. */
import type { FunItem } from '../../ast/ast.js';
import { rigidNames, typeOf } from './annotations.js';
import type { BodyContext, Context } from './context.js';
import { inferBlock } from './inside.js';
import { error } from '../../diagnostics/diagnostic.js';
import { isLinear } from './names.js';
import { inferPattern } from './patterns.js';
import { prune, type Type } from '../solve/type.js';

export function functionBody(c: Context, b: BodyContext, item: FunItem, params: readonly Type[], result: Type): void {
  item.params.forEach((p, i) => inferPattern(c, p.pattern, params[i]!));
  if (item.result !== undefined) {
    const wanted = typeOf(c, item.result, rigidNames(c, b.named));
    c.expect(result, wanted, item.result.span);
  }
  const value = inferBlock(c, b, item.body, result);
  const last = item.body.statements.at(-1);
  const at = last?.span ?? item.name.span;
  if (isLinear(value)) {
    c.report(
      error('Q0230', at, 'a function cannot return an end or a pool', {
        hints: ['finish it here, or let the caller pass it in'],
      }),
    );
    return;
  }
  const t = prune(value);
  if (t.kind === 'var') t.linear = false;
  c.expect(result, value, at, {
    what: `the value of \`${item.name.text}\``,
    ...(item.result && { other: { span: item.result.span, text: 'by this annotation' } }),
  });
}

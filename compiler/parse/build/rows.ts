/**
 * Long rows: operators, suffixes and pipes that follow each other without any nesting in the text, `a + b + c + ..`. Read from the
 * left they would be a tree as deep as the row is long. After so many steps what is there gets a name, as if it had been bound with
 * `let` in front, so that every pass sees rows of a bounded depth and lists of statements, which are flat.
 * Invariant: what is named stands where nothing is evaluated before it, so the order of evaluation is that of the row.
 */
import type { Expr, Stmt } from '../../ast/ast.js';
import { expressionStatement, make } from './make.js';

/** Steps before what there is of a row gets a name. */
const LONGEST = 50;

/** No name that can be written. */
const NAME = 'row';

export class Row {
  readonly #steps: Stmt[] = [];
  #depth = 0;

  /** What the next step begins with: the row so far, or its name. */
  next(sofar: Expr): Expr {
    if (++this.#depth < LONGEST) return sofar;
    this.#depth = 0;
    const { span } = sofar;
    const name = (): { readonly text: string } => ({ text: `${NAME} ${this.#steps.length}` });
    const pattern = make(span, { kind: 'bind' as const, name: make(span, name()) });
    const step = make(span, { kind: 'let' as const, bindings: [make(span, { pattern, value: sofar })] });
    const use = make(span, { kind: 'path' as const, path: make(span, { parts: [make(span, name())] }) });
    this.#steps.push(step);
    return use;
  }

  /** The row with its named parts in front. */
  whole(last: Expr): Expr {
    if (this.#steps.length === 0) return last;
    const block = make(last.span, { statements: [...this.#steps, expressionStatement(last)] });
    return make(last.span, { kind: 'block' as const, block });
  }
}

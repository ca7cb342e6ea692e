/**
 * From a successful match to items of the abstract syntax: the operations of all builders joined.
 * Invariant: one operation a sort (item, statement, expression, pattern, type); a tree is asked only for its own.
 */
import type { MatchResult } from 'ohm-js';
import type { Item } from '../../ast/ast.js';
import { expressionActions } from './expressions.js';
import type { Tree } from '../text/grammar.js';
import { semantics } from '../text/grammar.js';
import { itemActions } from './items.js';
import type { Making } from './make.js';
import { making } from './make.js';
import { patternActions } from './patterns.js';
import { statementActions } from './statements.js';
import { typeActions } from './types.js';

semantics
  .addOperation('item', itemActions)
  .addOperation('stmt', statementActions)
  .addOperation('expr', expressionActions)
  .addOperation('pattern', patternActions)
  .addOperation('type', typeActions)
  .addOperation<readonly Tree[]>('lines', {
    Piece: (items, _end) => items.child(1).children,
  });

/** The items of a match of rule `Piece`; what must not be built is left out and reported in `state.problems`. */
export const buildItems = (match: MatchResult, state: Making): readonly Item[] =>
  making(state, () => {
    const lines: readonly Tree[] = semantics(match)['lines']();
    const items: readonly (Item | undefined)[] = lines.map((line) => line.item());
    return items.filter((item) => item !== undefined);
  });

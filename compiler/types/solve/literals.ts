/** Types of literals. */
import type { Literal } from '../../ast/ast.js';
import { BOOL, BYTES, FLOAT, INT, STRING, UNIT, type Type } from './type.js';

const TYPES: Readonly<Record<Literal['type'], Type>> = {
  int: INT,
  float: FLOAT,
  bool: BOOL,
  string: STRING,
  bytes: BYTES,
  unit: UNIT,
};

export const literalType = (literal: Literal): Type => TYPES[literal.type];

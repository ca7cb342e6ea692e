/**
 * What code says of a value right after it is made: a cast tells the type that was meant.
 * Invariant: a hint only chooses among readings that are all right; the cast itself is judged as any other.
 */
import { ROWS } from '../../bytecode/isa.js';
import type { Flow } from './flow.js';
import type { Instruction } from '../module/structure.js';
import type { Ty } from '../terms/types.js';

/** The type to which the next instruction widens the top of the stack. */
export function hinted(f: Flow, i: Instruction): Ty | undefined {
  const next = i.pc + i.row.length;
  const { code } = f.image;
  return ROWS[code[next] ?? -1]?.name === 'cast' ? f.env.type(f.env.image.types[code[next + 1]!]!) : undefined;
}

/**
 * The gate: judges a module image, and is the only maker of a `VerifiedModule`. It checks structure, control flow, the
 * types of stack and locals at every instruction, linear use of ends, and that the code of a session follows its
 * declared session type.
 * Invariant: total and linear: every instruction is looked at a few times at most, a budget bounds the rest, and whatever the image
 * says the answer is a value.
 */
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js';
import { sealed } from '../bytecode/encode.js';
import { ROWS } from '../bytecode/isa.js';
import type { ModuleImage } from '../bytecode/module.js';
import { Flow } from './flow/flow.js';
import { judged } from './flow/heads.js';
import { checkHosts } from './module/hosts.js';
import { link, type Find, type Linked } from './module/linking.js';
import { Budget, Rejection, type VerifyError } from './terms/rejection.js';
import { plainRow } from './rows/data.js';
import { ROW_RULES, STEPS_ANYWAY } from './rows/rules.js';
import { Environment } from './module/signature.js';
import { checkModule, textOf } from './module/structure.js';
import { takeKey, VerifiedModule, type FunctionFacts } from './module/verified-module.js';

export { formatVerifyError, type VerifyError } from './terms/rejection.js';
export type { Find, Linked } from './module/linking.js';

/** What the module is judged against, beside the library's own functions. */
export interface Surroundings {
  /**
   * Other modules, by name and hash (empty: whatever has the name). What is said of those that are known is compared now; of
   * the others when the module is loaded, which is when all must be there.
   */
  readonly module: Find;
  /**
   * `compiler`: the image comes straight from this project's compiler, which has proved more than the texts in the
   * image can say; values of unknown type fit everywhere and protocols are not followed. Never for anything read from
   * a file or another machine.
   */
  readonly trust?: 'none' | 'compiler';
}

const key = takeKey();
/** No other module: for images that require none. */
export const nothing: Find = () => undefined;

/** Steps allowed per word of code, and for the lists. */
const STEPS_PER_WORD = 200;

export function verify(image: ModuleImage, around: Surroundings): Either<VerifyError, VerifiedModule> {
  const size = image.functions.reduce((n, f) => n + f.code.length + f.locals + f.params.length, 0);
  const budget = new Budget(STEPS_ANYWAY + STEPS_PER_WORD * size);
  let env: Environment | undefined;
  try {
    checkModule(image);
    env = new Environment(image, budget, around.trust === 'compiler');
    checkHosts(image);
    const { closure } = link(image, around.module, false);
    const facts = image.functions.map((_, i): FunctionFacts => ({ stack: judge(env!, i) }));
    const whole = image.hash === '' ? sealed(image) : image;
    const made = around.trust === 'compiler' ? 'here' : 'elsewhere';
    return right(new VerifiedModule(key, whole, facts, new Map([...closure, [whole.name, whole.hash]]), made));
  } catch (error) {
    if (error instanceof Rejection) return left(errorOf(error, image, env));
    throw error;
  }
}

/**
 * Several modules, requirements first, each judged against those before it and those that `known` has. Gives the first that is
 * refused.
 */
export function verifyAll(
  images: readonly ModuleImage[],
  trust: NonNullable<Surroundings['trust']>,
  known: Find = nothing,
): Either<{ readonly image: ModuleImage; readonly error: VerifyError }, readonly VerifiedModule[]> {
  const made: VerifiedModule[] = [];
  const module = (name: string, hash: string): Linked | undefined =>
    made.findLast((m) => m.image.name === name && (hash === '' || m.hash === hash)) ?? known(name, hash);
  for (const image of images) {
    const judged = verify(image, { module, trust });
    if (isLeft(judged)) return left({ image, error: judged.left });
    made.push(judged.right);
  }
  return right(made);
}

function judge(env: Environment, index: number): number {
  try {
    const image = env.image.functions[index]!;
    return judged(env.types, (heads) => new Flow(env, image, index, ROW_RULES, plainRow, heads));
  } catch (error) {
    if (error instanceof Rejection && error.fn < 0) throw new Rejection(error.message, error.pc, index);
    throw error;
  }
}

function errorOf(error: Rejection, image: ModuleImage, env: Environment | undefined): VerifyError {
  const f = image.functions[error.fn];
  const { pc, message } = error;
  if (f === undefined) return { function: '', pc: -1, instruction: '', message };
  const row = pc < 0 ? undefined : ROWS[f.code[pc]!];
  const whole = row !== undefined && pc + row.length <= f.code.length;
  const operands = whole ? Array.from(f.code.subarray(pc + 1, pc + row.length)) : [];
  const instruction =
    whole && env !== undefined
      ? textOf(env, f, { pc, row, operands })
      : (row?.name ?? (pc >= f.code.length ? 'end' : ''));
  return { function: f.name, pc, instruction: clip(instruction), message: clip(message) };
}

const clip = (text: string): string => (text.length > 200 ? `${text.slice(0, 197)}...` : text);

/**
 * The gate: judges a module image, and is the only maker of a `VerifiedModule`. It checks structure, control flow, the
 * types of stack and locals at every instruction, linear use of ends, and that the code of a session follows its
 * declared session type.
 * Invariant: total and linear: every instruction is looked at a few times at most, a budget bounds the rest, and whatever the image
 * says the answer is a value.
 */
import { type Either, left, right } from 'fp-ts/lib/Either.js';
import { sealed } from '../bytecode/encode.js';
import { ROWS } from '../bytecode/isa.js';
import type { HostImport, ModuleImage } from '../bytecode/module.js';
import { checkConstructors } from './constructors.js';
import { Flow } from './flow.js';
import { judged } from './heads.js';
import { Budget, Rejection, type VerifyError } from './rejection.js';
import { plainRow } from './rows-data.js';
import { ROW_RULES, STEPS_ANYWAY } from './rules.js';
import { Environment } from './signature.js';
import { checkModule, textOf } from './structure.js';
import { takeKey, VerifiedModule, type FunctionFacts } from './verified-module.js';

export { formatVerifyError, type VerifyError } from './rejection.js';

/** What the module is judged against. */
export interface Surroundings {
  /** Types of the host functions that may be called; absent: any function the module declares, as it declares it. */
  readonly hosts?: (name: string) => HostImport | undefined;
  /** Other modules, by name and hash (empty: whatever has the name). Imports of those that are known are compared. */
  readonly module?: (name: string, hash: string) => ModuleImage | undefined;
  /**
   * `compiler`: the image comes straight from this project's compiler, which has proved more than the texts in the
   * image can say; values of unknown type fit everywhere and protocols are not followed. Never for anything read from
   * a file or another machine.
   */
  readonly trust?: 'none' | 'compiler';
}

const key = takeKey();
/** Steps allowed per word of code, and for the lists. */
const STEPS_PER_WORD = 200;

export function verify(image: ModuleImage, around: Surroundings = {}): Either<VerifyError, VerifiedModule> {
  const size = image.functions.reduce((n, f) => n + f.code.length + f.locals + f.params.length, 0);
  const budget = new Budget(STEPS_ANYWAY + STEPS_PER_WORD * size);
  let env: Environment | undefined;
  try {
    checkModule(image);
    env = new Environment(image, budget, around.trust === 'compiler');
    checkHosts(image, around);
    checkImports(image, around);
    checkConstructors(image, around.module);
    const facts = image.functions.map((_, i): FunctionFacts => ({ stack: judge(env!, i) }));
    return right(new VerifiedModule(key, sealed(image), facts));
  } catch (error) {
    if (error instanceof Rejection) return left(errorOf(error, image, env));
    throw error;
  }
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

/** Host functions must be there, granted, and of the type the module relies on. */
function checkHosts(image: ModuleImage, around: Surroundings): void {
  const names = new Set<string>();
  for (const h of image.hosts) {
    if (names.has(h.name)) throw new Rejection(`the host function ${h.name} is listed twice`);
    names.add(h.name);
    if (around.hosts === undefined) continue;
    const real = around.hosts(h.name);
    if (real === undefined) throw new Rejection(`the host has no function ${h.name}, or did not grant it`);
    const same = real.result === h.result && real.async === h.async && real.params.join('\n') === h.params.join('\n');
    const text = (x: HostImport): string => `${x.async ? 'async ' : ''}(${x.params.join(', ')}) -> ${x.result}`;
    if (!same) throw new Rejection(`the host function ${h.name} is ${text(real)}, not ${text(h)}`);
  }
}

/** What this module relies on about functions of modules that are there. */
function checkImports(image: ModuleImage, around: Surroundings): void {
  if (around.module === undefined) return;
  for (const c of image.callees) {
    if (c.kind !== 'import') continue;
    const r = image.requires[c.module]!;
    const other = around.module(r.name, r.hash);
    if (other === undefined) continue;
    const f = other.functions.find((x) => x.name === c.name && x.exported);
    if (f === undefined) throw new Rejection(`module ${r.name} exports no ${c.name}`);
    const s = c.signature;
    const params =
      f.params.length === s.params.length &&
      f.params.every((p, i) => p.kind === s.params[i]!.kind && p.type === s.params[i]!.type);
    if (!params || f.returns !== s.returns || f.session !== s.session || f.type !== s.type)
      throw new Rejection(`${r.name}::${c.name} is ${f.type}, not ${s.type}`);
  }
}

/** Bytecode files for the command line: read, assembled, decoded, judged; every refusal becomes a `Failure` in plain words. */
import path from 'node:path';
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { assemble, formatAsmError } from '../../runtime/bytecode/assemble.js';
import { decode } from '../../runtime/bytecode/decode.js';
import { sealed } from '../../runtime/bytecode/encode.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { formatVerifyError, verifyAll } from '../../runtime/verify/verify.js';
import { EffectError, type Effects } from '../effects/effects.js';
import { decodeText } from './project.js';
import { Failure } from '../terminal/report.js';

function bytesOf(effects: Effects, file: string): Uint8Array {
  const bytes = effects.readFile(path.resolve(effects.cwd, file));
  if (bytes === undefined) throw new EffectError(`there is no file ${file}`);
  return bytes;
}

export function assembleFile(effects: Effects, file: string): ModuleImage {
  const made = assemble(decodeText(bytesOf(effects, file), file), file);
  if (isLeft(made)) throw new Failure(made.left.map(formatAsmError).join('\n'));
  return sealed(made.right);
}

export function decodeFile(effects: Effects, file: string): ModuleImage {
  const made = decode(bytesOf(effects, file));
  if (isLeft(made)) throw new Failure(`${file} at byte ${made.left.offset}: ${made.left.message}`);
  return made.right;
}

/** The verified modules, requirements first. Each is judged against those before it. */
export function verifyOrFail(images: readonly ModuleImage[]): readonly VerifiedModule[] {
  const judged = verifyAll(images, 'none');
  if (isRight(judged)) return judged.right;
  const { image, error } = judged.left;
  throw new Failure(`the bytecode of module ${image.name} is refused: ${formatVerifyError(error)}`);
}

/**
 * Judges what this compiler made as if a stranger had: it must be accepted wherever it goes. A refusal is a defect of the
 * compiler or of the verifier, and is called one. What was rejected and runs all the same (`unsafe`) does not keep to its
 * protocols, so these are not followed.
 */
export function acceptedOrDefect(images: readonly ModuleImage[], unsafe = false): readonly VerifiedModule[] {
  const judged = verifyAll(images, unsafe ? 'compiler' : 'none');
  if (isRight(judged)) return judged.right;
  const { image, error } = judged.left;
  throw new Failure(
    `the bytecode made of module ${image.name} is refused by Quartz's own verifier: ${formatVerifyError(error)}\n` +
      'This is a defect in Quartz, not in the program: please report it with the source of the module.',
  );
}

/**
 * The secret that nodes share: from a file, or the environment.
 * Invariant: it is long enough not to be guessed, and nobody but its owner can read the file it comes from.
 */
import path from 'node:path';
import { SECRET } from '../../stdlib/capabilities.js';
import { EffectError, type Effects } from '../effects/effects.js';
import { Failure, Misuse } from '../terminal/report.js';

/** Bytes. What people think of as a word has less; `head -c 32 /dev/urandom | base64` has 45. */
const LEAST = 16;

export function secretOf(effects: Effects, file: string | undefined): Uint8Array {
  const from = file ?? `the variable ${SECRET}`;
  const secret = file === undefined ? new TextEncoder().encode(effects.env[SECRET] ?? '') : inFile(effects, file);
  if (file === undefined && secret.length === 0)
    throw new Misuse(`nodes need a shared secret: --secret-file FILE, or the variable ${SECRET}`);
  if (secret.length < LEAST)
    throw new Failure(
      `the secret in ${from} has ${secret.length} bytes; it must have ${LEAST} at least (\`head -c 32 /dev/urandom | base64\` makes a good one)`,
    );
  return secret;
}

function inFile(effects: Effects, file: string): Uint8Array {
  const found = effects.readWithMode(path.resolve(effects.cwd, file));
  if (found === undefined) throw new EffectError(`there is no file ${file}`);
  if ((found.mode & 0o077) !== 0)
    throw new Failure(`others than its owner can use ${file}, which holds a secret: \`chmod 600 ${file}\``);
  const { content } = found;
  let end = content.length;
  while (end > 0 && (content[end - 1] === 10 || content[end - 1] === 13)) end--;
  return content.subarray(0, end);
}

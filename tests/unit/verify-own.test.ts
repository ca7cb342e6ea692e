/**
 * What this compiler makes is judged as if a stranger had made it.
 * Invariant: every example and every program of `tests/spec` is accepted without trust.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import { assemble } from '../../runtime/bytecode/assemble.js';
import { disassemble } from '../../runtime/bytecode/disassemble.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { formatVerifyError, verifyAll } from '../../runtime/verify/verify.js';
import { root } from '../support/compile.js';
import { acceptedOrDefect } from '../../cli/bytecode.js';
import { compileSpec } from '../support/spec.js';

const programs = ['examples', 'tests/spec'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true })
    .map((f) => `${folder}/${String(f).split(path.sep).join('/')}`)
    .filter((f) => f.endsWith('.qz') && !path.basename(f).startsWith('_'))
    .sort(),
);

/** Why one of the modules is refused; undefined if all are accepted. */
function refusal(images: readonly ModuleImage[]): string | undefined {
  const verdict = verifyAll(images, 'none');
  return isLeft(verdict) ? `${verdict.left.image.name}: ${formatVerifyError(verdict.left.error)}` : undefined;
}

it('a refusal of what was made here is called a defect', () => {
  const { images } = compileSpec('examples/timer.qz');
  const last = images.at(-1)!;
  const functions = last.functions.map((f) => ({ ...f, type: f.type.replace('Stop ~>', 'Halt ~>') }));
  expect(() => acceptedOrDefect(images)).not.toThrow();
  expect(() => acceptedOrDefect([...images.slice(0, -1), { ...last, functions, hash: '' }])).toThrow(
    /^the bytecode made of module timer is refused by Quartz's own verifier: Timer\+\d+ .*\nThis is a defect in Quartz, not in the program/,
  );
});

it('are many', () => expect(programs.length).toBeGreaterThan(300));

it.each(programs)('%s', (file) => {
  const { images } = compileSpec(file);
  if (images.length === 0) return;
  expect(refusal(images)).toBeUndefined();
  // The text form says as much: what was accepted comes back from it and is accepted again.
  const back = assemble(disassemble(images.at(-1)!), file);
  if (isLeft(back)) throw new Error(JSON.stringify(back.left));
  expect(refusal([...images.slice(0, -1), back.right])).toBeUndefined();
});

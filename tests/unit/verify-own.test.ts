/**
 * What this compiler makes is judged as if a stranger had made it.
 * Invariant: every example is accepted without trust, as is every program of `tests/spec` and `examples/protocols`, where those are
 * run (`spec.test.ts`, `protocol-programs.test.ts`).
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { acceptedOrDefect } from '../../cli/files/bytecode.js';
import { root } from '../support/compile.js';
import { acceptedAsAStrangers, compileSpec } from '../support/spec.js';

const programs = readdirSync(path.join(root, 'examples'), { recursive: true })
  .map((f) => `examples/${String(f).split(path.sep).join('/')}`)
  .filter((f) => f.endsWith('.qz') && !path.basename(f).startsWith('_') && !f.startsWith('examples/protocols/'))
  .sort();

it('a refusal of what was made here is called a defect', () => {
  const { images } = compileSpec('examples/timer.qz');
  const last = images.at(-1)!;
  const functions = last.functions.map((f) => ({ ...f, type: f.type.replace('Stop ~>', 'Halt ~>') }));
  expect(() => acceptedOrDefect(images)).not.toThrow();
  expect(() => acceptedOrDefect([...images.slice(0, -1), { ...last, functions, hash: '' }])).toThrow(
    /^the bytecode made of module timer is refused by Quartz's own verifier: Timer\+\d+ .*\nThis is a defect in Quartz, not in the program/,
  );
});

it('are many', () => expect(programs.length).toBeGreaterThan(10));

it.each(programs)('%s', (file) => {
  const { images } = compileSpec(file);
  if (images.length > 0) acceptedAsAStrangers(images, file);
});

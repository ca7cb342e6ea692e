/** Every program under `tests/spec` does what its comments say, in the interpreter, compiled, and with both mixed. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { acceptedAsAStrangers, compileSpec, followSpec, onceFromBytes, runSpec } from './support/spec.js';

const folder = path.join(import.meta.dirname, 'spec');
const files = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((f) => f.endsWith('.qz') && !path.basename(f).startsWith('_'))
  .map((f) => f.split(path.sep).join('/'))
  // Those under `protocol` are run by `protocol-programs.test.ts`, with their verdicts.
  .filter((f) => !f.startsWith('protocol/'))
  .sort();

describe.each(files)('%s', (file) => {
  const compiled = compileSpec(`tests/spec/${file}`);
  const { expected } = compiled;
  const modules = onceFromBytes(compiled.images);
  const rejected = compiled.images.length === 0;

  it('gets the expected diagnostics', () => {
    const wanted = [...expected.diagnostics].sort();
    expect([...compiled.diagnostics].sort(), compiled.messages.join('\n')).toEqual(wanted);
  });

  it.skipIf(rejected)('is accepted by the verifier', () => {
    modules();
    acceptedAsAStrangers(compiled.images, file);
  });

  it.skipIf(rejected)('does nothing that its automata do not allow', () => {
    const { wrong } = followSpec(modules(), compiled, 0);
    expect(wrong).toBeUndefined();
  });

  it.skipIf(rejected).each(['interpreter', 'compiled', 'auto'] as const)('runs (%s)', async (engine) => {
    const outcome = await runSpec(modules(), expected.main, engine);
    expect(outcome).toEqual({ output: expected.output, failures: expected.failures, stuck: [] });
  });
});

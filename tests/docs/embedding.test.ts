/** Every program of docs/embedding.md, docs/machine.md and docs/permissions.md runs and prints what its comments at the end say. */
import { describe, expect, it } from 'vitest';
import * as quartz from '../../index.js';
import { embeddingPrograms, machinePrograms, permissionPrograms } from '../support/embedding-programs.js';

type Print = (...values: unknown[]) => void;
const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
  ...parts: string[]
) => (quartz: unknown, console: { readonly log: Print }) => Promise<void>;

describe.each([
  ['embedding', 10, embeddingPrograms],
  ['machine', 5, machinePrograms],
  ['permissions', 1, permissionPrograms],
])('docs/%s.md', (_page, least, programs) => {
  it('has programs', () => expect(programs.length).toBeGreaterThanOrEqual(least));

  it.each(programs)('$title', async ({ code, prints }) => {
    expect(prints.length).toBeGreaterThan(0);
    const printed: string[] = [];
    await new AsyncFunction('quartz', 'console', code)(quartz, {
      log: (...values) => printed.push(values.map(String).join(' ')),
    });
    expect(printed.join('\n').split('\n')).toEqual(prints);
  });
});

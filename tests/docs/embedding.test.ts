/** Every program of docs/embedding.md runs and prints what its comments at the end say. */
import { describe, expect, it } from 'vitest';
import * as quartz from '../../index.js';
import { embeddingPrograms } from '../support/embedding-programs.js';

type Print = (...values: unknown[]) => void;
const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
  ...parts: string[]
) => (quartz: unknown, console: { readonly log: Print }) => Promise<void>;

describe('docs/embedding.md', () => {
  it('has programs', () => expect(embeddingPrograms.length).toBeGreaterThanOrEqual(10));

  it.each(embeddingPrograms)('$title', async ({ code, prints }) => {
    expect(prints.length).toBeGreaterThan(0);
    const printed: string[] = [];
    await new AsyncFunction('quartz', 'console', code)(quartz, {
      log: (...values) => printed.push(values.map(String).join(' ')),
    });
    expect(printed.join('\n').split('\n')).toEqual(prints);
  });
});

/** Options that several commands share. Invariant: this file needs nothing of the compiler, so that no command loads it for its options alone. */
import { InvalidArgumentError, Option } from 'commander';
import type { Options } from '../../compiler/pipeline.js';
import { type Format, FORMATS } from './report.js';

export const formatOption = (): Option =>
  new Option('--format <format>', 'how to report errors and warnings').choices([...FORMATS]).default('text');

export const maxBoundOption = (): Option =>
  new Option('--max-bound <n>', 'longest queue the protocol checker tries')
    .argParser((text) => wholeNumber(text, 1, 1000))
    .default(undefined, '16, and more where no queue grows without end');

export function wholeNumber(text: string, low: number, high: number): number {
  const n = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(n >= low && n <= high)) throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
  return n;
}

export function seconds(text: string): number {
  const n = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(n > 0 && n <= 86_400)) throw new InvalidArgumentError('It must be a number of seconds, more than 0.');
  return n;
}

/** What commander hands to an action that has these options. */
export interface CompileFlags {
  readonly format: Format;
  readonly maxBound?: number;
  readonly unsafe?: boolean;
}

export const optionsOf = (flags: CompileFlags): Options => ({
  ...(flags.maxBound !== undefined && { maxBound: flags.maxBound }),
  ...(flags.unsafe === true ? { unsafe: true } : {}),
});

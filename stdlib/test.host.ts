/**
 * Host half of `test`: how two values differ, and what a test may have of the system for itself.
 * Invariant: what a test is given is its own: folders that nobody else has and that whoever runs the test removes, and ports
 * that nobody listened on.
 */
import { attempt, type HostFunctions } from './support.js';

/** Characters of a value that are shown: of a longer one, those around the first that is not the same. */
const WIDEST = 160;
const BEFORE = 60;

const EXPECTED = 'expected ';
const GOT = 'but got  ';

/** A part of a text, in characters as people count them. */
function part(all: readonly string[], from: number): { readonly text: string; readonly shift: number } {
  const start = all.length <= WIDEST ? 0 : Math.max(0, Math.min(from - BEFORE, all.length - WIDEST));
  const end = Math.min(all.length, start + WIDEST);
  const head = start > 0 ? '…' : '';
  return { text: head + all.slice(start, end).join('') + (end < all.length ? '…' : ''), shift: head.length - start };
}

/** Two lines, and a third that marks what differs in the second; each value is given as the text of a list with it alone. */
export function difference(actual: string, expected: string): string {
  const [got, wanted] = [actual, expected].map((text) => [...text.slice(1, -1).replaceAll('\n', '\\n')]);
  let same = 0;
  while (same < got!.length && same < wanted!.length && got![same] === wanted![same]) same++;
  let end = got!.length;
  for (let k = wanted!.length; end > same && k > same && got![end - 1] === wanted![k - 1]; k--) end--;
  const shown = part(got!, same);
  const from = same + shown.shift;
  const width = Math.max(1, Math.min(end + shown.shift, [...shown.text].length) - from);
  const marks = ' '.repeat(GOT.length + from) + '^'.repeat(width);
  return `${EXPECTED}${part(wanted!, same).text}\n${GOT}${shown.text}\n${marks}`;
}

/** What a test may have of the system; where there is none, it is told so. */
export interface Own {
  readonly temporary?: (() => string) | undefined;
  readonly freePort?: () => Promise<number>;
}

export const host = ({ temporary, freePort }: Own): HostFunctions => ({
  _difference: difference,
  _temp_folder: () =>
    attempt(async () => {
      if (temporary === undefined)
        throw new Error('temporary folders are for tests: `quartz test` makes and removes them');
      return temporary();
    }, words),
  _free_port: () =>
    attempt(async () => {
      if (freePort === undefined) throw new Error('there are no ports here');
      return freePort();
    }, words),
});

const words = (error: unknown): string => (error as Error).message;

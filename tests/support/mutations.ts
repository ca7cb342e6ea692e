/**
 * Plausible mistakes in the text of a program: a send or a wait left out, doubled, exchanged with its neighbour, or given
 * another label, payload or peer; a branch that waits for something else or is gone; a thread not started or started twice;
 * a link dropped; a loop that ends or an end that loops.
 * Invariant: a mutant differs from the program in one line or block and its neighbour; the same seed gives the same mutant.
 */
import { generator } from '../../runtime/scheduler/strategy.js';

const SEND = /^\s*[a-z_]\w*![A-Z]\w*.*$/;
const BRANCH = /^(\s*(?:on|or) )([A-Z]\w*)(.*)$/;
const LABEL = /^(\s*[a-z_]\w*!)([A-Z]\w*)(.*)$/;
const LOOP = /^\s*loop\b.*$/;
const WAIT = /^\s*on [A-Z]/;
/** Ways to leave what one is in. */
const EXITS = ['close', 'loop', 'return', 'break', 'continue', '()'];
const SPAWN = /^\s*(?:let \w+ = )?spawn /;

type Mutate = (lines: readonly string[], pick: (n: number) => number) => string[] | undefined;

const indices = (lines: readonly string[], test: RegExp): number[] =>
  lines.flatMap((line, i) => (test.test(line) ? [i] : []));

function at(test: RegExp, change: (lines: readonly string[], i: number) => string[]): Mutate {
  return (lines, pick) => {
    const places = indices(lines, test);
    return places.length === 0 ? undefined : change(lines, places[pick(places.length)]!);
  };
}

const replace = (lines: readonly string[], i: number, ...by: string[]): string[] => [
  ...lines.slice(0, i),
  ...by,
  ...lines.slice(i + 1),
];
const indentOf = (line: string): string => /^\s*/.exec(line)![0];

/** A label that the program uses somewhere, in place of the one on a line. */
const relabel =
  (test: RegExp): Mutate =>
  (lines, pick) => {
    const places = indices(lines, test);
    const labels = [...new Set(lines.flatMap((l) => BRANCH.exec(l)?.[2] ?? LABEL.exec(l)?.[2] ?? []))];
    if (places.length === 0) return undefined;
    const i = places[pick(places.length)]!;
    const label = labels[pick(labels.length)]!;
    return replace(
      lines,
      i,
      lines[i]!.replace(test, (_, head: string, __, tail: string) => `${head}${label}${tail}`),
    );
  };

const MUTATIONS: readonly Mutate[] = [
  at(SEND, (lines, i) => replace(lines, i, `${indentOf(lines[i]!)}()`)),
  at(SEND, (lines, i) => replace(lines, i, lines[i]!, lines[i]!)),
  at(SEND, (lines, i) => {
    const next = lines[i + 1];
    return next === undefined || !SEND.test(next) ? [...lines] : replace(replace(lines, i, next), i + 1, lines[i]!);
  }),
  at(LOOP, (lines, i) => replace(lines, i, `${indentOf(lines[i]!)}close`)),
  at(/^\s*close$/, (lines, i) => replace(lines, i, `${indentOf(lines[i]!)}loop`)),
  // Left in another way.
  (lines, pick) => {
    const places = indices(lines, /^\s*(?:close|loop|return|break|continue)$/);
    if (places.length === 0) return undefined;
    const i = places[pick(places.length)]!;
    return replace(lines, i, `${indentOf(lines[i]!)}${EXITS[pick(EXITS.length)]!}`);
  },
  at(/^\s*finally$/, (lines, i) => replace(lines, i, `${indentOf(lines[i]!)}catch e`)),
  at(/^\s*if .*$/, (lines, i) => replace(lines, i, lines[i]!.replace(/if .*/, 'if false'))),
  at(/^\s*(?:elif|if) .*$/, (lines, i) => replace(lines, i, lines[i]!.replace(/(elif|if) .*/, '$1 true'))),
  at(/^\s*or .*$/, (lines, i) => withoutBranch(lines, i)),
  at(/^\s*put .*$/, (lines, i) => replace(lines, i, `${indentOf(lines[i]!)}()`)),
  at(/^\s*drop .*$/, (lines, i) => replace(lines, i, `${indentOf(lines[i]!)}()`)),
  relabel(LABEL),
  relabel(BRANCH),
  at(SEND, (lines, i) =>
    replace(
      lines,
      i,
      lines[i]!.replace(/\(.*\)$|$/, (args) => (args === '' ? '(1)' : '("?")')),
    ),
  ),
  at(SEND, (lines, i) => replace(lines, i, lines[i]!.replace(/\(.*\)$/, ''))),
  otherPeer(/^(\s*)([a-z_]\w*)(![A-Z].*)$/),
  otherPeer(/^(\s*(?:on|or) [A-Z].* from )(\w+)(.*)$/),
  at(SEND, (lines, i) => replace(lines, i, lines[i]!.replace(/(\w+)!.*/, 'drop $1'), lines[i]!)),
  at(WAIT, (lines, i) => [...lines.slice(0, i), ...lines.slice(endOf(lines, i) + 1)]),
  at(WAIT, (lines, i) => [...lines.slice(0, endOf(lines, i) + 1), ...lines.slice(i)]),
  at(SEND, (lines, i) => {
    const next = lines[i + 1];
    const last = next !== undefined && WAIT.test(next) ? endOf(lines, i + 1) : i;
    return [...lines.slice(0, i), ...lines.slice(i + 1, last + 1), lines[i]!, ...lines.slice(last + 1)];
  }),
  at(SPAWN, (lines, i) => replace(lines, i, `${indentOf(lines[i]!)}()`)),
  at(SPAWN, (lines, i) => replace(lines, i, lines[i]!, lines[i]!.replace(/let \w+ = /, ''))),
];

/** The line on which the block ends that starts on line i. */
function endOf(lines: readonly string[], i: number): number {
  const end = `${indentOf(lines[i]!)}end`;
  const found = lines.indexOf(end, i);
  return found < 0 ? i : found;
}

/** Another name that the program talks to, in the place of the second group. */
function otherPeer(test: RegExp): Mutate {
  return (lines, pick) => {
    const names = [...new Set(lines.flatMap((l) => /^\s*([a-z_]\w*)![A-Z]/.exec(l)?.[1] ?? []))];
    const places = indices(lines, test);
    if (places.length === 0 || names.length === 0) return undefined;
    const i = places[pick(places.length)]!;
    const name = names[pick(names.length)]!;
    return replace(
      lines,
      i,
      lines[i]!.replace(test, (_, head: string, __, tail: string) => `${head}${name}${tail}`),
    );
  };
}

/** Without the lines from a branch's header to the next line that is no deeper. */
function withoutBranch(lines: readonly string[], i: number): string[] {
  const depth = indentOf(lines[i]!).length;
  let end = i + 1;
  while (end < lines.length && (lines[end]!.trim() === '' || indentOf(lines[end]!).length > depth)) end++;
  return [...lines.slice(0, i), ...lines.slice(end)];
}

/** A mutant, or undefined where this seed finds nothing to change. */
export function mutant(text: string, seed: number): string | undefined {
  const random = generator(seed);
  const pick = (n: number): number => Math.floor(random() * n);
  const lines = text.split('\n');
  const changed = MUTATIONS[pick(MUTATIONS.length)]!(lines, pick)?.join('\n');
  return changed === text ? undefined : changed;
}

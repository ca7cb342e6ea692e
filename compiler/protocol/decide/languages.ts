/**
 * What a queue may hold in any of many configurations, whatever its length: words over the edges that send, of which is known
 * which may come first, which last, and which may follow which. There are finitely many such languages for a system, so
 * collecting what may be there comes to an end.
 * Invariant: every operation gives a language that contains all words that it must contain; it may contain more.
 */

/** `next.get(a)`: the letters that may follow a. Never changed once made. */
export interface Language {
  readonly empty: boolean;
  readonly first: ReadonlySet<number>;
  readonly last: ReadonlySet<number>;
  readonly next: ReadonlyMap<number, ReadonlySet<number>>;
}

/** The language of the empty word alone. */
export const NOTHING: Language = { empty: true, first: new Set(), last: new Set(), next: new Map() };

const union = (a: ReadonlySet<number> | undefined, b: ReadonlySet<number> | undefined): ReadonlySet<number> =>
  a === undefined || a.size === 0 ? (b ?? new Set()) : b === undefined || b.size === 0 ? a : new Set([...a, ...b]);

/** The words with a letter more at their end; a word that `isOver` by its last letter stays as it is. */
export function appended(words: Language, letter: number, isOver: (letter: number) => boolean): Language {
  const open = [...words.last].filter((l) => !isOver(l));
  if (!words.empty && open.length === 0) return words;
  const next = new Map(words.next);
  for (const l of open) next.set(l, union(next.get(l), new Set([letter])));
  return {
    empty: false,
    first: words.empty ? union(words.first, new Set([letter])) : words.first,
    last: new Set([letter, ...[...words.last].filter(isOver)]),
    next,
  };
}

/** What may be left of the words whose first letter is one of some; undefined if no word begins so. */
export function withoutFirst(words: Language, letters: readonly number[]): Language | undefined {
  const taken = letters.filter((l) => words.first.has(l));
  if (taken.length === 0) return undefined;
  const first = taken.reduce<ReadonlySet<number>>((all, l) => union(all, words.next.get(l)), new Set());
  const reached = closure(first, words.next);
  const last = new Set([...words.last].filter((l) => reached.has(l)));
  // Only what a word can come to its end from is part of one.
  const backwards = new Map<number, Set<number>>();
  for (const l of reached)
    for (const n of words.next.get(l) ?? []) backwards.set(n, (backwards.get(n) ?? new Set()).add(l));
  const kept = closure(last, backwards);
  const within = (set: ReadonlySet<number>): Set<number> =>
    new Set([...set].filter((l) => reached.has(l) && kept.has(l)));
  return {
    empty: taken.some((l) => words.last.has(l)),
    first: within(first),
    last,
    next: new Map([...within(reached)].map((l) => [l, within(words.next.get(l) ?? new Set())])),
  };
}

function closure(from: ReadonlySet<number>, next: ReadonlyMap<number, ReadonlySet<number>>): ReadonlySet<number> {
  const found = new Set(from);
  for (const l of found) for (const n of next.get(l) ?? []) found.add(n);
  return found;
}

/** Whether each word of b is known to be one of a. */
export const contains = (a: Language, b: Language): boolean =>
  (a.empty || !b.empty) &&
  within(a.first, b.first) &&
  within(a.last, b.last) &&
  [...b.next].every(([l, to]) => within(a.next.get(l) ?? new Set(), to));

const within = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean => {
  for (const l of b) if (!a.has(l)) return false;
  return true;
};

/** The words of both, and perhaps more. */
export function joined(a: Language, b: Language): Language {
  const next = new Map(a.next);
  for (const [l, to] of b.next) next.set(l, union(next.get(l), to));
  return { empty: a.empty || b.empty, first: union(a.first, b.first), last: union(a.last, b.last), next };
}

/**
 * The rows above a pattern, found by what they ask for: whether a pattern is useful depends only on the rows that some value may match
 * together with it. A `case` of thousands of literals would otherwise compare each with all before it.
 * Invariant: no row that has a value in common with the pattern is left out.
 */
import { headKey, type Pat } from './pattern.js';
import type { Row } from './usefulness.js';

/** How far into a pattern rows are told apart, and how many parts of one head are looked at. */
const DEEPEST = 3;
const WIDEST = 12;

/** The rows at one place inside patterns: those that name a head there, and those that take every value. */
interface Place {
  readonly named: Map<string, Row[]>;
  readonly open: Row[];
}

export class Rows {
  readonly #places = new Map<string, Place>();
  readonly all: Row[] = [];

  add(row: Row): void {
    this.all.push(row);
    this.#enter('', row[0]!, row, 0);
  }

  #enter(path: string, p: Pat, row: Row, depth: number): void {
    const place = this.#places.get(path) ?? { named: new Map<string, Row[]>(), open: [] };
    this.#places.set(path, place);
    // Alternatives may ask for anything.
    if (p.kind !== 'con') return void place.open.push(row);
    const key = headKey(p.head);
    const known = place.named.get(key);
    if (known === undefined) place.named.set(key, [row]);
    else known.push(row);
    if (depth < DEEPEST)
      p.args.slice(0, WIDEST).forEach((arg, i) => this.#enter(`${path}/${key}/${i}`, arg, row, depth + 1));
  }

  /** Rows that may match a value which the pattern matches: the fewest that one place of it tells apart. */
  like(p: Pat): readonly Row[] {
    let best: readonly Row[] = this.all;
    const look = (path: string, part: Pat, depth: number, openAbove: readonly Row[]): void => {
      const place = this.#places.get(path);
      if (part.kind !== 'con' || place === undefined) return;
      const key = headKey(part.head);
      const open = place.open.length === 0 ? openAbove : [...openAbove, ...place.open];
      const named = place.named.get(key) ?? [];
      if (open.length + named.length < best.length) best = [...open, ...named];
      if (depth < DEEPEST)
        part.args.slice(0, WIDEST).forEach((arg, i) => look(`${path}/${key}/${i}`, arg, depth + 1, open));
    };
    look('', p, 0, []);
    return best;
  }
}

/**
 * Usefulness of pattern rows and examples of values no row matches: Maranget, "Warnings for pattern matching", JFP
 * 17(3), 2007. `useful` is the algorithm of section 3.1, `missing` that of section 5 (which also gives the example).
 * Both are exponential in the worst case (the problem is NP-complete), so work is counted.
 * Invariant: an answer is exact; where the work ran out there is no answer but `TooComplex`.
 */
import { arity, con, headKey, WILD, wilds, type Head, type Pat } from './pattern.js';
import { missingHeads, type Signatures } from './signature.js';

export type Row = readonly Pat[];

/** Thrown when a question would take more than the allowed work. */
export class TooComplex extends Error {}

/** How many matrix cells may be looked at for one `case`. */
const MAX_WORK = 2_000_000;
const WORK_AN_ARM = 500;
/** How deep patterns may nest: one level is one frame of the host's stack. */
const MAX_DEPTH = 2_000;

/** Counts the work of one question or a group of them. */
export class Work {
  private left: number;

  /** `arms`: how many rows there are in the program's text; each may be looked at as often as a person would. */
  constructor(arms = 0) {
    this.left = MAX_WORK + WORK_AN_ARM * arms;
  }

  /** Raises `TooComplex` when the work or the depth is used up. */
  spend(cells: number, depth: number): void {
    this.left -= cells;
    if (this.left < 0 || depth > MAX_DEPTH) throw new TooComplex();
  }
}

/** The heads in the first column, each once, in order of appearance. */
function headsOf(rows: readonly Row[]): Head[] {
  const found = new Map<string, Head>();
  const look = (p: Pat): void => {
    if (p.kind === 'con' && !found.has(headKey(p.head))) found.set(headKey(p.head), p.head);
    else if (p.kind === 'or') p.alternatives.forEach(look);
  };
  for (const row of rows) look(row[0]!);
  return [...found.values()];
}

/** S(c, P): what is left of the rows for values whose first component has head `head`. */
function specialize(rows: readonly Row[], head: Head): Row[] {
  const key = headKey(head);
  const result: Row[] = [];
  const add = (first: Pat, rest: Row): void => {
    if (first.kind === 'wild') result.push([...wilds(arity(head)), ...rest]);
    else if (first.kind === 'or') for (const p of first.alternatives) add(p, rest);
    else if (headKey(first.head) === key) result.push([...first.args, ...rest]);
  };
  for (const row of rows) add(row[0]!, row.slice(1));
  return result;
}

/** S(c, P) for each of the heads, in one look at the rows. */
function byHead(rows: readonly Row[], heads: readonly Head[]): ReadonlyMap<string, readonly Row[]> {
  const found = new Map<string, Row[]>(heads.map((head) => [headKey(head), []]));
  const add = (first: Pat, rest: Row): void => {
    if (first.kind === 'or') for (const p of first.alternatives) add(p, rest);
    else if (first.kind === 'con') found.get(headKey(first.head))!.push([...first.args, ...rest]);
    else for (const head of heads) found.get(headKey(head))!.push([...wilds(arity(head)), ...rest]);
  };
  for (const row of rows) add(row[0]!, row.slice(1));
  return found;
}

/** D(P): what is left of the rows for values whose first component has a head that no row names. */
function defaults(rows: readonly Row[]): Row[] {
  const result: Row[] = [];
  const add = (first: Pat, rest: Row): void => {
    if (first.kind === 'wild') result.push(rest);
    else if (first.kind === 'or') for (const p of first.alternatives) add(p, rest);
  };
  for (const row of rows) add(row[0]!, row.slice(1));
  return result;
}

/**
 * An example of a vector of `width` values that no row matches, as patterns with `_` for what does not matter;
 * undefined if every vector is matched.
 */
export function missing(
  rows: readonly Row[],
  width: number,
  signatures: Signatures,
  work: Work,
  depth = 0,
): Row | undefined {
  if (width === 0) return rows.length === 0 ? [] : undefined;
  if (rows.length === 0) return wilds(width);
  work.spend(rows.length * width, depth);
  const heads = headsOf(rows);
  const absent = heads.length === 0 ? undefined : missingHeads(heads, signatures);
  if (absent !== undefined && absent.length === 0) {
    const parts = byHead(rows, heads);
    for (const head of heads) {
      const n = arity(head);
      const found = missing(parts.get(headKey(head))!, n + width - 1, signatures, work, depth + 1);
      if (found !== undefined) return [con(head, found.slice(0, n)), ...found.slice(n)];
    }
    return undefined;
  }
  const found = missing(defaults(rows), width - 1, signatures, work, depth + 1);
  if (found === undefined) return undefined;
  const example = absent?.[0];
  return [example === undefined ? WILD : con(example, wilds(arity(example))), ...found];
}

/** Whether some vector of values matches `row` and none of `rows`. */
export function useful(rows: readonly Row[], row: Row, signatures: Signatures, work: Work, depth = 0): boolean {
  const first = row[0];
  if (first === undefined) return rows.length === 0;
  if (rows.length === 0) return true;
  work.spend(rows.length * row.length, depth);
  const rest = row.slice(1);
  if (first.kind === 'or')
    return first.alternatives.some((p) => useful(rows, [p, ...rest], signatures, work, depth + 1));
  if (first.kind === 'con')
    return useful(specialize(rows, first.head), [...first.args, ...rest], signatures, work, depth + 1);
  const heads = headsOf(rows);
  const absent = heads.length === 0 ? undefined : missingHeads(heads, signatures);
  const parts = absent !== undefined && absent.length === 0 ? byHead(rows, heads) : undefined;
  if (parts !== undefined)
    return heads.some((head) =>
      useful(parts.get(headKey(head))!, [...wilds(arity(head)), ...rest], signatures, work, depth + 1),
    );
  return useful(defaults(rows), rest, signatures, work, depth + 1);
}

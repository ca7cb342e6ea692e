/** Did-you-mean: the nearest of the known names, by edit distance with transpositions (Damerau 1964, optimal string alignment). */

export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, beforeLast[j - 2]! + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/** More names than this are not compared. */
const MOST_CANDIDATES = 5000;

/** The candidate nearest to `name`, or undefined if none is near (a third of its length, at least 1 edit). */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  let looked = 0;
  for (const candidate of candidates) {
    if (++looked > MOST_CANDIDATES) break;
    // As many edits as one is longer are needed anyway.
    if (candidate === name || Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = candidate.toLowerCase() === name.toLowerCase() ? 0.5 : editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** A hint sentence, or no hints. */
export function didYouMean(name: string, candidates: Iterable<string>): string[] {
  const found = nearest(name, candidates);
  return found === undefined ? [] : [`did you mean \`${found}\`?`];
}

/** For a field that a record does not have: the one that is near, or all it has. */
export function fieldHints(name: string, fields: Iterable<string>): string[] {
  const all = [...fields];
  // One letter is near to any other.
  const near = name.length > 1 ? didYouMean(name, all) : [];
  return near.length > 0 || all.length === 0 || all.length > 8
    ? near
    : [`it has ${all.map((f) => `\`${f}\``).join(', ')}`];
}

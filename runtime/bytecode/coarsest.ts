/**
 * Points of a graph that allow the same (Moore 1956), by refinement in which the larger part of what is split keeps its number
 * (Hopcroft 1971; for any shape of point as in Wissmann, Deifel, Milius and Schroeder 2020): a chain of n points takes n log n.
 * Session types are made minimal by it, by the compiler before they are written and by the verifier after they were read.
 * Invariant: two points have one class exactly if their words are the same, with the classes of what follows in them.
 */
export function coarsest(
  size: number,
  /** Where each point goes on. */
  nextOf: (at: number) => readonly number[],
  /** What a point allows, what follows by its class. */
  wordOf: (at: number, classes: readonly number[]) => string,
): readonly number[] {
  const classes = new Array<number>(size).fill(0);
  const before: number[][] = Array.from({ length: size }, () => []);
  for (let at = 0; at < size; at++) for (const to of nextOf(at)) before[to]!.push(at);
  const members: number[][] = [Array.from({ length: size }, (_, at) => at)];
  const place = Array.from({ length: size }, (_, at) => at);
  // Points of a class that are to be looked at anew; what is not among them has the word that it had, as all others have.
  const changed: number[][] = [[...members[0]!]];
  const isChanged = new Array<boolean>(size).fill(true);
  const work = [0];

  const move = (at: number, to: number): void => {
    const from = members[classes[at]!]!;
    const last = from.pop()!;
    if (last !== at) {
      from[place[at]!] = last;
      place[last] = place[at]!;
    }
    place[at] = members[to]!.push(at) - 1;
    classes[at] = to;
  };

  for (let c; (c = work.pop()) !== undefined;) {
    const looked = changed[c]!;
    changed[c] = [];
    if (looked.length === 0) continue;
    const all = members[c]!;
    const parts = new Map<string, number[]>();
    const put = (at: number): void => {
      const word = wordOf(at, classes);
      const part = parts.get(word);
      if (part === undefined) parts.set(word, [at]);
      else part.push(at);
    };
    looked.forEach(put);
    const rest = all.length - looked.length;
    const still = rest === 0 ? undefined : all.find((at) => !isChanged[at])!;
    for (const at of looked) isChanged[at] = false;
    const stays = still === undefined ? undefined : wordOf(still, classes);
    let [largest, most] = ['', -1];
    for (const [word, part] of parts) {
      const count = part.length + (word === stays ? rest : 0);
      if (count > most) [largest, most] = [word, count];
    }
    // Those that have not changed are moved only if they are fewer than others.
    if (stays !== undefined && rest > most) [largest, most] = [stays, rest];
    if (stays !== undefined && stays !== largest) {
      const own = new Set(looked);
      const others = all.filter((at) => !own.has(at));
      parts.set(stays, [...(parts.get(stays) ?? []), ...others]);
    }
    const moved: number[] = [];
    for (const [word, part] of parts) {
      if (word === largest) continue;
      const to = members.push([]) - 1;
      changed.push([]);
      for (const at of part) {
        move(at, to);
        moved.push(at);
      }
    }
    for (const at of moved)
      for (const p of before[at]!) {
        if (isChanged[p]) continue;
        isChanged[p] = true;
        const its = classes[p]!;
        if (changed[its]!.push(p) === 1) work.push(its);
      }
  }
  return classes;
}

/**
 * What a step reads and changes that other threads can notice, and when two steps may not be swapped.
 * Invariant: two steps of different threads whose accesses do not conflict, neither of which makes the other possible, lead
 * to the same state in either order. The order of arrivals matters only to a thread that can wait on several peers at once.
 */
export type Mode =
  /** A message arrives: at a thread that waits on several peers, or on one at a time. */
  | 'send'
  | 'put'
  /** A peer is lost: so that the order of losses may matter to the thread, or with a reason that all losses have. */
  | 'lose'
  | 'gone'
  /** The thread ends: whether a peer was lost before decides who noticed how it ended. */
  | 'over'
  /** A wait whose result depends on what has not arrived. */
  | 'look'
  /** A wait whose result is settled: only who looks into mailboxes of others can tell when it was made. */
  | 'take'
  | 'read'
  | 'write';

export interface Access {
  /** `m3`: mailbox of thread 3; `t3`: whether it lives; `output`, `world`, `random`; `*`: everything. */
  readonly key: string;
  readonly mode: Mode;
}

const ORDERED: ReadonlySet<string> = new Set([
  'send send',
  'lose lose',
  'lose gone',
  'look send',
  'look put',
  'look lose',
  'look gone',
  'over lose',
  'over gone',
]);

function clash(a: Mode, b: Mode): boolean {
  if (a === 'write' || b === 'write') return true;
  return ORDERED.has(`${a} ${b}`) || ORDERED.has(`${b} ${a}`);
}

export function conflict(xs: readonly Access[], ys: readonly Access[]): boolean {
  if (xs.length === 0 || ys.length === 0) return false;
  for (const x of xs) {
    for (const y of ys) {
      if (x.key === '*' || y.key === '*' || (x.key === y.key && clash(x.mode, y.mode))) return true;
    }
  }
  return false;
}

/** Operations on threads and the end of the program; every other step leaves others able to do what they could. */
export const stopsOthers = (accesses: readonly Access[]): boolean => accesses.some((a) => a.key === '*');

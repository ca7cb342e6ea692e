/**
 * Random protocols to make programs from: of one link, as a graph whose nodes are points of the conversation seen from one
 * side, and of a group, as one global sequence that is then cut into what each member does.
 * Invariant: both sides of a link, and all members of a group, agree; every loop has a way out that its head's sender
 * chooses, so that programs made from a protocol can end.
 */

/** Data, or an end whose protocol (as its new owner has it) starts at the node. */
export type Payload = 'int' | 'string' | Point;

export interface Branch {
  readonly label: string;
  readonly payload: readonly Payload[];
  readonly next: Point;
}

export interface Point {
  readonly kind: 'end' | 'send' | 'receive';
  /** 0 on a link; in a group the number of the member at the other end. */
  readonly peer: number;
  /** Where a loop comes back to; its last branch is the way out. */
  readonly head: boolean;
  /** Either side may drop the link at any time. */
  readonly lossy: boolean;
  readonly branches: Branch[];
}

export type Pick = (n: number) => number;

export const END: Point = { kind: 'end', peer: 0, head: false, lossy: false, branches: [] };

/** Each label carries the same data wherever it is used. */
const LABELS: readonly (readonly [string, readonly ('int' | 'string')[]])[] = [
  ['Ask', []],
  ['Job', ['int']],
  ['Text', ['string']],
  ['Pair', ['int', 'string']],
  ['Ready', []],
  ['Sum', ['int']],
  ['Go', []],
  ['Name', ['string']],
  ['Quit', []],
  ['Last', ['int']],
];

const point = (kind: Point['kind'], peer: number, lossy: boolean, head = false): Point => ({
  kind,
  peer,
  head,
  lossy,
  branches: [],
});

/** So many different labels. */
function labels(pick: Pick, n: number): (typeof LABELS)[number][] {
  const left = [...LABELS];
  return Array.from({ length: n }, () => left.splice(pick(left.length), 1)[0]!);
}

export interface LinkOptions {
  readonly lossy?: boolean;
  /** Messages may carry ends. */
  readonly delegation?: boolean;
  readonly loops?: boolean;
  readonly first?: 'send' | 'receive';
}

/** The protocol of a link, from one side; at least one message. */
export function linkProtocol(pick: Pick, depth: number, options: LinkOptions = {}): Point {
  const { lossy = false, delegation = true, loops = true } = options;
  let { first } = options;
  let begun = false;
  const kind = (): 'send' | 'receive' => {
    const chosen = first ?? (pick(2) === 0 ? 'send' : 'receive');
    first = undefined;
    return chosen;
  };
  const branch = ([label, payload]: (typeof LABELS)[number], next: Point): Branch => ({ label, payload, next });
  const from = (depth: number, back: Point | null): Point => {
    if (depth <= 0 || (begun && pick(7) === 0)) return back ?? END;
    begun = true;
    const choice = pick(10);
    if (loops && back === null && depth > 1 && choice < 3) {
      const head = point(kind(), 0, lossy, true);
      const [a, b, c] = labels(pick, 3);
      head.branches.push(branch(a!, from(depth - 1, head)));
      if (pick(4) === 0) head.branches.push(branch(b!, from(depth - 1, head)));
      head.branches.push(branch(c!, from(depth - 2, null)));
      return head;
    }
    const here = point(kind(), 0, lossy);
    if (delegation && choice === 3 && depth > 1) {
      const given = linkProtocol(pick, 2, { delegation: false, lossy: pick(6) === 0 });
      here.branches.push({ label: `Take${pick(1000)}`, payload: [given], next: from(depth - 1, back) });
    } else if (choice < 7) here.branches.push(branch(labels(pick, 1)[0]!, from(depth - 1, back)));
    else {
      const joined = pick(5) < 2 ? from(depth - 1, back) : undefined;
      for (const l of labels(pick, pick(4) === 0 ? 3 : 2))
        here.branches.push(branch(l, joined ?? from(depth - 1, back)));
    }
    return here;
  };
  return from(depth, null);
}

/** The same point seen from the other side. Ends that messages carry mean the same to both. */
export function dual(p: Point, known = new Map<Point, Point>()): Point {
  if (p.kind === 'end') return p;
  const seen = known.get(p);
  if (seen !== undefined) return seen;
  const other = point(p.kind === 'send' ? 'receive' : 'send', p.peer, p.lossy, p.head);
  known.set(p, other);
  for (const b of p.branches) other.branches.push({ ...b, next: dual(b.next, known) });
  return other;
}

/** A protocol that comes to `p` after some single messages. */
export function before(pick: Pick, p: Point, steps: number): Point {
  if (steps === 0) return p;
  const here = point(pick(2) === 0 ? 'send' : 'receive', 0, p.lossy);
  const [label, payload] = labels(pick, 1)[0]!;
  here.branches.push({ label, payload, next: before(pick, p, steps - 1) });
  return here;
}

/** A step of a group: one message, or a choice of one member, told to all others in turn. */
export interface Step {
  readonly from: number;
  readonly to: readonly number[];
  readonly head: boolean;
  readonly branches: {
    readonly label: string;
    readonly payload: readonly ('int' | 'string')[];
    readonly next: Step | null;
  }[];
}

/** The global sequence of a group of so many members. */
export function groupProtocol(pick: Pick, members: number, depth: number): Step {
  const others = (of: number): number[] => {
    const all = Array.from({ length: members }, (_, i) => i).filter((i) => i !== of);
    return all.sort(() => pick(3) - 1);
  };
  const from = (depth: number, back: Step | null): Step | null => {
    if (depth <= 0) return back;
    const role = pick(members);
    const choice = pick(6);
    if (choice < 2 && depth > 1) {
      const head = choice === 0 && back === null;
      const step: Step = { from: role, to: others(role), head, branches: [] };
      const [a, b] = labels(pick, 2);
      step.branches.push({ label: a![0], payload: a![1], next: from(depth - 1, head ? step : back) });
      step.branches.push({ label: b![0], payload: b![1], next: from(depth - 2, head ? null : back) });
      return step;
    }
    const [label, payload] = labels(pick, 1)[0]!;
    const to = others(role)[0]!;
    return { from: role, to: [to], head: false, branches: [{ label, payload, next: from(depth - 1, back) }] };
  };
  return from(depth, null)!;
}

/** What one member of a group does. */
export function memberProtocol(step: Step | null, me: number, known = new Map<Step, Point>()): Point {
  if (step === null) return END;
  const seen = known.get(step);
  if (seen !== undefined) return seen;
  if (me !== step.from && !step.to.includes(me)) {
    const { next } = step.branches[0]!;
    return memberProtocol(next, me, known);
  }
  const sends = me === step.from;
  const here = point(sends ? 'send' : 'receive', sends ? step.to[0]! : step.from, false, step.head);
  known.set(step, here);
  for (const { label, payload, next } of step.branches) {
    const after = memberProtocol(next, me, known);
    const told = sends ? step.to.slice(1) : [];
    const rest = told.reduceRight<Point>((then, peer) => {
      const one = point('send', peer, false);
      one.branches.push({ label, payload, next: then });
      return one;
    }, after);
    here.branches.push({ label, payload, next: rest });
  }
  return here;
}

/** The peers that a point and what comes after it speak with. */
export function peersFrom(p: Point, seen = new Set<Point>()): Set<number> {
  if (p.kind === 'end' || seen.has(p)) return new Set();
  seen.add(p);
  return new Set([p.peer, ...p.branches.flatMap((b) => [...peersFrom(b.next, seen)])]);
}

/**
 * Deterministic local types: what one role sends and receives, with the silent steps gone. Both the roles of a system and the
 * projections of a global type are brought into this form and compared in it.
 * Invariant: a state sends, or receives, or is the end, never two of these; where a machine does not allow that, there is a
 * sentence instead of a local type.
 */
import type { Edge, EdgeKind, Role, System } from '../decide/system.js';

export interface Move {
  readonly partner: number;
  readonly label: string;
  readonly to: number;
  /** An edge of the system that makes this move. */
  readonly edge?: Edge;
}

export interface LocalState {
  readonly kind: 'end' | 'send' | 'receive';
  /** By partner and label. */
  readonly moves: ReadonlyMap<string, Move>;
}

/** State 0 is the first. */
export interface Local {
  readonly states: readonly LocalState[];
}

export type Made<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

export const moveKey = (partner: number, label: string): string => `${partner} ${label}`;

/** A machine to determinise; `silent` edges may be many. */
export interface Silent {
  readonly init: number;
  readonly edges: readonly {
    readonly from: number;
    readonly kind: EdgeKind;
    readonly partner: number;
    readonly label: string;
    readonly to: number;
    readonly edge?: Edge;
  }[];
  /** Whether the role has ended in a state without edges; a state that only goes round silently does nothing. */
  readonly ends: (state: number) => boolean;
}

/**
 * Subset construction (Rabin & Scott 1959). `merge`: whether waits for different messages that the role cannot tell apart
 * become one wait for all of them, as in the full merge of projections; a role of a system must not be changed like that.
 */
export function determinise(machine: Silent, merge: boolean, say: (what: string) => string): Made<Local> {
  const out = new Map<number, Silent['edges'][number][]>();
  for (const e of machine.edges) {
    const list = out.get(e.from);
    if (list === undefined) out.set(e.from, [e]);
    else list.push(e);
  }
  const closure = (from: Iterable<number>): number[] => {
    const seen = new Set(from);
    for (const at of seen) for (const e of out.get(at) ?? []) if (e.kind === 'silent') seen.add(e.to);
    return [...seen].sort((a, b) => a - b);
  };
  const first = closure([machine.init]);
  const numbers = new Map([[first.join(), 0]]);
  const sets = [first];
  const states: LocalState[] = [];
  for (const set of sets) {
    const acting = set.map((s) => (out.get(s) ?? []).filter((e) => e.kind !== 'silent')).filter((l) => l.length > 0);
    const edges = acting.flat();
    const kinds = new Set(edges.map((e) => e.kind));
    const [kind] = kinds;
    if (kind === undefined) {
      states.push({ kind: 'end', moves: new Map() });
      continue;
    }
    if (kinds.size > 1) return { ok: false, reason: say('may both send and wait') };
    if (set.some((s) => machine.ends(s)))
      return { ok: false, reason: say('may end or go on without being told which') };
    const keys = (list: typeof edges): string =>
      [...new Set(list.map((e) => moveKey(e.partner, e.label)))].sort().join('\n');
    if (kind === 'receive' && !merge && new Set(acting.map(keys)).size > 1)
      return { ok: false, reason: say('decides by itself which messages to wait for') };
    const targets = new Map<string, { partner: number; label: string; to: number[]; edge: Edge | undefined }>();
    for (const e of edges) {
      const key = moveKey(e.partner, e.label);
      const known = targets.get(key);
      if (known === undefined) targets.set(key, { partner: e.partner, label: e.label, to: [e.to], edge: e.edge });
      else known.to.push(e.to);
    }
    const moves = new Map<string, Move>();
    for (const [key, { partner, label, to, edge }] of targets) {
      const next = closure(to);
      const name = next.join();
      const number = numbers.get(name) ?? sets.push(next) - 1;
      numbers.set(name, number);
      moves.set(key, { partner, label, to: number, ...(edge !== undefined && { edge }) });
    }
    states.push({ kind: kind === 'send' ? 'send' : 'receive', moves });
  }
  return { ok: true, value: { states } };
}

/** The local type of a role. None if it does more than send, receive and decide what to send. */
export function localOf(system: System, index: number): Made<Local> {
  const role: Role = system.roles[index]!;
  const odd = role.edges.find((e) => e.kind !== 'send' && e.kind !== 'receive' && e.kind !== 'silent');
  if (odd !== undefined) return { ok: false, reason: `${role.name} ${ODD[odd.kind]}` };
  const busy = new Set(role.edges.map((e) => e.from));
  const machine: Silent = {
    init: role.init,
    edges: role.edges.map((e) => ({ ...e, edge: e })),
    ends: (state) => !busy.has(state),
  };
  return determinise(machine, false, (what) => `${role.name} ${what}`);
}

const ODD: Partial<Record<EdgeKind, string>> = {
  outside: 'waits for something outside the group',
  drop: 'may drop a link',
  fail: 'may fail',
  lost: 'handles the loss of a peer',
};

/**
 * Systems of communicating automata, the one input of the decision engine: roles with local states and edges, one
 * unbounded first-in-first-out queue per ordered pair of roles, receives that pick by (sender, label at the head).
 * Invariant: nothing is determinised and nothing is ordered: what the builder gave is what is checked, silent edges included.
 */

/**
 * - `send`, `receive`: one message `label` to or from `partner`.
 * - `silent`: a step of the role's own (a branch, a loop, a timeout); several from one state are several choices.
 * - `outside`: an event the system cannot cause (a client, standard input); it may come, but never counts as progress.
 * - `drop`: the role finishes its link with `partner`: unread and later messages on it are discarded, the partner learns it.
 * - `fail`: `drop` of every link of the role.
 * - `lost`: the role learns that `partner` dropped the link, after the messages sent before.
 */
export type EdgeKind = 'send' | 'receive' | 'silent' | 'outside' | 'drop' | 'fail' | 'lost';

export interface Edge {
  readonly from: number;
  readonly kind: EdgeKind;
  /** Index of the other role in `System.roles`; -1 for `silent`, `outside` and `fail`. */
  readonly partner: number;
  /** Free text, compared for equality; for `silent` and `outside` only shown. */
  readonly label: string;
  readonly to: number;
  /** Whatever the builder wants back in a schedule, such as a source span; never looked at. */
  readonly origin?: unknown;
}

export interface Role {
  readonly name: string;
  readonly init: number;
  /** States are 0 .. states-1; one without edges is the end of the role. */
  readonly states: number;
  readonly edges: readonly Edge[];
  /** How to call the states in messages; their numbers where absent. */
  readonly stateNames?: readonly string[];
  /** States which the role must always be able to leave: where it cannot, the verdict says so (`DependsOn.stays`). */
  readonly mustLeave?: ReadonlySet<number>;
  /**
   * States in which the role waits for a loss that its partner causes only by failing. Nobody can count on it, but whoever waits so
   * is not stuck as long as the partner goes on: it depends on the partner's loop, or on the outside that the partner waits for.
   */
  readonly forFailure?: ReadonlySet<number>;
  /** A state without edges in which the thread behind the role is done with this system only, and goes on elsewhere. */
  readonly done?: number;
}

export interface System {
  readonly name: string;
  readonly roles: readonly Role[];
}

const PAIRED: ReadonlySet<EdgeKind> = new Set<EdgeKind>(['send', 'receive', 'drop', 'lost']);

/** What keeps a value of type `System` from being one, as plain sentences; empty when it is well formed. */
export const problemsOf = (system: System): readonly string[] => {
  const problems: string[] = [];
  system.roles.forEach((role) => {
    const inside = (state: number): boolean => Number.isInteger(state) && state >= 0 && state < role.states;
    if (!inside(role.init)) problems.push(`role ${role.name} starts in a state it does not have`);
    for (const edge of role.edges) {
      if (!inside(edge.from) || !inside(edge.to))
        problems.push(`role ${role.name} has an edge to or from a state it does not have`);
      if (!PAIRED.has(edge.kind)) continue;
      if (system.roles[edge.partner] === undefined)
        problems.push(`role ${role.name} has an edge with a partner that is not a role`);
    }
  });
  return problems;
};

export const stateName = (role: Role, state: number): string => role.stateNames?.[state] ?? String(state);

/** What is said of a role in a state without edges. */
export const restText = (role: Role, state: number): string => (role.done === state ? 'is done here' : 'has ended');

/** `P!Q:label` and `Q?P:label` in the usual notation, other kinds in words. */
export const edgeText = (system: System, role: number, edge: Edge): string => {
  const name = system.roles[role]?.name ?? '?';
  const partner = system.roles[edge.partner]?.name ?? '?';
  switch (edge.kind) {
    case 'send':
      return `${name}!${partner}:${edge.label}`;
    case 'receive':
      return `${name}?${partner}:${edge.label}`;
    case 'lost':
      return `${name} learns that ${partner} is lost`;
    case 'drop':
      return `${name} drops ${partner}`;
    case 'fail':
      return `${name} fails`;
    case 'outside':
      return `${name} gets ${edge.label === '' ? 'an outside event' : edge.label}`;
    case 'silent':
      return `${name} steps${edge.label === '' ? '' : ` (${edge.label})`}`;
  }
};

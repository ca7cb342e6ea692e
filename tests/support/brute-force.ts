/**
 * A naive judge of systems of communicating automata, to compare the decision engine with: it enumerates configurations as
 * text, knows no bounds, reductions or tables, and shares no code with the engine (only the type of its input).
 * Invariant: where `complete` is true every reachable configuration of the unbounded system was visited.
 */
import type { Edge, System } from '../../compiler/protocol/decide/system.js';

export interface Config {
  readonly states: readonly number[];
  /** Queue of the ordered pair "from>to", absent when empty. */
  readonly queues: Readonly<Record<string, readonly string[]>>;
  /** Pairs "from>to" whose reader gave the link up. */
  readonly shut: readonly string[];
}

export interface Move {
  readonly role: number;
  readonly edge: Edge;
}

const DOWN = '\u0000down';

export const start = (system: System): Config => ({ states: system.roles.map((r) => r.init), queues: {}, shut: [] });

const giveUp = (
  config: { queues: Record<string, readonly string[]>; shut: string[] },
  me: number,
  other: number,
): void => {
  const [out, back] = [`${String(me)}>${String(other)}`, `${String(other)}>${String(me)}`];
  const told = config.queues[out] ?? [];
  if (!config.shut.includes(out) && !told.includes(DOWN)) config.queues[out] = [...told, DOWN];
  if (!config.shut.includes(back)) config.shut.push(back);
  config.shut.sort();
  config.queues = Object.fromEntries(Object.entries(config.queues).filter(([pair]) => pair !== back));
};

/** The configuration after `move`, or undefined where it cannot be made. */
export const apply = (system: System, config: Config, move: Move): Config | undefined => {
  const { role: me, edge } = move;
  if (config.states[me] !== edge.from) return undefined;
  const next = { queues: { ...config.queues }, shut: [...config.shut] };
  const [out, into] = [`${String(me)}>${String(edge.partner)}`, `${String(edge.partner)}>${String(me)}`];
  const queue = config.queues[into] ?? [];
  if (edge.kind === 'send') {
    const told = config.queues[out] ?? [];
    if (!config.shut.includes(out) && !told.includes(DOWN)) next.queues[out] = [...told, edge.label];
  } else if (edge.kind === 'receive' || edge.kind === 'lost') {
    if (queue[0] !== (edge.kind === 'lost' ? DOWN : edge.label)) return undefined;
    next.queues = Object.fromEntries(Object.entries(next.queues).filter(([pair]) => pair !== into));
    if (edge.kind === 'lost') next.shut.push(into);
    else if (queue.length > 1) next.queues[into] = queue.slice(1);
    next.shut.sort();
  } else if (edge.kind === 'drop') giveUp(next, me, edge.partner);
  else if (edge.kind === 'fail') {
    for (let other = 0; other < system.roles.length; other++) if (linked(system, me, other)) giveUp(next, me, other);
  }
  return { states: config.states.map((s, p) => (p === me ? edge.to : s)), ...next };
};

const linked = (system: System, a: number, b: number): boolean =>
  a !== b &&
  (system.roles[a]!.edges.some((e) => e.partner === b) || system.roles[b]!.edges.some((e) => e.partner === a));

export const movesOf = (system: System, config: Config): { move: Move; to: Config }[] =>
  system.roles.flatMap((r, role) =>
    r.edges.flatMap((edge) => {
      if (config.states[role] !== edge.from) return [];
      const to = apply(system, config, { role, edge });
      return to === undefined ? [] : [{ move: { role, edge }, to }];
    }),
  );

/** A text for each configuration: parts are parted by signs that no label has. */
const keyOf = (c: Config): string => {
  let text = c.states.join(' ');
  for (const k of Object.keys(c.queues).sort()) text += `\u0002${k}\u0001${c.queues[k]!.join('\u0001')}`;
  return `${text}\u0003${c.shut.join(' ')}`;
};

export interface Space {
  readonly configs: readonly Config[];
  readonly arcs: readonly (readonly { to: number; move: Move }[])[];
  readonly complete: boolean;
}

export const enumerate = (system: System, most: number, from: Config = start(system)): Space => {
  const configs: Config[] = [from];
  const known = new Map([[keyOf(from), 0]]);
  const arcs: { to: number; move: Move }[][] = [];
  for (let c = 0; c < configs.length; c++) {
    if (configs.length > most) return { configs, arcs, complete: false };
    arcs.push(
      movesOf(system, configs[c]!).map(({ move, to }) => {
        const key = keyOf(to);
        const number = known.get(key) ?? configs.length;
        if (number === configs.length) {
          known.set(key, number);
          configs.push(to);
        }
        return { to: number, move };
      }),
    );
  }
  return { configs, arcs, complete: true };
};

export const longestQueue = (space: Space): number =>
  Math.max(0, ...space.configs.flatMap((c) => Object.values(c.queues).map((q) => q.filter((m) => m !== DOWN).length)));

/** Configurations reachable from c (c included) in an enumerated space. */
const after = (space: Space, c: number): Set<number> => {
  const seen = new Set([c]);
  for (const at of seen) for (const { to } of space.arcs[at] ?? []) seen.add(to);
  return seen;
};

const edgesAt = (system: System, config: Config, role: number): Edge[] =>
  system.roles[role]!.edges.filter((e) => e.from === config.states[role]);

/** A role with something to do, all of which needs a message. */
const waits = (system: System, config: Config, role: number): boolean => {
  const edges = edgesAt(system, config, role);
  return edges.length > 0 && edges.every((e) => e.kind === 'receive' || e.kind === 'lost');
};

export interface Judgement {
  /** Every waiting role can, from everywhere, still go on, and every message can still be taken. */
  readonly everybodyGoesOn: boolean;
  /** Somewhere a role waits for ever although nobody it waits for, directly or through others, moves any more. */
  readonly somebodyStuck: boolean;
}

/** Judges a complete space by what is reachable from each configuration of it. Quadratic: for small spaces only. */
export const judge = (system: System, space: Space): Judgement => {
  let everybodyGoesOn = true;
  let somebodyStuck = false;
  const reach = space.configs.map((_, c) => after(space, c));
  space.configs.forEach((config, c) => {
    const future = [...reach[c]!].flatMap((at) => space.arcs[at] ?? []);
    const moving = new Set(future.map((a) => a.move.role));
    const idle = system.roles.map((_, p) => p).filter((p) => waits(system, config, p) && !moving.has(p));
    const unread = Object.entries(config.queues).filter(([pair, queue]) => {
      const [from, to] = pair.split('>').map(Number) as [number, number];
      const takes = ({ move }: { move: Move }): boolean =>
        move.role === to && (move.edge.kind === 'fail' || (move.edge.partner === from && move.edge.kind !== 'send'));
      return queue[0] !== DOWN && !future.some(takes);
    });
    if (idle.length === 0 && unread.length === 0) return;
    everybodyGoesOn = false;
    // Only in a configuration that everything after it leads back to do the roles that move at all move for ever.
    if (![...reach[c]!].every((at) => reach[at]!.has(c))) return;
    const served = (p: number, seen: ReadonlySet<number>): boolean =>
      edgesAt(system, config, p).some((e) => {
        const pair = `${String(e.partner)}>${String(p)}`;
        if (config.queues[pair] !== undefined || config.shut.includes(pair)) return false;
        if (moving.has(e.partner)) return true;
        return (
          !seen.has(e.partner) && waits(system, config, e.partner) && served(e.partner, new Set([...seen, e.partner]))
        );
      });
    if (idle.some((p) => !served(p, new Set([p])))) somebodyStuck = true;
    if (unread.some(([pair]) => edgesAt(system, config, Number(pair.split('>')[1])).length === 0)) somebodyStuck = true;
  });
  return { everybodyGoesOn, somebodyStuck };
};

/**
 * Whether somebody is stuck for all to see in one configuration: waits without a message to take, and so do, in a closed
 * circle or up to ended roles, all it waits for; or has ended with a message unread. Needs no knowledge of any other configuration.
 */
export const plainlyStuck = (system: System, config: Config): boolean => {
  const acting = new Set(movesOf(system, config).map((m) => m.move.role));
  const helped = new Set(acting);
  const open = (e: Edge, p: number): boolean => {
    const pair = `${String(e.partner)}>${String(p)}`;
    return config.queues[pair] === undefined && !config.shut.includes(pair) && helped.has(e.partner);
  };
  const all = system.roles.map((_, p) => p);
  for (const _ of all)
    for (const p of all) if (edgesAt(system, config, p).some((e) => e.partner >= 0 && open(e, p))) helped.add(p);
  const unread = Object.entries(config.queues).some(
    ([pair, q]) => q[0] !== DOWN && edgesAt(system, config, Number(pair.split('>')[1])).length === 0,
  );
  return unread || all.some((p) => edgesAt(system, config, p).length > 0 && !helped.has(p));
};

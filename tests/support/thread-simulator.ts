/**
 * Runs the automata of a whole program as threads with real links, under random schedules: the semantics of the language
 * reference, section 3, without anything the checker uses to reason (no projection, no clusters).
 */
import type { Automaton, Edge, EndId } from '../../compiler/protocol/automaton/automaton.js';

interface Side {
  readonly link: Link;
  readonly side: 0 | 1;
}

interface Message {
  readonly label: string;
  readonly ends: readonly (Side | undefined)[];
}

class Link {
  /** Messages on their way to side 0 and side 1. */
  readonly queues: [Message[], Message[]] = [[], []];
  readonly dropped: [boolean, boolean] = [false, false];
}

interface Thread {
  readonly name: string;
  automaton: Automaton;
  state: number;
  ends: Map<EndId, Side>;
}

export type Ending = 'ended' | 'stuck' | 'unread' | 'running';

/** `random(n)` gives an integer from 0 to n-1. */
export function simulate(
  automata: ReadonlyMap<string, Automaton>,
  main: string,
  random: (n: number) => number,
  steps = 400,
): Ending {
  const threads: Thread[] = [];
  const links: Link[] = [];
  const start = (key: string, ends: Map<EndId, Side>): void => {
    const automaton = automata.get(key)!;
    threads.push({ name: automaton.name, automaton, state: automaton.initial, ends });
  };
  start(main, new Map());

  const enabled = (t: Thread): Edge[] =>
    t.automaton.states[t.state]!.edges.filter((e) => {
      if (e.kind === 'receive') {
        const at = t.ends.get(e.end);
        return at?.link.queues[at.side][0]?.label === e.label;
      }
      if (e.kind === 'down') {
        const at = t.ends.get(e.end);
        return at !== undefined && at.link.queues[at.side].length === 0 && at.link.dropped[1 - at.side] === true;
      }
      return e.kind !== 'raise' && e.kind !== 'accept';
    });

  const spawn = (t: Thread, e: Extract<Edge, { kind: 'spawn' }>): void => {
    const params = e.members.map(() => new Map<EndId, Side>());
    const fresh = (): Link => {
      links.push(new Link());
      return links.at(-1)!;
    };
    const given: [EndId, Side][] = [];
    e.members.forEach((m, i) => {
      const own = automata.get(m.session)!.params;
      m.args.forEach((a, position) => {
        const param = own[position];
        const put = (side: Side): void => {
          if (param !== undefined) params[i]!.set(param, side);
        };
        if (a.kind === 'self') {
          const link = fresh();
          put({ link, side: 1 });
          if (m.end !== undefined) given.push([m.end, { link, side: 0 }]);
        } else if (a.kind === 'end') {
          put(t.ends.get(a.end)!);
          t.ends.delete(a.end);
        } else if (a.kind === 'group' && a.member > i) {
          const back = e.members[a.member]!.args.findIndex((b) => b.kind === 'group' && b.member === i);
          if (back < 0) return;
          const link = fresh();
          put({ link, side: 0 });
          const other = automata.get(e.members[a.member]!.session)!.params[back];
          if (other !== undefined) params[a.member]!.set(other, { link, side: 1 });
        }
      });
    });
    e.members.forEach((m, i) => start(m.session, params[i]!));
    given.forEach(([end, side]) => t.ends.set(end, side));
  };

  const act = (t: Thread, e: Edge): void => {
    if (e.kind === 'send') {
      const at = t.ends.get(e.end)!;
      const ends = e.payload.map((p) => (p.end === undefined ? undefined : t.ends.get(p.end)));
      e.payload.forEach((p) => p.end !== undefined && t.ends.delete(p.end));
      if (!at.link.dropped[1 - at.side]) at.link.queues[1 - at.side]!.push({ label: e.label, ends });
    } else if (e.kind === 'receive') {
      const at = t.ends.get(e.end)!;
      const message = at.link.queues[at.side].shift()!;
      e.payload.forEach((p, i) => {
        const end = message.ends[i];
        if (p.end !== undefined && end !== undefined) t.ends.set(p.end, end);
      });
    } else if (e.kind === 'spawn') spawn(t, e);
    else if (e.kind === 'drop') {
      const at = t.ends.get(e.end)!;
      at.link.dropped[at.side] = true;
      at.link.queues[at.side].length = 0;
      t.ends.delete(e.end);
    }
    t.state = e.to;
  };

  for (let step = 0; step < steps; step++) {
    const able = threads.flatMap((t) => enabled(t).map((e) => ({ t, e })));
    if (able.length === 0) {
      if (threads.some((t) => t.automaton.states[t.state]!.kind !== 'end')) return 'stuck';
      return links.some((l) => l.queues.some((q, side) => q.length > 0 && !l.dropped[side as 0 | 1]))
        ? 'unread'
        : 'ended';
    }
    const { t, e } = able[random(able.length)]!;
    act(t, e);
  }
  return 'running';
}

/**
 * Random programs: a tree of sessions whose messages are drawn as one global sequence (so that many are right), then
 * changed at random. What the checker accepts must run under random schedules without a stuck thread or an unread message.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { picker } from '../../runtime/scheduler/strategy.js';
import { simulate } from '../support/thread-simulator.js';
import { run } from '../support/protocols.js';

type Action =
  | { readonly kind: 'send' | 'wait'; readonly peer: string; readonly label: string }
  /** Two waits that may come in either order, as one wait on two links. */
  | { readonly kind: 'either'; readonly first: Action; readonly second: Action }
  /** A message that carries an end: `give` names the variable, `take` binds it. */
  | { readonly kind: 'give' | 'take'; readonly peer: string; readonly label: string; readonly end: string }
  | { readonly kind: 'choice'; readonly left: readonly Action[]; readonly right: readonly Action[] };

/** One end of a link: the thread that has it now, and the variable it is in there. */
interface End {
  thread: number;
  variable: string;
}

/** Thread i > 0 is spawned by `parent[i]`; the variables are `p` (the spawner), `c1`, `c2`.. (children), `d1`.. (taken). */
function program(random: (n: number) => number): string {
  const size = 2 + random(3);
  const parent = Array.from({ length: size }, (_, i) => (i === 0 ? -1 : random(i)));
  const bodies: Action[][] = parent.map(() => []);
  const links = Array.from({ length: size - 1 }, (_, i): [End, End] => [
    { thread: parent[i + 1]!, variable: `c${i + 1}` },
    { thread: i + 1, variable: 'p' },
  ]);
  const count = 2 + random(7);
  for (let i = 0; i < count; i++) {
    const link = links[random(links.length)]!;
    const [from, to] = random(2) === 0 ? link : [link[1], link[0]];
    const others = links.flatMap((l) => (l === link ? [] : l.filter((e) => e.thread === from.thread)));
    if (others.length > 0 && random(4) === 0) {
      const given = others[random(others.length)]!;
      const end = `d${i}`;
      bodies[from.thread]!.push({ kind: 'give', peer: from.variable, label: `T${i}`, end: given.variable });
      bodies[to.thread]!.push({ kind: 'take', peer: to.variable, label: `T${i}`, end });
      given.thread = to.thread;
      given.variable = end;
      continue;
    }
    const label = `L${random(3)}`;
    bodies[from.thread]!.push({ kind: 'send', peer: from.variable, label });
    bodies[to.thread]!.push({ kind: 'wait', peer: to.variable, label });
  }
  const changed = bodies.map((b) => merge(b, random));
  for (let i = random(3); i > 0; i--) mutate(changed[random(size)]!, random);
  const sessions = changed.map((body, i) => {
    const spawns = parent.flatMap((p, c) => (p === i ? [`  c${c} = spawn S${c}(self)`] : []));
    const param = i === 0 ? '' : 'p';
    // A parameter must be seen to be a peer.
    return [`session S${i}(${param})`, ...spawns, ...block(body, '  '), 'end', ''].join('\n');
  });
  return sessions.join('');
}

/** Neighbouring waits for different peers become one wait on both. */
function merge(body: readonly Action[], random: (n: number) => number): Action[] {
  const out: Action[] = [];
  for (const a of body) {
    const last = out.at(-1);
    if (last?.kind === 'wait' && a.kind === 'wait' && last.peer !== a.peer && random(2) === 0) {
      out.pop();
      out.push({ kind: 'either', first: last, second: a });
    } else out.push(a);
  }
  return out;
}

function mutate(body: Action[], random: (n: number) => number): void {
  if (body.length === 0) return;
  const at = random(body.length);
  const action = body[at]!;
  switch (random(5)) {
    case 0:
      if (at + 1 < body.length) [body[at], body[at + 1]] = [body[at + 1]!, action];
      break;
    case 1:
      body.splice(at, 1);
      break;
    case 2:
      body.splice(at, 1, { kind: 'choice', left: [action], right: [action] });
      break;
    case 3:
      if (at + 1 < body.length)
        body.splice(at, 2, { kind: 'choice', left: [action, body[at + 1]!], right: [body[at + 1]!, action] });
      break;
    default:
      if (action.kind === 'either') body[at] = random(2) === 0 ? { ...action, second: action.first } : action.second;
  }
}

/** What comes after an end was taken is inside the branch that took it. */
function block(body: readonly Action[], pad: string): string[] {
  const [first, ...rest] = body;
  if (first === undefined) return [];
  if (first.kind !== 'take') return [...lines(first, pad), ...block(rest, pad)];
  return [`${pad}on ${first.label}(${first.end}) from ${first.peer}`, ...block(rest, `${pad}  `), `${pad}end`];
}

function lines(a: Action, pad: string): string[] {
  switch (a.kind) {
    case 'send':
      return [`${pad}${a.peer}!${a.label}`];
    case 'wait':
      return [`${pad}on ${a.label} from ${a.peer}`, `${pad}end`];
    case 'give':
      return [`${pad}${a.peer}!${a.label}(${a.end})`];
    case 'take':
      return block([a], pad);
    case 'either': {
      if (a.first.kind !== 'wait' || a.second.kind !== 'wait') return [];
      const { first, second } = a;
      if (first.peer === second.peer) return lines(first, pad);
      return [
        `${pad}on ${first.label} from ${first.peer}`,
        ...lines(second, `${pad}  `),
        `${pad}or ${second.label} from ${second.peer}`,
        ...lines(first, `${pad}  `),
        `${pad}end`,
      ];
    }
    case 'choice':
      return [
        `${pad}if std::get_time_ms() > 3`,
        ...block(a.left, `${pad}  `),
        `${pad}else`,
        ...block(a.right, `${pad}  `),
        `${pad}end`,
      ];
  }
}

function outcome(text: string): ReturnType<typeof run> | undefined {
  try {
    return run(text);
  } catch {
    // A parameter that is never used as a peer, or the like: not a program.
    return undefined;
  }
}

describe('random programs', () => {
  it('what is accepted runs to its end under every schedule tried', () => {
    let accepted = 0;
    let rejected = 0;
    let early = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = picker(seed);
        const text = program(random);
        const result = outcome(text);
        if (result === undefined) return;
        const { automata } = result.checked.protocols;
        const endings = new Set(Array.from({ length: 40 }, () => simulate(automata, 'main::S0', random)));
        endings.delete('running');
        if (result.found.some((f) => f.startsWith('error'))) {
          rejected++;
          if (!endings.has('stuck') && !endings.has('unread')) early++;
          return;
        }
        accepted++;
        expect([text, ...endings]).toEqual([text, ...(endings.has('ended') ? ['ended'] : [])]);
      }),
      { seed: 20260, numRuns: 200 },
    );
    // The test means something only if both kinds are common, and if most rejections are real.
    expect(accepted).toBeGreaterThan(20);
    expect(rejected).toBeGreaterThan(20);
    expect(early).toBeLessThan(rejected / 4);
  });
});

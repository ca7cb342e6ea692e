/**
 * Random bodies that make, look at, use up, hand on and forget things, and are left in every way: the checker accepts exactly those
 * in which no path forgets one or uses one twice. Each choice asks a parameter of its own, so every path of the text is a path of a run,
 * and a walk over all of them says what is right; only around `try` the checker may refuse more. What is accepted also runs,
 * untrusted, and uses up each ticket that the walk says.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { compileOne } from '../support/compile.js';
import { fromBytes, runSpec } from '../support/spec.js';

type Step =
  | { readonly kind: 'make' | 'look' | 'use' | 'hand' | 'rename'; readonly ticket: number }
  | { readonly kind: 'leave'; readonly how: 'return' | 'break' | 'continue' | 'raise' }
  | { readonly kind: 'if' | 'loop' | 'try'; readonly body: readonly Step[]; readonly other: readonly Step[] };

const TICKETS = 2;

/**
 * A body that is right but for a mistake or two: each form is made from what is held before it, and brought to what has to be held
 * behind it; now and then a step of that is left out, or a step is put in.
 */
class Making {
  constructor(
    private readonly chance: (below: number) => number,
    private readonly mistakes: number,
  ) {}

  body(): readonly Step[] {
    const held = new Set([0, 1]);
    return [...this.list(held, 3, false), ...this.bring(held, new Set())];
  }

  private list(held: Set<number>, depth: number, inLoop: boolean): Step[] {
    return Array.from({ length: this.chance(4) }, () => this.step(held, depth, inLoop)).flat();
  }

  private step(held: Set<number>, depth: number, inLoop: boolean): Step[] {
    const ticket = this.chance(TICKETS);
    const other = (ticket + 1) % TICKETS;
    if (this.chance(100) < this.mistakes) return [{ kind: this.chance(2) === 0 ? 'use' : 'make', ticket }];
    const form = this.chance(depth > 0 ? 10 : 5);
    if (form < 4) {
      if (!held.has(ticket)) return this.bring(held, new Set([...held, ticket]));
      if (form === 0) return [{ kind: 'look', ticket }];
      held.delete(ticket);
      if (form === 1 || held.has(other)) return [{ kind: form === 2 ? 'hand' : 'use', ticket }];
      held.add(other);
      return [{ kind: 'rename', ticket }];
    }
    if (form === 4) {
      const how = (['return', 'raise', 'break', 'continue'] as const)[this.chance(inLoop ? 4 : 2)]!;
      const left = new Set(held);
      const before = how === 'raise' ? [] : this.bring(left, how === 'return' ? new Set() : this.round);
      return [{ kind: 'if', body: [...before, { kind: 'leave', how }], other: [] }];
    }
    const before = new Set(held);
    if (form < 8) {
      const body = this.list(held, depth - 1, inLoop);
      const otherwise = new Set(before);
      const rest = this.list(otherwise, depth - 1, inLoop);
      return [{ kind: 'if', body, other: [...rest, ...this.bring(otherwise, held)] }];
    }
    if (form === 8) {
      const outer = this.round;
      this.round = before;
      const body = this.list(held, depth - 1, true);
      const back = this.bring(held, before);
      this.round = outer;
      return [{ kind: 'loop', body: [...body, ...back], other: [] }];
    }
    const body = this.list(held, depth - 1, inLoop);
    const caught = new Set([...before].filter((n) => !takenIn(body).includes(n)));
    return [{ kind: 'try', body, other: this.bring(caught, held) }];
  }

  /** What is held where a round of the innermost loop begins. */
  private round: ReadonlySet<number> = new Set();

  private bring(held: Set<number>, to: ReadonlySet<number>): Step[] {
    return Array.from({ length: TICKETS }, (_, ticket) => ticket).flatMap((ticket): Step[] => {
      if (held.has(ticket) === to.has(ticket)) return [];
      if (to.has(ticket)) held.add(ticket);
      else held.delete(ticket);
      return this.chance(100) < this.mistakes ? [] : [{ kind: to.has(ticket) ? 'make' : 'use', ticket }];
    });
  }
}

const steps: fc.Arbitrary<readonly Step[]> = fc.tuple(fc.nat(), fc.constantFrom(0, 8, 20)).map(([seed, mistakes]) => {
  let state = seed;
  const chance = (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
  return new Making(chance, mistakes).body();
});

const HEAD = `linear type Ticket "this ticket is never used" = Ticket(int)
fun make(n)
  Ticket(n)
end
fun use(t)
  case t
  when Ticket(n) then std::print(n)
  end
end
fun look(t : Ticket)
  let _text = "{t}"
end
session Taker(t, p)
  use(t)
  p!Done
end
`;

const BODY = `fun give(t)
  let h = spawn Taker(t, self)
  on Done from h
    ()
  end
end
fun body(cs : list<int>)
  var t0 = make(0)
  var t1 = make(1)
`;

/** The body as text; the places of its choices are counted. */
function written(list: readonly Step[], choices: { count: number }, inLoop: boolean): string {
  return list
    .map((s): string => {
      switch (s.kind) {
        case 'make':
          return `t${s.ticket} = make(${s.ticket})`;
        case 'look':
          return `look(t${s.ticket})`;
        case 'use':
          return `use(t${s.ticket})`;
        case 'hand':
          return `give(t${s.ticket})`;
        case 'rename':
          return `t${(s.ticket + 1) % TICKETS} = t${s.ticket}`;
        case 'leave':
          if (s.how === 'raise') return 'raise Failure("x")';
          return s.how === 'return' || inLoop ? s.how : '()';
        case 'if': {
          const c = choices.count++;
          const body = written(s.body, choices, inLoop);
          return `if cs[${c}] > 0\n${body}\nelse\n${written(s.other, choices, inLoop)}\nend`;
        }
        case 'loop': {
          const c = choices.count++;
          return `for _ in 1..cs[${c}]\n${written(s.body, choices, true)}\nend`;
        }
        case 'try': {
          const body = written(s.body, choices, inLoop);
          return `try\n${body}\ncatch Failure(_)\n${written(s.other, choices, inLoop)}\nend`;
        }
      }
    })
    .join('\n');
}

class Wrong extends Error {}
class Left extends Error {
  constructor(readonly how: string) {
    super(how);
  }
}

/** What a run of the body uses up; throws `Wrong` where it forgets something or uses it twice. */
function walked(list: readonly Step[], choices: readonly number[]): string[] {
  const held = Array.from({ length: TICKETS }, (_, n): number | undefined => n);
  const used: string[] = [];
  const take = (n: number): number => {
    const value = held[n];
    if (value === undefined) throw new Wrong('used twice');
    held[n] = undefined;
    return value;
  };
  let next = 0;
  /** Choices are numbered as in the text, whichever of them are met. */
  const skip = (skipped: readonly Step[]): void => void (next += count(skipped));
  const run = (all: readonly Step[], inLoop: boolean): void => {
    for (const s of all) {
      switch (s.kind) {
        case 'make':
          if (held[s.ticket] !== undefined) throw new Wrong('forgotten');
          held[s.ticket] = s.ticket;
          break;
        case 'look':
          if (held[s.ticket] === undefined) throw new Wrong('used twice');
          break;
        case 'use':
        case 'hand':
          used.push(`${take(s.ticket)}`);
          break;
        case 'rename': {
          const value = take(s.ticket);
          const to = (s.ticket + 1) % TICKETS;
          if (held[to] !== undefined) throw new Wrong('forgotten');
          held[to] = value;
          break;
        }
        case 'leave':
          if (s.how === 'raise' || s.how === 'return' || inLoop) throw new Left(s.how);
          break;
        case 'if': {
          const c = choices[next++]!;
          if (c > 0) {
            run(s.body, inLoop);
            skip(s.other);
          } else {
            skip(s.body);
            run(s.other, inLoop);
          }
          break;
        }
        case 'loop': {
          const rounds = choices[next++]!;
          const from = next;
          for (let round = 0; round < rounds; round++) {
            next = from;
            try {
              run(s.body, true);
            } catch (e) {
              if (!(e instanceof Left) || (e.how !== 'break' && e.how !== 'continue')) throw e;
              if (e.how === 'break') break;
            }
          }
          next = from + count(s.body);
          break;
        }
        case 'try': {
          const from = next;
          try {
            run(s.body, inLoop);
            skip(s.other);
          } catch (e) {
            next = from + count(s.body);
            if (!(e instanceof Left) || e.how !== 'raise') throw e;
            // What the body takes is let go, had it got so far or not.
            for (const n of takenIn(s.body)) held[n] = undefined;
            run(s.other, inLoop);
          }
          break;
        }
      }
    }
  };
  try {
    run(list, false);
  } catch (e) {
    if (!(e instanceof Left)) throw e;
    if (e.how === 'raise') return used;
  }
  if (held.some((value) => value !== undefined)) throw new Wrong('forgotten');
  return used;
}

/** What a run uses up, or what is wrong with it. */
function outcome(list: readonly Step[], choices: readonly number[]): readonly string[] | string {
  try {
    return walked(list, choices);
  } catch (e) {
    if (e instanceof Wrong) return e.message;
    throw e;
  }
}

const below = (s: Step): readonly Step[] =>
  'body' in s ? [s, ...s.body.flatMap(below), ...s.other.flatMap(below)] : [s];
const count = (list: readonly Step[]): number =>
  list.reduce((n, s) => {
    if (!('body' in s)) return n;
    return n + (s.kind === 'try' ? 0 : 1) + count(s.body) + (s.kind === 'loop' ? 0 : count(s.other));
  }, 0);
const takenIn = (list: readonly Step[]): number[] =>
  list.flatMap(below).flatMap((s) => {
    if (s.kind === 'rename') return [s.ticket, (s.ticket + 1) % TICKETS];
    return s.kind === 'use' || s.kind === 'hand' || s.kind === 'make' ? [s.ticket] : [];
  });

/** All ways to choose, of 0, 1 and 2. */
function* allChoices(n: number): Generator<number[]> {
  for (let k = 0; k < 3 ** n; k++) yield Array.from({ length: n }, (_, i) => Math.floor(k / 3 ** i) % 3);
}

describe('random bodies', () => {
  it('are accepted exactly where each of their paths uses up everything once', async () => {
    let accepted = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const choices = { count: 0 };
        const text = written(list, choices, false);
        if (choices.count > 5) return;
        const all = [...allChoices(choices.count)];
        const some = all.filter((_, i) => i % Math.ceil(all.length / 4) === 0);
        const calls = some.map((c) => `try\nbody([${c.join()}])\ncatch Failure(_)\n()\nend\nstd::print("-")\n`);
        const program = `${HEAD}${BODY}${text}\nend\nfun main()\n${calls.join('')}end\n`;
        const built = compileOne(program);
        const errors = built.diagnostics.filter(isError).map((d) => d.code);
        const used = all.map((chosen) => ({ chosen, found: outcome(list, chosen) }));
        const wrong = used.find(({ found }) => typeof found === 'string');
        if (errors.length > 0) {
          refused++;
          const hasTry = list.flatMap(below).some((s) => s.kind === 'try');
          if (!hasTry) expect(wrong, `${program}${errors.join()}`).toBeDefined();
          return;
        }
        accepted++;
        expect(wrong, program).toBeUndefined();
        const ran = await runSpec(fromBytes(built.images), 'main', 'auto');
        expect(ran.output, program).toEqual(some.flatMap((c) => [...(outcome(list, c) as string[]), '-']));
      }),
      { numRuns: 250, seed: 13 },
    );
    expect(refused).toBeGreaterThan(30);
    expect(accepted).toBeGreaterThan(60);
  });
});

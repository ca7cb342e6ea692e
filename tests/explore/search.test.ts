/**
 * Searching schedules: a race has both outcomes, a deadlock in one schedule of many is found, and on small generated
 * programs the reduced search sees exactly the outcomes that trying every schedule sees, in fewer runs.
 */
import { describe, expect, it } from 'vitest';
import { type Explored, exhaust, follow, sample } from '../../runtime/explore/explore.js';
import { NotRepeatable } from '../../runtime/explore/search.js';
import { attempt } from '../../runtime/explore/trial.js';
import { type Made, compared, endOf, generated, isProgram, outcomes, prepared } from '../support/schedules.js';

const RACE = `
session Say(p, word)
  p!Word(word)
end
fun main()
  let a = spawn Say(self, "a")
  let b = spawn Say(self, "b")
  on Word(x) from a
    on Word(y) from b
      std::print(x ++ y)
    end
  or Word(x) from b
    on Word(y) from a
      std::print(x ++ y)
    end
  end
end
`;

/** Waits for ever if the votes come in exactly one of their 120 orders. */
const RARE = `
session Vote(p, n)
  p!Say(n)
end
session Mute(p)
  on Stop from p
    close
  end
end
fun main()
  let voters = [spawn Vote(self, n) for n in 1..5]
  var order = 0
  for i in 1..5
    on Say(n) from any v in voters
      order = order * 10 + n
    end
  end
  if order == 53142
    let last = spawn Mute(self)
    on Never from last
      std::print("?")
    end
  end
end
`;

const BUSY = `
session Waits(p)
  on Go from p
    close
  end
end
fun main()
  let w = spawn Waits(self)
  var n = 0
  while n >= 0
    n = 1
  end
  w!Go
end
`;

const explored = (program: Made): Explored => ({ make: program.make, complaint: endOf });

describe('every schedule that makes a difference', () => {
  it('a race between two senders has both outcomes', async () => {
    const all = await outcomes(prepared(RACE), false);
    const reduced = await outcomes(prepared(RACE), true);
    expect(all.exhaustive && reduced.exhaustive).toBe(true);
    expect(all.seen).toEqual(['ab | ', 'ba | ']);
    expect(reduced.seen).toEqual(all.seen);
    expect(reduced.runs).toBeLessThan(all.runs);
  });

  it('threads that have nothing to do with each other are run once', async () => {
    const text = `
session Quiet(p, n)
  on Go from p
    p!Done(n)
  end
end
fun main()
  let a = spawn Quiet(self, 1)
  let b = spawn Quiet(self, 2)
  let c = spawn Quiet(self, 3)
  a!Go
  b!Go
  c!Go
  on Done(x) from a
    on Done(y) from b
      on Done(z) from c
        std::print(x + y + z)
      end
    end
  end
end
`;
    expect(await outcomes(prepared(text), true)).toEqual({ seen: ['6 | '], runs: 1, exhaustive: true });
  });

  it('finds a deadlock that one order of five messages has, and leads there again', async () => {
    const program = explored(prepared(RARE));
    const { failure, runs } = await exhaust(program, 1, { maxRuns: 10_000 });
    expect(failure?.complaint).toContain('stuck');
    expect(runs).toBeLessThanOrEqual(120);
    const sampled = await sample(
      program,
      Array.from({ length: 3000 }, (_, i) => i + 1),
    );
    expect(sampled.failure?.complaint).toBe(failure!.complaint);
    for (const { schedule } of [failure!, sampled.failure!]) {
      // Five voters, each to be let in once: their turns and nothing more are left of the schedule.
      expect(schedule.filter((t, i) => t !== schedule[i - 1]).length).toBeLessThanOrEqual(6);
      expect((await follow(program, 1, schedule))?.complaint).toBe(failure!.complaint);
    }
    expect(sampled.failure!.lines.join('\n')).toMatch(/Vote#\d+ +sends Say to main, Vote \(main\.qz:3\)/);
  });

  it('a wait that has another way out races with the message it took', async () => {
    const text = `
session Two(p)
  p!Word(0)
  p!Word(1)
end
fun main()
  let a = spawn Two(self)
  on Word(x) from a
    std::print(x)
  end
  on Word(x) from a
    std::print(x)
  or after 0
    std::print("late")
  end
end
`;
    const { seen } = await outcomes(prepared(text), true);
    expect(seen).toEqual(['0 1 | ', '0 late | ']);
  });

  it('two messages race although the first was taken, in a function that is over, before the second came', async () => {
    const text = `
session Say(p, word)
  p!Word(word)
end
fun first(a, b)
  on Word(x) from a
    std::print(x)
  or Word(x) from b
    std::print(x)
  end
end
fun main()
  let a = spawn Say(self, "a")
  let b = spawn Say(self, "b")
  first(a, b)
end
`;
    expect((await outcomes(prepared(text), true)).seen).toEqual(['a | ', 'b | ']);
  });

  it('a thread may be seen alive between a message it takes and the failure it causes', async () => {
    const text = `
session Bad(p)
  p!Ready
  on Go from p
    std::print([1][1])
  end
end
fun main()
  let a = spawn Bad(self)
  on Ready from a
    a!Go
    on Never from a
      std::print("?")
    or Down(_) from a
      std::print("down")
    or after 0
      std::print("late")
    end
  end
end
`;
    const { seen } = await outcomes(prepared(text), true);
    expect(seen.map((o) => o.split(' |')[0])).toEqual(['down', 'late']);
  });

  it('a thread that loses a link to an exception it catches may be seen before and after', async () => {
    const text = `
session Held(p)
  on Never from p
    close
  or Down(_) from p
    std::print("lost")
  end
end
fun careless(p)
  let held = spawn Held(self)
  p!Ready
  raise Failure("dropped")
  held!Never
end
session Bad(p)
  try
    careless(p)
  catch _
    std::print("caught")
  end
end
fun main()
  let a = spawn Bad(self)
  on Ready from a
    std::print("ready")
  end
end
`;
    const [all, reduced] = [await outcomes(prepared(text), false), await outcomes(prepared(text), true)];
    expect(all.exhaustive && reduced.exhaustive).toBe(true);
    expect(reduced.seen).toEqual(all.seen);
    expect(reduced.seen).toContain('lost caught ready | ');
    expect(reduced.seen).toContain('ready caught lost | ');
  });

  it('whether a message was taken before it was thrown away is tried both ways', async () => {
    const text = `
require thread
session Reader()
  on Word(x) from c
    std::print(x)
  end
end
fun main()
  let r = spawn Reader
  let c = connect r
  c!Word(1)
  thread::clear(r)
  std::print("cleared")
end
`;
    const { seen } = await outcomes(prepared(text), true);
    expect(seen).toEqual(['1 cleared | ', 'cleared 1 | ', 'cleared | ']);
  });

  it('what the end of the program keeps others from is tried as well', async () => {
    const text = `
session Say()
  std::print("said")
end
fun main()
  spawn Say()
  std::exit(3)
end
`;
    expect((await outcomes(prepared(text), true)).seen).toEqual([' | ', 'said | ']);
  });

  it('the loss of one of several peers races with the message of another', async () => {
    const text = `
session Say(p)
  p!Word(1)
end
session Bad(p)
  raise Failure("no")
  p!Word(2)
end
fun main()
  let a = spawn Say(self)
  let b = spawn Bad(self)
  on Word(x) from a
    std::print(x)
  or Word(x) from b
    std::print(x)
  end
end
`;
    const { seen } = await outcomes(prepared(text), true);
    expect(seen).toEqual([' | PeerLost(Failure("no"))', '1 | ']);
  });

  it('a message to nobody, because its receiver has ended, could have come before the end', async () => {
    const text = `
session Bad(p)
  p!Word(1)
  raise Failure("no")
end
session Say(p)
  p!Word(10)
end
fun main()
  let a = spawn Bad(self)
  let b = spawn Say(self)
  on Word(x) from a
    std::print(x)
  end
  on Word(x) from b
    std::print(x)
  or Down(r) from a
    std::print("down")
  end
  on Word(x) from a
    std::print(x)
  or Word(x) from b
    std::print(x)
  or after 0
    std::print("late")
  end
end
`;
    const [all, reduced] = [await outcomes(prepared(text), false), await outcomes(prepared(text), true)];
    expect(all.exhaustive && reduced.exhaustive).toBe(true);
    expect(reduced.seen).toEqual(all.seen);
    expect(reduced.seen.length).toBeGreaterThan(2);
  });

  it('says when it was not every schedule', async () => {
    const program = explored(prepared(RARE.replace('53142', '0')));
    expect(await exhaust(program, 1, { maxRuns: 50 })).toMatchObject({
      runs: 50,
      exhaustive: false,
      failure: undefined,
    });
    expect(await exhaust(program, 1, { maxRuns: 10_000 })).toMatchObject({ runs: 120, exhaustive: true });
  });

  it('says so too when schedules that interrupt more often were left out', async () => {
    const text = RACE.replace('  p!Word(word)', '  std::print(word)\n  p!Word(word)\n  std::print(word)');
    const program = explored(prepared(text));
    const few = await exhaust(program, 1, { maxRuns: 10_000, maxPreemptions: 1 });
    const all = await exhaust(program, 1, { maxRuns: 10_000 });
    expect([few.exhaustive, all.exhaustive]).toEqual([false, true]);
    expect(few.runs).toBeLessThan(all.runs);
  });

  it('within a bound on preemptions, sees what every schedule within it has', async () => {
    const text = RACE.replace('  p!Word(word)', '  std::print(word)\n  p!Word(word)');
    const [none, one] = await Promise.all([0, 1].map((n) => outcomes(prepared(text), true, 5000, n)));
    // Nobody is interrupted: whoever prints first is heard first.
    expect(none!.seen).toEqual(['a b ab | ', 'b a ba | ']);
    expect(one!.seen).toEqual(['a b ab | ', 'a b ba | ', 'b a ab | ', 'b a ba | ']);
  });

  it('gives up a thread that computes for ever', async () => {
    const { make } = prepared(BUSY);
    expect((await attempt(make(), () => undefined)).end).toBe('endless');
    // Threads that wait at that moment are not stuck.
    expect(await sample(explored({ make, output: () => '' }), [])).toEqual({ runs: 1, endless: 1, failure: undefined });
  });

  it('notices that something outside decides', async () => {
    let calls = 0;
    const functions = { functions: { main: { flip: () => calls++ % 2 === 0 } } };
    const text = `extern fun flip() -> bool\n${RACE.replace('fun main()\n', 'fun main()\n  if flip()\n    std::print("x")\n  end\n')}`;
    await expect(outcomes(prepared(text, functions), true)).rejects.toThrow(NotRepeatable);
  });
});

describe('the reduction', () => {
  it('sees what trying every schedule of a program sees, in fewer runs', async () => {
    const total = { reduced: 0, all: 0, compared: 0 };
    for (let seed = 0; seed < 40; seed++) {
      const text = generated(seed);
      if (!isProgram(text)) continue;
      const { wrong, reduced, all } = await compared(text, 400);
      expect(wrong).toBeUndefined();
      if (all === undefined) continue;
      expect(reduced, text).toBeLessThanOrEqual(all);
      total.reduced += reduced;
      total.all += all;
      total.compared++;
    }
    expect(total.compared).toBeGreaterThan(10);
    expect(total.reduced).toBeLessThan(total.all / 2);
  });
});

/**
 * Snapshots that somebody has changed and given a right checksum: refused in words, or a program that goes on with values of its
 * types; never an exception of the machine, never a value of another type.
 */
import { describe, expect, it } from 'vitest';
import { afterModules, outcomeOf, savedAfter, sealed, type Saved } from '../support/hostile-snapshots.js';

/** Between two instructions of a wait, in calls, between a message and its label. */
const PROGRAMS: readonly { readonly what: string; readonly text: string; readonly steps: readonly number[] }[] = [
  {
    what: 'a service of one client, while it compares the label that came',
    steps: [40, 75],
    text: `
session Adder(c, total : int)
  on Add(n : int) from c
    c!Total(total + n, ["x"])
    Adder(c, total + n)
  or Stop from c
  end
end

fun main()
  let a = spawn Adder(self, 0)
  var i = 0
  while i < 4
    a!Add(i)
    on Total(t, xs) from a
      std::print("{t} {xs[0] ++ "!"}")
    end
    i = i + 1
  end
  a!Stop
end
`,
  },
  {
    what: 'pools whose members carry data',
    steps: [120, 200],
    text: `
session Worker(b, n : int)
  on Job(x : int) from b
    b!Done([x * n])
  or Quit from b
  end
end

fun main()
  let ws = [spawn Worker(self, i) for i in 1..3]
  let busy = pool()
  var i = 0
  for w in ws
    w!Job(i)
    put w with ("job {i}", [i]) in busy
    i = i + 1
  end
  for (w, d) in busy
    let (name, xs) = d
    on Done(r) from w
      std::print(name ++ "{r[0] + xs[0]}")
    end
  end
end
`,
  },
  {
    what: 'closures that share a variable, exceptions on their way, clients to accept, a timeout',
    steps: [150, 260],
    text: `
exception Odd(list<int>)

session Counter(n : int)
  on Next from client
    client!Got(n)
    Counter(n + 1)
  end
end

session Fails(b)
  on Go(x : int) from b
    raise Odd([x])
  end
end

fun main()
  let c = spawn Counter(5)
  var sum = 0
  let add = |n|
    sum = sum + n
  end
  let total = || sum
  let f = spawn Fails(self)
  let xs = [Some("a"), None]
  let k = connect c
  k!Next
  on Got(n) from k
    add(n)
  end
  f!Go(total())
  on Down(reason) from f
    std::print(reason)
  or after 10
    std::print("late")
  end
  std::print("{total() + 1} {xs}")
end
`,
  },
];

/** Bytes of one snapshot that are changed. */
const MOST = 150;

/** Bytes that are close to what is there, tags, flags and small numbers. */
const others = (b: number): readonly number[] => [0, 1, 2, 3, 4, 5, 8, b ^ 1, b + 1, b - 1];

describe.each(PROGRAMS)('of $what', ({ text, steps }) => {
  const saved = savedAfter(text, steps);

  it('goes on if nothing was changed, and is refused if only the checksum was not', () => {
    for (const { bytes, modules } of saved) {
      expect(outcomeOf(Uint8Array.from(bytes), modules, 2000)).toBe('goes on');
      for (let at = 5; at < bytes.length; at += 997) {
        const changed = Uint8Array.from(bytes);
        changed[at]! ^= 0x11;
        expect([at, outcomeOf(changed, modules, 0)]).toEqual([at, 'refused']);
      }
    }
  });

  it('no byte makes a machine that breaks', () => {
    const wrong: unknown[] = [];
    let refused = 0;
    const judged = ({ bytes, modules }: Saved, at: number, to: number): void => {
      const changed = Uint8Array.from(bytes);
      changed[at] = to;
      const outcome = outcomeOf(sealed(changed), modules, 1000);
      if (outcome === 'refused') refused++;
      else if (outcome !== 'goes on') wrong.push({ at, from: bytes[at], to, outcome });
    };
    let turn = 0;
    for (const s of saved) {
      const from = afterModules(s);
      const step = Math.max(1, Math.floor((s.bytes.length - from) / MOST));
      for (let at = from; at < s.bytes.length; at += step) {
        // Another of the values each time.
        const all = others(s.bytes[at]!);
        judged(s, at, all[turn++ % all.length]!);
      }
    }
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(40);
  });
});

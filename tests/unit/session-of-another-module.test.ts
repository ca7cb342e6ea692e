/**
 * Sessions of other modules called in the middle: they come back at their end, `close` in them ends the thread, and what is left
 * of the caller's protocol goes on behind the call. From their bytes, without trust, in both engines.
 */
import { describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { progressOf } from '../../compiler/protocol/compose/progress.js';
import { compileText } from '../support/compile.js';
import { runSpec, fromBytes } from '../support/spec.js';

const PARTS = `session Part(p)
  p!Hi
end
session Asks(p, n)
  p!Ask(n)
  on Answer(k) from p
    std::print(k)
  end
end
session May(p, n)
  if n == 0
    p!Closed
    close
  end
  p!Open
end
session Leaf(p)
  p!Val(20)
end
session Spawns(p)
  let l = spawn Leaf(self)
  on Val(n) from l
    p!Got(n)
  end
end
session Leads(p)
  May(p, 1)
end
session Loops(p, n)
  p!Round(n)
  if n > 1
    loop(p, n - 1)
  end
end
session Serves(n)
  on Get from c
    c!Val(n)
  end
end
`;

const MAIN = `require parts
session A(p)
  parts::Part(p)
  p!More
end
session B(p, n)
  if n > 1
    parts::Asks(p, n)
    parts::Asks(p, n + 1)
  end
  p!Done
end
session C(p)
  try
    parts::Part(p)
    p!Bad
  finally
    std::print("finally")
  end
end
session D(p)
  parts::May(p, 0)
  p!Never
end
session E(p)
  parts::Spawns(p)
  parts::Spawns(p)
  p!Over
end
session F(p)
  try
    parts::May(p, 1)
    p!Past
  catch e
    std::print("caught")
  end
end
session G(p)
  parts::Loops(p, 2)
  p!Last
end
session H()
  parts::Serves(1)
  on Go from c
    c!Went
  end
end
fun main()
  let a = spawn A(self)
  on Hi from a
    on More from a
      std::print("more")
    end
  end
  let b = spawn B(self, 2)
  on Ask(n) from b
    b!Answer(n)
    on Ask(k) from b
      b!Answer(k + n)
      on Done from b
        std::print(n + k)
      end
    end
  or Done
    ()
  end
  let c = spawn C(self)
  on Hi from c
    on Bad from c
    end
  end
  let d = spawn D(self)
  on Closed from d
    std::print("closed")
  or Open
    on Never from d
    end
  end
  let e = spawn E(self)
  on Got(n) from e
    on Got(k) from e
      on Over from e
        std::print(n + k)
      end
    end
  end
  let f = spawn F(self)
  on Closed from f
  or Open
    on Past from f
      std::print("past")
    end
  end
  let g = spawn G(self)
  var sum = 0
  on Round(n) from g
    sum = n
    while true
      on Round(k) from g
        sum = sum + k
      or Last
        break
      end
    end
  end
  std::print(sum)
  let h = spawn H
  let x = connect h
  x!Get
  on Val(n) from x
    let y = connect h
    y!Go
    on Went from y
      std::print("went on")
    end
  end
end
`;

describe('sessions of another module in the middle', () => {
  const built = compileText(MAIN, { others: { parts: PARTS } });
  it('are proved with what comes behind them', () => {
    expect(built.diagnostics.filter(isError)).toEqual([]);
    const all = built.modules.flatMap((m) => m.protocols?.compositions ?? []).map(progressOf);
    expect(all.filter((p) => p === 'proved').length).toBeGreaterThanOrEqual(8);
  });

  it.each(['interpreter', 'compiled'] as const)('come back (%s)', async (engine) => {
    const { output, failures, stuck } = await runSpec(fromBytes(built.images), 'main', engine);
    expect(output).toEqual(['more', '2', '5', '5', 'finally', 'closed', '40', 'past', '3', 'went on']);
    expect([failures, stuck]).toEqual([[], []]);
  });

  it('are refused where a `close` in them would go past a `finally`', () => {
    const text = (body: string): string => `require parts\nsession A(p)\n${body}\nend\n`;
    const codes = (body: string): string[] =>
      compileText(text(body), { others: { parts: PARTS } }).diagnostics.map((d) => d.code);
    const inside = (call: string): string => `try\n${call}\nfinally\nstd::print(1)\nend`;
    expect(codes(inside('parts::May(p, 1)'))).toEqual(['Q0350']);
    expect(codes(inside('parts::Leads(p)'))).toEqual(['Q0350']);
    expect(codes(`Own(p)\nend\nsession Own(p)\n${inside('parts::May(p, 1)')}`)).toContain('Q0350');
    expect(codes(inside('parts::Part(p)'))).toEqual([]);
    expect(codes(inside('Own(p)\np!More') + '\nend\nsession Own(p)\nif 1 > 2\nclose\nend\np!Hi')).toEqual([]);
  });
});

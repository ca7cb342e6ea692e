/** Bounded mailboxes hold senders back and nobody else; priorities decide who goes first and starve nobody. */
import { describe, expect, it } from 'vitest';
import { compile, createVm, load } from '../../index.js';
import type { EmbedOptions } from '../../index.js';
import type { Vm } from '../../runtime/vm.js';
import { Counting } from '../../runtime/observe/statistics.js';
import { infoOf } from '../../runtime/scheduler/operations.js';

const ENGINES = ['interpreter', 'compiled'] as const;

function start(text: string, options: EmbedOptions = {}): { vm: Vm; out: string[] } {
  const out: string[] = [];
  const vm = createVm({ virtualTime: true, environment: { write: (t) => void out.push(t.trimEnd()) }, ...options });
  vm.spawnMain(load(vm, compile(text, { unsafe: true })));
  return { vm, out };
}

/** The most messages any thread has left unread after any slice. */
function mostUnread(vm: Vm): number {
  let most = 0;
  while (vm.scheduler.head !== null || vm.scheduler.advance()) {
    vm.scheduler.slice(200);
    for (const t of vm.scheduler.threads) most = Math.max(most, infoOf(t).queue);
  }
  return most;
}

const FLOOD = `
session Source(p)
  for i in 1..2000
    p!Item(i)
  end
  p!End
end
fun main()
  let a = spawn Source(self)
  var sum = 0
  for n in 1..2000
    on Item(i) from a
      sum = sum + i
    end
  end
  on End from a
    std::print(sum)
  end
end
`;

describe.each(ENGINES)('mailbox limit, %s', (engine) => {
  it('holds a sender back, and the result stays', () => {
    const free = start(FLOOD, { engine, quantum: 200 });
    expect(mostUnread(free.vm)).toBeGreaterThan(50);
    expect(free.out).toEqual(['2001000']);
    const bound = start(FLOOD, { engine, mailboxLimit: 10 });
    expect(mostUnread(bound.vm)).toBeLessThanOrEqual(12);
    expect(bound.out).toEqual(['2001000']);
    expect(bound.vm.end()).toEqual({ exitCode: 0, failures: [], stuck: [] });
  });

  it('lets the one through whom the receiver waits for', () => {
    const text = `
session Flood(p)
  for i in 1..100
    p!Item(i)
  end
  p!End
end
session Late(p)
  std::wait(10)
  p!Go
end
fun main()
  let f = spawn Flood(self)
  let l = spawn Late(self)
  on Go from l
    var sum = 0
    for n in 1..100
      on Item(i) from f
        sum = sum + i
      end
    end
    on End from f
      std::print(sum)
    end
  end
end
`;
    const { vm, out } = start(text, { engine, mailboxLimit: 5 });
    expect(mostUnread(vm)).toBeLessThanOrEqual(7);
    expect(out).toEqual(['5050']);
  });

  it('lets senders go on when the receiver ends, is killed or gives its messages up', () => {
    const text = `
require thread
session Source(p)
  for i in 1..100
    p!Item(i)
  end
  std::print("sent")
end
session Deaf(p)
  let s = spawn Source(self)
  on Stop from p
    on Item(i) from s
      close
    end
  end
end
fun main()
  let d = spawn Deaf(self)
  std::wait(1)
  d!Stop
end
`;
    const { vm, out } = start(text, { engine, mailboxLimit: 5 });
    vm.runReady();
    expect(out).toEqual(['sent']);
    expect(vm.end().stuck).toEqual([]);
  });

  it('says whose mailbox is full where two threads send to each other without end', () => {
    const text = `
session Both(p)
  for i in 1..100
    p!Item(i)
  end
  for i in 1..100
    on Item(n) from p
      n
    end
  end
end
fun main()
  let b = spawn Both(self)
  for i in 1..100
    b!Item(i)
  end
  for i in 1..100
    on Item(n) from b
      n
    end
  end
  std::print("done")
end
`;
    const free = start(text, { engine });
    free.vm.runReady();
    expect(free.out).toEqual(['done']);
    const { vm, out } = start(text, { engine, mailboxLimit: 10 });
    vm.runReady();
    expect(out).toEqual([]);
    const said = vm.end();
    expect(said.exitCode).toBe(1);
    expect(said.stuck.map((s) => s.waitsFor).sort()).toEqual([
      'room in a full mailbox, that of Both (thread 2)',
      'room in a full mailbox, that of main (thread 1)',
    ]);
  });
});

describe.each(ENGINES)('priorities, %s', (engine) => {
  const RACE = (priority: string): string => `
require thread
session Busy(p, name)
  on Go from p
    for i in 1..2000
      i
    end
    std::print(name)
  end
end
fun main()
  let a = spawn Busy(self, "low")
  let b = spawn Busy(self, "high")
  ${priority}
  a!Go
  b!Go
end
`;
  it('the higher one goes first', () => {
    const text = (order: string): string =>
      RACE('')
        .replace(
          'session Busy',
          `fun raise_it(n : int)\n  thread::set_priority(thread::current(), n)\nend\nsession Busy`,
        )
        .replace('  on Go from p\n', `  if name == "${order}"\n    raise_it(1)\n  end\n  on Go from p\n`);
    for (const [order, wanted] of [
      ['high', ['high', 'low']],
      ['low', ['low', 'high']],
    ] as const) {
      const { vm, out } = start(text(order), { engine, quantum: 100 });
      vm.runReady();
      expect(out).toEqual(wanted);
    }
  });

  it('nobody starves beside one that never rests', () => {
    const text = `
require thread
session Restless()
  thread::set_priority(thread::current(), 1000)
  var n = 0
  while n >= 0
    n = 1
  end
end
session Modest(p)
  p!Said
end
fun main()
  spawn Restless()
  let m = spawn Modest(self)
  on Said from m
    std::print("heard")
    std::exit(0)
  end
end
`;
    const { vm, out } = start(text, { engine, quantum: 50 });
    for (let i = 0; i < 200 && !vm.scheduler.halted; i++) vm.scheduler.slice(50);
    expect(out).toEqual(['heard']);
  });
});

describe('a held sender', () => {
  it('is not said to have done what it did not use of its slice', () => {
    const counted = (options: EmbedOptions): number => {
      const { vm } = start(FLOOD, options);
      const counting = new Counting(vm, false, () => 0);
      vm.scheduler.observer = counting;
      vm.runReady();
      return counting.finish().reductions;
    };
    expect(counted({ mailboxLimit: 3 })).toBe(counted({}));
  });
});

/** Senders over a link wait when too much is on its way, and nobody else does; whatever is said arrives once and in order. */
import { describe, expect, it } from 'vitest';
import { STATUS } from '../../runtime/link/frame.js';
import { WINDOW } from '../../runtime/link/wire.js';
import { World, load, main } from '../support/nodes.js';
import { Stranger } from '../support/stranger.js';

const NOTHING = new Uint8Array(0);
const FLOOD = (messages: number): string => `
require node
require thread
session Sink(s)
  on Go(to : string) from s
    thread::migrate(self, node::connect(to))
    Take(s, 0)
  end
end
session Take(s, n : int)
  on Data(i : int) from s
    if i == n then Take(s, n + 1) else Wrong(s, i) end
  or Stop from s
    std::print(n)
  end
end
session Wrong(s, i : int)
  std::print("wrong: {i}")
  Take(s, i)
end
session Ticker(n : int)
  std::print("tick {n}")
  std::wait(10)
  if n < 3
    Ticker(n + 1)
  end
end
session Main()
  let c = spawn Sink(self)
  spawn Ticker(1)
  c!Go("b")
  std::wait(5)
  Send(c, 0)
end
session Send(c, i : int)
  if i < ${messages}
    c!Data(i)
    Send(c, i + 1)
  else
    c!Stop
    std::print("all sent")
  end
end
fun main()
  spawn Main
end
`;

describe('a sender that never waits', () => {
  it('is slowed down to what its peer takes in, and everything arrives in order', async () => {
    const w = new World(1, 16);
    const [a, b] = [w.place('a'), w.place('b')];
    for (const p of [a, b]) load(p.vm, FLOOD(3000), 'compiler');
    main(a);
    await w.settle();
    w.now = 5;
    a.vm.scheduler.fireTimers();
    let most = 0;
    let unsent = 0;
    for (let i = 0; i < 400_000 && b.out.length === 0; i++) {
      if (!w.step()) await new Promise((resolve) => setImmediate(resolve));
      for (const x of a.node.wires.wires.values()) {
        most = Math.max(most, x.sent - x.taken);
        unsent = Math.max(unsent, x.unsent.length);
      }
    }
    await w.settle();
    expect(b.out).toEqual(['3000\n']);
    expect(most).toBe(16);
    // What a slice says beyond the window stays here; a slice of 50 reductions says no more than that.
    expect([unsent > 0, unsent < 50]).toEqual([true, true]);
    expect(a.vm.scheduler.jam).toBeNull();
    expect(a.vm.end().failures).toEqual([]);
  });

  it('waits for a peer that takes nothing in, goes on when it does, and learns when it is gone; others go on', async () => {
    const w = new World();
    const b = Stranger.listening(w, 'b');
    b.onFrame = (f) => {
      const about = 2;
      if (f.operation === 'qvm_immigrate')
        b.send({
          operation: 'qvm_status',
          about,
          thread: f.thread,
          status: STATUS.ok,
          context: NOTHING,
          code: NOTHING,
        });
    };
    const a = w.place('a');
    load(a.vm, FLOOD(5000), 'compiler');
    main(a);
    await w.settle(100_000);
    w.now += 5;
    await w.settle(100_000);
    const sent = b.all('qvm_send').filter((f) => f.label === 'Data');
    expect(sent).toHaveLength(WINDOW);
    for (let i = 0; i < 3; i++) {
      w.now += 10;
      await w.settle();
    }
    expect(a.out.join('')).toBe('tick 1\ntick 2\ntick 3\n');
    const { link, side } = sent[0]!;
    b.send({ operation: 'qvm_took', link, side: 1 - side, sequence: 512 });
    await w.settle(100_000);
    expect(b.all('qvm_send').filter((f) => f.label === 'Data')).toHaveLength(WINDOW + 512);
    b.close('it died');
    await w.settle(100_000);
    expect(a.out.join('')).toBe('tick 1\ntick 2\ntick 3\nall sent\n');
    expect([a.vm.scheduler.jam, a.node.wires.wires.size]).toEqual([null, 0]);
  });

  it('of casts waits for the transport', async () => {
    const w = new World();
    const [a, b] = [w.place('a'), w.place('b')];
    const text = `
require node
require thread
session Log(n : int)
  on Put(t : string) from c
    loop(n + 1)
  or Count from c
    c!Total(n)
    loop(n)
  end
end
fun big(n : int, s : string) -> string
  if n == 0 then s else big(n - 1, s ++ s) end
end
fun main()
  let r = spawn Log(0)
  thread::migrate(r, node::connect("b"))
  let text = big(9, "0123456789abcdef")
  var i = 0
  while i < 1000
    r!Put(text)
    i = i + 1
  end
  let c = connect r
  c!Count
  on Total(n) from c
    std::print(n)
  end
end
`;
    for (const p of [a, b]) load(p.vm, text, 'compiler');
    main(a);
    while (!a.events.some((e) => e.includes('lives at b now'))) if (!w.step()) await new Promise(setImmediate);
    // The network takes nothing for a while.
    const { scheduler } = a.vm;
    for (let i = 0; i < 5000 && scheduler.head !== null; i++) scheduler.slice(scheduler.quantum);
    expect(scheduler.head).toBeNull();
    expect(w.network.pending).toBeGreaterThan(1024 * 1024);
    expect(w.network.pending).toBeLessThan(1.5 * 1024 * 1024);
    await w.settle(400_000);
    expect(a.out).toEqual(['1000\n']);
    expect(scheduler.jam).toBeNull();
  });
});

it('who says that it took in more than was sent is cut off', async () => {
  const w = new World();
  const b = Stranger.listening(w, 'b');
  const a = w.place('a');
  load(a.vm, FLOOD(1), 'compiler');
  main(a);
  b.onFrame = (f) => {
    if (f.operation !== 'qvm_immigrate') return;
    b.send({ operation: 'qvm_status', about: 2, thread: f.thread, status: 0, context: NOTHING, code: NOTHING });
  };
  await w.settle();
  // Of a link that is not there it says nothing; of one that is, too much.
  b.send({ operation: 'qvm_took', link: 'a.99', side: 0, sequence: 7 });
  await w.settle();
  expect(b.closed).toBe('');
  b.send({ operation: 'qvm_took', link: 'a.1', side: 0, sequence: 7 });
  await w.settle();
  expect(b.closed).toBe('link a.1: more was taken in than was sent');
});

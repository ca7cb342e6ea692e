/** How things end between nodes: exit, kill, programs whose services live elsewhere, nodes that are told to end. */
import { describe, expect, it } from 'vitest';
import { Evacuation } from '../../runtime/link/evacuation.js';
import type { NodeOptions } from '../../runtime/link/node.js';
import { DONE } from '../../runtime/process/thread.js';
import { World, load, main, type Place } from '../support/nodes.js';

/** A world of two nodes in which a program has run on the first as far as it goes. */
async function ran(text: string, options: Partial<NodeOptions> = {}): Promise<{ w: World; a: Place; b: Place }> {
  const w = new World();
  const [a, b] = [w.place('a'), w.place('b', options)];
  load(a.vm, `require node\nrequire thread\n${text}`, 'compiler');
  main(a);
  await w.settle();
  return { w, a, b };
}

describe('std::exit of a thread from another node', () => {
  it.each([
    [7, ['HostError: std::exit(7) by a thread from another node ends that thread alone']],
    [0, []],
  ])('ends that thread alone (%d)', async (code, failures) => {
    const { w, a, b } = await ran(`
session Bad()
  thread::migrate(self, node::connect("b"))
  std::exit(${code})
  std::print("not reached")
end
session Good()
  thread::migrate(self, node::connect("b"))
  std::wait(1000)
  std::print("still there")
end
fun main()
  spawn Bad
  spawn Good
end
`);
    expect([b.vm.scheduler.halted, b.vm.scheduler.exitCode]).toEqual([false, 0]);
    w.now = 1000;
    await w.settle();
    expect([...a.out, ...b.out]).toEqual(['still there\n']);
    expect(a.vm.end().failures.map((f) => f.message)).toEqual(failures);
  });

  it('and of those that it starts there', async () => {
    const { a, b } = await ran(`
session Child()
  std::exit(3)
end
session Parent()
  thread::migrate(self, node::connect("b"))
  spawn Child
  std::wait(10)
end
fun main()
  spawn Parent
end
`);
    expect(b.vm.scheduler.halted).toBe(false);
    expect(b.vm.end().failures.map((f) => f.message)).toEqual([
      'HostError: std::exit(3) by a thread from another node ends that thread alone',
    ]);
    expect(a.vm.end().failures).toEqual([]);
  });

  it('ends the program if it is the program, wherever it has been', async () => {
    const { a, b } = await ran(`
fun main()
  let home = node::here()
  thread::migrate(thread::current(), node::connect("b"))
  thread::migrate(thread::current(), home)
  std::exit(5)
end
`);
    expect([a.vm.scheduler.halted, a.vm.scheduler.exitCode, b.vm.scheduler.halted]).toEqual([true, 5, false]);
  });
});

it('a thread that is killed where it lives counts as one that is killed here: it is no failure, and it is gone', async () => {
  const { a, b } = await ran(`
session Worker()
  std::wait(100000)
end
fun main()
  let t = spawn Worker
  thread::migrate(t, node::connect("b"))
  std::print(thread::info(t).status)
  thread::kill(t)
  std::print(thread::info(t).status)
  thread::kill(t)
end
`);
  expect(a.out).toEqual(['elsewhere\n', 'failed\n']);
  expect(a.vm.end()).toEqual({ exitCode: 0, failures: [], stuck: [] });
  expect(b.vm.end()).toEqual({ exitCode: 0, failures: [], stuck: [] });
  expect([a.node.wires.wires.size, b.node.wires.wires.size]).toEqual([0, 0]);
});

describe('a program', () => {
  /** As `runNode` asks when nothing is ready. */
  async function finished(w: World, p: Place): Promise<boolean> {
    for (let i = 0; i < 10; i++) {
      if (!p.node.busy) return true;
      await w.settle();
      w.now += 300;
    }
    return false;
  }

  it('is finished although a service of it lives elsewhere, and not while a thread of it works there', async () => {
    const { w, a } = await ran(`
session Adder()
  on Add(a : int, b : int) from c
    c!Sum(a + b)
    loop
  end
end
session Worker()
  std::wait(4000)
  std::print("done")
end
fun main()
  let b = node::connect("b")
  let s = spawn Adder
  let t = spawn Worker
  thread::migrate(s, b)
  thread::migrate(t, b)
  let c = connect s
  c!Add(40, 2)
  on Sum(n) from c
    std::print(n)
  end
end
`);
    expect(a.out).toEqual(['42\n']);
    expect(await finished(w, a)).toBe(false);
    w.now = 5000;
    await w.settle();
    expect(await finished(w, a)).toBe(true);
  });

  it('is not finished while a thread here waits for one elsewhere, or is elsewhere itself', async () => {
    const { w, a } = await ran(`
session Late(s)
  on Go from s
    thread::migrate(self, node::connect("b"))
    std::wait(10000)
    s!Done
  end
end
session Main()
  let l = spawn Late(self)
  l!Go
  on Done from l
    thread::migrate(self, node::connect("b"))
    std::wait(100000)
  end
end
fun main()
  let m = spawn Main
end
`);
    expect(await finished(w, a)).toBe(false);
    w.now = 20_000;
    await w.settle();
    expect(await finished(w, a)).toBe(false);
    w.now = 200_000;
    await w.settle();
    expect(await finished(w, a)).toBe(true);
  });

  it('is finished when the node on which its threads lived is gone', async () => {
    const { w, a, b } = await ran(`
session Worker()
  thread::migrate(self, node::connect("b"))
  std::wait(100000)
end
fun main()
  spawn Worker
end
`);
    expect(await finished(w, a)).toBe(false);
    void b.node.close('it was told to end');
    await w.settle();
    expect(await finished(w, a)).toBe(true);
    expect(a.events.at(-1)).toBe('lost b: it was told to end');
  });
});

describe('a node that is told to end', () => {
  const GUESTS = `
session Guest(n : int)
  thread::migrate(self, node::connect("b"))
  std::wait(1000)
  std::print("guest {n}")
end
fun main()
  spawn Guest(1)
  spawn Guest(2)
end
`;
  it('sends its guests home, takes in nobody, and says that it does', async () => {
    const { w, a, b } = await ran(GUESTS);
    const leaving = new Evacuation(b.node);
    expect(leaving.step()).toBe(false);
    await w.settle();
    expect(leaving.step()).toBe(true);
    w.now = 1000;
    await w.settle();
    expect([a.out, b.out]).toEqual([['guest 1\n', 'guest 2\n'], []]);
    expect(b.events).toContain('sends 2 threads home');
    const again = main(a);
    await w.settle();
    expect(again.status).toBe(DONE);
    expect(b.events.filter((e) => e.endsWith('this node is about to end'))).toEqual([
      'refused a.5: this node is about to end',
      'refused a.6: this node is about to end',
    ]);
  });

  it('says who ends with it', async () => {
    const { w, a, b } = await ran(GUESTS);
    void a.node.close('it ended');
    await w.settle();
    const leaving = new Evacuation(b.node);
    leaving.step();
    expect(leaving.step()).toBe(true);
    expect(b.events.filter((e) => e.includes('ends with this node'))).toEqual([
      'a.2 ends with this node: neither its home nor the node it came from is connected',
      'a.3 ends with this node: neither its home nor the node it came from is connected',
    ]);
  });

  it('does not wait for ever for a home that does not answer', async () => {
    const { w, b } = await ran(GUESTS);
    const leaving = new Evacuation(b.node);
    leaving.step();
    w.now += 5001;
    expect(leaving.step()).toBe(true);
    expect(b.events.filter((e) => e.includes('it could not be moved in time'))).toHaveLength(2);
  });

  it('takes in no more threads than it may', async () => {
    const { a, b } = await ran(GUESTS, { mostImmigrants: 1 });
    const refused = b.events.filter((e) => e.startsWith('refused a.'));
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatch(/^refused a\.[23]: 1 threads of other nodes live here already$/);
    expect(a.vm.end().failures.map((f) => f.message)).toEqual(['HostError: thread::migrate: it cannot be moved now']);
  });
});

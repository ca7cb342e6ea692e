/** A node that ends and is started again under its name is another incarnation: its threads and links are not those of the first. */
import { expect, it } from 'vitest';
import { World, load, main, type Place } from '../support/nodes.js';

const GUEST = `
require node
require thread
session Guest(s)
  on Go from s
    thread::migrate(self, node::connect("b"))
    s!There
    on Ask from s
      std::wait(100000)
      s!Late
    end
  end
end
fun main()
  let g = spawn Guest(self)
  g!Go
  on There from g
    std::print("there")
    g!Ask
    on Late from g
      std::print("late")
    or Down(why) from g
      std::print(why)
    end
  end
end
`;

it('numbers given twice by nodes of one name do not clash', async () => {
  const w = new World();
  const b = w.place('b');
  const round = async (name: string): Promise<Place> => {
    const a = w.place(name);
    load(a.vm, GUEST);
    main(a);
    await w.settle();
    expect(a.out).toEqual(['there\n']);
    return a;
  };
  const first = await round('a@1');
  const second = await round('a@2');
  expect(b.events.filter((e) => e === 'a.2 lives here now')).toHaveLength(2);
  const [one, two] = [b.node.known('a@1.2')!, b.node.known('a@2.2')!];
  expect(one).not.toBe(two);
  // Each belongs to its own node still: when that goes, so does its link, and the other goes on.
  first.node.close('the node ended');
  await w.settle();
  expect(second.out).toEqual(['there\n']);
  w.now = 200_000;
  await w.settle();
  expect(second.out).toEqual(['there\n', 'late\n']);
  expect(second.vm.end().failures).toEqual([]);
});

it('a thread that outlives its node can move to the next of that name, and keeps its own address', async () => {
  const w = new World();
  const [b, first] = [w.place('b'), w.place('a@1')];
  const alone = `
require node
require thread
session Guest()
  thread::migrate(self, node::connect("b"))
  std::wait(1000)
  std::print(self)
  thread::migrate(self, node::connect("a@2"))
  std::print(self)
end
fun main()
  spawn Guest
end
`;
  load(first.vm, alone);
  main(first);
  await w.settle();
  void first.node.close('the node ended');
  const second = w.place('a@2');
  load(second.vm, alone);
  main(second);
  w.now = 900;
  await w.settle();
  const own = [...second.node.wires.wires.values()].filter((x) => x.standIn !== null);
  expect(own).toHaveLength(1);
  w.now = 1000;
  await w.settle();
  expect(b.out).toEqual(['<thread a.2>\n']);
  expect(second.out).toEqual(['<thread a.2>\n']);
  expect(second.events).toContain('a.2 lives here now');
  expect(second.node.known('a@1.2')).not.toBe(second.node.known('a@2.2'));
});

/**
 * Messages of a node that lies: each is judged by the wait that takes it, to the last field; what is wrong ends the link, and no
 * code ever sees it.
 */
import { describe, expect, it } from 'vitest';
import type { End } from '../../runtime/process/link.js';
import { deliver } from '../../runtime/process/mail.js';
import { message } from '../../runtime/link/wires.js';
import { list } from '../../runtime/values/list.js';
import { PersistentMap } from '../../runtime/values/map.js';
import { SOME, exception } from '../../runtime/values/exceptions.js';
import { Float, Label, Partial, Upvalue, makeData, tupleConstructor, type Value } from '../../runtime/values/value.js';
import { referenceTo } from '../../runtime/process/thread.js';
import { World, load, main, type Place } from '../support/nodes.js';

/** `Far` moves to b and says nothing more; what is said in its name then comes from the test. */
const program = (type: string, show: string, wait = 'on Sum(n) from f', more = '', last?: string): string => `
require node
require thread
type Point = { x : int, y : int }
type Shape = Dot(Point) | Line(list<Point>)
exception Odd(int)

session IntServ()
  on Get(k : int) from c
    c!Got(k + 1)
    loop
  end
end

session TextServ()
  on Get(k : string) from c
    c!Got(k ++ "!")
    loop
  end
end

session Other()
  on Put(k : int) from c
    loop
  end
end

session Far(s)
  thread::migrate(thread::current(), node::connect("b"))
  s!There
  std::wait(1000000)
  ${last ?? `s!Sum(${type})`}
end

# Its label is the same, so it is not the label that tells a wrong message.
session Elsewhere(p)
  on Sum(a : string, b : list<bool>) from p
  or Sums(a : Point) from p
  end
end

fun texts(s : string) -> string
  s ++ "?"
end

fun tell(r)
  let c = connect r
  c!Get(1)
  on Got(n) from c
    std::print(n + 1)
  end
end

session Main()
  let ints = spawn IntServ
  let words = spawn TextServ
  let other = spawn Other
  let f = spawn Far(self)
  ${more}
  on There from f
    ${wait}
      std::print("took it")
      std::print(${show})
    end
  end
end

fun main()
  spawn Main
end
`;

interface Scene {
  readonly world: World;
  readonly a: Place;
  readonly b: Place;
}

async function scene(text: string): Promise<Scene> {
  const world = new World();
  const [a, b] = [world.place('a'), world.place('b')];
  for (const p of [a, b]) load(p.vm, text, 'compiler');
  main(a);
  await world.settle();
  expect(a.events).toContain('a.6 lives at b now');
  // Other nodes have heard of all its threads.
  for (const t of a.vm.scheduler.threads) a.node.address(referenceTo(t));
  return { world, a, b };
}

/** Says something to the other side of the one link, in the name of the thread that moved to b. */
async function say({ world, b }: Scene, label: string, values: readonly Value[]): Promise<void> {
  const wire = [...b.node.wires.wires.values()].find((w) => w.proxy !== null && w.proxy.peer !== null)!;
  deliver(wire.proxy as End, message(Label.of(label), values));
  b.node.wires.flush();
  await world.settle();
}

const made = (p: Place, name: string, ...fields: Value[]): Value =>
  makeData(
    p.vm.module('main')!.constructors.find((c) => c.name === name)!,
    fields,
  );
const fn = (p: Place, name: string, ...args: Value[]): Value =>
  new Partial(
    p.vm.module('main')!.functions.find((f) => f.name === name)!,
    args,
  );
const point = (p: Place, x: Value = 1): Value => made(p, 'Point', x, 2);
const pair = (...xs: Value[]): Value => makeData(tupleConstructor(xs.length), xs);
const some = (x: Value): Value => makeData(SOME, [x]);

interface Case {
  readonly title: string;
  readonly text: string;
  readonly good: (p: Place) => readonly Value[];
  readonly out: readonly string[];
  readonly bad: (p: Place) => readonly (readonly Value[])[];
}

const CASES: readonly Case[] = [
  {
    title: 'an int',
    text: program('1', 'n + 1'),
    good: () => [5],
    out: ['6'],
    bad: () => [['x'], [undefined], [new Float(1)], [true], [5, 5], [list([1])]],
  },
  {
    title: 'a record, and data in data',
    text: program('Line([Point{x: 1, y: 2}])', 'case n when Line(ps) then [p.x + 1 for p in ps] else [] end'),
    good: (p) => [made(p, 'Line', list([point(p, 6)]))],
    out: ['[7]'],
    bad: (p) => [
      [made(p, 'Line', list([point(p), point(p, 'x')]))],
      [made(p, 'Line', list([made(p, 'Dot', point(p))]))],
      [made(p, 'Dot', point(p, true))],
      [point(p)],
    ],
  },
  {
    title: 'maps, options, tuples, exceptions',
    text: program('(#{"a": Some(1)}, Odd(1))', 'n'),
    good: (p) => [pair(PersistentMap.of(['b', some(2)]), made(p, 'Odd', 3))],
    out: ['(#{"b": Some(2)}, Odd(3))'],
    bad: (p) => [
      [pair(PersistentMap.of([1, some(2)]), made(p, 'Odd', 3))],
      [pair(PersistentMap.of(['b', some('x')]), made(p, 'Odd', 3))],
      [pair(PersistentMap.of(['b', some(2)]), made(p, 'Odd', 'x'))],
      [pair(PersistentMap.of(['b', some(2)]), exception('HostError', 4))],
    ],
  },
  {
    title: 'a function',
    text: program('|x : int| x + 1', 'n(1)', undefined, 'let k = 3\n  let own = [|x| x + k]\n  std::print(own[0](1))'),
    good: (p) => [fn(p, closures(p)[0]!, 40)],
    out: ['41'],
    bad: (p) => [
      [fn(p, 'texts')],
      [fn(p, closures(p)[0]!, 'forty')],
      [fn(p, closures(p)[0]!)],
      [fn(p, 'main')],
      [new Upvalue(1)],
    ],
  },
  {
    title: 'a reference to a service',
    text: program('', 'tell(n)', 'f!Use(ints)\n    on Sum(n) from f', '', 'on Use(a) from s\n    s!Sum(a)\n  end'),
    good: (p) => [service(p, 'IntServ')],
    out: ['3', 'void'],
    bad: (p) => [[service(p, 'TextServ')], [service(p, 'Other')]],
  },
  {
    title: 'one of several messages',
    text: program(
      '1',
      'n + 1',
      'on Stop from f\n      std::print("stop")\n    or Sum(n) from f\n',
      '',
      'if std::get_time_ms() > 5 then s!Sum(1) else s!Stop end',
    ),
    good: () => [5],
    out: ['6'],
    bad: () => [['x'], [list([true])]],
  },
];
const closures = (p: Place): string[] =>
  p.vm.module('main')!.functions.filter((f) => f.name.startsWith('Main closure')).map((f) => f.name); // prettier-ignore
const THREADS = ['main', 'Main', 'IntServ', 'TextServ', 'Other'];
/** A reference, as b has it, to the thread of a that runs a session. */
const service = ({ node }: Place, session: string): Value => node.reference('a', THREADS.indexOf(session) + 1, 'a');

describe.each(CASES)('a message with $title', ({ text, good, out, bad }) => {
  it('is taken as it should be', async () => {
    const s = await scene(text);
    await say(s, 'Sum', good(s.b));
    expect(
      s.a.out
        .join('')
        .trimEnd()
        .split('\n')
        .slice(-out.length - 1),
    ).toEqual(['took it', ...out]);
    expect(s.a.node.connected('b')).toBe(true);
  });

  it('is refused if anything in it is of another type', async () => {
    const { a } = await scene(text);
    const all = bad(a).length;
    for (let i = 0; i < all; i++) {
      const s = await scene(text);
      await say(s, 'Sum', bad(s.b)[i]!);
      const said = s.a.out.join('');
      expect([i, said.includes('took it'), s.a.vm.end().failures[0]?.message]).toEqual([
        i,
        false,
        'PeerLost(NodeDown)',
      ]);
      expect(s.a.node.connected('b')).toBe(false);
    }
  });
});

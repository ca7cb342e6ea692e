/** The same run again: seeds, recordings and their replays, logs that are none; tests under many schedules, from the command line. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../cli/run/determinism.js';
import { main } from '../cli/main.js';
import { production } from '../cli/effects/production.js';
import { compile, createVm, load } from '../index.js';
import { type Folder, eachInAFolder } from './support/cli.js';

let here: Folder;
eachInAFolder((folder) => (here = folder));

const RACE = `require random
require crypto
session Say(p, word)
  for i in 1..50
    i
  end
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
  std::wait(5)
  std::print(std::get_time_ms())
  std::print(random::entropy())
  std::print(crypto::random_bytes(4))
end
`;

/** Everything from outside: time, random numbers, the input, a file, the environment, failures, objects of the host. */
const WORLD = `require random
require io
require env
require file
require time
require net::tcp as tcp
require bytes

session Serve(p)
  let l = tcp::listen("127.0.0.1", 0)
  p!Port(tcp::port(l))
  let c = tcp::accept(l)
  tcp::write(c, tcp::read(c) ++ b"!")
  tcp::close_connection(c)
  tcp::close_listener(l)
end

session Asker(p)
  p!Line(io::read_line())
end

fun main()
  let a = spawn Asker(self)
  let s = spawn Serve(self)
  std::print(std::args())
  std::print(env::get("COLOUR"))
  std::print(file::read("note.txt"))
  try
    std::print(file::read("missing.txt"))
  catch e
    std::print(e)
  end
  on Port(n) from s
    let c = tcp::open("127.0.0.1", n)
    tcp::write(c, b"hello")
    std::print(c)
    std::print(bytes::to_string(tcp::read(c)))
    tcp::close_connection(c)
  end
  on Line(text) from a
    std::print(text)
  end
  std::wait(3)
  std::print(time::now())
  std::print(random::entropy())
  io::print_error("to the other stream")
end
`;

describe('quartz run --seed', () => {
  it('makes everything the same again', async () => {
    const program = compile(RACE);
    const run = (seed: number, engine: 'interpreter' | 'compiled'): string[] => {
      const out: string[] = [];
      const { strategy, entropy } = seeded(seed);
      const environment = { write: (text: string) => void out.push(text.trimEnd()), entropy };
      const vm = createVm({ environment, strategy, virtualTime: true, engine });
      vm.spawnMain(load(vm, program));
      vm.runReady();
      return out.slice(0, 3);
    };
    const outs = Array.from({ length: 24 }, (_, seed) => run(seed, 'interpreter'));
    expect([...new Set(outs.map((o) => o[0]))].sort()).toEqual(['ab', 'ba']);
    expect(new Set(outs.map((o) => o[2])).size).toBe(24);
    outs.forEach((o, seed) => {
      expect(o[1]).toBe('5');
      expect(run(seed, 'compiled')).toEqual(o);
    });
    const said = await here.write('race.qz', RACE).run(['run', '--seed', '3', 'race.qz']);
    expect(said.out.split('\n').slice(0, 3)).toEqual(outs[3]);
    expect(await here.run(['run', '--seed', '3', 'race.qz'])).toEqual(said);
  });

  it('gives both engines the same run', async () => {
    here.write('race.qz', RACE);
    for (const seed of ['1', '2']) {
      const [a, b] = await Promise.all(
        ['interpreter', 'compiled'].map((engine) => here.run(['run', '--engine', engine, '--seed', seed, 'race.qz'])),
      );
      expect(a!.out).toBe(b!.out);
    }
  });
});

/** Every way to see the clock or to wait for it: waits, timeouts that strike and that do not, threads that wait side by side. */
const CLOCKS = `require time
session Slow(p)
  on Next(i) from p
    std::wait(i)
    p!Tick(i, std::get_time_ms())
    loop
  or Stop from p
    ()
  end
end
fun hear(s, late)
  on Tick(n, at) from s
    std::print((n, at, std::get_time_ms(), late))
  or after 2
    hear(s, late + 1)
  end
end
fun main()
  let begun = time::monotonic()
  let s = spawn Slow(self)
  for i in 1..6
    s!Next(i)
    hear(s, 0)
    std::print(time::monotonic() - begun)
    std::wait(i % 3)
    std::print(time::now())
  end
  s!Stop
end
`;

describe('quartz run --record and --replay', () => {
  const recorded = async (): Promise<{ out: string; err: string }> => {
    here.write('world.qz', WORLD).write('note.txt', 'as it was');
    const words = ['run', '--allow-net', '--allow-env', '--record', 'log', 'world.qz', 'one', 'two'];
    const said = await here.run(words, 'a line\n', { COLOUR: 'red' });
    expect(said, said.err).toMatchObject({ code: 0, err: 'to the other stream\n' });
    expect(said.out).toContain('Some("red")');
    expect(said.out).toContain('"hello!"');
    return said;
  };

  it('replays without the outside, in either engine, with the same timeline', async () => {
    const said = await recorded();
    here.write('note.txt', 'changed since');
    const traces = [];
    for (const engine of ['interpreter', 'compiled']) {
      const words = ['run', '--engine', engine, '--replay', 'log', '--trace', `${engine}.json`, 'world.qz'];
      expect(await here.run(words)).toMatchObject({ code: 0, out: said.out, err: said.err });
      traces.push(new TextDecoder().decode(here.read(`${engine}.json`)));
    }
    expect(traces[0]).toBe(traces[1]);
  });

  it('tells every thread the same times again, however often the run sleeps', async () => {
    here.write('clocks.qz', CLOCKS);
    const said = await here.run(['run', '--record', 'log', 'clocks.qz']);
    expect(said, said.err).toMatchObject({ code: 0, err: '' });
    for (const engine of ['interpreter', 'compiled'])
      expect(await here.run(['run', '--engine', engine, '--replay', 'log', 'clocks.qz'])).toEqual(said);
  });

  it('records a run under a seed, and one that fails', async () => {
    here.write(
      'race.qz',
      RACE.replace('  std::wait(5)', '  std::wait(5)\n  raise Failure(x)').replace('x ++ y)\n', 'x ++ y)\n'),
    );
    here.write('fails.qz', 'fun main()\n  std::print(std::get_time_ms())\n  std::print(1 / (2 - 2))\nend\n');
    const said = await here.run(['run', '--record', 'log', 'fails.qz']);
    expect(said.code).toBe(1);
    expect(await here.run(['run', '--replay', 'log', 'fails.qz'])).toMatchObject({
      code: 1,
      out: said.out,
      err: said.err,
    });
    here.write('race.qz', RACE);
    const seeded = await here.run(['run', '--seed', '5', '--record', 'log', 'race.qz']);
    expect(await here.run(['run', '--replay', 'log', 'race.qz'])).toMatchObject({ code: 0, out: seeded.out });
  });

  it.each([
    ['waits', '    std::wait(1)\n', []],
    ['computes', '', ['--engine', 'interpreter']],
  ])('a program that %s until it is interrupted leaves a log, which ends at the same place', async (_, wait, more) => {
    here.write(
      'tick.qz',
      `fun main()\n  var n = 0\n  while n >= 0\n    std::print(n)\n    n = n + 1\n${wait}  end\nend\n`,
    );
    let out = '';
    const code = await main('quartz', ['run', ...more, '--record', 'log', 'tick.qz'], {
      ...production,
      cwd: here.path,
      stdout: (text) => void (out += text),
      onInterrupt: (action) => {
        const timer = setInterval(() => void (out.split('\n').length > 8 && action(130)), 20);
        return () => clearInterval(timer);
      },
    });
    expect(code).toBe(130);
    expect(await here.run(['run', '--replay', 'log', 'tick.qz'])).toMatchObject({ code: 130, out, err: '' });
  });

  it('refuses logs of other programs, logs that were cut off, and what is no log', async () => {
    await recorded();
    const log = new TextDecoder().decode(here.read('log'));
    const lines = log.trimEnd().split('\n');
    const replay = async (text: string | Uint8Array, program = 'world.qz'): Promise<string> => {
      const said = await here.write('bad', text).run(['run', '--replay', 'bad', program]);
      expect(said.code).toBe(1);
      expect(said.err).not.toContain('defect in Quartz');
      return said.err;
    };
    here.write('other.qz', WORLD.replace('std::wait(3)', 'std::wait(4)'));
    expect(await replay(log, 'other.qz')).toContain('this is the log of another program: module');
    expect(await replay(lines.slice(0, -1).join('\n'))).toContain('the log is cut off');
    expect(await replay(log.slice(0, log.length - 30))).toMatch(/cut off|damaged/);
    expect(await replay('')).toContain('it is no log of a run');
    expect(await replay('{"format":"quartz-log/3"}\n')).toContain('header of the log is damaged');
    expect(await replay(Uint8Array.of(0xff, 0xfe, 0))).toContain('error: ');
    const changed = (i: number, line: string): string => lines.map((l, k) => (k === i ? line : l)).join('\n') + '\n';
    const at = (what: RegExp): number => lines.findIndex((l) => what.test(l));
    expect(await replay(changed(1, '[1,"pick",2,7]'))).toContain('line 2 is damaged');
    expect(await replay(changed(1, '[0,"time",1]'))).toContain('line 2 is damaged');
    const got = at(/"gave"|"answer"/);
    const depth = `${'{"l":['.repeat(5000)}${']}'.repeat(5000)}`;
    for (const value of ['{"q":1}', '1.5', '[]', '{"d":[1]}', '{"f":"x"}', depth])
      expect(await replay(changed(got, lines[got]!.replace(/,[^,]*$/, `,${value}]`)))).toMatch(
        /damaged|does not follow/,
      );
    // Whatever is left out, the run parts from the log at once, and says where: but for one of two looks between the same slices.
    const look = (line: string): string | undefined => /^\[\d+,"look",\d+/.exec(line)?.[0];
    for (let i = 1; i < lines.length - 1; i += 4) {
      if (look(lines[i]!) !== undefined && look(lines[i]!) === look(lines[i + 1]!)) continue;
      const said = await replay(lines.filter((_, k) => k !== i).join('\n') + '\n');
      expect(said, lines[i]).toMatch(/does not follow the log: at line \d+/);
    }
    expect((await here.run(['run', '--replay', 'nothing', 'world.qz'])).err).toContain('there is no file nothing');
    expect((await here.run(['run', '--replay', 'log', '--seed', '1', 'world.qz'])).code).toBe(2);
    expect((await here.run(['run', '--replay', 'log', '--record', 'x', 'world.qz'])).code).toBe(2);
  });
});

const VOTES = `require test

session Vote(p, n)
  p!Say(n)
end

fun order()
  let voters = [spawn Vote(self, n) for n in 1..4]
  var all = 0
  for i in 1..4
    on Say(n) from any v in voters
      all = all * 10 + n
    end
  end
  all
end

test "never in reverse"
  test::not_equal(order(), 4321)
end

test "all are heard"
  test::check(order() > 1000, "four digits")
end
`;

describe('quartz test under many schedules', () => {
  it('passes where only the usual schedule is tried', async () => {
    here.write('votes.qz', VOTES);
    expect(await here.run(['test', '--unsafe', 'votes.qz'])).toMatchObject({ code: 0, out: '2 passed, 0 failed\n' });
  });

  it.each([['--exhaustive'], ['--explore', '500']])('finds the one order that fails: %s', async (...how) => {
    here.write('votes.qz', VOTES);
    const said = await here.run(['test', '--unsafe', ...how, 'votes.qz']);
    expect(said.code).toBe(1);
    expect(said.err).toContain('\n  both are 4321\n');
    expect(said.out).toMatch(
      /votes: all are heard: (24 schedules: all that make a difference|500 random schedules, seeds 1 to 500)/,
    );
    const again = /again: quartz (.*)$/m.exec(said.err)![1]!;
    const words = [...again.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2]!);
    const repeated = await here.run(words);
    expect(repeated).toMatchObject({ code: 1, out: '0 passed, 1 failed\n' });
    expect(repeated.err).toContain('both are 4321');
    const seed = /it fails with seed (\d+)/.exec(said.err)?.[1];
    if (seed !== undefined)
      expect((await here.run(['test', '--unsafe', '--explore', '1', '--seed', seed, 'votes.qz'])).err).toContain(
        '4321',
      );
    // Four voters one after the other: turns that nobody needs are gone.
    expect(words.at(-1)!.split(',').length).toBeLessThanOrEqual(5);
  });

  it('says when it gave up, and refuses two ways at once', async () => {
    here.write('votes.qz', VOTES.replace('4321', '0'));
    const few = await here.run(['test', '--unsafe', '--exhaustive', '--max-runs', '5', 'votes.qz']);
    expect(few).toMatchObject({ code: 0 });
    expect(few.out).toContain('5 schedules: NOT all of them');
    expect((await here.run(['test', '--unsafe', '--exhaustive', '--explore', '5', 'votes.qz'])).code).toBe(2);
    expect((await here.run(['test', '--steps', 'x', 'votes.qz'])).code).toBe(2);
  });
});

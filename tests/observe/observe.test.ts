/** What is said of a run: statistics, timelines in the Trace Event Format, profiles, counted heaps; and that it stays the same run. */
import { describe, expect, it } from 'vitest';
import { type Folder, eachInAFolder } from '../support/cli.js';

let here: Folder;
eachInAFolder((folder) => (here = folder));

const WORK = `fun fib(n)
  if n < 2
    n
  else
    fib(n - 1) + fib(n - 2)
  end
end

session Worker(p, n)
  on Go from p
    p!Done(fib(n))
  end
end

fun main()
  let a = spawn Worker(self, 15)
  let b = spawn Worker(self, 18)
  a!Go
  b!Go
  on Done(x) from a
    on Done(y) from b
      std::print(x + y)
    end
  end
end
`;

describe('quartz run --stats', () => {
  it('counts threads, messages and reductions, the same in both engines', async () => {
    here.write('work.qz', WORK);
    const read = async (engine: string): Promise<Record<string, unknown>> => {
      const said = await here.run(['run', '--engine', engine, '--stats-json', 'work.qz']);
      expect(said).toMatchObject({ code: 0, out: '3194\n' });
      return JSON.parse(said.err) as Record<string, unknown>;
    };
    const [i, c] = [await read('interpreter'), await read('compiled')];
    for (const s of [i, c])
      expect(s).toMatchObject({
        threads: { started: 3, failed: 0, mostAtOnce: 3, left: 0 },
        messages: 4,
        heapValues: null,
      });
    expect(i['reductions']).toBe(c['reductions']);
    expect(i['slices']).toBe(c['slices']);
    expect(i['instructions']).toBeGreaterThan(i['reductions'] as number);
    expect(c['instructions']).toBeNull();
    expect((i['compiled'] as { modules: number }).modules).toBe(0);
    await here.write('hot.qz', WORK.replace('18', '24'));
    const { err } = await here.run(['run', '--stats-json', 'hot.qz']);
    expect((JSON.parse(err) as { compiled: { modules: number } }).compiled.modules).toBe(1);
    const text = await here.run(['run', '--stats', '--thread-heap', '100000', 'work.qz']);
    expect(text.err).toMatch(/^threads +3 started, 3 at once, 0 failed, 0 left\nmessages +4\n/);
    expect(text.err).toMatch(/^values +\d+$/m);
  });

  it('says how values are counted, if they are', async () => {
    here.write(
      'list.qz',
      'fun main()\n  var xs = []\n  for i in 1..20000\n    xs = [i, ..xs]\n  end\n  std::print(xs[0])\nend\n',
    );
    const said = await here.run(['run', '--thread-heap', '3000', '--gc-log', 'list.qz']);
    expect(said).toMatchObject({ code: 1 });
    expect(said.err).toMatch(/^GC start: heap_size = \d+ values\nGC end: heap_size = \d+ values\n/);
    expect(said.err).toContain('HeapExhausted');
    expect((await here.run(['run', '--gc-log', 'list.qz'])).code).toBe(2);
  });
});

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly id?: number;
  readonly bp?: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** The rules of the format for the kinds of events that there are: what Perfetto's importer needs to show all of it. */
function judge(text: string): TraceEvent[] {
  const { traceEvents: all } = JSON.parse(text) as { traceEvents: TraceEvent[] };
  const slices = all.filter((e) => e.ph === 'X');
  const enclosed = (e: TraceEvent): boolean =>
    slices.some((s) => s.tid === e.tid && s.pid === e.pid && s.ts! <= e.ts! && e.ts! <= s.ts! + s.dur!);
  let last = -1;
  for (const e of all) {
    expect(['M', 'X', 's', 'f', 'i']).toContain(e.ph);
    expect(Number.isInteger(e.pid) && Number.isInteger(e.tid) && e.name !== '').toBe(true);
    if (e.ph === 'M') {
      expect(['process_name', 'thread_name']).toContain(e.name);
      expect(typeof e.args?.['name']).toBe('string');
      continue;
    }
    expect(Number.isFinite(e.ts)).toBe(true);
    expect(e.ts).toBeGreaterThanOrEqual(last);
    last = e.ts!;
    if (e.ph === 'X') expect(e.dur).toBeGreaterThanOrEqual(0);
    if (e.ph === 's' || e.ph === 'f') expect(enclosed(e), JSON.stringify(e)).toBe(true);
    if (e.ph === 'f') expect(e.bp).toBe('e');
  }
  for (const tid of new Set(slices.map((s) => s.tid))) {
    const own = slices.filter((s) => s.tid === tid);
    own.slice(1).forEach((s, i) => expect(s.ts).toBeGreaterThanOrEqual(own[i]!.ts! + own[i]!.dur! - 0.001));
    expect(all.filter((e) => e.name === 'thread_name' && e.tid === tid)).toHaveLength(1);
  }
  const [starts, ends] = ['s', 'f'].map((ph) => all.filter((e) => e.ph === ph));
  expect(starts!.map((e) => e.id).sort()).toEqual(ends!.map((e) => e.id).sort());
  expect(new Set(starts!.map((e) => e.id)).size).toBe(starts!.length);
  for (const e of ends!) {
    const start = starts!.find((s) => s.id === e.id)!;
    expect(start.ts).toBeLessThanOrEqual(e.ts!);
    expect(start.name).toBe(e.name);
  }
  return all;
}

describe('quartz run --trace', () => {
  const trace = async (...flags: string[]): Promise<string> => {
    const said = await here.run(['run', ...flags, '--trace', 'out.json', 'work.qz']);
    expect(said).toMatchObject({ code: 0, out: '3194\n', err: '' });
    return new TextDecoder().decode(here.read('out.json'));
  };

  it('shows threads as tracks and messages as arrows from the slice that sends to the one that takes', async () => {
    here.write('work.qz', WORK);
    for (const flags of [[], ['--seed', '4'], ['--virtual-time', '--quantum', '7'], ['--engine', 'compiled']]) {
      const all = judge(await trace(...flags));
      const names = all.filter((e) => e.name === 'thread_name').map((e) => e.args!['name']);
      expect(names).toEqual(['main #1', 'Worker #2', 'Worker #3']);
      const arrows = all.filter((e) => e.ph === 's').map((e) => `${e.name} from ${e.tid}`);
      expect(arrows.sort()).toEqual(['Done from 2', 'Done from 3', 'Go from 1', 'Go from 1']);
    }
  });

  it('is the same file again for a run that is the same again', async () => {
    here.write('work.qz', WORK);
    expect(await trace('--seed', '9')).toBe(await trace('--seed', '9'));
    expect(await trace('--seed', '9', '--engine', 'interpreter')).toBe(
      await trace('--seed', '9', '--engine', 'compiled'),
    );
  });

  it('follows links that are given away, and forgets what nobody read', async () => {
    here.write(
      'given.qz',
      `session Source(p)
  p!Number(1)
  p!Number(2)
end
session Reader(p)
  on Take(s) from p
    on Number(a) from s
      on Number(b) from s
        std::print(a + b)
      end
    end
  end
end
fun main()
  let s = spawn Source(self)
  let r = spawn Reader(self)
  std::wait(1)
  r!Take(s)
end
`,
    );
    const said = await here.run(['run', '--virtual-time', '--trace', 'out.json', 'given.qz']);
    expect(said).toMatchObject({ code: 0, out: '3\n', err: '' });
    const all = judge(new TextDecoder().decode(here.read('out.json')));
    expect(
      all
        .filter((e) => e.ph === 'f')
        .map((e) => `${e.name} ${e.tid}`)
        .sort(),
    ).toEqual(['Number 3', 'Number 3', 'Take 3']);
  });
});

describe('quartz profile', () => {
  interface Found {
    readonly instructions: number;
    readonly lines: readonly { function: string; line: number; self: number; total: number }[];
  }
  const profile = async (...flags: string[]): Promise<Found> => {
    const said = await here.run(['profile', '--json', ...flags, 'work.qz']);
    expect(said).toMatchObject({ code: 0, out: '3194\n' });
    return JSON.parse(said.err) as Found;
  };

  it('counts every instruction once, the same each time', async () => {
    here.write('work.qz', WORK);
    const exact = await profile('--every', '1');
    const { err } = await here.run(['run', '--engine', 'interpreter', '--stats-json', 'work.qz']);
    expect(exact.instructions).toBe((JSON.parse(err) as { instructions: number }).instructions);
    const sum = exact.lines.reduce((n, l) => n + l.self, 0);
    // What comes after the last instruction of a thread is on no line.
    expect(exact.instructions - sum).toBeLessThanOrEqual(3);
    const calls = exact.lines.find((l) => l.function === 'fib' && l.line === 5)!;
    expect(calls.self).toBe(Math.max(...exact.lines.map((l) => l.self)));
    expect(calls.total).toBeGreaterThan(0.9 * exact.instructions);
    const strip = (f: Found): unknown =>
      f.lines.map(({ function: name, line, self, total }) => [name, line, self, total]);
    expect(strip(await profile('--every', '1'))).toEqual(strip(exact));
    const sampled = await profile('--every', '50');
    expect(sampled.instructions).toBe(exact.instructions);
    expect(strip(await profile('--every', '50'))).toEqual(strip(sampled));
    const share = (f: Found): number => f.lines.find((l) => l.line === 5)!.self / f.instructions;
    expect(Math.abs(share(sampled) - share(exact))).toBeLessThan(0.05);
  });

  it('shows a table, the busiest line first, and goes on through failures', async () => {
    here.write('work.qz', WORK.replace('std::print(x + y)', 'std::print(1 / (x - x))'));
    const said = await here.run(['profile', 'work.qz']);
    expect(said.code).toBe(1);
    expect(said.err).toMatch(
      /^\d+ instructions, a sample every 97\n +self +total +instructions +ms +line\n.*fib \(work\.qz:5\)\n/m,
    );
    expect(said.err).toContain('DivideByZero');
  });
});

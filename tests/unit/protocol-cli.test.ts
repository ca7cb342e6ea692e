/** `quartz protocol` through the command line's own entry, on files in memory: verdicts, exit codes, hostile files. */
import { describe, expect, it } from 'vitest';
import type { Effects } from '../../cli/effects/effects.js';
import { main } from '../../cli/main.js';
import { production } from '../../cli/effects/production.js';
import { readSchedule } from '../../runtime/scheduler/schedule.js';
import { root } from '../support/compile.js';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly written: ReadonlyMap<string, string>;
}

async function quartz(words: readonly string[], files: Readonly<Record<string, string>>): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []];
  const written = new Map<string, string>();
  const effects: Effects = {
    ...production,
    cwd: root,
    home: root,
    env: { NO_COLOR: '1' },
    isTerminal: () => false,
    readFile: (file) => {
      const text = Object.entries(files).find(([name]) => file === `${root}/${name}`)?.[1];
      return text === undefined ? production.readFile(file) : new TextEncoder().encode(text);
    },
    writeFile: (file, content) => void written.set(file.replace(`${root}/`, ''), String(content)),
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
  };
  const code = await main('quartz', words, effects);
  return { code, out: out.join(''), err: err.join(''), written };
}

const PING = `
session P(q)
  q!Ping
  on Pong from q
  end
end
session Q(p)
  on Ping from p
    p!Pong
  end
end
fun main()
  let p = spawn P(q)
  and q = spawn Q(p)
end
`;
const STUCK = PING.replace('p!Pong', '');

const pair = (name: string, q: unknown): object => ({
  name,
  roles: { P: { init: 0, edges: [[0, '!', 'Q', 'a', 1]] }, Q: { init: 0, edges: q } },
});
const SAFE = pair('good', [[0, '?', 'P', 'a', 1]]);
const BAD = pair('bad', [[0, '?', 'P', 'b', 1]]);

interface Entry {
  readonly name: string;
  readonly verdict: string;
  readonly bound: number | null;
  readonly argument: string | null;
  readonly schedule: readonly { role: string; action: string; peer: string; label: string }[] | null;
  readonly reason: string | null;
  readonly states: number;
  readonly milliseconds: number;
}
const entries = (text: string): Entry[] => JSON.parse(text) as Entry[];

describe('quartz protocol check', () => {
  it('judges the compositions of a source file', async () => {
    const ran = await quartz(['protocol', 'check', '--json', 'ping.qz'], { 'ping.qz': PING });
    expect(ran.code).toBe(0);
    const [only, ...more] = entries(ran.out);
    expect(more).toEqual([]);
    expect(only).toMatchObject({ name: 'P, Q', verdict: 'safe', bound: 1, schedule: null, reason: null });
    expect(only!.argument).toMatch(/^exhaust/);
    expect(only!.states).toBeGreaterThan(1);
    const fields = ['name', 'verdict', 'bound', 'argument', 'schedule', 'reason', 'states', 'milliseconds'];
    expect(Object.keys(only!)).toEqual(fields);
  });

  it('says what the progress of a safe composition depends on', async () => {
    const door = 'session Door(b)\n  on Knock from guest\n    b!Ring\n  end\nend\n';
    const main = 'fun main()\n  let d = spawn Door(self)\n  on Ring from d\n  end\nend\n';
    const ran = await quartz(['protocol', 'check', '--json', 'door.qz'], { 'door.qz': door + main });
    expect(entries(ran.out)).toMatchObject([
      { verdict: 'safe', reason: 'depends on outside: a client at Door (line 2)' },
    ]);
  });

  it('judges one system or a list, safe and rejected', async () => {
    const files = { 'one.json': JSON.stringify(SAFE), 'two.json': JSON.stringify([SAFE, BAD]) };
    const one = await quartz(['protocol', 'check', '--json', 'one.json'], files);
    expect([one.code, entries(one.out).map((e) => e.verdict)]).toEqual([0, ['safe']]);
    const two = await quartz(['protocol', 'check', '--json', 'two.json'], files);
    expect([two.code, entries(two.out).map((e) => e.verdict)]).toEqual([1, ['safe', 'rejected']]);
    expect(entries(two.out)[1]!.schedule).toMatchObject([{ role: 'P', action: 'send', peer: 'Q', label: 'a' }]);
    expect(entries(two.out)[1]!.reason).toContain('the next message is a');
  });

  it('prints a table with totals, and the schedule of a lone rejection', async () => {
    const ran = await quartz(['protocol', 'check', 'bad.json'], { 'bad.json': JSON.stringify(BAD) });
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/^system +verdict +bound +argument +states +ms$/m);
    expect(ran.out).toMatch(/^bad +rejected/m);
    expect(ran.out).toMatch(/\|- a -+x\|/);
    expect(ran.out).toMatch(/^1 system: 0 safe, 1 rejected, 0 unknown, \d+ ms$/m);
  });

  it('gives no safe verdict where the bound or the time is too small', async () => {
    const edges = (kind: string): unknown[] => [0, 1, 2].map((i) => [i, kind, kind === '!' ? 'Q' : 'P', 'a', i + 1]);
    const three = {
      name: 'crossing',
      roles: {
        P: { init: 0, edges: [...edges('!'), [3, '?', 'Q', 'b', 4], [4, '?', 'Q', 'b', 5]] },
        Q: { init: 's', edges: [['s', '!', 'P', 'b', 't'], ['t', '!', 'P', 'b', 0], ...edges('?')] },
      },
    };
    const files = { 'x.json': JSON.stringify(three) };
    const low = await quartz(['protocol', 'check', '--json', '--max-bound', '1', 'x.json'], files);
    const high = await quartz(['protocol', 'check', '--json', 'x.json'], files);
    expect([high.code, entries(high.out)[0]!.verdict]).toEqual([0, 'safe']);
    if (entries(low.out)[0]!.verdict === 'safe') expect(entries(low.out)[0]!.argument).toBe('half-duplex');
    else expect(low.code).toBe(1);
    const late = await quartz(['protocol', 'check', '--json', '--timeout', '0.000001', 'x.json'], files);
    expect([late.code, entries(late.out)[0]!.verdict]).toEqual([1, 'unknown']);
    expect(late.out).toContain('"cause":"time"');
  });

  it('hands the timeout on to the compositions of a program', async () => {
    const ran = await quartz(['protocol', 'check', '--json', '--timeout', '0.000001', 'ping.qz'], { 'ping.qz': PING });
    expect([ran.code, entries(ran.out)[0]!.verdict]).toEqual([1, 'unknown']);
  });

  it('does not call safe what is not proved about the whole', async () => {
    const changing = `
session S()
  on Init from a
    Serving()
  end
end
session Serving()
  on Get from a
    a!Got
    loop
  end
end
session C(s)
  let e = connect s
  e!Init
end
fun main()
  let s = spawn S()
  spawn C(s)
  spawn C(s)
end
`;
    const ran = await quartz(['protocol', 'check', '--json', 's.qz'], { 's.qz': changing });
    expect(ran.code).toBe(1);
    expect(entries(ran.out).filter((e) => e.verdict !== 'safe').length).toBeGreaterThan(0);
  });

  it('writes the schedule of a rejection with source lines', async () => {
    const ran = await quartz(['protocol', 'check', '--trace', 'out/t.json', 'stuck.qz'], { 'stuck.qz': STUCK });
    expect(ran.code).toBe(1);
    const read = readSchedule(ran.written.get('out/t.json') ?? '');
    if (!read.ok) throw new Error(read.error);
    expect(read.schedule.steps.map((s) => [s.role, s.action, s.peer, s.label, s.line])).toEqual([
      ['P', 'send', 'Q', 'Ping', 3],
      ['Q', 'receive', 'P', 'Ping', 8],
    ]);
    expect(read.schedule.roles).toEqual([
      { name: 'P', session: 'P', spawner: false, talks: [3, 4] },
      { name: 'Q', session: 'Q', spawner: false, talks: [8] },
    ]);
    expect(read.schedule.end.waiting.map((w) => w.role)).toEqual(['P']);
  });

  it.each([
    ['not JSON', '{'],
    ['nothing', ''],
    ['a number', '7'],
    ['no roles', '{"name":"x"}'],
    ['an odd edge', '{"roles":{"P":{"init":0,"edges":[[0,"!"]]}}}'],
    ['an unknown partner', '{"roles":{"P":{"init":0,"edges":[[0,"!","Z","a",1]]}}}'],
    ['escapes', JSON.stringify({ name: '\u001b[2J\n\n', roles: 1 })],
    ['deep nesting', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ])('refuses %s in one line', async (_, text) => {
    const ran = await quartz(['protocol', 'check', 'x.json'], { 'x.json': text });
    expect(ran.code).toBe(1);
    expect(ran.out).toBe('');
    expect(ran.err).toMatch(/^error: x\.json: [^\p{Cc}]+\n$/u);
    expect(ran.err.length).toBeLessThan(400);
  });

  it('says so when a file is missing or an option is wrong', async () => {
    expect((await quartz(['protocol', 'check', 'none.json'], {})).code).toBe(1);
    expect((await quartz(['protocol', 'check', '--timeout', 'soon', 'none.json'], {})).code).toBe(2);
    expect((await quartz(['protocol', 'check'], {})).code).toBe(2);
  });
});

describe('quartz protocol show and global', () => {
  it('draws sessions with their payloads and a run with lines', async () => {
    const ran = await quartz(['protocol', 'show', 'ping.qz'], { 'ping.qz': PING });
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('  (1) --q!Ping--> (2) --q?Pong--> ((end))');
    expect(ran.out).toMatch(/^ ?3 +\|- Ping -+>\|$/m);
    expect(ran.out).toContain('a complete run');
  });

  it('draws one session only, and writes SVG', async () => {
    const ran = await quartz(['protocol', 'show', 'ping.qz', '--of', 'Q', '--svg', 'p.svg'], { 'ping.qz': PING });
    expect([ran.code, ran.out]).toEqual([0, '']);
    const svg = ran.written.get('p.svg')!;
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain('p!Pong');
    expect(svg).not.toContain('q!Ping');
    expect((await quartz(['protocol', 'show', 'ping.qz', '--of', 'Z'], { 'ping.qz': PING })).code).toBe(1);
  });

  it('prints for Mermaid and Graphviz, several pictures for Mermaid as Markdown takes them', async () => {
    const all = await quartz(['protocol', 'show', 'ping.qz', '--mermaid'], { 'ping.qz': PING });
    expect(all.out.match(/^```mermaid\n---\ntitle: /gm)).toHaveLength(3);
    expect(all.out.match(/^```$/gm)).toHaveLength(3);
    const alone = 'session Alone()\nend\n';
    const one = await quartz(['protocol', 'show', 'one.qz', '--mermaid'], { 'one.qz': alone });
    expect(one.out).toMatch(/^---\ntitle: "Alone"\n---\nstateDiagram-v2\n/);
    const dot = await quartz(['protocol', 'show', 'ping.qz', '--dot'], { 'ping.qz': PING });
    expect(dot.out.match(/^digraph "/gm)).toHaveLength(2);
  });

  it('draws the schedule of a rejection, and fails', async () => {
    const ran = await quartz(['protocol', 'show', 'stuck.qz'], { 'stuck.qz': STUCK });
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('waits for Pong');
  });

  it('prints a global type, or why there is none', async () => {
    const ran = await quartz(['protocol', 'global', 'ping.qz'], { 'ping.qz': PING });
    expect([ran.code, ran.out.split('\n').slice(1)]).toEqual([
      0,
      ['  P -> Q : Ping;', '  Q -> P : Pong;', '  end', ''],
    ]);
    const stuck = await quartz(['protocol', 'global', 'stuck.qz'], { 'stuck.qz': STUCK });
    expect(stuck.code).toBe(1);
    expect(stuck.out).toContain('none: it is rejected');
  });
});

describe('quartz check and run', () => {
  it('prints the verdict of every composition with -v', async () => {
    const ran = await quartz(['check', '-v', 'ping.qz'], { 'ping.qz': PING });
    expect([ran.code, ran.out]).toEqual([0, 'group P, Q (line 13): safe; progress: proved\n']);
  });

  it('writes the schedule and the picture of a rejection, and drives the program along the schedule', async () => {
    const checked = await quartz(['check', '--trace', 't.json', '--diagram', 't.svg', 'stuck.qz'], {
      'stuck.qz': STUCK,
    });
    expect(checked.code).toBe(1);
    expect(checked.written.get('t.svg')).toContain('waits for Pong');
    const files = { 'stuck.qz': STUCK, 't.json': checked.written.get('t.json')! };
    const ran = await quartz(['run', '--unsafe', '--schedule', 't.json', 'stuck.qz'], files);
    expect(ran.err).toContain('P waits for Pong from Q, at P (stuck.qz:4)');
    expect([ran.code, ran.err.trimEnd().split('\n').at(-1)]).toEqual([0, 'this is the state that was reported']);
    const other = { ...files, 't.json': files['t.json'].replaceAll('Ping', 'Pang') };
    const astray = await quartz(['run', '--unsafe', '--schedule', 't.json', 'stuck.qz'], other);
    expect([astray.code, astray.err]).toEqual([1, expect.stringContaining('the program goes another way')]);
  });
});

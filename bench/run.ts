/**
 * Quartz against Erlang (one scheduler), hand-written JavaScript and, where it is installed, Go (one processor), side by side: rounds are interleaved, so what else the
 * machine does hits all alike, and medians are compared. `npm run bench -- [--quick] [--only NAME] [--rounds N] [--json FILE]`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compilePrograms } from './images.js';
import { Peer, median, nodePeer, root, temporaryFolder } from './peer.js';

/** In the order of the table; start-up is measured by whole processes. */
const NAMES = [
  'ping-pong', 'ring', 'fan-in', 'skynet', 'spawn', 'fib', 'loop', 'list-search', 'binary-trees', 'deep-recursion',
  'selective-receive', 'throw', 'start-up',
] as const; // prettier-ignore
/** What only Quartz has: the guests, and saving a machine. */
const OWN = ['vmactor', 'grumpy', 'snapshot'] as const;

interface Row {
  readonly name: string;
  /** Milliseconds, medians. */
  readonly quartz: number | null;
  readonly erlang: number | null;
  readonly javascript: number | null;
  readonly go: number | null;
  /** erlang / quartz: greater than 1 means Quartz is faster. */
  readonly ratio: number | null;
  /** Size of what was saved. */
  readonly bytes?: number;
}

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    only: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    json: { type: 'string' },
  },
});
const rounds = Number(flags.rounds ?? 7);
/** Milliseconds that a language may have taken for a program in a quick run to get a second round, a third, each further one. */
const PATIENCE = [500, 400, 300];
/** A quick run that has taken so many milliseconds is on a slow machine, and has less patience. */
const LATE = 25_000;
const IMPATIENCE = 200;
/** Does a language that has had so many rounds of a program, which took so long together, get another? */
function another(times: readonly number[]): boolean {
  const done = times.length;
  const spent = times.reduce((a, b) => a + b, 0);
  const patience = PATIENCE[Math.min(done, PATIENCE.length) - 1]!;
  const late = performance.now() > LATE;
  return done === 0 || flags.quick !== true || spent < (late ? Math.min(patience, IMPATIENCE) : patience);
}
const wanted = (name: string): boolean => flags.only === undefined || flags.only.includes(name);
const names = NAMES.filter(wanted);
const own = OWN.filter(wanted);
if (names.length + own.length === 0) {
  process.stderr.write(`there is no such program; there are ${[...NAMES, ...OWN].join(', ')}\n`);
  process.exit(2);
}

function erlangFolder(): string | undefined {
  if (spawnSync('erlc', ['-help']).error !== undefined) return undefined;
  const out = temporaryFolder();
  execFileSync('erlc', ['+inline', '-o', out, path.join(root, 'bench/erlang/peers.erl')]);
  writeFileSync(
    path.join(out, 'hello.erl'),
    '-module(hello).\n-export([main/0]).\nmain() -> io:format("hello~n"), halt(0).\n',
  );
  execFileSync('erlc', ['-o', out, path.join(out, 'hello.erl')]);
  return out;
}

/** The programs in Go, built; undefined where there is no Go. It takes longer than all others together, so `--quick` is without. */
function goProgram(): string | undefined {
  if (flags.quick === true) return undefined;
  if (spawnSync('go', ['version']).error !== undefined) return undefined;
  const out = path.join(temporaryFolder(), 'peers');
  execFileSync('go', ['build', '-o', out, path.join(root, 'bench/go/peers.go')]);
  return out;
}

const wholeProcess = (command: string, args: readonly string[]): number => {
  const start = performance.now();
  const { status } = spawnSync(command, args, { cwd: root });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
  return performance.now() - start;
};

const erlang = erlangFolder();
if (erlang === undefined)
  process.stderr.write('Erlang is not installed (Debian: erlang-base); its column stays empty\n');
const go = goProgram();
if (go === undefined && flags.quick !== true)
  process.stderr.write('Go is not installed (Debian: golang-go); its column stays empty\n');
const images = compilePrograms(names.filter((name) => name !== 'start-up'));
const starters: Record<'quartz' | 'erlang' | 'javascript' | 'go', () => Peer | undefined> = {
  quartz: () => nodePeer('quartz', '--images', images),
  erlang: () =>
    erlang === undefined
      ? undefined
      : new Peer('erl', ['-noshell', '+S', '1', '+P', '4000000', '-pa', erlang, '-s', 'peers', 'main'], 1e-3),
  javascript: () => nodePeer('javascript'),
  go: () => (go === undefined ? undefined : new Peer(go, [], 1e-3)),
};
type Side = keyof typeof starters;
const SIDES: readonly Side[] = ['quartz', 'erlang', 'javascript', 'go'];
type Times = Record<Side, number[]>;
const noTimes = (): Times => ({ quartz: [], erlang: [], javascript: [], go: [] });

async function measure(name: string): Promise<Row> {
  const times = noTimes();
  // Processes of their own for every program: no program runs on code or heaps that another one shaped.
  const peers = SIDES.map((side) => [side, starters[side]()] as const);
  for (let round = 0; round < rounds; round++) {
    for (const [side, peer] of peers) {
      const time = another(times[side]) ? await peer?.time(name) : undefined;
      if (time !== undefined && time !== null) times[side].push(time);
    }
  }
  for (const [, peer] of peers) peer?.stop();
  return row(name, times);
}

function measureStart(): Row {
  const times = noTimes();
  const folder = temporaryFolder();
  const module = path.join(folder, 'hello.qzb');
  execFileSync(process.execPath, ['dist/cli/quartzc.js', 'bench/programs/start-up.qz', '-o', module], { cwd: root });
  for (let round = 0; round < (flags.quick === true ? 3 : rounds * 3); round++) {
    times.quartz.push(wholeProcess(process.execPath, ['dist/cli/quartz.js', 'run', module]));
    if (erlang !== undefined)
      times.erlang.push(wholeProcess('erl', ['-noshell', '+S', '1', '-pa', erlang, '-s', 'hello', 'main']));
    times.javascript.push(wholeProcess(process.execPath, ['-e', 'console.log("hello")']));
    if (go !== undefined) times.go.push(wholeProcess(go, ['hello']));
  }
  return row('start-up', times);
}

function row(name: string, times: Times): Row {
  const [quartz, erlang, javascript, go] = SIDES.map((side) => median(times[side])) as (number | null)[] as [
    number | null,
    number | null,
    number | null,
    number | null,
  ];
  return { name, quartz, erlang, javascript, go, ratio: quartz === null || erlang === null ? null : erlang / quartz };
}

/** Milliseconds, and what was done in them. */
async function measureOwn(name: string): Promise<readonly [Row, string]> {
  const peer = nodePeer('guests');
  const times: number[] = [];
  let done = { amount: 0, unit: '' };
  for (let round = 0; round < (flags.quick === true ? 1 : rounds); round++) {
    const answer = await peer.ask(name);
    if (answer === null) break;
    const [time, amount, unit] = answer.split(' ');
    times.push(Number(time));
    done = { amount: Number(amount), unit: unit! };
  }
  peer.stop();
  const quartz = median(times);
  const made: Row = { name, quartz, erlang: null, javascript: null, go: null, ratio: null };
  if (quartz === null) return [made, ''];
  if (done.unit === 'bytes') return [{ ...made, bytes: done.amount }, `${done.amount} bytes`];
  return [made, `${(done.amount / quartz / 1000).toFixed(1)} million instructions/s`];
}

const show = (n: number | null, digits = 1): string => (n === null ? '-' : n.toFixed(digits)).padStart(11);

process.stdout.write(
  `${'program'.padEnd(18)}${['quartz ms', 'erlang ms', 'js ms', 'go ms', 'ratio'].map((s) => s.padStart(11)).join('')}\n`,
);
const rows: Row[] = [];
function report(found: Row, remark = ''): void {
  rows.push(found);
  const columns = [found.quartz, found.erlang, found.javascript, found.go].map((n) => show(n)).join('');
  process.stdout.write(`${found.name.padEnd(18)}${columns}${show(found.ratio, 2)}  ${remark}`.trimEnd() + '\n');
}
for (const name of names) report(name === 'start-up' ? measureStart() : await measure(name));
for (const name of own) report(...(await measureOwn(name)));
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);

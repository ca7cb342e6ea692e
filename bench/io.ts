/**
 * The outside world: HTTP, TCP, lines of input, files, JSON, sorting and maps in Quartz, beside the same by hand on Node and in Erlang.
 * `npm run bench:io -- [--only NAME] [--rounds N]` prints a table for docs/bench.md.
 * Invariant: rounds of all three take turns, and medians of processor time are compared, which other work on the machine
 * changes little; what a process needs to start is measured in the same rounds and taken off.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median, root, temporaryFolder } from './peer.js';

const SERVERS = ['http', 'tcp'] as const;
const OTHERS = ['lines', 'files', 'json', 'sort', 'map'] as const;
const SYSTEMS = ['quartz', 'node', 'erlang'] as const;
type System = (typeof SYSTEMS)[number];
/** Connections at once, and requests or echoes over all of them. */
const CLIENTS = 50;
const REQUESTS = 20_000;
const LINES = 1_000_000;

const { values: flags } = parseArgs({
  options: { only: { type: 'string', multiple: true }, rounds: { type: 'string' } },
});
const rounds = Number(flags.rounds ?? 5);
const folder = temporaryFolder();
const input = path.join(folder, 'lines');
writeFileSync(input, Array.from({ length: LINES }, (_, i) => `line ${i}\n`).join(''));
const quartz = path.join(root, 'dist/cli/quartz.js');
const hasErlang = spawnSync('erlc', ['-o', folder, path.join(root, 'bench/erlang/outside.erl')]).status === 0;
const wanted = (name: string): boolean => flags.only === undefined || flags.only.includes(name);
/** Compiled code is kept between runs, so what is measured from the second round on does not compile. */
const cache = path.join(folder, 'cache');
const empty = path.join(folder, 'empty.qz');
writeFileSync(empty, 'fun main()\n  ()\nend\n');

function commandOf(system: System, name: string): string[] {
  if (system === 'node') return [process.execPath, path.join(root, 'bench/io/node.mjs'), name, folder];
  if (system === 'erlang')
    return [
      'erl',
      '+S',
      '1:1',
      '-noshell',
      '-pa',
      folder,
      '-s',
      'outside',
      'main',
      name,
      ...(name === 'files' ? [folder] : []),
    ];
  const grants = ['--allow-net', '--allow-read', '--allow-write'];
  const program = name === 'empty' ? empty : path.join(root, `bench/io/of-${name}.qz`);
  return [process.execPath, quartz, 'run', ...grants, program, ...(name === 'files' ? [folder] : [])];
}

/** Milliseconds of processor time that a command takes to its end. */
function spent(system: System, name: string): number {
  const [command, ...args] = commandOf(system, name);
  const stdin = name === 'lines' ? readFileSync(input) : '';
  const ran = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@"', 'bash', command!, ...args], {
    input: stdin,
    encoding: 'utf8',
    env: { ...process.env, QUARTZ_CACHE: cache },
  });
  const [user, kernel] = ran.stderr.trim().split('\n').at(-1)!.split(' ').map(Number);
  if (ran.status !== 0) throw new Error(`${system} ${name}: ${ran.stderr}`);
  return 1000 * (user! + kernel!);
}

/** Milliseconds of processor time of a process until now. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

const asking = { http: requests, tcp: echoes };

/** Milliseconds of a server's processor time for so many requests, once warm. */
async function served(system: System, name: (typeof SERVERS)[number]): Promise<number> {
  const [command, ...args] = commandOf(system, name);
  const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve) =>
    child.stdout.once('data', (text) => resolve(Number(String(text)))),
  );
  await asking[name](port, REQUESTS / 4);
  const before = ticksOf(child.pid!);
  await asking[name](port, REQUESTS);
  const after = ticksOf(child.pid!);
  child.kill('SIGKILL');
  return after - before;
}

async function requests(port: number, all: number): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const asked = http.get({ port, host: '127.0.0.1', agent }, (answer) => answer.resume().once('end', resolve));
      asked.once('error', reject);
    });
  const several = async (): Promise<void> => {
    for (let i = 0; i < all / CLIENTS; i++) await one();
  };
  await Promise.all(Array.from({ length: CLIENTS }, several));
  agent.destroy();
}

async function echoes(port: number, all: number): Promise<void> {
  const several = (): Promise<void> =>
    new Promise((resolve, reject) => {
      let left = all / CLIENTS;
      const socket = net.connect(port, '127.0.0.1', () => socket.write('hello'));
      socket.on('data', () => (--left > 0 ? socket.write('hello') : socket.end(resolve)));
      socket.on('error', reject);
    });
  await Promise.all(Array.from({ length: CLIENTS }, several));
}

const systems = SYSTEMS.filter((s) => s !== 'erlang' || hasErlang);
const times = new Map<string, number[]>();
const note = (system: System, name: string, ms: number): void => {
  const key = `${system} ${name}`;
  times.set(key, [...(times.get(key) ?? []), ms]);
};
for (let round = 0; round <= rounds; round++) {
  if (round === 1) times.clear();
  for (const name of SERVERS.filter(wanted)) for (const s of systems) note(s, name, await served(s, name));
  const others = OTHERS.filter(wanted);
  for (const name of others.length > 0 ? (['empty', ...others] as const) : [])
    for (const s of systems) {
      if (s === 'erlang' && name === 'json') continue; // its library has none before release 27
      mkdirSync(folder, { recursive: true });
      note(s, name, spent(s, name));
    }
}

const medianOf = (system: System, name: string): number | null => median(times.get(`${system} ${name}`) ?? []);
const net0 = (system: System, name: string): number | null => {
  const all = medianOf(system, name);
  const isServer = (SERVERS as readonly string[]).includes(name);
  return all === null ? null : Math.max(1, all - (isServer ? 0 : (medianOf(system, 'empty') ?? 0)));
};
const shown = (x: number | null): string => (x === null ? '-' : x.toFixed(0));
const over = (x: number | null, y: number | null): string => (x === null || y === null ? '-' : (x / y).toFixed(1));
process.stdout.write(
  '| name | Quartz | Node | Erlang | Quartz / Node | Quartz / Erlang |\n|---|---:|---:|---:|---:|---:|\n',
);
for (const name of [...SERVERS, ...OTHERS].filter(wanted)) {
  const [q, n, e] = SYSTEMS.map((s) => net0(s, name)) as [number | null, number | null, number | null];
  process.stdout.write(`| \`${name}\` | ${shown(q)} | ${shown(n)} | ${shown(e)} | ${over(q, n)} | ${over(q, e)} |\n`);
}
rmSync(input);

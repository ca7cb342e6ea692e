/**
 * Three servers written as a new user would, and clients that come, misbehave and go: `npm run soak:servers -- [--clients N] [--kills N]
 * [kv|chat|todo|day ...]` (all of them unless named). Each of `bench/soak/{kv,chat,todo}.qz` serves N clients (10000), a hundred at a time; between them one that behaves has to get
 * the right answer. The server is killed and started again N times (50) in the middle of a batch. Then a day passes in virtual time.
 * Invariant: the exit code is 1 if a client that behaved got no answer or a wrong one, if the server ended by itself or said
 * anything on standard error, or if descriptors or memory grew beyond what the first tenth of the clients needed.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values: flags, positionals: named } = parseArgs({
  options: { clients: { type: 'string' }, kills: { type: 'string' } },
  allowPositionals: true,
});
const clients = Number(flags.clients ?? 10_000);
const kills = Number(flags.kills ?? 50);
const PARTS = ['kv', 'chat', 'todo', 'day'];
if (!(clients >= 1000 && kills >= 0) || named.some((part) => !PARTS.includes(part))) {
  process.stderr.write(
    'usage: npm run soak:servers -- [--clients N] [--kills N] [kv|chat|todo|day ...] (N clients: 1000 or more)\n',
  );
  process.exit(2);
}
const BATCH = 100;
/** Megabytes that a heap may breathe. */
const BREATH = 100;
const quartz = ['--import', 'tsx', path.resolve('cli/quartz.ts'), 'run'];

let bad = 0;
const problem = (text: string): void => {
  bad++;
  if (bad < 20) process.stdout.write(`  ${text}\n`);
};

/** What a client says and what has to come back. */
const SCRIPTS: Readonly<Record<string, (n: number) => readonly (readonly [string, RegExp])[]>> = {
  kv: (n) => [
    [`SET own${n} v${n}`, /^OK$/],
    [`GET own${n}`, new RegExp(`^v${n}$`)],
    [`DEL own${n}`, /^OK$/],
    ['COUNT', /^\d+$/],
  ],
  chat: (n) => [
    [`SAY line ${n}`, /^OK$/],
    ['HEAR', /^\d+ /],
  ],
  todo: (n) => [
    [`ADD thing ${n}`, /^(\d+|full)$/],
    ['LIST', /^\d+$/],
    [`DONE ${n}`, /^OK$/],
  ],
};

class Server {
  port = 0;
  err = '';
  ended = false;
  private constructor(readonly child: ChildProcess) {}

  static async start(name: string): Promise<Server> {
    const words = [...quartz, '--allow-net', path.resolve(`bench/soak/${name}.qz`)];
    const s = new Server(spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] }));
    s.child.stderr!.on('data', (chunk: Buffer) => (s.err += chunk.toString()));
    s.child.on('exit', () => (s.ended = true));
    s.port = await new Promise((resolve, reject) => {
      let out = '';
      s.child.stdout!.on('data', (chunk: Buffer) => {
        out += chunk.toString();
        const found = /listening on (\d+)/.exec(out);
        if (found !== null) resolve(Number(found[1]));
      });
      s.child.on('exit', () => reject(new Error(s.err)));
    });
    return s;
  }
  /** Open descriptors and megabytes of memory. */
  holds(): { readonly descriptors: number; readonly memory: number } {
    const proc = `/proc/${this.child.pid}`;
    const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`${proc}/status`, 'utf8'));
    return { descriptors: readdirSync(`${proc}/fd`).length, memory: Math.round(Number(rss?.[1]) / 1024) };
  }
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }
}

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Opens a connection; `use` has it until it ends or a while has passed. */
function connected(port: number, use: (s: net.Socket) => void, most = 5000): Promise<void> {
  return new Promise((resolve) => {
    const s = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => use(s));
    const timer = setTimeout(() => s.destroy(), most);
    s.on('error', () => s.destroy());
    s.on('end', () => s.end());
    s.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    s.resume();
  });
}

/** A client that behaves: says its lines one after the other. Gives what was wrong, or null. */
async function behaves(name: string, port: number, n: number): Promise<string | null> {
  const script = SCRIPTS[name]!(n);
  let wrong: string | null = `no answer to ${script[0]![0]}`;
  await connected(
    port,
    (s) => {
      let got = '';
      let at = 0;
      s.write(`${script[0]![0]}\n`);
      s.on('data', (chunk: Buffer) => {
        got += chunk.toString();
        for (let end = got.indexOf('\n'); end >= 0; end = got.indexOf('\n')) {
          const line = got.slice(0, end);
          got = got.slice(end + 1);
          const [asked, right] = script[at++]!;
          wrong = right.test(line)
            ? at < script.length
              ? `no answer to ${script[at]![0]}`
              : null
            : `${asked}: ${line}`;
          if (at < script.length) s.write(`${script[at]![0]}\n`);
          else s.end();
        }
      });
    },
    20_000,
  );
  return wrong;
}

/** Ways to misbehave. */
const MISBEHAVE: readonly ((s: net.Socket, line: string) => void)[] = [
  (s) => s.destroy(),
  (s) => s.resetAndDestroy(),
  (s, line) => s.write(line.slice(0, 3), () => s.destroy()),
  (s, line) => s.write(`${line}\n`, () => s.resetAndDestroy()),
  (s) => s.write(Buffer.from([0xff, 0xfe, 0, 10, 0xc3])),
  (s) => s.write('x'.repeat(300_000)),
  (s, line) => s.write(`${line}\n`.repeat(200), () => s.destroy()),
  (s, line) => s.end(`${line}\n`),
  (s) => s.write('NONSENSE\nMORE\n'),
  (s) => void setTimeout(() => s.destroy(), 500),
  (s, line) => {
    s.pause();
    s.write(`${line}\n`.repeat(2000));
    setTimeout(() => s.destroy(), 300);
  },
];

async function batch(name: string, server: Server, from: number): Promise<string | null> {
  const line = SCRIPTS[name]!(7)[0]![0];
  const crowd = Array.from({ length: BATCH - 1 }, (_, i) =>
    connected(server.port, (s) => MISBEHAVE[(from + i) % MISBEHAVE.length]!(s, line)),
  );
  const answer = behaves(name, server.port, from);
  await Promise.all(crowd);
  return answer;
}

async function soak(name: string): Promise<void> {
  let server = await Server.start(name);
  const every = Math.max(1, Math.floor(clients / BATCH / 10));
  const samples: { readonly descriptors: number; readonly memory: number }[] = [];
  const began = performance.now();
  for (let n = 0; n * BATCH < clients; n++) {
    const wrong = await batch(name, server, n * BATCH);
    if (wrong !== null) problem(`${name}, client ${n * BATCH}: ${wrong}`);
    if (server.ended) {
      problem(`${name} ended: ${server.err.slice(0, 500)}`);
      return;
    }
    if ((n + 1) % every === 0) {
      await rest(300);
      samples.push(server.holds());
    }
  }
  if (server.err !== '') problem(`${name} said: ${server.err.slice(0, 500)}`);
  const [first, last] = [samples[0]!, samples.at(-1)!];
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  process.stdout.write(
    `${name}: ${clients} clients in ${seconds} s; descriptors ${samples.map((s) => s.descriptors).join(' ')}; MB ${samples.map((s) => s.memory).join(' ')}\n`,
  );
  if (last.descriptors > first.descriptors + 5) problem(`${name}: descriptors grew`);
  if (last.memory > first.memory + BREATH) problem(`${name}: memory grew`);

  for (let k = 0; k < kills; k++) {
    const crowd = batch(name, server, k);
    await rest(5 + (k % 20));
    await server.kill();
    await crowd;
    server = await Server.start(name);
    const wrong = await behaves(name, server.port, k);
    if (wrong !== null) problem(`${name}, after kill ${k}: ${wrong}`);
  }
  process.stdout.write(`${name}: ${kills} kills\n`);
  await server.kill();
}

/** A day of all three stores under a clock that nobody waits for. */
function day(): void {
  const began = performance.now();
  const ran = spawnSync(process.execPath, [...quartz, '--virtual-time', path.resolve('bench/soak/day.qz')], {
    encoding: 'utf8',
  });
  process.stdout.write(`a day in ${((performance.now() - began) / 1000).toFixed(0)} s: ${ran.stdout.trim()}\n`);
  if (ran.stdout !== '100 keys, 77760 said, 0 open\n') problem(`the day came to ${ran.stdout.slice(0, 500)}`);
  // Whoever fails is watched: nothing is reported.
  if (ran.status !== 0 || ran.stderr !== '') problem(`the day ended with ${ran.status}: ${ran.stderr.slice(0, 500)}`);
}

const asked = named.length === 0 ? PARTS : named;
for (const name of Object.keys(SCRIPTS)) if (asked.includes(name)) await soak(name);
if (asked.includes('day')) day();
process.stdout.write(bad === 0 ? 'all went well\n' : `${bad} problems\n`);
process.exitCode = bad === 0 ? 0 : 1;

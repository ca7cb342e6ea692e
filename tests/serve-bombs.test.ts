/**
 * Programs that mean ill, `tests/bombs/*.qz`: each makes or does without end, or has one operation make or do very much. The first
 * line of each says how it ends under the limits that the documentation of `quartz serve` shows.
 * Invariant: nothing is timed. What others would wait for is the work of one slice, which is counted; what a machine holds is counted
 * between slices.
 */
import { connect, type AddressInfo, type Socket } from 'node:net';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { serve } from '../cli/run/serving.js';
import { HostRegistry } from '../runtime/host/registry.js';
import { heldTogether } from '../runtime/scheduler/metering.js';
import type { Limits } from '../runtime/scheduler/limits.js';
import type { VerifiedModule } from '../runtime/verify/module/verified-module.js';
import { Vm } from '../runtime/vm.js';
import { Capabilities, NO_GRANTS } from '../stdlib/capabilities.js';
import { nodeModules } from '../stdlib/node.js';
import { compileOne, root } from './support/compile.js';
import { verifyAll } from './support/spec.js';

const LIMITS = { fuel: 10_000_000, values: 100_000 } satisfies Limits;
const QUANTUM = 4000;
/** One operation may go on after its slice: it was paid for, and what it may make is bounded. */
const MOST_IN_A_SLICE = 20 * QUANTUM;

const SERVER = `
fun main()
  std::print(bomb())
end

session Guest(c)
  on Line(text : string) from c
    c!Say(if text == "go" then bomb() else text end)
    loop
  or Closed from c
    close
  end
end
`;

const folder = path.join(root, 'tests/bombs');
const bombs = readdirSync(folder).map((file) => file.slice(0, -'.qz'.length));

interface Bomb {
  readonly modules: readonly VerifiedModule[];
  /** What it says, or how it ends. */
  readonly says: string | undefined;
  readonly ends: string | undefined;
}
const made = new Map<string, Bomb>();
function bomb(name: string): Bomb {
  const known = made.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(path.join(folder, `${name}.qz`), 'utf8');
  const [, how, what] = /^# (says|ends): (.*)$/m.exec(text)!;
  const built = compileOne(text + SERVER);
  expect(built.diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)).toEqual([]);
  const b: Bomb = {
    modules: verifyAll(built.images, 'none'),
    says: how === 'says' ? what : undefined,
    ends: how === 'ends' ? what : undefined,
  };
  made.set(name, b);
  return b;
}

function hosts(): HostRegistry {
  const all = new HostRegistry();
  const system = { capabilities: new Capabilities(NO_GRANTS, root), env: {}, stderr: () => undefined };
  for (const [name, functions] of Object.entries(nodeModules(system as never))) all.add(name, functions);
  return all;
}

function machine(engine: 'interpreter' | 'compiled', out: string[]): Vm {
  const environment = { write: (text: string) => void out.push(text), now: Date.now };
  return new Vm({ engine, hosts: hosts(), limits: LIMITS, environment });
}

describe.each(bombs)('%s', (name) => {
  it.each(['interpreter', 'compiled'] as const)('ends as it says, in small steps (%s)', (engine) => {
    const { modules, says, ends } = bomb(name);
    const out: string[] = [];
    const vm = machine(engine, out);
    vm.spawnMain(modules.map((m) => vm.load(m)).at(-1)!);
    const { scheduler } = vm;
    let most = 0;
    let held = 0;
    for (let slices = 1; scheduler.head !== null && !scheduler.halted; slices++) {
      const before = scheduler.spending!.fuel;
      scheduler.slice(QUANTUM);
      most = Math.max(most, before - scheduler.spending!.fuel);
      if (slices % 4 === 0) held = Math.max(held, heldTogether(scheduler.threads, 10 * LIMITS.values));
    }
    const end = vm.end();
    const how = end.exceeded ?? end.failures.map((f) => f.message.replace(/\(.*/s, '')).join();
    expect([how, out.join('').trim()]).toEqual([ends ?? '', says ?? '']);
    expect(most).toBeLessThanOrEqual(MOST_IN_A_SLICE);
    expect(held).toBeLessThanOrEqual(2 * LIMITS.values);
  });

  it('is ended alone by a server that answers others meanwhile', async () => {
    const { modules, says, ends } = bomb(name);
    const log: string[] = [];
    const environment = { write: () => undefined, now: Date.now };
    const server = await serve(0, '127.0.0.1', {
      modules,
      session: 'Guest',
      machine: () => ({ hosts: hosts(), limits: LIMITS, environment }),
      log: (line) => log.push(line),
    });
    const { port } = server.address() as AddressInfo;
    const one = new Client(port);
    const other = new Client(port);
    expect(await other.asked('hello')).toBe('hello');
    const first = one.asked('go');
    let over = false;
    void first.finally(() => (over = true));
    for (let n = 0; !over; n++) expect(await other.asked(`again ${n}`)).toBe(`again ${n}`);
    expect(await first).toBe(says);
    expect(await other.asked('after')).toBe('after');
    expect(log.join('\n')).toMatch(ends === undefined ? /^$/ : new RegExp(`^connection 1: .*${ends}`));
    one.socket.destroy();
    other.socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});

/** Asks one thing after the other. */
class Client {
  readonly socket: Socket;
  #text = '';
  #closed = false;
  #answer: ((line: string | undefined) => void) | undefined;
  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => {
      this.#text += String(chunk);
      this.#look();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.#closed = true;
      this.#look();
    });
  }
  #look(): void {
    const end = this.#text.indexOf('\n');
    if (end < 0 && !this.#closed) return;
    const line = end < 0 ? undefined : this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    this.#answer?.(line);
  }
  /** The line that comes back; nothing if the connection is closed. */
  asked(line: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      if (this.#closed) resolve(undefined);
      else this.socket.write(`${line}\n`);
    });
  }
}

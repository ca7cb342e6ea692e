/** B9: a server with a machine for each connection; one that loops or allocates for ever harms no other. */
import { spawn } from 'node:child_process';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { serve } from '../cli/run/serving.js';
import type { Limits } from '../runtime/scheduler/limits.js';
import { HostRegistry } from '../runtime/host/registry.js';
import type { VerifiedModule } from '../runtime/verify/module/verified-module.js';
import { pureModules } from '../stdlib/pure.js';
import { builtCli } from './support/built-cli.js';
import { Folder } from './support/cli.js';
import { computing } from './support/computing.js';
import { compileText, root } from './support/compile.js';
import { verifyAll } from './support/spec.js';

const PROGRAM = `
exception Refusal(string)

session Guest(c)
  Talk(c, 0)
end


fun numbers(held, n)
  numbers([n, ..held], n + 1)
end

fun spin(n : int)
  spin(n + 1)
end

session Talk(c, n)
  on Line(text : string) from c
    case text
    when "loop" then spin(0)
    when "grow" then numbers([], 0)
    when "fail" then raise Refusal("as you wish")
    when "wait" then std::wait(20)
    else ()
    end
    c!Say("{n}: {text}")
    loop(c, n + 1)
  or Closed from c
    close
  end
end
`;

function compiled(text: string): readonly VerifiedModule[] {
  const built = compileText(text, { name: 'guest' });
  expect(built.diagnostics.map((d) => d.message)).toEqual([]);
  return verifyAll(built.images, 'none');
}

let server: Server | undefined;
/** What the server of this test says: one before may still have something to say. */
let log: string[] = [];
/** Of clients. */
const sockets: Socket[] = [];

afterEach(async () => {
  // Reset: of one that only ends, a server cannot know that it does not wait for an answer.
  for (const socket of sockets.splice(0)) socket.resetAndDestroy();
  // Closed once the last machine is over: one that loops has some time left to hear that its client is gone.
  if (server !== undefined) await new Promise((resolve) => server!.close(resolve));
  server = undefined;
});

async function started(text: string, limits: Limits = {}): Promise<number> {
  const own: string[] = (log = []);
  server = await serve(0, '127.0.0.1', {
    modules: compiled(text),
    session: 'Guest',
    machine: () => {
      const hosts = new HostRegistry();
      for (const [name, functions] of Object.entries(pureModules)) hosts.add(name, functions);
      return { hosts, limits: { values: 200_000, ...limits } };
    },
    log: (line) => own.push(line),
  });
  return (server.address() as AddressInfo).port;
}

class Client {
  text = '';
  closed = false;
  readonly socket: Socket;
  #wake: () => void = () => undefined;
  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    sockets.push(this.socket);
    this.socket.on('data', (chunk) => {
      this.text += String(chunk);
      this.#wake();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }
  say(...lines: string[]): this {
    this.socket.write(lines.map((line) => `${line}\n`).join(''));
    return this;
  }
  /** Waits until there are so many lines, or the connection is closed. */
  async lines(n: number): Promise<string[]> {
    while (this.text.split('\n').length - 1 < n && !this.closed) await new Promise<void>((r) => (this.#wake = r));
    return this.text.split('\n').slice(0, -1);
  }
  async gone(): Promise<string[]> {
    while (!this.closed) await new Promise<void>((r) => (this.#wake = r));
    return this.text.split('\n').slice(0, -1);
  }
}

describe('B9 quartz serve', () => {
  it('gives each connection a fresh machine and answers in order', async () => {
    const port = await started(PROGRAM);
    const [a, b] = [new Client(port).say('x', 'y', 'z'), new Client(port).say('x')];
    expect(await a.lines(3)).toEqual(['0: x', '1: y', '2: z']);
    expect(await b.lines(1)).toEqual(['0: x']);
    a.say('wait');
    expect((await a.lines(4))[3]).toBe('3: wait');
    a.socket.end('last');
    expect((await a.gone()).at(-1)).toBe('4: last');
    b.socket.end();
    await b.gone();
    expect(log).toEqual([]);
  });

  it('200 connections get their answers beside one that loops for ever and one that allocates for ever', async () => {
    const port = await started(PROGRAM);
    const looping = new Client(port).say('loop');
    const growing = new Client(port).say('grow');
    const clients = Array.from({ length: 200 }, () => new Client(port));
    const took = computing();
    for (const [i, client] of clients.entries()) client.say(`hello ${i}`, 'again');
    for (const [i, client] of clients.entries()) {
      expect(await client.lines(2)).toEqual([`0: hello ${i}`, '1: again']);
      client.socket.end();
    }
    expect(took()).toBeLessThan(20_000);
    expect(looping).toMatchObject({ closed: false, text: '' });
    expect(await growing.gone()).toEqual([]);
    expect(log.join('\n')).toMatch(/^connection 2: .*(HeapExhausted|used up its memory)/m);
    looping.socket.resetAndDestroy();
    expect(log.join('\n')).not.toContain('connection 3:');
  });

  it('closes the connection that used up its fuel, and no other', async () => {
    const port = await started(PROGRAM, { fuel: 2_000_000 });
    const looping = new Client(port).say('hi', 'loop');
    const other = new Client(port).say('hi');
    expect(await looping.gone()).toEqual(['0: hi']);
    expect(log).toEqual(['connection 1: used up its fuel']);
    other.say('still here');
    expect(await other.lines(2)).toEqual(['0: hi', '1: still here']);
    other.socket.resetAndDestroy();
  });

  it('says why a session failed, and keeps serving', async () => {
    const port = await started(PROGRAM);
    expect(await new Client(port).say('fail').gone()).toEqual([]);
    expect(log.join('\n')).toContain('connection 1: failed:');
    expect(log.join('\n')).toContain('as you wish');
    const next = new Client(port).say('x');
    expect(await next.lines(1)).toEqual(['0: x']);
    next.socket.resetAndDestroy();
  });

  it('says so of every session that failed, however soon its client goes', async () => {
    const port = await started(PROGRAM);
    // So many are busy that a session which failed has to wait for its next slice.
    const busy = Array.from({ length: 350 }, () => new Client(port).say('loop'));
    const clients = Array.from({ length: 20 }, () => new Client(port).say('fail'));
    for (const client of clients) await client.gone();
    for (const client of busy) client.socket.resetAndDestroy();
    await vi.waitFor(
      () => expect(log.filter((line) => line.includes('as you wish'))).toHaveLength(clients.length),
      600_000,
    );
  });

  it('refuses a session that has no link to give to a client', async () => {
    await expect(started('session Guest\n  close\nend\n')).rejects.toThrow('must take one end');
    await expect(started('fun main()\n  ()\nend\n')).rejects.toThrow('exports no session Guest');
  });

  it('runs from the command line', async () => {
    const here = new Folder().write('guest.qz', PROGRAM);
    const cli = spawn(
      process.execPath,
      [builtCli(), 'serve', '--port', '0', '--session', 'Guest', path.join(here.path, 'guest.qz')],
      { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      const port = await new Promise<number>((resolve, reject) => {
        cli.stdout.on('data', (chunk) => {
          const found = /listening on 127\.0\.0\.1:(\d+)/.exec(String(chunk));
          if (found) resolve(Number(found[1]));
        });
        cli.once('exit', () => reject(new Error('it ended')));
      });
      const client = new Client(port).say('hello');
      expect(await client.lines(1)).toEqual(['0: hello']);
      client.socket.resetAndDestroy();
    } finally {
      cli.kill();
      here.remove();
    }
    expect(await new Folder().write('a.qz', PROGRAM).run(['serve', 'a.qz'])).toMatchObject({ code: 2 });
  });
});

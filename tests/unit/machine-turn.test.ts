/** A machine whose threads are always busy leaves the host's event loop its turns: sockets, timers, other machines. */
import { readFileSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { compile, createVm, load, Peer } from '../../index.js';
import { Folder } from '../support/cli.js';

const timerProgram = new URL('../../examples/timer.qz', import.meta.url);
const here = new Folder();
afterAll(() => here.remove());

const BUSY = `
fun spin(n : int)
  spin(n + 1)
end

session Busy()
  spin(0)
end
`;

const SERVER = `
require int
require net::tcp as tcp
require option

session Server(port : int)
  let listener = tcp::listen("127.0.0.1", port)
  serve(listener, 3)
  std::exit(7)
end

fun serve(listener : tcp::Listener, n : int)
  if n > 0
    let c = tcp::accept(listener)
    tcp::write(c, tcp::read(c))
    tcp::close_connection(c)
    serve(listener, n - 1)
  end
end
${BUSY}
fun main(args : list<string>)
  spawn Busy()
  spawn Server(option::expect(int::parse(args[0]), "a port"))
end
`;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** What a server answers; until it listens, nobody is there. */
async function echo(port: number, text: string, tries = 300): Promise<string> {
  const socket = createConnection(port, '127.0.0.1', () => socket.write(text));
  socket.setEncoding('utf8');
  let heard = '';
  try {
    for await (const more of socket) heard += more as string;
    return heard;
  } catch (error) {
    if (tries === 0) throw error;
    await new Promise((resolve) => setTimeout(resolve, 10));
    return echo(port, text, tries - 1);
  }
}

describe('a thread that is busy for ever', () => {
  it.each(['auto', 'interpreter'])('starves no socket (%s)', async (engine) => {
    here.write('server.qz', SERVER);
    const port = await freePort();
    const running = here.run(['run', '--engine', engine, '--allow-net=127.0.0.1', 'server.qz', String(port)]);
    for (const text of ['one', 'two', 'three']) expect(await echo(port, text)).toBe(text);
    expect(await running).toMatchObject({ code: 7, err: '' });
  });

  it('delays no timer of the host for long, nor of another thread', async () => {
    const out: string[] = [];
    const vm = createVm({ environment: { write: (text) => void out.push(text.trim()) } });
    const program = `${BUSY}
session Ticker()
  for n in 1..3
    std::wait(20)
    std::print(n)
  end
  std::exit(0)
end

fun main()
  spawn Busy()
  spawn Ticker()
end
`;
    vm.spawnMain(load(vm, compile(program)));
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    expect((await vm.runUntilIdle()).exitCode).toBe(0);
    clearInterval(timer);
    expect(out).toEqual(['1', '2', '3']);
    // In 60 ms of a machine that never rests: had it no turns, there would be none.
    expect(ticks).toBeGreaterThan(1);
  });

  it('also in virtual time, where waiting is no rest', async () => {
    const vm = createVm({ virtualTime: true });
    const text = `
session Clock(c)
  on Stop from c
    close
  or after 10
    loop
  end
end
`;
    const peer = Peer.open(vm, load(vm, compile(text)), 'Clock');
    const running = vm.runUntilIdle();
    await new Promise((resolve) => setTimeout(resolve, 20));
    peer.send('Stop');
    await running;
    expect(vm.scheduler.virtualTime).toBeGreaterThan(0);
  });
});

describe('a machine so slow that time passes whenever it looks', () => {
  it('tells threads that run together one time: nobody measures less than another waited', async () => {
    const out: string[] = [];
    let time = 0;
    let slow = true;
    const vm = createVm({
      environment: {
        write: (text) => void out.push(text.trim()),
        now: () => (slow ? (time += 5) : time),
        sleep: (milliseconds, wake) => {
          time += milliseconds;
          slow = false;
          const handle = setImmediate(wake);
          return () => clearImmediate(handle);
        },
      },
    });
    vm.spawnMain(load(vm, compile(readFileSync(timerProgram, 'utf8'))));
    await vm.runUntilIdle();
    expect(out).toHaveLength(1);
    expect(Number(out[0])).toBeGreaterThanOrEqual(10);
  });
});

/** Two `quartz node` processes on one machine: a thread moves there and back; a process is killed and the survivor learns it. */
import net from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Folder } from './support/cli.js';
import { NodeProcess, listening } from './support/node-process.js';

const folder = new Folder();
const running: NodeProcess[] = [];
afterAll(async () => {
  for (const p of running) await p.stop();
  folder.remove();
});
const start = (...words: string[]): NodeProcess => {
  const p = new NodeProcess(words);
  running.push(p);
  return p;
};

const COUNTER = `
require std
require node
require thread
session Counter(s)
  on Go(to : string) from s
    let home = node::here()
    thread::migrate(self, node::connect(to))
    s!There(node::name(node::here()))
    on Add(n) from s
      s!Sum(n + 1)
      on Back from s
        thread::migrate(self, home)
        s!Here(node::name(node::here()))
      or Stay from s
      end
    end
  end
end
`;
const ROUND = `${COUNTER}
fun main(args)
  case args
  when [to] then
    let c = spawn Counter(self)
    c!Go(to)
    on There(where) from c
      std::print(where)
      c!Add(41)
      on Sum(x) from c
        std::print(x)
        c!Back
        on Here(again) from c
          std::print(again)
        end
      end
    end
  else
    std::print("where?")
  end
end
`;
const KILLED = `
require std
require node
require thread
session Worker(s)
  on Go(to : string) from s
    thread::migrate(self, node::connect(to))
    s!There
    std::wait(600000)
    s!Late
  end
end
fun main(args)
  case args
  when [to] then
    let w = spawn Worker(self)
    w!Go(to)
    on There from w
      std::print("there")
      on Late from w
        std::print("late")
      or Down(reason) from w
        std::print(reason)
      end
    end
  else
    std::print("where?")
  end
end
`;

const TIME = 60_000;

describe('E7 E8 quartz node', () => {
  it(
    'moves a waiting thread to another process in the middle of a protocol, and back',
    async () => {
      folder.write('round.qz', ROUND);
      const { node: bee, address } = await listening(['--name', 'bee']);
      running.push(bee);
      const ant = start('--name', 'ant', path.join(folder.path, 'round.qz'), address);
      expect(await ant.ended()).toBe(0);
      expect(ant.out).toBe('bee\n42\nant\n');
      expect(bee.err).toContain('ant.2 lives here now');
      expect(bee.err).toContain('ant.2 lives at ant now');
      await bee.stop();
    },
    TIME,
  );

  it(
    'tells the survivor when the other process is killed',
    async () => {
      folder.write('killed.qz', KILLED);
      const { node: bee, address } = await listening();
      running.push(bee);
      const ant = start(path.join(folder.path, 'killed.qz'), address);
      await ant.said(/there/);
      await bee.stop('SIGKILL');
      expect(await ant.ended()).toBe(0);
      expect(ant.out).toBe('there\nNodeDown\n');
    },
    TIME,
  );

  it(
    'answers nobody who does not know the secret, and survives hostile bytes',
    async () => {
      const { node: bee, address } = await listening();
      running.push(bee);
      const thief = new NodeProcess([path.join(folder.write('round.qz', ROUND).path, 'round.qz'), address], 'wrong');
      running.push(thief);
      expect(await thief.ended()).toBe(1);
      expect(thief.err).toContain('the secret is wrong');
      for (const bytes of [
        Buffer.from('GET / HTTP/1.1\r\n\r\n'),
        Buffer.alloc(4096, 255),
        Buffer.from([0, 0, 0, 1, 77]),
      ]) {
        await new Promise<void>((resolve) => {
          const [host, port] = address.split(':');
          const socket = net.connect(Number(port), host!, () => socket.write(bytes));
          socket.on('error', () => resolve());
          socket.on('close', () => resolve());
          socket.resume();
        });
      }
      expect(bee.child.exitCode).toBeNull();
      expect(bee.err).toContain('refused a connection: no such operation (byte 0 of a frame)');
      const ant = start(path.join(folder.path, 'round.qz'), address);
      expect(await ant.ended()).toBe(0);
    },
    TIME,
  );
});

/** Two `quartz node` processes on one machine: a thread moves there and back; a process is killed and the survivor learns it. */
import { chmodSync } from 'node:fs';
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

/** A thread that tries everything at two nodes, and has another try to read there. */
const GUEST = `
require file
require env
require node
require thread
session Reader(s, folder : string)
  s!Said(tell(|| "read {file::exists("{folder}/guest.qz")}"))
end
fun tell(f : () -> string) -> string
  try
    f()
  catch e
    "{e}"
  end
end
session Guest(s)
  on Go(to : string, folder : string) from s
    thread::migrate(self, node::connect(to))
    let first = tell(|| "read {file::exists("{folder}/guest.qz")}")
    let second = tell(|| "env {env::get("LANG") == Some("")}")
    let third = tell(|| "{env::get("HOME")}")
    let fourth = tell(|| "{file::write("made", "x")}")
    let fifth = tell(|| file::read("{folder}/secret"))
    let sixth = tell(|| "{node::name(node::connect("127.0.0.1:1"))}")
    let r = spawn Reader(self, folder)
    on Said(seventh : string) from r
      s!All([first, second, third, fourth, fifth, sixth, seventh])
    end
  end
end
fun visit(to : string, folder : string)
  let g = spawn Guest(self)
  g!Go(to, folder)
  on All(lines : list<string>) from g
    for line in lines
      std::print(line)
    end
  end
end
fun main(args : list<string>)
  visit(args[0], args[2])
  std::print("--")
  visit(args[1], args[2])
end
`;

describe('E7 E8 quartz node', () => {
  it('moves a waiting thread to another process in the middle of a protocol, and back', async () => {
    folder.write('round.qz', ROUND);
    const { node: bee, address } = await listening(['--name', 'bee']);
    running.push(bee);
    const ant = start('--allow-net', '--name', 'ant', path.join(folder.path, 'round.qz'), address);
    expect(await ant.ended()).toBe(0);
    expect(ant.out).toBe('bee\n42\nant\n');
    expect(bee.err).toContain('ant.2 lives here now');
    expect(bee.err).toContain('ant.2 lives at ant now');
    await bee.stop();
  });

  it('tells the survivor when the other process is killed', async () => {
    folder.write('killed.qz', KILLED);
    const { node: bee, address } = await listening();
    running.push(bee);
    const ant = start('--allow-net', path.join(folder.path, 'killed.qz'), address);
    await ant.said(/there/);
    await bee.stop('SIGKILL');
    expect(await ant.ended()).toBe(0);
    expect(ant.out).toBe('there\nNodeDown\n');
  });

  it('answers nobody who does not know the secret, and survives hostile bytes', async () => {
    const { node: bee, address } = await listening();
    running.push(bee);
    const thief = new NodeProcess(
      ['--allow-net', path.join(folder.write('round.qz', ROUND).path, 'round.qz'), address],
      'known to this one alone',
    );
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
    const ant = start('--allow-net', path.join(folder.path, 'round.qz'), address);
    expect(await ant.ended()).toBe(0);
  });

  it('gives threads from elsewhere, and those they start, no right that is not granted to them', async () => {
    const file = folder.write('guest.qz', GUEST).write('secret', 'known to these nodes alone\n').path;
    chmodSync(path.join(file, 'secret'), 0o600);
    const secret = path.join(file, 'secret');
    const words = ['--secret-file', secret, '--allow-net', '--allow-env', '--allow-read', '--allow-write'];
    const { node: bee, address } = await listening([
      ...words,
      '--immigrants-may',
      'env=LANG',
      '--immigrants-may',
      `read=${file}`,
    ]);
    running.push(bee);
    const refused = await listening(words);
    running.push(refused.node);
    const ant = start('--allow-net', '--allow-read', path.join(file, 'guest.qz'), address, refused.address, file);
    expect(await ant.ended()).toBe(0);
    const [granted, none] = ant.out.split('--\n');
    expect(
      granted!
        .split('\n')
        .filter(Boolean)
        .map((line) => line.replace(/\(.*(this file|need[^"]*|Some).*/, '$1')),
    ).toEqual([
      'read true',
      'env false',
      'HostErrorneed --immigrants-may env=HOME at this one',
      'FileErrorneed --immigrants-may write=made at this one',
      'FileErrorthis file',
      'HostErrorneed --immigrants-may net=127.0.0.1:1 at this one',
      'read true',
    ]);
    const all = none!.split('\n').filter(Boolean);
    expect(all.length).toBe(7);
    for (const line of all) expect(line).toMatch(/--immigrants-may|this file is not for programs/);
  });

  it('starts with a secret that is long, in a file that is private, and dials what is allowed', async () => {
    const file = (name: string, content: string, mode: number): string => {
      chmodSync(path.join(folder.write(name, content).path, name), mode);
      return path.join(folder.path, name);
    };
    for (const [secret, why] of [
      [file('open', 'known to these nodes alone', 0o644), 'others than its owner can use'],
      [file('group', 'known to these nodes alone', 0o640), 'chmod 600'],
      [file('short', 'fifteen letters\n', 0o600), 'has 15 bytes; it must have 16 at least'],
      [path.join(folder.path, 'nothing'), 'there is no file'],
    ] as const) {
      const said = await folder.run(['node', '--secret-file', secret, '--listen', '127.0.0.1:0']);
      expect(said.code).toBe(1);
      expect(said.err).toContain(why);
    }
    const brief = await folder.run(['node', '--listen', '127.0.0.1:0'], '', { QUARTZ_SECRET: 'abc' });
    expect(brief).toMatchObject({ code: 1 });
    expect(brief.err).toContain('the variable QUARTZ_SECRET has 3 bytes');
    expect((await folder.run(['node', '--listen', '127.0.0.1:0', '--immigrants-may', 'fly'])).code).toBe(2);
    const round = path.join(folder.write('round.qz', ROUND).path, 'round.qz');
    const dialling = start('--allow-net=127.0.0.1:2', round, '127.0.0.1:1');
    expect(await dialling.ended()).toBe(1);
    expect(dialling.err).toContain('run with --allow-net=127.0.0.1:1');
  });
});

/**
 * `quartz node` beside other processes: a small node in Python written from docs/protocol.md, a peer that stands still, nodes that
 * are told to end, and programs whose services live elsewhere.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Folder } from './support/cli.js';
import { root } from './support/compile.js';
import { NodeProcess, listening } from './support/node-process.js';

const folder = new Folder();
const running: NodeProcess[] = [];
afterAll(async () => {
  for (const p of running) await p.stop();
  folder.remove();
});
const kept = (p: NodeProcess): NodeProcess => {
  running.push(p);
  return p;
};
const run = (name: string, text: string, ...args: string[]): NodeProcess => {
  folder.write(name, text);
  return kept(new NodeProcess(['--allow-net', '--name', 'ant', path.join(folder.path, name), ...args]));
};

const HEAD = 'require node\nrequire thread\n';

const python = ['python3', 'python'].find((p) => spawnSync(p, ['-c', 'import hashlib; hashlib.scrypt']).status === 0);
if (python === undefined) process.stderr.write('no Python 3 with scrypt here: its node is not tried\n');
const client = (...words: string[]): NodeProcess =>
  kept(new NodeProcess(words, undefined, [python!, path.join(root, 'tests/support/protocol-client.py')]));

describe.skipIf(python === undefined)('a node in Python', () => {
  it('dials, proves that it knows the secret, and is answered', async () => {
    const { node: bee, address } = await listening(['--name', 'bee']);
    kept(bee);
    const py = client('ask', address);
    expect(await py.ended()).toBe(0);
    expect(py.out.split('\n')).toEqual([
      ...['connected to bee', 'ping 300 1', 'kill 1', 'module missing 1', 'emigrate 1', ''],
    ]);
    await bee.said(/lost py: that was all/);
  });

  it('takes a thread and plays it: its module, its link, its values, its end', async () => {
    const py = client('adder');
    const [, address] = await py.said(/listening at (\S+)/);
    const ant = run(
      'adder.qz',
      `${HEAD}
session Adder(s)
  on Go(to : string) from s
    thread::migrate(self, node::connect(to))
    s!There(node::name(node::here()))
    Adding(s)
  end
end
session Adding(s)
  on Add(a : int, b : int) from s
    s!Sum(a + b)
    Adding(s)
  or Stop from s
  end
end
session Main(to : string)
  let c = spawn Adder(self)
  c!Go(to)
  on There(where : string) from c
    std::print(where)
    Ask(c, 0)
  end
end
session Ask(c, n : int)
  if n < 600
    c!Add(n, -2 * n)
    on Sum(m : int) from c
      if m != 0 - n
        std::print("{n} gave {m}")
      end
      Ask(c, n + 1)
    end
  else
    c!Stop
    std::print("asked {n}")
  end
end
fun main(args : list<string>)
  spawn Main(args[0])
end
`,
      address!,
    );
    expect([await ant.ended(), ant.out]).toEqual([0, 'py\nasked 600\n']);
    expect(await py.ended()).toBe(0);
    expect(py.out).toMatch(
      /connected to ant\n(module \w+ True\n)+frames \d\nmoved True\nadded 600\nclosed: the program has ended\n/,
    );
  });

  it('is refused without the secret, and told why', async () => {
    const { node: bee, address } = await listening(['--name', 'bee']);
    kept(bee);
    const thief = kept(
      new NodeProcess(['ask', address], 'a secret of its own', [
        python!,
        path.join(root, 'tests/support/protocol-client.py'),
      ]),
    );
    expect([await thief.ended(), thief.out]).toEqual([1, 'refused: the secret is wrong\n']);
    await bee.said(/refused a connection: the secret is wrong/);
  });
});

const FLOOD = `${HEAD}
session Sink(s)
  on Go(to : string) from s
    thread::migrate(self, node::connect(to))
    s!There
    Take(s)
  end
end
session Take(s)
  on Data(t : string) from s
    Take(s)
  or Stop from s
  end
end
session Main(to : string)
  let c = spawn Sink(self)
  c!Go(to)
  on There from c
    std::print("there")
    Send(c, 0)
  end
end
session Send(c, i : int)
  if i < 100000000
    c!Data("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef{i}0123456789abcdef0123456789abcdef")
    Send(c, i + 1)
  else
    c!Stop
  end
end
fun main(args : list<string>)
  spawn Main(args[0])
end
`;

/** Megabytes a process holds, as the system sees it; NaN where there is no /proc. */
function memory(p: NodeProcess): number {
  try {
    const found = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${p.child.pid}/status`, 'utf8'));
    return Number(found?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

it.skipIf(process.platform !== 'linux')(
  'a sender that never waits keeps its memory, whether its peer reads or stands still',
  async () => {
    const { node: bee, address } = await listening(['--name', 'bee']);
    kept(bee);
    const ant = run('flood.qz', FLOOD, address);
    await ant.said(/there/);
    const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    await rest(1000);
    const first = [memory(ant), memory(bee)];
    await rest(1500);
    bee.child.kill('SIGSTOP');
    await rest(1500);
    // Before, it grew by more than 300 MB a second.
    expect(memory(ant) - first[0]!).toBeLessThan(150);
    expect(memory(bee) - first[1]!).toBeLessThan(150);
    bee.child.kill('SIGCONT');
    await ant.stop('SIGTERM');
    await bee.stop();
  },
);

const SERVICE = `${HEAD}
session Adder()
  on Add(a : int, b : int) from c
    c!Sum(a + b)
    loop
  end
end
fun main(args : list<string>)
  let s = spawn Adder
  thread::migrate(s, node::connect(args[0]))
  let c = connect s
  c!Add(40, 2)
  on Sum(n) from c
    std::print(n)
  end
end
`;
const GUEST = `${HEAD}
session Guest(to : string, home : node::Node)
  thread::migrate(self, node::connect(to))
  std::wait(6000)
  std::print("woke up at {node::name(node::here())}")
end
fun main(args : list<string>)
  spawn Guest(args[0], node::here())
end
`;

describe('ends', () => {
  it('a program ends although a service of it lives elsewhere', async () => {
    const { node: bee, address } = await listening(['--name', 'bee']);
    kept(bee);
    const ant = run('service.qz', SERVICE, address);
    expect([await ant.ended(), ant.out]).toEqual([0, '42\n']);
    await bee.said(/lost ant: the program has ended/);
    expect(bee.child.exitCode).toBeNull();
  });

  it('a node that is told to end sends its guests home, where they go on', async () => {
    const { node: bee, address } = await listening(['--name', 'bee']);
    kept(bee);
    const ant = run('guest.qz', GUEST, address);
    await bee.said(/ant\.2 lives here now/);
    bee.child.kill('SIGTERM');
    expect(await bee.ended()).toBe(143);
    expect(bee.err).toMatch(/sends 1 thread home\n.*ant\.2 lives at ant now/);
    expect([await ant.ended(), ant.out]).toEqual([0, 'woke up at ant\n']);
    expect(ant.err).toContain('lost bee: the node was told to end');
  });
});

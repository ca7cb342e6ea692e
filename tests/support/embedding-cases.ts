/**
 * What an embedder may count on, as functions of the package: the same cases run on Node and in a worker of a browser.
 * Invariant: nothing but types is imported, so the package is whichever is handed in.
 */
import type * as Package from '../../index.js';

export type Quartz = Omit<typeof Package, 'createVm'> & { createVm(options?: Package.EmbedOptions): Package.Vm };
type Vm = ReturnType<Quartz['createVm']>;

export interface Case {
  readonly title: string;
  readonly run: (quartz: Quartz) => Promise<unknown>;
  readonly expected: unknown;
}

const machine = (quartz: Quartz, options: Package.EmbedOptions = {}): { vm: Vm; out: string[] } => {
  const out: string[] = [];
  const environment = { write: (text: string) => void out.push(text.trimEnd()), ...options.environment };
  return { vm: quartz.createVm({ ...options, environment }), out };
};

/** The same number of a thread, the same module, the same names: in one machine it fails, in another it is half-way. */
const COUNTER = `
exception Enough(int)

session Counter(c, n : int)
  on Up from c
    Counter(c, n + 1)
  or Get from c
    c!Now(n)
    Counter(c, n)
  or Break from c
    fail Enough(n)
  end
end

session Start(c)
  Counter(c, 0)
end
`;

async function sharing(quartz: Quartz): Promise<unknown> {
  const program = quartz.compile(COUNTER);
  const machines = [3, 5, 7].map((times) => {
    const { vm } = machine(quartz);
    const peer = quartz.Peer.open(vm, quartz.load(vm, program), 'Start');
    return { vm, times, peer, running: vm.runUntilIdle() };
  });
  for (let i = 0; i < 7; i++) for (const { peer, times } of machines) if (i < times) peer.send('Up');
  const said: unknown[] = [];
  for (const { peer } of machines) {
    peer.send('Get');
    said.push((await peer.receive()).values[0]);
  }
  machines[1]!.peer.send('Break');
  said.push(await machines[1]!.peer.receive().catch((error: Error) => error.message));
  for (const i of [0, 2]) {
    machines[i]!.peer.send('Up');
    machines[i]!.peer.send('Get');
    said.push((await machines[i]!.peer.receive()).values[0]);
  }
  said.push(machines.map(({ vm }) => vm.scheduler.live));
  for (const i of [0, 2]) machines[i]!.peer.drop();
  await Promise.all(machines.map(({ running }) => running));
  return said;
}

const CALLING = `
extern fun who(n : int) -> string

fun times(n : int)
  if n > 0
    if who(n) != who(n)
      std::print("mixed up")
    end
    times(n - 1)
  end
end

fun main()
  times(3000)
  std::print(who(1))
end
`;

/** One program in two machines that take turns, hot enough to be compiled, each with a function of its own. */
async function calling(quartz: Quartz): Promise<unknown> {
  const program = quartz.compile(CALLING);
  const machines = ['first', 'second'].map((name) => {
    let calls = 0;
    const functions = { main: { who: (n: number) => (calls++, `${name} ${n}`) } };
    const { vm, out } = machine(quartz, { functions, quantum: 100 });
    vm.spawnMain(quartz.load(vm, program));
    return { running: vm.runUntilIdle(), out, calls: () => calls };
  });
  const ends = await Promise.all(machines.map(({ running }) => running));
  return machines.map(({ out, calls }, i) => [...out, calls(), ends[i]!.exitCode]);
}

const SPINNING = `
fun spin(n : int)
  spin(n + 1)
end
`;

async function breathing(quartz: Quartz): Promise<unknown> {
  const { vm } = machine(quartz);
  const module = quartz.load(vm, quartz.compile(`${SPINNING}\nfun main()\n  spin(0)\nend\n`));
  const busy = vm.spawnMain(module);
  const stopped = new Promise<void>((resolve) =>
    setTimeout(() => {
      vm.scheduler.halted = true;
      resolve();
    }, 30),
  );
  await vm.runUntilIdle();
  await stopped;
  return busy.status;
}

const HASHES = `
require bytes
require crypto

fun hex(x : bytes)
  std::print(bytes::to_hex(x))
end

fun main()
  std::print(crypto::sha256("\\u{2713}"))
  for name in ["sha256", "sha384", "sha512", "sha1", "md5"]
    hex(crypto::hash(name, b"abc"))
    hex(crypto::hmac(name, b"key", b"abc"))
  end
  std::print(crypto::equal(b"abc", b"abc"))
  std::print(crypto::equal(b"abc", b"abd"))
  std::print(bytes::length(crypto::random_bytes(100000)))
  try
    hex(crypto::hash("crc", b"abc"))
  catch HostError(why)
    std::print(why)
  end
end
`;

async function hashes(quartz: Quartz): Promise<unknown> {
  const { vm, out } = machine(quartz);
  vm.spawnMain(quartz.load(vm, quartz.compile(HASHES)));
  await vm.runUntilIdle();
  return out;
}

/** Snapshots of many moments of a conversation, each carried on in a machine of its own. */
async function restoring(quartz: Quartz): Promise<unknown> {
  const text = `
session Ping(q, n : int)
  if n > 0
    q!Ball(n)
    on Ball(m) from q
      Ping(q, m - 1)
    end
  else
    q!Stop
    std::print("over")
  end
end

session Pong(p)
  on Ball(n : int) from p
    std::print(n)
    p!Ball(n)
    Pong(p)
  or Stop from p
    close
  end
end

fun main()
  let p = spawn Ping(q, 4)
  and q = spawn Pong(p)
end
`;
  const { vm, out } = machine(quartz);
  vm.spawnMain(quartz.load(vm, quartz.compile(text)));
  const ends = new Set<string>();
  while (vm.scheduler.live > 0) {
    const sofar = [...out];
    const rest: string[] = [];
    const copy = quartz.Vm.restore(vm.snapshot(), (module) => quartz.admit(module)[0]!, {
      environment: { write: (line) => void rest.push(line.trimEnd()) },
    });
    copy.runReady();
    ends.add([...sofar, ...rest].join(' '));
    vm.run(5);
  }
  return [...ends];
}

const EVERYWHERE = [
  ...['bool', 'bytes', 'crypto', 'exn', 'float', 'int', 'io', 'json', 'list', 'map', 'math', 'node', 'option', 'path'],
  ...['random', 'regex', 'result', 'set', 'string', 'test', 'thread', 'time'],
];

/** Modules of the library whose functions of the host are there, all in one program. */
async function library(quartz: Quartz): Promise<unknown> {
  const required = EVERYWHERE.map((name) => `require ${name}\n`).join('');
  const { vm, out } = machine(quartz);
  vm.spawnMain(
    quartz.load(vm, quartz.compile(`${required}\nfun main()\n  std::print(list::map([1], |x| x + 1))\nend\n`)),
  );
  await vm.runUntilIdle();
  return out;
}

export const cases: readonly Case[] = [
  {
    title: 'machines that are busy at once share nothing',
    run: sharing,
    expected: [3, 5, 7, 'the conversation is over', 4, 8, [2, 0, 2]],
  },
  {
    title: 'machines with one program call functions of their own',
    run: calling,
    expected: [
      ['first 1', 6001, 0],
      ['second 1', 6001, 0],
    ],
  },
  { title: 'a busy machine gives the event loop its turn', run: breathing, expected: 1 },
  { title: 'a snapshot of any moment goes on', run: restoring, expected: ['4 3 2 1 over'] },
  { title: 'the library is there but for what only a system has', run: library, expected: ['[2]'] },
  {
    title: 'hashes are the same everywhere',
    run: hashes,
    expected: [
      '1dabba21cdad44541f6b15796f8d22978fc7ea10c46aeceeeeb66c23b3ac7604',
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      '9c196e32dc0175f86f4b1cb89289d6619de6bee699e4c378e68309ed97a1a6ab',
      'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
      '30ddb9c8f347cffbfb44e519d814f074cf4047a55d6f563324f1c6a33920e5edfb2a34bac60bdc96cd33a95623d7d638',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
      '3926a207c8c42b0c41792cbd3e1a1aaaf5f7a25704f62dfc939c4987dd7ce060009c5bb1c2447355b3216f10b537e9afa7b64a4e5391b0d631172d07939e087a',
      'a9993e364706816aba3e25717850c26c9cd0d89d',
      '4fd0b215276ef12f2b3e4c8ecac2811498b656fc',
      '900150983cd24fb0d6963f7d28e17f72',
      'd2fe98063f876b03193afb49b4979591',
      'true',
      'false',
      '100000',
      'crypto::hash: there is no hash called crc; there are sha256, sha384, sha512, sha1, md5',
    ],
  },
];

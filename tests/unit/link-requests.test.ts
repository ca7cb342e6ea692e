/**
 * Nodes that do not answer: every request has a time limit, an answer that comes later harms nobody, and modules that one node
 * does not give are asked of the next.
 */
import { describe, expect, it } from 'vitest';
import { STATUS } from '../../runtime/link/frame.js';
import type { Frame, FrameOf } from '../../runtime/link/frame.js';
import { SILENCE } from '../../runtime/link/connections.js';
import { MalformedError, Reader } from '../../runtime/bytecode/binary.js';
import { Modules } from '../../runtime/link/modules.js';
import { modulesOfCode } from '../../runtime/link/emigration.js';
import { readHeads } from '../../runtime/link/unparcel.js';
import { World, load, main, type Place } from '../support/nodes.js';
import { Stranger } from '../support/stranger.js';

const NOTHING = new Uint8Array(0);
const LEAVER = `
require node
require thread
session Leaver(to : string)
  try
    thread::migrate(self, node::connect(to))
    std::print("moved")
  catch HostError(why)
    std::print(why)
  end
  std::wait(1000000)
  std::print("awake")
end
fun main()
  spawn Leaver("b")
end
`;

/** As much time passes as a request may take, and a little; whoever should, says that it is there. */
async function wait(w: World, places: readonly Place[], part = 1): Promise<void> {
  for (let i = 0; i < 11 * part; i++) {
    w.now += SILENCE / 10;
    for (const p of places) p.node.tick();
    await w.settle();
  }
}

/** What an honest node sends when its thread moves: the frame, and the modules. */
async function recorded(): Promise<{ move: FrameOf<'qvm_immigrate'>; modules: ReadonlyMap<string, Uint8Array> }> {
  const w = new World();
  const b = Stranger.listening(w, 'b');
  const a = w.place('a');
  load(a.vm, LEAVER);
  main(a);
  await w.settle();
  const move = b.last('qvm_immigrate');
  const named = modulesOfCode(move.code);
  return { move, modules: new Map(named.map(({ hash }) => [hash, a.node.codebase.bytes(hash)!])) };
}
const serve =
  (s: Stranger, modules: ReadonlyMap<string, Uint8Array>) =>
  (f: Frame): void => {
    if (f.operation !== 'qvm_module') return;
    const content = modules.get(f.hash);
    s.send({ operation: 'qvm_module', hash: f.hash, missing: content === undefined, content: content ?? NOTHING });
  };
const move = (f: FrameOf<'qvm_immigrate'>, thread: string): Frame => ({ ...f, thread });

describe('a node that never answers', () => {
  it('leaves a thread that wanted to move where it is, and an answer that comes too late does not double it', async () => {
    const w = new World();
    const b = Stranger.listening(w, 'b');
    const a = w.place('a');
    load(a.vm, LEAVER);
    main(a);
    await w.settle();
    const { thread } = b.last('qvm_immigrate');
    expect(a.out).toEqual([]);
    await wait(w, [a]);
    expect(a.out).toEqual(['thread::migrate: the other node did not answer in time\n']);
    const about = 2;
    b.send({ operation: 'qvm_status', about, thread, status: STATUS.ok, context: NOTHING, code: NOTHING });
    await w.settle();
    // What was announced is taken back, and the connection stands.
    expect([b.last('qvm_kill').thread, b.closed, b.all('qvm_moved')]).toEqual([thread, '', []]);
    b.send({ operation: 'qvm_status', about, thread, status: STATUS.ok, context: NOTHING, code: NOTHING });
    await w.settle();
    expect(b.closed).toBe('an answer to nothing that was asked');
  });

  it('does not keep who wants to fetch or kill one of its threads', async () => {
    const w = new World();
    const b = Stranger.listening(w, 'b');
    b.onFrame = (f) => {
      if (f.operation === 'qvm_immigrate') b.send({ ...answer(f.thread), about: 2 });
    };
    const answer = (thread: string): FrameOf<'qvm_status'> => ({
      ...{ operation: 'qvm_status', about: 0, thread, status: STATUS.ok, context: NOTHING, code: NOTHING },
    });
    const a = w.place('a');
    load(
      a.vm,
      `${LEAVER.replace('fun main()\n  spawn Leaver("b")\nend\n', '')}
fun tried(f : () -> ()) -> string
  try
    f()
    "done"
  catch HostError(why)
    why
  end
end
fun main()
  let t = spawn Leaver("b")
  std::wait(10)
  std::print(tried(|| thread::migrate(t, node::here())))
  std::print(tried(|| thread::kill(t)))
end
`,
    );
    main(a);
    await w.settle();
    w.now += 10;
    await w.settle();
    const { thread } = b.last('qvm_emigrate');
    await wait(w, [a]);
    expect(b.last('qvm_kill').thread).toBe(thread);
    // The thread was frozen there for nothing: it may go on.
    b.send({ ...answer(thread), about: 3 });
    await w.settle();
    expect(b.last('qvm_status')).toMatchObject({ about: 2, thread, status: STATUS.late });
    await wait(w, [a]);
    expect(a.out).toEqual([
      'thread::migrate: the other node did not answer in time\n',
      'thread::kill: the other node did not answer in time\n',
    ]);
    expect(b.closed).toBe('');
  });

  it('is cut off when it announces threads that never come', async () => {
    const { move: f, modules } = await recorded();
    const w = new World();
    const b = w.place('b');
    const evil = await Stranger.at(w, 'b', 'evil');
    evil.onFrame = serve(evil, modules);
    evil.send(move(f, 'evil.1'));
    await w.settle();
    expect(evil.last('qvm_status').status).toBe(STATUS.ok);
    await wait(w, [b], 3);
    expect(evil.closed).toBe('');
    await wait(w, [b], 2);
    expect(evil.closed).toBe('evil.1 was announced and never came');
    expect(b.node.busy).toBe(false);
  });
});

describe('modules', () => {
  it('that a node names and does not live to send are asked of the next', async () => {
    const { move: f, modules } = await recorded();
    const w = new World();
    const b = w.place('b');
    const dying = await Stranger.at(w, 'b', 'dying');
    const heir = await Stranger.at(w, 'b', 'heir');
    heir.onFrame = serve(heir, modules);
    dying.send(move(f, 'dying.1'));
    await w.settle();
    heir.send(move(f, 'heir.1'));
    await w.settle();
    expect([dying.all('qvm_module').length > 0, heir.all('qvm_module').length]).toEqual([true, 0]);
    dying.close('it died');
    await w.settle();
    expect(heir.last('qvm_status')).toMatchObject({ thread: 'heir.1', status: STATUS.ok });
    expect(b.vm.module('main')).toBeDefined();
  });

  it('are asked of one who comes after the other is gone', async () => {
    const { move: f, modules } = await recorded();
    const w = new World();
    w.place('b');
    const dying = await Stranger.at(w, 'b', 'dying');
    dying.send(move(f, 'dying.1'));
    await w.settle();
    dying.close('it died');
    await w.settle();
    const heir = await Stranger.at(w, 'b', 'heir');
    heir.onFrame = serve(heir, modules);
    heir.send(move(f, 'heir.1'));
    await w.settle();
    expect(heir.last('qvm_status').status).toBe(STATUS.ok);
  });

  const LIES: [string, (s: Stranger, hash: string) => void][] = [
    ['says it does not have', (s, hash) => s.send({ operation: 'qvm_module', hash, missing: true, content: NOTHING })],
    [
      'sends wrongly',
      (s, hash) => s.send({ operation: 'qvm_module', hash, missing: false, content: Uint8Array.of(1, 2) }),
    ],
    ['never sends', () => undefined],
  ];
  it.each(LIES.flatMap((lie) => [true, false].map((before) => [lie[0], before, lie[1]] as const)))(
    'that one node %s are not refused to others (before the other names them: %s)',
    async (what, before, lie) => {
      const { move: f, modules } = await recorded();
      const w = new World();
      const b = w.place('b');
      const liar = await Stranger.at(w, 'b', 'liar');
      const honest = await Stranger.at(w, 'b', 'honest');
      liar.onFrame = (g) => {
        if (g.operation === 'qvm_module') lie(liar, g.hash);
      };
      honest.onFrame = serve(honest, modules);
      liar.send(move(f, 'liar.1'));
      if (before) await w.settle();
      honest.send(move(f, 'honest.1'));
      await w.settle();
      await wait(w, [b]);
      expect(honest.last('qvm_status').status).toBe(STATUS.ok);
      expect([liar.closed, honest.closed]).toEqual(['', '']);
      if (!before || what === 'never sends') return;
      expect(liar.last('qvm_status').status).toBe(STATUS.code);
      expect(b.events.find((e) => e.startsWith('refused liar.1'))).toMatch(
        /module \w+: (the other node does not have it|byte \d)/,
      );
    },
  );

  it('that are named in thousands and not sent end the connection', () => {
    const asked: string[] = [];
    const none = { module: () => undefined } as unknown as ConstructorParameters<typeof Modules>[0];
    const m = new Modules(
      none,
      (node) => asked.push(node),
      () => 1,
    );
    const names = (n: number): { name: string; hash: string }[] =>
      Array.from({ length: n }, (_, i) => ({ name: 'm', hash: String(i) }));
    expect(m.need(names(10_000), 'a')).toBe(true);
    expect(() => m.need(names(10_001), 'a')).toThrow('more than 10000 modules were named and are not there');
    // The other node is held to its own account alone.
    expect(m.need([{ name: 'm', hash: 'x' }], 'b')).toBe(true);
    m.down('a');
    expect([asked.filter((n) => n === 'a').length, asked.filter((n) => n === 'b').length]).toEqual([10_000, 1]);
  });
});

describe('what is too large for a frame', () => {
  it('does not leave, and says so', async () => {
    const w = new World();
    const [a, b] = [w.place('a'), w.place('b')];
    load(
      a.vm,
      `
require node
require thread
fun big(n : int, s : string) -> string
  if n == 0 then s else big(n - 1, s ++ s) end
end
session Big(s)
  let text = big(20, "0123456789abcdef")
  try
    thread::migrate(self, node::connect("b"))
  catch HostError(why)
    std::print(why)
  end
  std::print(text == big(20, "0123456789abcdef"))
  s!Done
end
session Small(s)
  thread::migrate(self, node::connect("b"))
  s!There
  on Text(t) from s
    std::print("got it")
  or Down(why) from s
    std::print(why)
  end
end
session Main()
  let b = spawn Big(self)
  on Done from b
  end
  let s = spawn Small(self)
  on There from s
    s!Text(big(20, "0123456789abcdef"))
  end
end
fun main()
  spawn Main
end
`,
      'compiler',
    );
    main(a);
    await w.settle();
    expect(a.out).toEqual(['thread::migrate: it cannot be moved now\n', 'true\n']);
    expect(a.events.find((e) => e.includes('cannot leave'))).toMatch(
      /^a\.\d cannot leave: it holds \d+ bytes; at most/,
    );
    expect(a.node.connected('b')).toBe(true);
    expect(b.out.join('')).toContain('HostError');
  });
});

it('the heads of a parcel are read without the rest, and what is no parcel has none', () => {
  expect(() => readHeads(new Reader(Uint8Array.of(255)))).toThrow(MalformedError);
});

/** Programs of the original language (E) and of Irken's VM (B), by their number in the conformance list. */
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { endNames, nodesOf, withoutPeers } from '../compiler/protocol/written/nodes.js';
import { renderNodes } from '../compiler/protocol/written/render.js';
import { CompileError, compile, createVm, load } from '../index.js';
import { assemble } from '../runtime/bytecode/assemble.js';
import { disassemble } from '../runtime/bytecode/disassemble.js';
import { parseType } from '../runtime/verify/terms/session-type.js';
import { Folder } from './support/cli.js';
import { root } from './support/compile.js';
import { CORRECTED, LISTING } from './support/listing.js';
import { run as judge } from './support/protocols.js';

const here = new Folder();
afterAll(() => here.remove());

const timer = readFileSync(path.join(root, 'examples/timer.qz'), 'utf8');

async function run(text: string, engine: 'interpreter' | 'compiled' = 'interpreter'): Promise<string> {
  let out = '';
  const vm = createVm({ engine, environment: { write: (s) => void (out += s) } });
  vm.spawnMain(load(vm, compile(text)));
  const end = await vm.runUntilIdle();
  expect(end).toMatchObject({ exitCode: 0, failures: [], stuck: [] });
  expect(vm.scheduler.live).toBe(0);
  return out;
}

describe('E, the original language', () => {
  it.each(['interpreter', 'compiled'] as const)(
    'E1 the Timer program prints the time and all sessions close (%s)',
    async (engine) => {
      const out = await run(timer, engine);
      expect(out).toMatch(/^\d+\n$/);
      // The wait is 10 ms; a clock of whole milliseconds may show one less.
      expect(Number(out)).toBeGreaterThanOrEqual(9);
    },
  );

  describe('E2 the assembly listing', () => {
    it('as printed is refused for the one missing pop; with it, it runs and prints the time', async () => {
      here.write('printed.qza', LISTING).write('listing.qza', CORRECTED);
      expect(await here.run(['run', 'printed.qza'])).toMatchObject({
        code: 1,
        out: '',
        err: 'error: the bytecode of module printed is refused: Timer+8 await_msg [-1]: slot [-1] holds a label where a thread is needed\n',
      });
      for (const engine of ['interpreter', 'compiled']) {
        const said = await here.run(['run', '--engine', engine, 'listing.qza']);
        expect(said).toMatchObject({ code: 0, err: '' });
        expect(said.out).toMatch(/^\d+\n$/);
        expect(Number(said.out)).toBeGreaterThanOrEqual(9);
      }
    });

    it('a message that is not matched ends the session with its text', async () => {
      here.write(
        'pang.qza',
        CORRECTED.replace('send_msg [-1] $Ping', 'send_msg [-1] $Pang').replace('!q{Ping', '!q{Pang'),
      );
      const said = await here.run(['run', 'pang.qza']);
      expect(said).toMatchObject({ code: 1, out: '' });
      expect(said.err).toContain('Session Q received unmatched message from P');
    });

    it('every form of the listing is kept by the assembler and comes back from the disassembler', () => {
      const image = assemble(LISTING, 'listing.qza');
      if (isLeft(image)) throw new Error('the listing does not assemble');
      const text = disassemble(image.right);
      for (const line of LISTING.split('\n').map((l) => l.replace(/#.*/, '').trim())) expect(text).toContain(line);
      const again = assemble(text, 'listing.qza');
      expect(isRight(again) && again.right.functions.map((f) => [...f.code])).toEqual(
        image.right.functions.map((f) => [...f.code]),
      );
    });
  });

  it('E3 headers without parentheses, a wrapper, require Prelude, and a session that ends in loop', async () => {
    const text = `module Forms
require Prelude

session Server
  on Start from client
    client!Ok
  end
  loop
end

session Client(target : Server)
  target!Start
  on Ok
    std::print("ok")
  end
end

fun main
  let s = spawn Server; spawn Client(s) # a comment
  let f = |a, b| a + b
  let y =
    f(1, 2)
  end
  if y == 3
    std::print(y)
  else
    std::print("no")
  end
end
end
`;
    let out = '';
    const vm = createVm({ environment: { write: (s) => void (out += s) } });
    vm.spawnMain(load(vm, compile({ main: text, Prelude: 'fun unused()\n  1\nend\n' })));
    expect(await vm.runUntilIdle()).toMatchObject({ exitCode: 0 });
    expect(out.split('\n').sort()).toEqual(['', '3', 'ok']);
  });

  it('E3 a file may be called .qrz', async () => {
    here.write('old.qrz', 'fun main\n  std::print("old")\nend\n');
    expect(await here.run(['run', 'old.qrz'])).toMatchObject({ code: 0, out: 'old\n', err: '' });
  });

  it.each<[string, string]>([
    ['_0', '_0'],
    ['T(a, b)', 'T<a, b>'],
    ['(t1, t2) -> u', '(t1, t2) -> u'],
    ['forall _0. t', 'exists _0. t'],
    ['forall _0 < ...LIMIT. t', 'exists _0. t'],
    ['[s : T] t', '[s : T] -> t'],
    ['(s : T)', '(s : T) -> End'],
    ['(s : T) t', '(s : T) -> t'],
    ['rec _1. ?w{A ~> _1}', 'rec _1. ?w{A ~> _1}'],
    ['?w{Msg(T) ~> t, Other ~> End}', '?w{Msg(T) ~> t, Other ~> End}'],
    ['!w{Msg(T) ~> Eps}', '!w{Msg(T) ~> End}'],
    [
      'forall c < ...!{Start ~> ...?{Ok ~> Eps, Err(String) ~> Eps}}. rec self. [client : c] ?client{Start ~> !client{Ok ~> self, Err(String) ~> self}}',
      'exists c. rec self. [client : c] -> ?client{Start ~> !client{Ok ~> self, Err(String) ~> self}}',
    ],
    [
      '(target : Server) -> !target{Start ~> ?target{Ok ~> Eps, Err(String) ~> Eps}}',
      '(target : Server) -> !target{Start ~> ?target{Ok ~> End, Err(String) ~> End}}',
    ],
  ])('E4 the type %s', (text, meaning) => {
    const [read, meant] = [parseType(text), parseType(meaning)];
    expect(isRight(meant)).toBe(true);
    expect(read).toEqual(meant);
  });

  it.each(['forall c < . t', 'forall c < T t', '[s : T', '[s T] t', '...', 'T(a', '(s : T, u : V)', '(s : T) )'])(
    'E4 what is no type is refused with its place: %s',
    (text) => {
      const read = parseType(text);
      expect(isLeft(read) && read.left.offset <= text.length).toBe(true);
    },
  );

  it('E4 such types describe a session to the machine and are annotations of programs', async () => {
    here.write('old.qza', CORRECTED.replace('exists S. [s : S] -> ?s', 'forall S < ...!{Start ~> Eps}. [s : S] ?s'));
    expect(await here.run(['run', 'old.qza'])).toMatchObject({ code: 0, err: '' });
    const annotated = timer
      .replace('session Timer(s)', 'session Timer(s) : [s : S] ?s{Start ~> ?s{Stop ~> !s{Took(int) ~> Eps}}}')
      .replace('session Q(p)', 'session Q(p) : forall P. (p : P) -> ?p{Ping ~> !p{Pong ~> Eps}}');
    expect(await run(annotated)).toMatch(/^\d+\n$/);
    expect(() => compile(annotated.replace('!p{Pong ~> Eps}', '!p{Pang ~> Eps}'))).toThrow(/Pang/);
  });

  it('E5 the projections of P on its neighbours q and t', () => {
    const { checked } = judge(timer);
    const p = checked.protocols.automata.get('main::P')!;
    // What is said over one link; that P makes the link to t itself is not said over it.
    const binary = (peer: string): string => {
      const nodes = withoutPeers(nodesOf(p), (other) => other !== peer);
      const talk = nodes.map((n) => (n.kind === 'spawn' ? ({ kind: 'choice', ways: [n.to] } as const) : n));
      return renderNodes(talk, 'End');
    };
    expect(binary('q')).toBe('!q{Ping ~> ?q{Pong ~> End}}');
    expect(binary('t')).toBe('!t{Start ~> !t{Stop ~> ?t{Took(int) ~> End}}}');
    expect(new Set(endNames(p))).toEqual(new Set(['q', 't']));
  });

  it('E6 both sides of Ping and Pong fit; with Pang on one side they are rejected', () => {
    expect(() => compile(timer)).not.toThrow();
    const other = timer.replace('p!Pong', 'p!Pang');
    expect(other).not.toBe(timer);
    expect(() => compile(other)).toThrow(CompileError);
    expect(() => compile(other)).toThrow(/Pang/);
  });
});

describe('B, what the other VM computes', () => {
  const MAIN = (body: string, before = ''): string => `${before}\nfun main()\n${body}\nend\n`;
  const TAK = `fun tak(x : int, y : int, z : int) -> int
  if y >= x then z else tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)) end
end`;
  const COUNT = 'fun count(n : int) -> int\n  if n == 0 then 42 else count(n - 1) end\nend';
  const PLUS = 'fun plus(a : int, b : int) -> int\n  a + b\nend';
  const CASES = 'fun f(n : int) -> int\n  case n\n  when 0 then 1\n  when 2 then 3\n  when _ then n + 100\n  end\nend';
  const programs: readonly [string, string, string][] = [
    ['B4 a literal (t0)', MAIN('std::print(42)'), '42'],
    ['B4 a character (t1)', MAIN('std::print("A")'), 'A'],
    ['B4 arithmetic (t2)', MAIN('std::print(19 + 34 - 3)'), '50'],
    ['B4 nested ifs (t3)', MAIN('std::print(if 1 > 2 then 12 else if 2 > 1 then 34 else 56 end end)'), '34'],
    ['B4 a function without arguments (t5)', MAIN('let f = || 3\nstd::print(f())'), '3'],
    ['B4 a function that ignores its argument (t6)', MAIN('let f = |x| 3\nstd::print(f(5))'), '3'],
    ['B4 nested additions (t7)', MAIN('std::print(34 + (10 + 9))'), '53'],
    ['B4 let (t8)', MAIN('let a = 7\nlet b = 3\nstd::print(a + b)'), '10'],
    ['B4 B5 a loop of 1,000,000 tail calls (t9)', MAIN('std::print(count(1000000))', COUNT), '42'],
    ['B4 nested calls (t10)', MAIN('std::print(plus(100, plus(1, plus(2, plus(3, 4)))))', PLUS), '110'],
    ['B4 tak (t11)', MAIN('std::print(tak(18, 12, 6))', TAK), '7'],
    ['B4 things in order (t12)', MAIN('for n in 11..13\nstd::print(n)\nend'), '11 12 13'],
    [
      'B4 comparisons (t14)',
      MAIN('std::print(20 >= 10)\nstd::print(10 >= 20)\nstd::print(10 >= 10)'),
      'true false true',
    ],
    ['B4 patterns (t18)', MAIN('std::print(f(7))\nstd::print(f(2))\nstd::print(f(0))', CASES), '107 3 1'],
    ['B4 the length of a list (t20)', MAIN('std::print(list::length([1, 2, 3]))', 'require list'), '3'],
  ];
  it.each(programs)('%s, interpreted and compiled (B8)', async (_, text, wanted) => {
    for (const engine of ['interpreter', 'compiled'] as const)
      expect((await run(text, engine)).trim().split('\n').join(' ')).toBe(wanted);
  });

  it('B5 a deep loop holds no more than a short one', () => {
    for (const n of [10, 1_000_000]) {
      const vm = createVm({ threadHeap: 1000 });
      vm.spawnMain(load(vm, compile(MAIN(`std::print(count(${n}))`, COUNT))));
      vm.runReady();
      expect(vm.end()).toMatchObject({ exitCode: 0, failures: [] });
    }
  });

  it('B6 leaving a loop early, with a value', async () => {
    const text = `exception Found(int)

fun main()
  std::print("before")
  try
    for n in 0..100
      std::print(n)
      if n == 20
        raise Found(n)
      end
    end
  catch Found(n)
    std::print("found {n}")
  end
  std::print("after")
end
`;
    const lines = ['before', ...Array.from({ length: 21 }, (_, n) => String(n)), 'found 20', 'after', ''];
    for (const engine of ['interpreter', 'compiled'] as const)
      expect((await run(text, engine)).split('\n')).toEqual(lines);
  });

  it('B1 what is no bytecode, and bytecode with an unknown instruction, is refused', async () => {
    here
      .write('none.qzb', 'IRKVM1 and so on')
      .write('op.qza', 'function main < () -> void >:\n  push 1\n  frobnicate\n');
    expect(await here.run(['run', 'none.qzb'])).toMatchObject({ code: 1, out: '' });
    const said = await here.run(['run', 'op.qza']);
    expect(said).toMatchObject({ code: 1, out: '' });
    expect(said.err).toContain('frobnicate');
  });

  it('B3 a command without its file shows how it is used', async () => {
    const said = await here.run(['quartzc']);
    expect(said).toMatchObject({ code: 2, out: '' });
    expect(said.err).toContain('--help for how to use it');
  });
});

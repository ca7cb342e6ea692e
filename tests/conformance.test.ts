/** The original language's own programs and forms, by their number in the conformance list (E). */
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { endNames, nodesOf, withoutPeers } from '../compiler/protocol/nodes.js';
import { renderNodes } from '../compiler/protocol/render.js';
import { CompileError, compile, createVm, load } from '../index.js';
import { assemble } from '../runtime/bytecode/assemble.js';
import { disassemble } from '../runtime/bytecode/disassemble.js';
import { parseType } from '../runtime/verify/session-type.js';
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

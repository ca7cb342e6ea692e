/** Modules the verifier must accept, and what it says about those it must not; the corpus has the refusals by kind. */
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { assemble, formatAsmError } from '../../runtime/bytecode/assemble.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { formatVerifyError, nothing, verify, type Surroundings } from '../../runtime/verify/verify.js';
import { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { computing } from '../support/computing.js';
import { CORRECTED, LISTING } from '../support/listing.js';
import { LARGE } from '../support/large-modules.js';

function image(text: string): ModuleImage {
  const r = assemble(text, 'test.qza');
  if (isLeft(r)) throw new Error(r.left.map(formatAsmError).join('\n'));
  return r.right;
}
function verdict(text: string, around: Surroundings = { module: nothing }): string {
  const v = verify(image(text), around);
  return isRight(v) ? 'accepted' : formatVerifyError(v.left);
}
const session = (type: string, ...body: string[]): string => [`session S < ${type} >:`, ...body].join('\n');
const OPTION =
  'constructor variant "" option None 0 params a fields\nconstructor variant "" option Some 1 params a fields "0" "a"\n';

describe('the listing', () => {
  it('is refused as printed: Timer lacks a pop', () =>
    expect(verdict(LISTING)).toBe('Timer+8 await_msg [-1]: slot [-1] holds a label where a thread is needed'));
  it('is accepted with it', () => {
    const v = verify(image(CORRECTED), { module: nothing });
    if (isLeft(v)) throw new Error(formatVerifyError(v.left));
    expect(VerifiedModule.is(v.right)).toBe(true);
    expect(v.right.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(v.right.facts.map((f) => f.stack)).toEqual([2, 4, 2, 2]);
  });
});

describe('only verify makes verified modules', () => {
  it('by the constructor', () =>
    expect(() => new VerifiedModule(Symbol('verified'), image(CORRECTED), [])).toThrow('only verify'));
  it('by the looks', () => expect(VerifiedModule.is({ image: image(CORRECTED), facts: [] })).toBe(false));
});

describe('sessions', () => {
  const server = 'rec X. exists C. ?{c.Get ~> !c{Val(int) ~> X}, c.Stop ~> End}';
  it.each<[string, string]>([
    [
      'a service that accepts clients in a loop',
      session(server, 'table t select', 'case accept $Get _get', 'case accept $Stop _stop', '_head:', 'select @t', '_get:', 'push 1', 'send_msg(1) [-1] $Val', 'pop', 'loop _head', '_stop:', 'pop', 'close'), // prettier-ignore
    ],
    [
      'labels of different sizes, compared in turn',
      session('[c : C] -> rec X. ?c{Add(int, int) ~> !c{Sum(int) ~> X}, Neg(int) ~> !c{Sum(int) ~> X}, Stop ~> End}'.replace('[', 'exists C. ['), '_head:', 'await_msg(2) [0]', 'cmp $Add _neg', 'pop', 'add', 'send_msg(1) [-1] $Sum', 'loop _head', '_neg:', 'cmp $Neg _stop', 'pop', 'swap', 'pop', 'neg', 'send_msg(1) [-1] $Sum', 'loop _head', '_stop:', 'cmp $Stop _no', 'close', '_no:', 'close_err "no"'), // prettier-ignore
    ],
    [
      'a wait on two peers with a timeout',
      session('exists A. exists B. (a : A) -> (b : B) -> ?{a.X(string) ~> End, b.Y ~> End, a.Down ~> End, after ~> End}', 'table t select', 'case [-2] $X(1) _x', 'case [-1] $Y _y', 'case down [-2] _d', 'case after _y', 'push 100', 'select @t', '_x:', 'push "!"', 'concat', 'print', 'close', '_d:', 'to_string', 'print', 'close', '_y:', 'close'), // prettier-ignore
    ],
    [
      'an end that arrives, is used and is finished',
      session('exists C. [c : C] -> ?c{Take(!{X ~> ?{Y(int) ~> End}}) ~> End}', 'await_msg(1) [0]', 'cmp $Take _n', 'pop', 'send_msg [0] $X', 'await_msg(1) [0]', 'cmp $Y _n', 'pop', 'print', 'pop', 'close', '_n:', 'close_err "no"'), // prettier-ignore
    ],
    [
      'an end that arrives and is sent on',
      session('exists C. exists D. [c : C] -> (d : D) -> ?c{Take(!{X ~> End}) ~> !d{Give(!{X ~> End}) ~> End}}', 'await_msg(1) [-1]', 'cmp $Take _n', 'pop', 'transfer_msg(1) [-1] $Give', 'close', '_n:', 'close_err "no"'), // prettier-ignore
    ],
    ['a choice of the session', session('exists C. [c : C] -> (!c{A ~> End} | End)', 'push true', 'jump_if _x', 'send_msg [0] $A', 'close', '_x:', 'close')], // prettier-ignore
    ['a session that goes on as itself', session('exists C. (n : int) -> [c : C] -> rec X. !c{A(int) ~> X}', 'load 0', 'send_msg(1) [-1] $A', 'push 2', 'load 1', 'tail_call_function @S')], // prettier-ignore
    ['dropping an end in the middle', session('exists A. exists B. (a : A) -> (b : B) -> !a{X ~> ?a{Y ~> !b{Z ~> End}}}', 'send_msg [-1] $X', 'drop [-1]', 'send_msg [0] $Z', 'close')], // prettier-ignore
    ['a handler that drops what the body used', session('exists C. [c : C] -> !c{A ~> !c{B ~> End}}', 'try _h', 'send_msg [0] $A', 'end_try', 'send_msg [0] $B', 'close', '_h:', 'drop [-1]', 'close')], // prettier-ignore
  ])('%s', (_, text) => expect(verdict(text)).toBe('accepted'));

  it('receiving more than one way of a choice asks for is allowed', () => {
    const type = 'exists C. [c : C] -> (?c{A ~> End} | ?c{B(int) ~> End})';
    const code = [
      'await_msg(1) [0]',
      'cmp $A _b',
      'close',
      '_b:',
      'cmp $B _n',
      'pop',
      'neg',
      'close',
      '_n:',
      'close_err "no"',
    ];
    expect(verdict(session(type, ...code))).toBe('accepted');
  });
});

describe('functions', () => {
  const twoSteps = `session T < exists A. [a : A] -> ?a{X ~> !a{Y(int) ~> End}} >:
    await_msg [0]\n cmp $X _n\n pop\n push 1\n send_msg(1) [-1] $Y\n close\n _n:\n close_err "no"\n`;
  it('borrow an end and give it back at the point their type says', () =>
    expect(
      verdict(`${twoSteps}
function ask < (q : !{X ~> ?{Y(int) ~> R}}) -> int, q : R >:
  send_msg [0] $X\n await_msg(1) [0]\n cmp $Y _n\n pop\n ret\n _n:\n close_err "no"
function main < () -> void >:
  push @self\n call_constructor_spawn @T\n get [0]\n call_function @ask\n neg\n print`),
    ).toBe('accepted'));
  it('learn of the loss of a borrowed end: its caller goes on as if it were given back', () =>
    expect(
      verdict(`session T < exists A. [a : A] -> rec X. ?a{X ~> !a{Y(int) ~> X}, Stop ~> End} >:
  halt
function ask < (q : !{X ~> ?{Y(int) ~> R}}) -> int, q : R >:
  table t select\n case [0] $Y(1) _y\n case down [0] _down
  send_msg [0] $X\n select @t\n _y:\n ret\n _down:\n pop\n push 0\n ret
function main < () -> void >:
  push @self\n call_constructor_spawn @T\n get [0]\n call_function @ask\n print\n get [0]\n call_function @ask\n print\n send_msg [0] $Stop`),
    ).toBe('accepted'));
  it('go on after a loss where the other way stands', () =>
    expect(
      verdict(`session T < exists A. [a : A] -> !a{X(int) ~> ?a{Stop ~> End}} >:
  halt
function main < () -> void >:
  table t select\n case [0] $X(1) _x\n case down [0] _down
  push @self\n call_constructor_spawn @T\n select @t\n _x:\n jump _out\n _down:\n pop\n push 1\n _out:\n pop\n send_msg [0] $Stop`),
    ).toBe('accepted'));
  it('use the link of a spawn by the dual of the session they spawned', () =>
    expect(
      verdict(`${twoSteps}
function main < () -> void >:
  push @self\n call_constructor_spawn @T\n send_msg [0] $X\n await_msg(1) [0]\n cmp $Y _n\n pop\n neg\n print\n close\n _n:\n close_err "no"`),
    ).toBe('accepted'));
  it.each<[string, string]>([
    ['generic code at two types', 'function id < (a) -> a >:\n load 0\n ret\nfunction main < () -> int >:\n push "x"\n call_function @id\n print\n push 1\n call_function @id\n push 2\n add\n ret'], // prettier-ignore
    ['an empty list that is filled in a loop', 'function main < () -> int >:\n .locals 1\n list\n cast < list<int> >\n store 0\n _head:\n push 1\n load 0\n cons\n store 0\n load 0\n length\n push 9\n gt\n jump_if _out\n loop _head\n _out:\n load 0\n head\n ret'], // prettier-ignore
    ['branches joined at the type above both', `${OPTION}function main < (bool) -> option<int> >:\n load 0\n jump_if _some\n make option::None\n ret\n _some:\n push 1\n make option::Some\n ret`], // prettier-ignore
    ['a join of two variants', `${OPTION}function main < (bool) -> option<int> >:\n load 0\n jump_if _some\n make option::None\n jump _done\n _some:\n push 1\n make option::Some\n _done:\n ret`], // prettier-ignore
    ['a matched variant', `${OPTION}function get < (option<int>, int) -> int >:\n load 0\n match option::Some _none\n field 0\n ret\n _none:\n load 1\n ret`], // prettier-ignore
    ['closures that share a variable', 'function counter < () -> () -> int >:\n .locals 1\n table t capture 0\n push 0\n store 0\n open_upvalue 0\n make_closure @next @t\n close_upvalues 0\n ret\nfunction next < (int) -> int >:\n .param n upvalue "int"\n get_upvalue 0\n push 1\n add\n set_upvalue 0\n get_upvalue 0\n ret'], // prettier-ignore
    ['partial application', 'function f < (int, string) -> string >:\n load 1\n ret\nfunction main < () -> void >:\n push_function @f\n push 1\n call(1)\n push "x"\n call(1)\n push "y"\n concat\n print'], // prettier-ignore
    ['handlers that see what was there before', 'function main < () -> int >:\n .locals 1\n push 1\n store 0\n try _h\n push 0\n push 1\n div\n store 0\n end_try\n load 0\n ret\n _h:\n print\n load 0\n ret'], // prettier-ignore
    ['values left over at the end', 'function main < () -> void >:\n push 1\n push 2'],
    ['code that cannot be reached', 'function main < () -> void >:\n jump _end\n pop\n pop\n _end:\n close'],
    ['nested loops', 'function main < () -> void >:\n push 0\n _outer:\n push 1\n add\n push 0\n _inner:\n push 1\n add\n dup\n push 9\n gt\n jump_if _done\n loop _inner\n _done:\n pop\n loop _outer'], // prettier-ignore
  ])('%s', (_, text) => expect(verdict(text)).toBe('accepted'));
});

describe('hostile sizes', () => {
  const many = (n: number, line: string): string => new Array<string>(n).fill(line).join('\n');
  const timed = (text: string): [string, number] => {
    const module = image(text);
    const took = computing();
    const v = verify(module, { module: nothing });
    return [isRight(v) ? 'accepted' : formatVerifyError(v.left), took()];
  };
  it('a hundred thousand instructions are nothing', () => {
    const [said, ms] = timed(`function main < () -> void >:\n${many(50_000, 'push 1\npop')}`);
    expect(said).toBe('accepted');
    expect(ms).toBeLessThan(10_000);
  });
  it('neither are deep stacks that are read from the bottom', () => {
    const [said, ms] = timed(
      `function main < () -> void >:\n${many(10_000, 'push 1')}\n${many(10_000, 'get [-9999]\npop')}`,
    );
    expect(said).toBe('accepted');
    expect(ms).toBeLessThan(10_000);
  });
  it('joins of deep stacks likewise', () => {
    const body = Array.from(
      { length: 3000 },
      (_, i) => `push true\njump_if _${i}\npop\npush "a"\nswap\npop\npush 1\n_${i}:\npop\npush 1`,
    );
    const [said, ms] = timed(`function main < () -> void >:\n${many(3000, 'push 1')}\n${body.join('\n')}`);
    expect(said).toBe('accepted');
    expect(ms).toBeLessThan(10_000);
  });
  it.each(Object.keys(LARGE))('large modules are accepted: %s', (family) => {
    // Steps are paid for, and what is not linear costs more than there is: see bench/verify.ts for times.
    expect(timed(LARGE[family]!(6000))[0]).toBe('accepted');
  });
  it('nests of types are refused', () => {
    const [said] = timed(`function main < (${'('.repeat(5000)}int${')'.repeat(5000)}) -> void >:`);
    expect(said).toContain('nested too deeply');
  });
});

/** What code generation chooses: the shape of the code, seen through the text form. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MACHINE_EXCEPTIONS } from '../../compiler/codegen/image/constructors.js';
import { disassemble } from '../../runtime/bytecode/disassemble.js';
import { builtinExceptions } from '../../runtime/values/exceptions.js';
import { compileText, root } from '../support/compile.js';

/** The instructions of a function or session, without source places. */
function codeOf(text: string, name: string): string[] {
  const built = compileText(text, { name: 'm' });
  expect(built.diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)).toEqual([]);
  const lines = disassemble(built.images.at(-1)!).split('\n');
  const start = lines.findIndex((l) => /^(function|session) /.test(l) && l.split(' ')[1] === name);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((l) => /^(function|session) /.test(l));
  return (end < 0 ? rest : rest.slice(0, end)).map((l) => l.trim()).filter((l) => l !== '' && !l.startsWith('.'));
}

const has = (code: readonly string[], word: string): boolean => code.some((l) => l.split(/[ (]/)[0] === word);

describe('the Timer program', () => {
  const text = readFileSync(path.join(root, 'examples/timer.qz'), 'utf8');
  it('waits, compares and sends as the listing does', () => {
    expect(codeOf(text, 'Timer')).toEqual([
      'await_msg [0]',
      'cmp $Start _nomatch0',
      'pop',
      'call_function @std::get_time_ms',
      'await_msg [-1]',
      'cmp $Stop _nomatch0',
      'pop',
      'call_function @std::get_time_ms',
      'get [-1]',
      'get [-1]',
      'sub',
      'send_msg(1) [-3] $Took',
      // At its end a session comes back, to nobody here: it may be called from another module as well.
      'ret_void',
      '_nomatch0:',
      'close_err "Session Timer received unmatched message from s"',
    ]);
  });
  it('makes a group of empty threads first', () => {
    expect(codeOf(text, 'main').slice(0, 3)).toEqual(['spawn_empty', 'spawn_empty', 'call_constructor_async @P [-1]']);
  });
});

describe('instructions by type', () => {
  const op = (e: string, params: string): string[] => codeOf(`fun f(${params})\n${e}\nend`, 'f');
  it.each([
    ['a + b', 'a : int, b : int', 'add'],
    ['a + b', 'a : float, b : float', 'fadd'],
    ['a < b', 'a : int, b : int', 'gt'],
    ['a < b', 'a : float, b : float', 'fgt'],
    ['a < b', 'a : string, b : string', 'greater'],
    ['a == b', 'a : string, b : string', 'eq'],
    ['a == b', 'a : list<int>, b : list<int>', 'equal'],
    ['a ++ b', 'a : string, b : string', 'concat'],
    ['a ++ b', 'a : bytes, b : bytes', 'append'],
  ])('%s with %s is %s', (e, params, row) => expect(has(op(e, params), row)).toBe(true));
  it('shows only what is no string in interpolation', () => {
    expect(has(op('"{a}!"', 'a : string'), 'to_string')).toBe(false);
    expect(has(op('"{a}!"', 'a : int'), 'to_string')).toBe(true);
  });
  it('computes the right operand first where the left one cannot change', () => {
    expect(has(op('a - b', 'a : int, b : int'), 'swap')).toBe(false);
  });
});

describe('calls', () => {
  it('takes the place of the caller in tail position', () => {
    const code = codeOf('fun f(n)\nif n == 0 then 0 else f(n - 1) end\nend', 'f');
    expect(has(code, 'tail_call_function')).toBe(true);
    expect(has(code, 'call_function')).toBe(false);
  });
  it('never does so inside try', () => {
    const code = codeOf('fun f(n)\ntry\nf(n - 1)\ncatch Overflow\n0\nend\nend', 'f');
    expect(has(code, 'tail_call_function')).toBe(false);
  });
  it('calls a local function without making a closure again', () => {
    const code = codeOf('fun f(k)\nfun g(n)\nif n < k then n else g(n - 1) end\nend\ng(9)\nend', 'f');
    expect(code.filter((l) => l.startsWith('make_closure'))).toHaveLength(1);
    expect(has(code, 'tail_call_function')).toBe(true);
  });
});

describe('loops and variables', () => {
  it('counts a range without a list', () => {
    const code = codeOf('fun f(n)\nvar t = 0\nfor i in 1..n\nt = t + i\nend\nt\nend', 'f');
    expect(has(code, 'range')).toBe(false);
    expect(has(code, 'loop')).toBe(true);
  });
  it('makes upvalues only of variables that closures share', () => {
    expect(has(codeOf('fun f()\nvar n = 0\nn = 1\nn\nend', 'f'), 'open_upvalue')).toBe(false);
    expect(has(codeOf('fun f()\nvar n = 0\nlet g = || n = n + 1\ng()\nn\nend', 'f'), 'open_upvalue')).toBe(true);
    expect(has(codeOf('fun f()\nlet n = 0\nlet g = || n\ng()\nend', 'f'), 'open_upvalue')).toBe(false);
  });
});

describe('messages', () => {
  const sent = (type: string): string[] =>
    codeOf(`session S(c, x : ${type})\nc!Go(x)\nend\nfun main()\nend`, 'S').filter((l) =>
      /^(send|transfer)_msg/.test(l),
    );
  it.each([
    ['int', 'send_msg'],
    ['list<(int, string)>', 'send_msg'],
    ['(int) -> int', 'transfer_msg'],
    ['list<exn>', 'transfer_msg'],
  ])('a payload of type %s goes by %s', (type, row) => expect(sent(type).map((l) => l.split('(')[0])).toEqual([row]));
});

it('describes the exceptions of the machine as the machine does', () => {
  const real = Object.values(builtinExceptions).map((c) => [c.tag, c.name, [...c.fields]]);
  expect(MACHINE_EXCEPTIONS.map(([name, fields], tag) => [tag, name, fields.map((f) => f.name)])).toEqual(real);
});

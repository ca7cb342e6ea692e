/** The guests as a user meets them: `quartz grumpy`, `.sexp` files, both REPLs. Names carry the numbers of the conformance list. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Folder, eachInAFolder } from './support/cli.js';
import { root } from './support/compile.js';

let here: Folder;
eachInAFolder((folder) => (here = folder));

const program = (name: string): Uint8Array => readFileSync(path.join(root, `tests/guests/grumpy/${name}.s`));
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('quartz grumpy', () => {
  const PA1 = 'setframe 0\npush Lmain\ncall\nhalt\nLmain:\npush 3\npush 12\nbinary /\nret\n';
  const BYTES = [
    [0x00, 0x00, 0x00, 0x08],
    [0x0b, 0, 0, 0, 0],
    [0x00, 0x04, 0, 0, 0, 4],
    [0x0c, 0x0f],
    [0x00, 0x01, 0, 0, 0, 3],
    [0x00, 0x01, 0, 0, 0, 12],
    [0x04, 0x03, 0x0d],
  ].flat();

  it('A1.1 asm writes the 32 bytes of the example beside it; they run, and print as text that assembles to them', async () => {
    here.write('pa1.s', PA1);
    expect(await here.run(['grumpy', 'asm', 'pa1.s'])).toMatchObject({ code: 0, out: '', err: '' });
    expect([...here.read('pa1.o')!]).toEqual(BYTES);
    expect(await here.run(['grumpy', 'run', 'pa1.o'])).toMatchObject({ code: 0, out: 'Vi32(4)', err: '' });
    expect(await here.run(['grumpy', 'run', '--newline', 'pa1.s'])).toMatchObject({ out: 'Vi32(4)\n', err: '' });
    const listed = await here.run(['grumpy', 'dis', 'pa1.o']);
    here.write('again.s', listed.out);
    expect(await here.run(['grumpy', 'asm', 'again.s', '-o', 'out/other.o'])).toMatchObject({ code: 0 });
    expect([...here.read('out/other.o')!]).toEqual(BYTES);
    expect([...(await here.run(['grumpy', 'asm', 'pa1.s', '-o', '-'])).bytes]).toEqual(BYTES);
  });

  it('A1.5 A2.5 refuses what is no program with one line, exit code 1 and nothing on standard output', async () => {
    here
      .write('twice.s', 'Lx:\nhalt\nLx:\n')
      .write('word.s', 'pusj 1\n')
      .write('short.o', Uint8Array.from(BYTES.slice(0, -1)))
      .write('code.o', Uint8Array.from([0, 0, 0, 1, 0x20]));
    for (const words of [
      ['asm', 'twice.s'],
      ['asm', 'word.s'],
      ['run', 'word.s'],
      ['run', 'short.o'],
      ['dis', 'short.o'],
      ['run', 'code.o'],
      ['run', 'none.o'],
    ]) {
      const said = await here.run(['grumpy', ...words]);
      expect(said, words.join(' ')).toMatchObject({ code: 1, out: '' });
      expect(said.err).toMatch(/^error: .*\n$/);
      expect(said.err).toContain(words[1]);
    }
    expect(here.read('word.o')).toBeUndefined();
    expect(await here.run(['grumpy', 'asm', 'short.o'])).toMatchObject({ code: 2 });
    expect(await here.run(['grumpy', 'run', '--heap', 'x', 'word.s'])).toMatchObject({ code: 2 });
    expect(await here.run(['grumpy', 'fly'])).toMatchObject({ code: 2 });
  });

  it('A2.5 A3.4 a program that fails has no result, one line of error, and its collections reported', async () => {
    here.write('zero.s', program('error_div_zero')).write('fact2.s', program('gc_fact2'));
    const zero = await here.run(['grumpy', 'run', 'zero.s']);
    expect(zero).toMatchObject({ code: 1, out: '', bytes: new Uint8Array() });
    expect(zero.err).toMatch(/^error: thread 1: .*zero.*\n$/);
    const fact2 = await here.run(['grumpy', 'run', 'fact2.s']);
    expect(fact2).toMatchObject({ code: 1, out: '' });
    expect(fact2.err).toMatch(
      /^GC start: heap_size = 1010 values\nGC end: heap_size = 1010 values\nerror: thread 1: .*\n$/,
    );
  });

  it('A3.2 reports collections on standard error exactly, 19 times for the example', async () => {
    const said = await here.write('heap.s', program('gc_heap')).run(['grumpy', 'run', 'heap.s']);
    expect(said).toMatchObject({ code: 0, out: 'Vi32(3)' });
    expect(said.err).toBe('GC start: heap_size = 1010 values\nGC end: heap_size = 0 values\n'.repeat(19));
  });

  it('A3.2 --heap moves the limit: 1023 + 1 fits into 1024 values and not into 1023', async () => {
    here.write('whole.s', 'push 1023\npush 0\nalloc\nhalt\n');
    expect(await here.run(['grumpy', 'run', 'whole.s'])).toMatchObject({ code: 0, out: 'Vaddr(0)', err: '' });
    const less = await here.run(['grumpy', 'run', '--heap', '1023', 'whole.s']);
    expect(less).toMatchObject({ code: 1, out: '' });
    expect(less.err).toContain('GC start: heap_size = 0 values\nGC end: heap_size = 0 values\n');
  });

  it('A4.4 A4.5 A4.6 prints characters in schedule order, then the result, whatever the quantum', async () => {
    here.write('a.s', 'push 353\nprint\npush 7\nhalt\n').write('spawn.s', program('spawn_prints'));
    const a = await here.run(['grumpy', 'run', 'a.s']);
    expect([text(a.bytes), a.out]).toEqual(['a', 'Vi32(7)']);
    const all = new Set<string>();
    for (const quantum of ['1', '2', '3', '7', '1000']) {
      const said = await here.run(['grumpy', 'run', '--quantum', quantum, 'spawn.s']);
      expect(said).toMatchObject({ code: 0, err: '' });
      all.add([...text(said.bytes)].sort().join(''));
    }
    expect(all.size).toBe(1);
  });
});

describe('quartz run FILE.sexp', () => {
  it('D8 prints what the program prints, then the values it leaves', async () => {
    here.write('square.sexp', '(defun square (x) (* x x))\n(print (square 7))\n(square 3)\n');
    expect(await here.run(['run', 'square.sexp'])).toMatchObject({ code: 0, out: '49\n49\n9\n', err: '' });
  });

  it('D5 gives one line of error and exit code 1', async () => {
    here.write('empty.sexp', '(define x 1)\n()\n').write('undefined.sexp', '(print 1)\n(undefined-func 42)\n');
    const empty = await here.run(['run', 'empty.sexp']);
    expect(empty).toMatchObject({ code: 1, out: '' });
    expect(empty.err).toBe('error: 2:1: SyntaxError: Empty expression ()\n');
    const undefinedName = await here.run(['run', 'undefined.sexp']);
    expect(undefinedName).toMatchObject({ code: 1, out: '1\n' });
    expect(undefinedName.err).toContain("No handler for instruction 'OP_CALL_undefined-func'");
    expect(await here.run(['run', 'none.sexp'])).toMatchObject({ code: 1, err: 'error: there is no file none.sexp\n' });
  });

  it('C1 C7 runs the Eval dialect: a value a line, a traceback when it fails', async () => {
    here.write('map.sexp', "(def isit (a b) (is? a b))\n((isit 'x) 'x)\n((isit 'x) 'y)\n");
    expect(await here.run(['run', '--dialect', 'eval', 'map.sexp'])).toMatchObject({
      code: 0,
      out: '(Function isit (a b))\ntrue\nnil\n',
    });
    here.write('fails.sexp', "(def f (a) (car a))\n(def g (a) (cons 'z (f a)))\n(g 'x)\n'never\n");
    const said = await here.run(['run', '--dialect', 'eval', 'fails.sexp']);
    expect(said.code).toBe(1);
    expect(said.out).toBe('(Function f (a))\n(Function g (a))\n');
    expect(said.err).toBe(
      'error: Parameter to FirstOfPair is not a list\nError traceback:\n  in (Function f (a))\n  in (Function g (a))\n',
    );
  });
});

describe('quartz repl', () => {
  const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('');

  it('C7 the Eval dialect keeps its globals through lexer, parse and evaluation errors, and ends with the input', async () => {
    const said = await here.run(
      ['repl', '--dialect', 'eval'],
      lines("(set 'x 'y)", '\tx', 'x)', '(car x)', 'x', ":d (is? x 'y)"),
      {},
    );
    expect(said.code).toBe(0);
    const shown = said.out.split('\n');
    expect(shown[0]).toBe('y');
    expect(said.out).toContain('tabs are not valid whitespace');
    expect(said.out).toContain('Parameter to FirstOfPair is not a list');
    for (const heading of ['# Debug', '## Input', '## Parsed', '## Compiled', '## Evaluated'])
      expect(shown).toContain(heading);
    expect(shown.slice(-2)).toEqual(['true', '']);
  });

  it('C7 keeps a history in ~/.evalrus_history', async () => {
    const env = { HOME: here.path };
    await here.run(['repl', '--dialect', 'eval'], lines("'a", "'b"), env);
    expect(text(here.read('.evalrus_history')!)).toBe("'a\n'b\n");
    await here.run(['repl', '--dialect', 'eval'], lines("'c"), env);
    expect(text(here.read('.evalrus_history')!)).toBe("'a\n'b\n'c\n");
  });

  it('C7 prompts with "> " at a terminal and nowhere else', async () => {
    const seen = await here.run(['repl', '--dialect', 'eval'], lines("'a", '(car', "'(b c))"), {}, true);
    expect(seen.out).toBe('> a\n> . b\n> \n');
    expect((await here.run(['repl', '--dialect', 'eval'], lines("'a"))).out).toBe('a\n');
  });

  it('D8 definitions of S-expressions last, errors do not end the session', async () => {
    const said = await here.run(
      ['repl', '--sexp'],
      lines('(defun square (x)', '  (* x x))', '(square 7)', '(nope 1)', '(+ 1)', '(square 8)'),
    );
    expect(said.code).toBe(0);
    const shown = said.out.split('\n');
    expect(shown[0]).toBe('49');
    expect(said.out).toContain("No handler for instruction 'OP_CALL_nope'");
    expect(said.out).toContain('Binary operator + requires exactly 2 arguments, got 1');
    expect(shown.slice(-2)).toEqual(['64', '']);
  });

  it('wants to know the language', async () => expect(await here.run(['repl'])).toMatchObject({ code: 2 }));
});

describe('examples/guests', () => {
  it.each([
    [['grumpy', 'run', 'factorial.s'], /^Vi32\(\d+\)$/],
    [['grumpy', 'run', 'channel_pipeline.s'], /^Vi32\(55\)$/],
    [['run', 'factorial.sexp'], /^120\n120\n$/],
    [['run', '--dialect', 'eval', 'map.eval.sexp'], /\(nil true nil nil true\)\n$/],
    [['quartzc', '--check', 'echo.qz'], /^$/],
  ])('%s', async (words, wanted) => {
    const file = words.at(-1)!;
    here.write(file, readFileSync(path.join(root, 'examples/guests', file)));
    const said = await here.run(words);
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toMatch(wanted);
  });
});

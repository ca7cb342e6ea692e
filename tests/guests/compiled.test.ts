/** S-expressions compiled to ordinary bytecode do what the actor does that runs them (conformance D2, D4, D5 and D8). */
import fc from 'fast-check';
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import {
  ACTOR_DIALECT,
  analyse,
  compile,
  createVm,
  load,
  read,
  runSExpressions,
  toQuartz,
  type Program,
} from '../../index.js';
import { Folder } from '../support/cli.js';

function translated(text: string): string {
  const trees = read(text, ACTOR_DIALECT);
  const forms = isLeft(trees) ? trees : analyse(text, trees.right);
  const made = isLeft(forms) ? forms : toQuartz(text, forms.right);
  if (isLeft(made)) throw new Error(made.left.message);
  return made.right;
}

/** Lines of output, then `error: ...` if it failed. */
function byActor(text: string): readonly string[] {
  const lines: string[] = [];
  const end = runSExpressions(text, { print: (line) => lines.push(line) });
  return isLeft(end) ? [...lines, `error: ${end.left}`] : [...lines, ...end.right];
}

const compiled = new Map<string, Program>();

/** The bytecode of a text, made once for both engines. */
function programOf(text: string): Program {
  let program = compiled.get(text);
  if (program === undefined) compiled.set(text, (program = compile(translated(text))));
  return program;
}

async function byCode(text: string, engine: 'interpreter' | 'compiled'): Promise<readonly string[]> {
  let out = '';
  const vm = createVm({ engine, environment: { write: (s) => void (out += s) } });
  const program = programOf(text);
  expect(program.diagnostics.map((d) => d.message)).toEqual([]);
  vm.spawnMain(load(vm, program));
  const { failures } = await vm.runUntilIdle();
  const errors = failures.map((f) => `error: ${/^ActorError\("(.*)"\)$/.exec(f.message)?.[1] ?? f.message}`);
  return [...out.split('\n').slice(0, -1), ...errors];
}

const VALUES: readonly [string, string, readonly string[]][] = [
  ['D2', '(+ 9 5) (- 5 10) (- 30 10) (* 20 5) (/ 20 5) (/ 5 20)', ['14', '-5', '20', '100', '4', '0.25']],
  ['D2', '(> 5 20) (< 5 20) (= 5 20) (= 5 5) (= (> 10 5) true)', ['false', 'true', 'false', 'true', 'true']],
  ['D2', '(* (+ 1 2) (- 10 (/ 8 2))) (+ (* 3 4) (- 20 10))', ['18', '22']],
  ['D2', '(define x 5) (define y 20) (define z 9) (+ (* x 2) (- y (/ z 3)))', ['27']],
  ['D2', '(% 23 7) (% -7 3) (% 7 -3) (** 5 3) (** 2 8)', ['2', '2', '-2', '125', '256']],
  ['D2', '(define x 10) (+ x 5) (set! x 20) (* x 2)', ['15', '40']],
  [
    'D1',
    '(not true) (and true false) (or nil 3) (!= 1 2) (/ 5.5 2.0) "text"',
    ['false', 'false', '3', 'true', '2.75', '"text"'],
  ],
  ['D8', '(defun square (x) (* x x)) (square 7)', ['49']],
  ['numbers', '(+ 9007199254740990 1)', ['9007199254740991']],
  ['numbers', '(* 1.5 1e300)', ['1.5e+300']],
  ['D8', '(defun concat (a b) (+ a b)) (concat "Hello" "World")', ['"HelloWorld"']],
  ['D8', '(defun double (x) (* x 2)) (defun square (x) (* x x)) (double (+ 5 3)) (double (square 5))', ['16', '50']],
  ['D8', '(defun sum (a b c) (+ a (+ b c))) (defun pi () 3.14159) (sum 10 20 30) (pi)', ['60', '3.14159']],
  ['D8', '(defun abs (x) (if (< x 0) (- 0 x) x)) (abs -42)', ['42']],
  ['D8', '(defun factorial (n) (if (<= n 1) 1 (* n (factorial (- n 1))))) (print (factorial 5))', ['120', '120']],
  [
    'D8',
    '(defun even (n) (if (= n 0) true (odd (- n 1)))) (defun odd (n) (if (= n 0) false (even (- n 1)))) (even 30001)',
    ['false'],
  ],
  ['D4', '(define i 0) (while (< i 3) (print i) (set! i (+ i 1))) i', ['0', '1', '2', '3']],
  ['D4', '(let ((x 1) (y 2)) (set! x 5) (+ x y)) (begin 1 2 3) (if false 1)', ['7', '3', 'nil']],
  [
    'D4',
    '(define make (lambda (n) (lambda () (begin (set! n (+ n 1)) n)))) (define c (make 5)) (c) (c) ((make 1))',
    ['6', '7', '2'],
  ],
  ['D4', '(define x 1) (defun f () (begin (define x 2) (set! x (+ x 1)) x)) (f) x', ['3', '1']],
  ['D4', '(define x 1) (defun f () (begin (set! x 9) (define x 2) x)) (f) x', ['2', '9']],
  [
    'D4',
    '(define x 1) (+ x (begin (set! x 5) x)) (lambda (a) a) (define g (lambda (x) x)) g',
    ['6', '<function lambda>', '<function lambda>'],
  ],
  [
    'D4',
    '"a\\"b\\\\c\\n" (print "a\\"b") (* 1e20 10) 1e-7 (- 0 0) (/ 1 3)',
    ['a"b', '"a\\"b\\\\c\\n"', '"a\\"b"', '1e+21', '1e-7', '0', '0.3333333333333333'],
  ],
];

const ERRORS: readonly [string, string][] = [
  ['D5', '(print 1) (undefined-func 42)'],
  ['D5', '(+ 1 nowhere)'],
  ['D5', '(set! nowhere 1)'],
  ['D5', '(/ 1 0)'],
  ['D5', '(% 1 0)'],
  ['D5', '(print "a") (- "a" 1)'],
  ['D5', '(define x 1) (x 2)'],
  ['D5', '((lambda (a) a))'],
];

describe('compiled S-expressions', () => {
  it.each(VALUES)('%s %s', async (_item, text, wanted) => {
    expect(byActor(text)).toEqual(wanted);
    expect(await byCode(text, 'interpreter')).toEqual(wanted);
    expect(await byCode(text, 'compiled')).toEqual(wanted);
  });

  it.each(ERRORS)('%s fails where the actor fails, with the same kind of error: %s', async (_item, text) => {
    const kind = (lines: readonly string[]): readonly string[] =>
      lines.map((l) => l.replace(/^(error: \w+:).*$/, '$1'));
    const actor = byActor(text);
    expect(actor.at(-1)).toMatch(/^error: \w+:/);
    expect(kind(await byCode(text, 'interpreter'))).toEqual(kind(actor));
  });

  it('agree on generated programs', async () => {
    const names = fc.constantFrom('a', 'b', 'c');
    const { expression } = fc.letrec<{ expression: string }>((tie) => {
      const e = tie('expression');
      return {
        expression: fc.oneof(
          { maxDepth: 3, withCrossShrink: true },
          fc.integer({ min: -9, max: 9 }).map(String),
          names,
          fc.constantFrom('true', 'nil', '"s"', '2.5'),
          fc
            .tuple(fc.constantFrom('+', '-', '*', '/', '%', '<', '=', '!=', 'and', 'or'), e, e)
            .map((p) => `(${p.join(' ')})`),
          fc.tuple(e, e, e).map(([a, b, c]) => `(if ${a} ${b} ${c})`),
          fc.tuple(names, e, e).map(([n, v, b]) => `(let ((${n} ${v})) ${b})`),
          fc.tuple(names, e, e).map(([n, v, b]) => `(begin (set! ${n} ${v}) (print ${n}) ${b})`),
          fc.tuple(names, e, e).map(([n, b, v]) => `((lambda (${n}) ${b}) ${v})`),
        ),
      };
    });
    const kind = (lines: readonly string[]): readonly string[] =>
      lines.map((l) => l.replace(/^(error: \w+:).*$/, '$1'));
    await fc.assert(
      fc.asyncProperty(fc.array(expression, { minLength: 1, maxLength: 3 }), async (all) => {
        const text = `(define a 1) (define b "t") ${all.join('\n')}`;
        expect(kind(await byCode(text, 'interpreter'))).toEqual(kind(byActor(text)));
      }),
      { seed: 7, numRuns: 12, endOnFailure: true },
    );
  });

  it('send-to is refused with its place', () => {
    expect(() => translated('(send-to x (print 1))')).toThrow('send-to has no meaning in compiled code');
  });
});

it('D8 quartzc FILE.sexp writes ordinary bytecode; its assembly is a listing like any other', async () => {
  const here = new Folder().write(
    'square.sexp',
    '(defun square (x) (* x x))\n(print (square 7))\n(undefined-func 1)\n',
  );
  try {
    expect(await here.run(['quartzc', 'square.sexp'])).toMatchObject({ code: 0, out: '', err: '' });
    const said = await here.run(['run', 'square.qzb']);
    expect(said).toMatchObject({ code: 1, out: '49\n' });
    expect(said.err).toContain("No handler for instruction 'OP_CALL_undefined-func'");
    expect((await here.run(['quartzc', '--emit', 'asm', 'square.sexp'])).out).toContain('call_function @_call');
    here.write('bad.sexp', '(print 1)\n()\n');
    expect(await here.run(['quartzc', 'bad.sexp'])).toMatchObject({
      code: 1,
      err: 'error: bad.sexp:2:1: Empty expression ()\n',
    });
  } finally {
    here.remove();
  }
});

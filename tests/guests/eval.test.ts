/**
 * The Eval dialect by list C of the conformance notes, then the closures of the chapter, the machine as a program, and
 * programs that are too deep.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { EvalMachine } from '../../runtime/guests/eval/machine.js';
import { compileText, EvalSession, PROMPT, runEval } from '../../runtime/guests/eval/session.js';
import { print, type FunctionObject } from '../../runtime/guests/eval/value.js';
import { quoted } from '../../runtime/guests/eval/compile.js';
import { EVAL_DIALECT, read } from '../../runtime/guests/sexpr/reader.js';

/** The last value of a text, or its error. */
function value(text: string): string {
  const { values, failure } = runEval(text, { fuel: 10_000_000 });
  return failure === undefined ? values.at(-1)! : `! ${failure.message}`;
}

function compiled(text: string): readonly FunctionObject[] {
  const result = compileText(text);
  if (isLeft(result)) throw new Error(result.left.message);
  return result.right;
}

const IS_IT = '(def isit (a b) (is? a b))';

describe('C1 expressions', () => {
  it.each([
    ["(cond (nil? nil) 'x (nil? 'a) 'y)", 'x'],
    ["(cond (nil? 'a) 'x (nil? nil) 'y)", 'y'],
    ["(cond (nil? 'a) 'x (nil? 'b) 'y)", 'nil'],
    ["(def is_it (ask expect) (is? ask expect)) (def is_it_a (ask) (is_it ask 'a)) (is_it_a nil)", 'nil'],
    ["(def is_it (ask expect) (is? ask expect)) (def is_it_a (ask) (is_it ask 'a)) (is_it_a 'a)", 'true'],
    [
      `(def is_y (ask) (is? ask 'y))
       (def map (f l) (cond (nil? l) nil true (cons (f (car l)) (map f (cdr l)))))
       (map is_y '(x y z z y))`,
      '(nil true nil nil true)',
    ],
    [`${IS_IT} ((isit 'x) 'x)`, 'true'],
    [`${IS_IT} ((isit 'x) 'y)`, 'nil'],
    [`${IS_IT} (def map (f v) (f v)) (map (isit 'x) 'x)`, 'true'],
    [`${IS_IT} (def map (f v) (f v)) (map (isit 'x) 'y)`, 'nil'],
    ["(let ((x 'y)) x)", 'y'],
    [
      "(def deconrecon (list) (let ((a (car list)) (b (cdr list))) (cons a b))) (deconrecon '(x y z z y))",
      '(x y z z y)',
    ],
    ["(def head (a) (let ((inner (\\ () (car a)))) (inner))) (head '(x y z z y))", 'x'],
    ["(def head (a) (let ((inner (\\ () (car a)))) inner)) (set 'inner (head '(x y z z y))) (inner)", 'x'],
    ["(let ((f (\\ (a) a))) (let ((g (f 'b))) g))", 'b'],
  ])('%s', (text, wanted) => {
    expect(value(text)).toBe(wanted);
  });
});

describe('C2 reader and printer', () => {
  const reprint = (text: string): string => {
    const trees = read(text, EVAL_DIALECT);
    return isLeft(trees) ? `! ${trees.left.message}` : trees.right.map((tree) => print(quoted(tree))).join(' ');
  };

  it.each([
    ['()', 'nil'],
    ['(a . nil)', '(a)'],
    ['a', 'a'],
    ['((a))', '((a))'],
    ['(a (b c) d)', '(a (b c) d)'],
    ['(a b (c (d)))', '(a b (c (d)))'],
    ['(a . b)', '(a . b)'],
    ['((a . b) . (c . d))', '((a . b) c . d)'],
    ['(a . ())', '(a)'],
    ["'a", '(quote a)'],
    ['"text"', '"text"'],
    ['3', '3'],
    ['(a\tb)', '! tabs are not valid whitespace'],
    ['(a . b c)', '! Unexpected expression after the one that follows the dot'],
    ['( . b)', '! Unexpected dot'],
    ['(a .)', '! Unexpected ) after a dot'],
    ['(a', '! Unmatched (: the text ends before it is closed'],
    ['a)', '! Unexpected )'],
    ["'", '! Nothing after the quote mark: the text ends before it is closed'],
  ])('%s', (text, wanted) => {
    expect(reprint(text)).toBe(wanted);
  });
});

describe('C3 forms', () => {
  it.each([
    ['(car nil)', 'nil'],
    ['(cdr nil)', 'nil'],
    ["(car 'a)", '! Parameter to FirstOfPair is not a list'],
    ["(cdr 'a)", '! Parameter to SecondOfPair is not a list'],
    ["(atom? 'a)", 'true'],
    ['(atom? nil)', 'nil'],
    ["(atom? '(a))", 'nil'],
    ['(atom? (\\ (a) a))', 'true'],
    ["(nil? '())", 'true'],
    ["(cond 'yes 'x true 'y)", 'y'],
    ["(cond '(true) 'x true 'y)", 'y'],
    ["(cond (nil? 'a) 'x)", 'nil'],
    ["(is? '(a) '(a))", 'nil'],
    ['(is? nil nil)', 'true'],
    ["(cons 'a 'b)", '(a . b)'],
    ['3', '! Symbol 3 is not bound to a value'],
    ["(let ((a 'x) (b a)) b)", 'x'],
    ["(let ((a 'x)) (let ((a 'y)) a))", 'y'],
    ["((\\ (a) (let ((b a)) (cons a (let ((c 'z)) (cons b c))))) 'x)", '(x x . z)'],
    ['(car)', '! 1:1: car takes 1 arguments, got 0'],
    ["(cond 'a)", '! 1:1: cond needs pairs of a condition and an expression'],
    ['(def f)', '! 1:1: def needs a name, parameters and an expression'],
    ['(\\ (a a) a)', '! 1:4: two parameters have the same name'],
    ['(def nil (a) a)', '! 1:6: def needs a symbol here'],
    ['(a . b)', '! 1:1: a pair with a dot is no expression'],
  ])('%s', (text, wanted) => {
    expect(value(text)).toBe(wanted);
  });
});

describe('C4 calls', () => {
  it.each([
    [`${IS_IT} (isit 'x)`, '(Partial isit (b))'],
    [`${IS_IT} (isit)`, '(Partial isit (a b))'],
    [`${IS_IT} (isit 'x 'y 'z)`, '! Function isit expected 2 arguments, got 3'],
    [`${IS_IT} ((isit 'x) 'y 'z)`, '! Partial isit expected 1 arguments, got 2'],
    [`${IS_IT} (set 'p (isit 'x)) (is? p (p))`, 'true'],
    [`${IS_IT} (set 'p (isit)) (set 'q (p 'x)) (p 'y) (q 'x)`, 'true'],
    ["(def three (a b c) (cons a (cons b c))) (set 'p ((three 'x) 'y)) (p 'z) (p 'w)", '(x y . w)'],
    ["('a 'b)", '! Type is not callable'],
    ["(nil 'b)", '! Type is not callable'],
    ["('(a) 'b)", '! Type is not callable'],
    ["((\\ () 'x) 'y)", '! Function nil expected 0 arguments, got 1'],
    ["((\\ () 'x))", 'x'],
    ["(def f (a) (\\ (b c) (cons a (cons b c)))) (((f 'x) 'y) 'z)", '(x y . z)'],
    ["(def f (a) (\\ (b) a)) ((f 'x) 'y 'z)", '! Partial nil expected 1 arguments, got 2'],
  ])('%s', (text, wanted) => {
    expect(value(text)).toBe(wanted);
  });
});

describe('C5 C6 printing, globals', () => {
  it.each([
    ['(def f (a b) a)', '(Function f (a b))'],
    ['(\\ (a) a)', '(Function (a))'],
    ['(def f (a) (\\ (b c) a)) (f nil)', '(Partial (b c))'],
    ['(def f () x)', '(Function f ())'],
    ['x', '! Symbol x is not bound to a value'],
    ["(set '(a) 'b)", '! Cannot bind global to non-symbol type'],
    ["(set 'x 'y)", 'y'],
    ["(set 'x 'y) x", 'y'],
    ["(def f () later) (set 'later 'now) (f)", 'now'],
    ["(def f () (g)) (def g () 'old) (def g () 'new) (f)", 'new'],
    ["(set! x 'y)", '! Symbol x is not bound to a value'],
    ["(set 'x 'a) (set! x 'b) x", 'b'],
    ["(def f (x) (set 'x 'global)) (f 'local) x", 'global'],
  ])('%s', (text, wanted) => {
    expect(value(text)).toBe(wanted);
  });
});

describe('C7 the session', () => {
  it('keeps definitions and survives every kind of error', () => {
    const session = new EvalSession();
    expect(PROMPT).toBe('> ');
    expect(session.line('(def f (a) (car a))')).toEqual(['(Function f (a))']);
    expect(session.line("(f '(x))")).toEqual(['x']);
    expect(session.line('(f\t)')).toEqual(['1:3: tabs are not valid whitespace']);
    expect(session.line('(f')).toEqual(['1:1: Unmatched (: the text ends before it is closed']);
    expect(session.line('(f nowhere)')).toEqual(['Symbol nowhere is not bound to a value']);
    expect(session.line('')).toEqual([]);
    expect(session.line("(f '(y)) (f '(z))")).toEqual(['y', 'z']);
  });

  it('shows a traceback, innermost first, and clears the frames', () => {
    const session = new EvalSession();
    session.line('(def f (a) (cons nil (car a)))');
    session.line('(def g (a b) (cons nil (f b)))');
    expect(session.line("(cons nil (g 'a 'b))")).toEqual([
      'Parameter to FirstOfPair is not a list',
      'Error traceback:',
      '  in (Function f (a))',
      '  in (Function g (a b))',
    ]);
    expect(session.line("(g 'a '(b))")).toEqual(['(nil nil . b)']);
  });

  it(':d shows how an expression is read, compiled and evaluated', () => {
    const session = new EvalSession();
    expect(session.line(":d (car '(x y))")).toEqual([
      '# Debug',
      '## Input',
      "(car '(x y))",
      '## Parsed',
      '(car (quote (x y)))',
      '## Compiled',
      '(Function ()):',
      '  0 constant 0 ; (x y)',
      '  2 first',
      '  3 return',
      '## Evaluated',
      'x',
    ]);
    expect(session.line(':d (').at(-1)).toContain('Unmatched');
    expect(session.line(':d x').at(-1)).toBe('Symbol x is not bound to a value');
  });
});

describe('C8 what the original gets wrong', () => {
  it('goes on after 1024 instructions where it was', () => {
    const text = `(set 'log nil)
      (def last (l) (cond (nil? (cdr l)) (car l) true (last (cdr l))))
      (last '(${'a '.repeat(2000)} z))`;
    expect(value(text)).toBe('z');
  });

  it('two closures over one variable share it, before and after it is closed', () => {
    const pair = "(let ((v 'old)) (let ((get (\\ () v)) (put (\\ (x) (set! v x)))) BODY))";
    expect(value(pair.replace('BODY', "(let ((a (put 'new))) (cons (get) v))"))).toBe('(new . new)');
    expect(value(pair.replace('BODY', "(let ((a (set! v 'new))) (get))"))).toBe('new');
    const made = `(def make (v) (cons (\\ () v) (\\ (x) (set! v x))))
      (set 'p (make 'old)) (set 'q (make 'other)) ((cdr p) 'new)`;
    expect(value(`${made} ((car p))`)).toBe('new');
    expect(value(`${made} ((car q))`)).toBe('other');
  });

  it('each call has fresh variables, and functions between pass them on', () => {
    expect(value("(def outer (a) (\\ () (\\ () a))) (set 'f ((outer 'x))) (set 'g ((outer 'y))) (cons (f) (g))")).toBe(
      '(x . y)',
    );
    expect(value("(def outer (a) (let ((f (\\ () (\\ (x) (set! a x))))) (let ((u ((f) 'new))) a))) (outer 'old)")).toBe(
      'new',
    );
  });

  it('closes a variable when its let ends and not before', () => {
    expect(value("(def f () (let ((g (let ((v 'a)) (\\ () v)))) (let ((w 'b)) (cons (g) w)))) (f)")).toBe('(a . b)');
  });
});

describe('the machine as a program', () => {
  const COUNT = "(def walk (l) (cond (nil? l) 'end true (walk (cdr l)))) (walk '(a b c d e f g))";

  it('gives the same whatever the slices', () => {
    for (const fuel of [1, 2, 3, 10, 1000]) {
      const machine = new EvalMachine(compiled(COUNT));
      let slices = 0;
      while (machine.run(fuel) === 'fuel') slices++;
      expect(machine.values.map(print)).toEqual(['(Function walk (l))', 'end']);
      if (fuel === 1) expect(slices).toBeGreaterThan(50);
    }
  });

  it('forks and comes back from plain data at every point, with closures still sharing', () => {
    const text = `(def make (v) (let ((get (\\ () v)) (put (\\ (x) (set! v x)))) (let ((u (put 'mid))) (cons get put))))
      (set 'p (make 'old)) ((cdr p) 'new) ((car p))`;
    const total = 100;
    for (let cut = 0; cut < total; cut++) {
      const machine = new EvalMachine(compiled(text));
      machine.run(cut);
      const copies = [machine.fork(), EvalMachine.restore(structuredClone(machine.snapshot().state))];
      for (const copy of [...copies, machine]) {
        expect(copy.run(1000)).toBe('done');
        expect(print(copy.values.at(-1)!)).toBe('new');
      }
    }
  });

  it('a fork shares nothing that can change', () => {
    const machine = new EvalMachine(
      compiled("(def make (v) (\\ (x) (set! v x))) (set 'put (make 'a)) (def loop () (loop)) (loop)"),
    );
    machine.run(500);
    const twin = machine.fork();
    twin.globals.set('x', 'y');
    expect(machine.globals.has('x')).toBe(false);
    expect(machine.run(100)).toBe('fuel');
  });

  it('lists and calls may be far deeper than the host could nest', () => {
    const text = `(def build (l n) (cond (nil? n) l true (build (cons 'a l) (cdr n))))
      (def copy (l) (cond (nil? l) nil true (cons (car l) (copy (cdr l)))))
      (set 'n '(${'x '.repeat(20_000)}))
      (def grow (n m) (cond (nil? n) m true (cons 'a (grow (cdr n) m))))
      (set 'long (copy (grow n (grow n (grow n n)))))
      (def nest (n l) (cond (nil? n) l true (cons (nest (cdr n) l) nil)))
      (set 'deep (nest long 'core))`;
    const { values, failure } = runEval(text);
    expect(failure).toBeUndefined();
    expect(values[4]!.length).toBeGreaterThan(160_000);
    expect(values.at(-1)!.startsWith('(((((')).toBe(true);
    const machine = new EvalMachine(compiled(text));
    machine.run(1e8);
    expect(print(machine.fork().values.at(-1)!)).toBe(values.at(-1));
  });

  it('endless recursion is an error with the innermost calls', () => {
    const { failure } = runEval("(def f (x) (cons 'a (f x))) (f nil)", { frames: 10_000 });
    expect(failure?.message).toBe('Call stack exhausted: 10000 calls are open');
    expect(failure?.trace.length).toBe(33);
    expect(failure?.trace.at(-1)).toBe('  and 9967 more');
    expect(runEval('(def f () (f)) (f)', { fuel: 1000 }).failure?.message).toBe('stopped after 1000 instructions');
    expect(value('('.repeat(5000))).toContain('nested more than 1000 deep');
    expect(value(`${'(car '.repeat(999)}nil${')'.repeat(999)}`)).toBe('nil');
  });
});

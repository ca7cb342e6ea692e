/**
 * VMActor: the compiler and the instructions as list D of the conformance notes has them, messages, errors, priorities,
 * the state of an actor as data. The document's own code blocks are in vmactor-document.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { VMActor } from '../../runtime/guests/vmactor/actor.js';
import {
  IndexError,
  KeyError,
  NotImplementedError,
  OperandTypeError,
  RecursionError,
  ZeroDivisionError,
} from '../../runtime/guests/vmactor/errors.js';
import type { Bytecode, Value } from '../../runtime/guests/vmactor/value.js';

const compile = (text: string): Bytecode => new VMActor().sExpressionToBytecode(text);

/** The stack after running a text or bytecode. */
function run(program: string | Bytecode, printed: string[] = []): Value[] {
  const vm = new VMActor({ print: (line) => printed.push(line), stackLimit: 10_000, callLimit: 1000 });
  vm.loadBytecode(typeof program === 'string' ? vm.sExpressionToBytecode(program) : program);
  vm.execute();
  return vm.stack.toArray();
}

const C = 'OP_CONSTANT';

describe('D1 compile', () => {
  it.each<[string, Bytecode]>([
    ['(define answer 42)', [C, 42, 'OP_DEFINE_VARIABLE', 'answer']],
    ['(+ 5 10)', [C, 5, C, 10, 'OP_ADD']],
    ['(- 30 10)', [C, 30, C, 10, 'OP_SUBTRACT']],
    ['(* 5 20)', [C, 5, C, 20, 'OP_MULTIPLY']],
    ['(/ 20 5)', [C, 20, C, 5, 'OP_DIVIDE']],
    ['(> 20 5)', [C, 20, C, 5, 'OP_GREATER']],
    ['(< 5 20)', [C, 5, C, 20, 'OP_LESS']],
    ['(= 5 5)', [C, 5, C, 5, 'OP_EQUAL']],
    ['(+ x 10)', ['OP_GET_VARIABLE', 'x', C, 10, 'OP_ADD']],
    ['(set! x 100)', [C, 100, 'OP_SET_VARIABLE', 'x']],
    ['true', ['OP_TRUE']],
    ['false', ['OP_FALSE']],
    ['(/ 5.5 2.0)', [C, 5.5, C, 2.0, 'OP_DIVIDE']],
    ['(   +    5     10   )', [C, 5, C, 10, 'OP_ADD']],
    ['(+ (* 2 3) (- 10 5))', [C, 2, C, 3, 'OP_MULTIPLY', C, 10, C, 5, 'OP_SUBTRACT', 'OP_ADD']],
    ['(% 17 5)', [C, 17, C, 5, 'OP_MODULO']],
    ['(** 3 4)', [C, 3, C, 4, 'OP_POWER']],
    ['(>= 1 2)', [C, 1, C, 2, 'OP_GREATER_EQUAL']],
    ['(<= 1 2)', [C, 1, C, 2, 'OP_LESS_EQUAL']],
    ['(!= 1 2)', [C, 1, C, 2, 'OP_NOT_EQUAL']],
    ['(not true)', ['OP_TRUE', 'OP_NOT']],
    ['(and true false)', ['OP_TRUE', 'OP_FALSE', 'OP_AND']],
    ['(or true false)', ['OP_TRUE', 'OP_FALSE', 'OP_OR']],
    ['(f a b)', ['OP_GET_VARIABLE', 'a', 'OP_GET_VARIABLE', 'b', 'OP_CALL_f']],
    ['"text"', [C, 'text']],
    ['nil', ['OP_NIL']],
    ['-7', [C, -7]],
    ['1 2 ; comment\n3', [C, 1, C, 2, C, 3]],
  ])('%s', (text, bytecode) => {
    expect(compile(text)).toEqual(bytecode);
  });
});

describe('D2 run', () => {
  it.each<[Bytecode, Value]>([
    [[C, 9, C, 5, 'OP_ADD'], 14],
    [[C, 5, C, 10, 'OP_SUBTRACT'], -5],
    [[C, 30, C, 10, 'OP_SUBTRACT'], 20],
    [[C, 20, C, 5, 'OP_MULTIPLY'], 100],
    [[C, 20, C, 5, 'OP_DIVIDE'], 4],
    [[C, 5, C, 20, 'OP_DIVIDE'], 0.25],
    [[C, 1, 'OP_NEGATE'], -1],
    [[C, 5, C, 20, 'OP_GREATER'], false],
    [[C, 5, C, 20, 'OP_LESS'], true],
    [[C, 5, C, 20, 'OP_EQUAL'], false],
    [[C, 5, C, 5, 'OP_EQUAL'], true],
  ])('%j is %s', (bytecode, value) => {
    expect(run(bytecode)).toEqual([value]);
  });

  it.each<[string, Value]>([
    ['(* (+ 1 2) (- 10 (/ 8 2)))', 18],
    ['(+ (* 3 4) (- 20 10))', 22],
    ['(= (> 10 5) true)', true],
    ['(define x 5) (define y 20) (define z 9) (+ (* x 2) (- y (/ z 3)))', 27],
    ['(< (+ 2 3) (* 2 4))', true],
    ['(% 23 7)', 2],
    ['(% -7 3)', 2],
    ['(** 5 3)', 125],
    ['(** 2 8)', 256],
    ['(>= 5 5)', true],
    ['(<= 6 5)', false],
    ['(!= 1 2)', true],
    ['(< "a" "b")', true],
    ['(and true false)', false],
    ['(or false 3)', 3],
    ['(not nil)', true],
    ['(not 0)', false],
  ])('%s is %s', (text, value) => {
    expect(run(text)).toEqual([value]);
  });

  it('keeps variables when the instruction pointer goes back', () => {
    const vm = new VMActor();
    vm.loadBytecode(vm.sExpressionToBytecode('(define x 42)'));
    vm.execute();
    vm.loadBytecode(vm.sExpressionToBytecode('(+ x 8)'));
    vm.ip = 0;
    vm.execute();
    expect(vm.top()).toBe(50);
  });

  it('defines, reads, sets', () => {
    expect(run('(define x 10) (+ x 5) (set! x 20) (* x 2)')).toEqual([15, 40]);
  });
});

describe('D3 the stream', () => {
  it('replaces bytecode without resetting the instruction pointer', () => {
    const vm = new VMActor();
    vm.loadBytecode([C, 1, C, 2]);
    vm.execute();
    expect(vm.ip).toBe(4);
    vm.loadBytecode([C, 7, C, 8, C, 9]);
    expect(vm.ip).toBe(4);
    vm.execute();
    expect(vm.stack.toArray()).toEqual([1, 2, 9]);
  });

  it('appends lists', () => {
    const vm = new VMActor();
    vm.receiveListOfBytecode([C, 1]);
    vm.receiveListOfBytecode([C, 2]);
    expect(vm.bytecode).toEqual([C, 1, C, 2]);
  });

  it('execute stops at the end, and a step past it is an index error', () => {
    const vm = new VMActor();
    vm.loadBytecode([C, 1]);
    vm.execute();
    vm.execute();
    expect(vm.stack.toArray()).toEqual([1]);
    expect(() => vm.step()).toThrow(IndexError);
  });

  it('steps one instruction at a time', () => {
    const vm = new VMActor();
    vm.loadBytecode([C, 1, C, 2, 'OP_ADD']);
    vm.step();
    expect([vm.ip, vm.stack.toArray()]).toEqual([2, [1]]);
    vm.step();
    vm.step();
    expect([vm.ip, vm.top()]).toEqual([5, 3]);
  });
});

describe('D4 later instructions', () => {
  it.each<[Bytecode, Value[]]>([
    [['OP_NIL'], [null]],
    [
      [C, 5, 'OP_DUP'],
      [5, 5],
    ],
    [
      [C, 10, C, 20, 'OP_SWAP'],
      [20, 10],
    ],
    [['OP_PUSH', 99], [99]],
    [[C, 1, C, 2, 'OP_POP'], [1]],
    [[C, 1, 'OP_IS_NUMBER'], [true]],
    [['OP_TRUE', 'OP_IS_NUMBER'], [true]],
    [[C, 'a', 'OP_IS_NUMBER'], [false]],
    [[C, 'a', 'OP_IS_STRING'], [true]],
    [['OP_FALSE', 'OP_IS_BOOL'], [true]],
    [[C, 1, 'OP_IS_BOOL'], [false]],
    [[C, 42, 'OP_TO_STRING'], ['42']],
    [[C, '123', 'OP_TO_NUMBER'], [123]],
    [[C, '12.5', 'OP_TO_NUMBER'], [12.5]],
    [[C, 'bad', 'OP_TO_NUMBER'], [null]],
    [[C, ' ', 'OP_TO_NUMBER'], [null]],
    [['OP_JUMP', 4, C, 999, C, 42], [42]],
    [
      ['OP_TRUE', 'OP_JUMP_IF_FALSE', 5, C, 42, C, 100],
      [42, 100],
    ],
    [['OP_FALSE', 'OP_JUMP_IF_FALSE', 5, C, 42, C, 100], [100]],
    // 0: call 6; 3: jump to the end; 6: the subroutine
    [['OP_CALL', 5, 0, 'OP_JUMP', 8, C, 7, 'OP_RETURN'], [7]],
    [[C, 1, C, 2, 'OP_RETURN'], [1]],
  ])('%j leaves %j', (bytecode, stack) => {
    expect(run(bytecode)).toEqual(stack);
  });

  it('OP_LOOP goes back by its operand, counted after it', () => {
    const vm = new VMActor();
    vm.loadBytecode([C, 1, C, 2, 'OP_ADD', 'OP_LOOP', 3]);
    for (let i = 0; i < 4; i++) vm.step();
    expect(vm.ip).toBe(4);
  });

  it('OP_PRINT prints and keeps, OP_PRINT_STACK shows all', () => {
    const printed: string[] = [];
    expect(run([C, 1, C, 'two', 'OP_PRINT', 'OP_PRINT_STACK'], printed)).toEqual([1, 'two']);
    expect(printed).toEqual(['two', 'Stack: [1, "two"]']);
  });

  it('jumps between messages, and waits for those that have not come', () => {
    const vm = new VMActor();
    vm.send('OP_JUMP', 6);
    vm.send(C, 1);
    expect(vm.run(10)).toBe('waiting');
    vm.send(C, 2, C, 3);
    vm.send('OP_JUMP', 2);
    vm.run(6);
    expect(vm.stack.toArray()).toEqual([3, 1, 2, 3]);
  });
});

describe('D5 errors', () => {
  it.each<[Bytecode, new (...args: never[]) => Error, string]>([
    [['OP_X'], NotImplementedError, "No handler for instruction 'OP_X'"],
    [[5], NotImplementedError, "No handler for instruction '5'"],
    [['OP_POP'], IndexError, 'pop from an empty stack'],
    [[C], IndexError, 'An instruction lacks an operand'],
    [['OP_GET_VARIABLE', 'x'], KeyError, "Undefined variable 'x'"],
    [[C, 1, 'OP_SET_VARIABLE', 'x'], KeyError, "Undefined variable 'x'"],
    [[C, 1, C, 0, 'OP_DIVIDE'], ZeroDivisionError, 'division by zero'],
    [[C, 1, C, 0, 'OP_MODULO'], ZeroDivisionError, 'modulo by zero'],
    [[C, 1, C, 'a', 'OP_ADD'], OperandTypeError, 'OP_ADD needs two numbers or two strings, got a number and a string'],
    [['OP_TRUE', 'OP_NEGATE'], OperandTypeError, 'OP_NEGATE needs a number, got a boolean'],
    [['OP_JUMP', -1], OperandTypeError, 'a number of instructions is needed here'],
    [['OP_LOOP', 9], IndexError, 'before the beginning'],
    [[C, 1, C, 1, 'OP_APPLY', 0], OperandTypeError, 'only functions can be called, got a number'],
    [['OP_LEAVE_SCOPE'], KeyError, 'outside any scope'],
    [[C, 1, 'OP_LOOP', 4], RecursionError, 'the stack holds 10000 values'],
    [['OP_CALL', 0, 0], RecursionError, '1000 calls are open'],
  ])('%j', (bytecode, type, message) => {
    expect(() => run(bytecode)).toThrow(type);
    expect(() => run(bytecode)).toThrow(message);
  });

  it('a function nobody defined', () => {
    expect(() => run('(undefined-func 42)')).toThrow("No handler for instruction 'OP_CALL_undefined-func'");
    expect(() => run('(undefined-func 42)')).toThrow(NotImplementedError);
  });

  it('instructions defined twice, or replaced without being there', () => {
    const vm = new VMActor();
    expect(() => vm.defineNewInstruction('OP_ADD', () => undefined)).toThrow(IndexError);
    expect(() => vm.replaceExistingInstruction('OP_NEW', () => undefined)).toThrow(IndexError);
  });

  it.each([
    ['()', 'Empty expression ()'],
    ['(+ 1)', 'Binary operator + requires exactly 2 arguments, got 1'],
    ['(+ 1 2 3)', 'Binary operator + requires exactly 2 arguments, got 3'],
    ['"abc', 'Unclosed string'],
    ['(+ 1 2', 'Unmatched ('],
    [')', 'Unexpected )'],
    ['(define 5 1)', 'define needs a name here'],
    ['(define true 1)', 'define needs a name here'],
    ['(not)', 'not requires exactly 1 arguments, got 0'],
    ['(if 1)', 'if requires 2 or 3 arguments, got 1'],
    ['(while 1)', 'while requires at least 2 arguments, got 1'],
    ['(let (x) 1)', 'let needs (name value) pairs'],
    ['(let ((x 1) (x 2)) x)', 'let binds the same name twice'],
    ['(lambda (x x) x)', 'two parameters have the same name'],
    ["'x", 'quote has no meaning here'],
    [',x', 'unquote is only meant inside send-to'],
    ['(defun f (x) x) (f 1 2)', 'f takes 1 arguments, got 2'],
    ['(define f (lambda () 1)) (f 1)', 'f takes 0 arguments, got 1'],
    ['"\\q"', 'Unknown escape'],
  ])('%s is a syntax error', (text, message) => {
    expect(() => compile(text)).toThrow(SyntaxError);
    expect(() => compile(text)).toThrow(message);
  });

  it('says where', () => {
    try {
      compile('(+ 1 2)\n  (- 3)');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ name: 'SyntaxError', line: 2, column: 3, at: 10 });
    }
  });

  it('leaves an actor usable after an error', () => {
    const vm = new VMActor();
    vm.send(C, 5);
    vm.send('OP_NONE');
    vm.send(C, 6);
    expect(() => vm.execute()).toThrow(NotImplementedError);
    vm.execute();
    expect(vm.stack.toArray()).toEqual([5, 6]);
  });
});

describe('D6 custom instructions', () => {
  it('may take the actor', () => {
    const vm = new VMActor();
    vm.defineNewInstruction('OP_TIMES_TWO', (actor) => actor.stack.push((actor.stack.pop() as number) * 2));
    vm.loadBytecode([C, 5, 'OP_TIMES_TWO']);
    vm.execute();
    expect(vm.top()).toBe(10);
  });

  it('may take nothing', () => {
    const vm = new VMActor();
    let calls = 0;
    vm.defineNewInstruction('OP_COUNT', () => {
      calls++;
    });
    vm.send('OP_COUNT', 'OP_COUNT');
    vm.execute();
    expect(calls).toBe(2);
  });

  it('replace existing ones', () => {
    const vm = new VMActor();
    vm.replaceExistingInstruction('OP_ADD', (actor) => {
      const b = actor.stack.popNumber('OP_ADD');
      actor.stack.push((actor.stack.popNumber('OP_ADD') + b) * 2);
    });
    vm.loadBytecode([C, 9, C, 5, 'OP_ADD']);
    vm.execute();
    expect(vm.top()).toBe(28);
    expect(run([C, 9, C, 5, 'OP_ADD'])).toEqual([14]);
  });

  it('read operands of their own', () => {
    const vm = new VMActor();
    vm.defineNewInstruction('OP_TIMES', (actor) => {
      const factor = actor.readCount();
      actor.stack.push(actor.stack.popNumber('OP_TIMES') * factor);
    });
    vm.send(C, 6, 'OP_TIMES');
    vm.send(7);
    vm.execute();
    expect(vm.top()).toBe(42);
  });

  it('may be defined while the actor runs', async () => {
    const vm = new VMActor();
    vm.start();
    vm.send(C, 21);
    await vm.idle();
    vm.defineNewInstruction('OP_DOUBLE', (actor) => actor.stack.push(actor.stack.popNumber('OP_DOUBLE') * 2));
    vm.send('OP_DOUBLE');
    await vm.idle();
    expect(vm.top()).toBe(42);
  });
});

describe('D8 functions', () => {
  it.each<[string, Value[]]>([
    ['(defun square (x) (* x x)) (square 7)', [49]],
    ['(defun concat (a b) (+ a b)) (concat "Hello" "World")', ['HelloWorld']],
    ['(defun double (x) (* x 2)) (double (+ 5 3))', [16]],
    ['(defun double (x) (* x 2)) (defun square (x) (* x x)) (double (square 5))', [50]],
    ['(defun sum (a b c) (+ a (+ b c))) (sum 10 20 30)', [60]],
    ['(defun pi () 3.14159) (pi)', [3.14159]],
    ['(defun sum-all (a b c d) (+ (+ a b) (+ c d))) (sum-all 10 20 30 40)', [100]],
    ['(defun abs (x) (if (< x 0) (- 0 x) x)) (abs -42)', [42]],
  ])('%s', (text, stack) => {
    expect(run(text)).toEqual(stack);
  });

  it('of the host', () => {
    const printed: string[] = [];
    const vm = new VMActor({ print: (line) => printed.push(line) });
    vm.defineNewInstruction('OP_CALL_upper', (actor) => actor.stack.push(String(actor.stack.pop()).toUpperCase()));
    vm.defineNewInstruction('OP_CALL_split', (actor) => {
      const n = actor.stack.popNumber('split');
      actor.stack.push(Math.floor(n / 10));
      actor.stack.push(n % 10);
    });
    vm.receiveListOfBytecode(vm.sExpressionToBytecode('(upper "hello")'));
    vm.receiveListOfBytecode(vm.sExpressionToBytecode('(split 47)'));
    vm.execute();
    expect(vm.stack.toArray()).toEqual(['HELLO', 4, 7]);
    const factorial = '(defun factorial (n) (if (= n 0) 1 (* n (factorial (- n 1)))))';
    expect(run(`${factorial} (print (factorial 5))`, printed)).toEqual([120]);
    expect(printed).toEqual(['120']);
  });
});

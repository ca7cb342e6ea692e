/**
 * The code blocks of VMActor's document, one after the other, in TypeScript spelling. Where the document sleeps for the
 * background loop to catch up, these await it.
 */
import { describe, expect, it } from 'vitest';
import { VMActor } from '../../runtime/guests/vmactor/actor.js';

describe('the document', () => {
  it('Traditional Bytecode Execution', () => {
    const vm = new VMActor();
    vm.loadBytecode(['OP_CONSTANT', 5, 'OP_CONSTANT', 10, 'OP_ADD']);
    vm.execute();
    expect(vm.top()).toBe(15);
  });

  it('Actor-Style Message Passing', async () => {
    const actor = new VMActor();
    actor.start();
    actor.send('OP_CONSTANT', 5);
    actor.send('OP_CONSTANT', 10);
    actor.send('OP_ADD');
    await actor.idle();
    expect(actor.top()).toBe(15);
    actor.stop();
  });

  it('S-Expression Compilation', async () => {
    const vm = new VMActor();
    const sexpr = '(+ (* 3 4) (- 20 10))';
    const bytecode = vm.sExpressionToBytecode(sexpr);
    vm.start();
    vm.send(...bytecode);
    await vm.idle();
    expect(vm.top()).toBe(22);
    vm.stop();
  });

  it('The Receive Loop', () => {
    const vm = new VMActor();
    vm.send('OP_CONSTANT', 1, 'OP_CONSTANT', 2);
    expect(vm.receive()).toBe('OP_CONSTANT');
    expect(vm.receive()).toBe(1);
    vm.receiveLoop();
    expect(vm.stack.toArray()).toEqual([2]);
    expect(vm.receive()).toBeUndefined();
  });

  it('Sending Messages', () => {
    const actor = new VMActor();
    actor.send('OP_CONSTANT', 42);
    actor.send('OP_CONSTANT', 5, 'OP_CONSTANT', 10, 'OP_ADD');
    expect(actor.bytecode).toEqual(['OP_CONSTANT', 42, 'OP_CONSTANT', 5, 'OP_CONSTANT', 10, 'OP_ADD']);
    actor.receiveLoop();
    expect(actor.stack.toArray()).toEqual([42, 15]);
  });

  it('Supported Instructions', () => {
    const all =
      'CONSTANT POP ADD SUBTRACT MULTIPLY DIVIDE NEGATE GREATER LESS EQUAL TRUE FALSE DEFINE_VARIABLE GET_VARIABLE SET_VARIABLE';
    for (const name of all.split(' ')) {
      const vm = new VMActor();
      expect(() => vm.defineNewInstruction(`OP_${name}`, () => undefined)).toThrow('already defined');
    }
  });

  it.each([
    ['(define x 42)', []],
    ['(+ 5 10)          ; 15', [15]],
    ['(* 3 4)           ; 12', [12]],
    ['(- 20 5)          ; 15', [15]],
    ['(/ 10 2)          ; 5', [5]],
    ['(+ (* 2 3) (- 10 5))      ; (2*3) + (10-5) = 11', [11]],
    ['(* (+ 1 2) (- 10 (/ 8 2))) ; (1+2) * (10-4) = 18', [18]],
    ['(> 10 5)          ; true', [true]],
    ['(< 5 10)          ; true', [true]],
    ['(= 5 5)           ; true', [true]],
    ['(define x 10)\n(+ x 5)           ; 15\n(set! x 20)\n(* x 2)           ; 40', [15, 40]],
  ])('S-Expression Syntax: %s', (text, stack) => {
    const vm = new VMActor();
    vm.receiveListOfBytecode(vm.sExpressionToBytecode(text));
    vm.execute();
    expect(vm.stack.toArray()).toEqual(stack);
  });

  it('Custom Instructions', async () => {
    const vm = new VMActor();
    const double = (actor: VMActor): void => {
      const value = actor.stack.pop() as number;
      actor.stack.push(value * 2);
    };
    vm.defineNewInstruction('OP_DOUBLE', double);
    vm.start();
    vm.send('OP_CONSTANT', 21);
    vm.send('OP_DOUBLE');
    await vm.idle();
    expect(vm.top()).toBe(42);
    vm.stop();
  });

  it('Future Extensions: control flow, calls, forms', () => {
    const vm = new VMActor();
    vm.receiveListOfBytecode(
      vm.sExpressionToBytecode(`
        (define n 10) (define a 0) (define b 1)
        (while (> n 0) (let ((next (+ a b))) (set! a b) (set! b next)) (set! n (- n 1)))
        (if (= a 55) "yes" "no")
        ((lambda (x y) (* x y)) 6 7)`),
    );
    vm.execute();
    expect(vm.stack.toArray()).toEqual(['yes', 42]);
  });
});

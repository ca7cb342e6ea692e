/**
 * Properties of the guests' machines against models: the collector against host objects, a VMActor's stream against the
 * same stream in one piece.
 */
import fc from 'fast-check';
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../runtime/guests/grumpy/assemble.js';
import { runGrumpy } from '../../runtime/guests/grumpy/run.js';
import { VMActor } from '../../runtime/guests/vmactor/actor.js';
import type { Bytecode } from '../../runtime/guests/vmactor/value.js';

const SLOTS = 6;

type Model = number | boolean | Model[];

/** One step of a random program on six variables; numbers are taken modulo what is possible. */
const step = fc.record({
  what: fc.constantFrom('alloc', 'alloc', 'set', 'get', 'same', 'number'),
  a: fc.nat(SLOTS - 1),
  b: fc.nat(SLOTS - 1),
  n: fc.nat(8),
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** The program's text, and what its result must be. */
function program(steps: readonly Step[]): { readonly text: string; readonly result: string } {
  const slots: Model[] = Array.from({ length: SLOTS }, (_, i) => i);
  const lines = slots.map((n) => `push ${String(n)}`);
  for (const { what, a, b, n } of steps) {
    const object = slots[a];
    if (what === 'alloc') {
      lines.push(`push ${n + 1}`, `var ${b}`, 'alloc', `store ${a}`);
      slots[a] = new Array<Model>(n + 1).fill(slots[b]!);
    } else if (what === 'number') {
      lines.push(`push ${n}`, `store ${a}`);
      slots[a] = n;
    } else if (what === 'same') {
      const other = slots[b];
      if (typeof object !== 'number' || typeof other !== 'number') continue;
      lines.push(`var ${a}`, `var ${b}`, 'binary ==', `store ${b}`);
      slots[b] = object === other;
    } else if (!Array.isArray(object)) continue;
    else if (what === 'set') {
      lines.push(`var ${a}`, `push ${n % object.length}`, `var ${b}`, 'set');
      object[n % object.length] = slots[b]!;
    } else {
      lines.push(`var ${a}`, `push ${n % object.length}`, 'get', `store ${b}`);
      slots[b] = object[n % object.length]!;
    }
  }
  // Down the first fields to something that prints the same wherever the collector has put it.
  let value = slots[0]!;
  lines.push('var 0');
  for (let depth = 0; Array.isArray(value) && depth < 50; depth++) {
    lines.push('push 0', 'get');
    value = value[0]!;
  }
  if (Array.isArray(value)) {
    lines.push('pop', 'push 0');
    value = 0;
  }
  const result = typeof value === 'number' ? `Vi32(${value})` : `Vbool(${String(value)})`;
  return { text: `${lines.join('\n')}\nhalt\n`, result };
}

describe('the collector', () => {
  it('never changes what a program computes', () => {
    let collections = 0;
    let exhausted = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 200, maxLength: 400, size: 'max' }), (steps) => {
        const { text, result } = program(steps);
        const image = assemble(text);
        if (isLeft(image)) throw new Error(image.left.message);
        expect(runGrumpy(image.right, { heap: 100_000 })).toMatchObject({ right: { result } });
        const small = runGrumpy(image.right, { heap: 100, stderr: () => collections++ });
        if (isLeft(small)) {
          expect(small.left).toContain('heap exhausted');
          exhausted++;
        } else expect(small.right.result).toBe(result);
      }),
      { seed: 11, numRuns: 300 },
    );
    expect(collections).toBeGreaterThan(300);
    expect(exhausted).toBeLessThan(200);
  });
});

describe('a stream', () => {
  const compile = (text: string): Bytecode => new VMActor().sExpressionToBytecode(text);
  const programs: readonly Bytecode[] = [
    compile('(defun fib (n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 8) (define x 3) (* x (fib 5))'),
    compile('(define i 0) (define s 0) (while (< i 9) (set! s (+ s i)) (set! i (+ i 1))) s (let ((y s)) (+ y 1))'),
    // Absolute jumps, forwards and backwards, and subroutines.
    ['OP_CALL', 8, 0, 'OP_CONSTANT', 1, 'OP_JUMP', 11, 'OP_NIL', 'OP_CONSTANT', 7, 'OP_RETURN', 'OP_CONSTANT', 2],
    ['OP_CONSTANT', 3, 'OP_CONSTANT', 1, 'OP_SUBTRACT', 'OP_DUP', 'OP_CONSTANT', 0, 'OP_EQUAL', 'OP_JUMP_IF_FALSE', 2],
  ];

  it('means the same in one piece and in any pieces', () => {
    for (const bytecode of programs) {
      const whole = new VMActor();
      whole.receiveListOfBytecode(bytecode);
      whole.execute();
      const cuts = fc.array(fc.nat(bytecode.length), { maxLength: 8 });
      fc.assert(
        fc.property(cuts, fc.integer({ min: 1, max: 40 }), (positions, fuel) => {
          const vm = new VMActor({ retain: 4 });
          let from = 0;
          for (const to of [...positions, bytecode.length].sort((a, b) => a - b)) {
            vm.receiveListOfBytecode(bytecode.slice(from, to));
            vm.run(fuel);
            from = to;
          }
          while (vm.run(fuel) === 'fuel');
          expect(vm.stack.toArray()).toEqual(whole.stack.toArray());
          expect(vm.ip).toBe(whole.ip);
        }),
        { seed: 5, numRuns: 100 },
      );
    }
  });

  it('calls loaded subroutines from messages, and returns into the message', () => {
    const vm = new VMActor();
    vm.loadBytecode(['OP_JUMP', 5, 'OP_CONSTANT', 7, 'OP_RETURN']);
    vm.send('OP_CALL', 2, 0, 'OP_CONSTANT', 8);
    vm.send('OP_CONSTANT', 9);
    vm.execute();
    expect(vm.stack.toArray()).toEqual([7, 8, 9]);
    expect(vm.queued).toBe(0);
  });
});

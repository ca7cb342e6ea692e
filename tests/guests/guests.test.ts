/** Guests of all three kinds as threads of one VM, on its scheduler. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EvalMachine } from '../../runtime/guests/eval/machine.js';
import { compileText } from '../../runtime/guests/eval/session.js';
import { print } from '../../runtime/guests/eval/value.js';
import { assemble } from '../../runtime/guests/grumpy/assemble.js';
import type { Image } from '../../runtime/guests/grumpy/image.js';
import { Guests } from '../../runtime/guests/guests.js';
import { VMActor } from '../../runtime/guests/vmactor/actor.js';
import { R } from '../../runtime/process/registers.js';
import { DONE, FAILED } from '../../runtime/process/thread.js';
import { Vm } from '../../runtime/vm.js';

const grumpy = (name: string): Image => {
  const image = assemble(readFileSync(new URL(`./grumpy/${name}.s`, import.meta.url), 'utf8'));
  if (isLeft(image)) throw new Error(image.left.message);
  return image.right;
};

const evalMachine = (text: string): EvalMachine => {
  const compiled = compileText(text);
  if (isLeft(compiled)) throw new Error(compiled.left.message);
  return new EvalMachine(compiled.right);
};

describe('guests on a VM', () => {
  it('run side by side', () => {
    const vm = new Vm({ quantum: 50 });
    const guests = new Guests(vm.scheduler);
    let out = '';
    const effects = { print: (byte: number) => (out += String.fromCharCode(byte)), collected: () => undefined };
    const pipeline = guests.startGrumpy(grumpy('channel_pipeline'), effects);
    const waits = guests.startGrumpy(grumpy('spawn_waits_for_children'), effects);
    const actor = new VMActor();
    actor.start(guests);
    actor.receiveListOfBytecode(actor.sExpressionToBytecode('(defun f (n) (if (= n 0) 0 (+ 1 (f (- n 1))))) (f 500)'));
    const machine = evalMachine("(def last (l) (cond (nil? (cdr l)) (car l) true (last (cdr l)))) (last '(a b c))");
    const thread = guests.start(machine);
    vm.runReady();
    expect(pipeline.thread.status).toBe(DONE);
    expect(pipeline.machine.result()).toMatchObject({ right: 'Vi32(55)' });
    expect([waits.thread.status, out]).toEqual([DONE, '!']);
    expect(actor.top()).toBe(500);
    expect(thread.status).toBe(DONE);
    expect(print(machine.values.at(-1)!)).toBe('c');
    // An actor that waits to be told what to do is at rest, not stuck.
    expect(vm.end().stuck).toEqual([]);
    actor.send('OP_CONSTANT', 7);
    actor.stop();
    vm.runReady();
    expect(actor.top()).toBe(7);
    expect(vm.end().stuck).toEqual([]);
  });

  it('fail with their own message, and a hostile one harms no other', () => {
    const vm = new Vm({ quantum: 20 });
    const guests = new Guests(vm.scheduler);
    const effects = { print: () => undefined, collected: () => undefined };
    const failing = guests.startGrumpy(grumpy('error_div_zero'), effects);
    const forever = guests.start(evalMachine('(def f () (f)) (f)'));
    const fine = guests.startGrumpy(grumpy('factorial'), effects);
    for (let i = 0; i < 100; i++) vm.scheduler.slice(20);
    expect(failing.thread.status).toBe(FAILED);
    expect(fine.machine.result()).toMatchObject({ right: 'Vi32(3628800)' });
    vm.scheduler.kill(forever);
    vm.runReady();
    expect(vm.end().failures.map((failure) => failure.message)).toEqual(['instruction 2 (binary /): division by zero']);
  });

  it('are charged what they use, whatever another machine of the process has left of its slice', () => {
    const vm = new Vm({ quantum: 20 });
    const guests = new Guests(vm.scheduler);
    const forever = guests.start(evalMachine('(def f () (f)) (f)'));
    const numbers = guests.startGrumpy(grumpy('error_div_zero'), {
      print: () => undefined,
      collected: () => undefined,
    });
    const actor = new VMActor();
    actor.start(guests);
    actor.send('OP_CONSTANT', 1);
    for (const left of [4000, -4000, 0]) {
      const before = vm.scheduler.counters.slices;
      R.fuel = left;
      vm.scheduler.slice(20);
      expect(vm.scheduler.counters.slices).toBe(before + 1);
    }
    // All of a slice; two instructions and the one that divides by zero, which nothing is charged for; one of two words.
    const others = [...vm.scheduler.threads].filter((t) => t !== forever);
    expect([forever, numbers.thread, ...others].map((t) => t.reductions)).toEqual([20, 2, 1]);
  });

  it('count against the limits of their machine', () => {
    const vm = new Vm({ quantum: 20, limits: { fuel: 1000 } });
    new Guests(vm.scheduler).start(evalMachine('(def f () (f)) (f)'));
    vm.runReady();
    expect(vm.end()).toMatchObject({ exitCode: 1, exceeded: expect.stringMatching(/./) as unknown });
    expect(vm.scheduler.counters.slices).toBe(50);
  });

  it('an actor restarted after its thread ended gets a new one', () => {
    const vm = new Vm();
    const guests = new Guests(vm.scheduler);
    const actor = new VMActor({ init: ['OP_CONSTANT', 1] });
    actor.start(guests);
    actor.send('OP_NONE');
    vm.runReady();
    expect(actor.isRunning).toBe(false);
    actor.restart();
    actor.send('OP_CONSTANT', 2);
    vm.runReady();
    expect(actor.stack.toArray()).toEqual([1, 2]);
  });
});

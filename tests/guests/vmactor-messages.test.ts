/**
 * VMActor among others: messages and their order, the background loop, priorities, supervision, forms that need scopes
 * and jumps, actors as data, and the speed of a busy one.
 */
import fc from 'fast-check';
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import type { Program, SliceEnd } from '../../runtime/process/program.js';
import { VMActor } from '../../runtime/guests/vmactor/actor.js';
import { NotImplementedError } from '../../runtime/guests/vmactor/errors.js';
import { runSExpressions, SExpressionSession } from '../../runtime/guests/vmactor/session.js';
import { Supervisor } from '../../runtime/guests/vmactor/supervisor.js';
import type { Item, Value } from '../../runtime/guests/vmactor/value.js';

const C = 'OP_CONSTANT';

/** A scheduler that runs only when told. */
class Queue {
  readonly woken: Program[] = [];
  wake(program: Program): void {
    if (!this.woken.includes(program)) this.woken.push(program);
  }
  drain(quantum = 100): void {
    for (let program = this.woken.shift(); program !== undefined; program = this.woken.shift()) {
      if (program.run(quantum) === 'fuel') this.wake(program);
    }
  }
}

const started = (queue: Queue, init: Item[] = []): VMActor => {
  const actor = new VMActor({ init, print: () => undefined });
  actor.start(queue);
  return actor;
};

describe('D7 messages', () => {
  it('handleMessage executes exactly one', () => {
    const vm = new VMActor();
    vm.send(C, 5);
    vm.send(C, 10);
    vm.send('OP_ADD');
    let handled = 0;
    while (vm.handleMessage()) handled++;
    expect([handled, vm.top()]).toEqual([3, 15]);
    expect(vm.handleMessage()).toBe(false);
  });

  it('takes 100 sends in batches of 10', () => {
    const vm = new VMActor();
    let batches = 0;
    for (let i = 0; i < 100; i++) vm.send(C, i);
    while (vm.queued > 0) {
      for (let i = 0; i < 10; i++) vm.handleMessage();
      batches++;
    }
    expect([batches, vm.stack.length]).toEqual([10, 100]);
  });

  it('sendTo delivers in order and leaves the sender alone', () => {
    const [a, b] = [new VMActor(), new VMActor()];
    a.loadBytecode([C, 1, 'OP_DEFINE_VARIABLE', 'x', C, 2]);
    a.execute();
    const before = [a.stack.toArray(), [...a.variables], a.ip];
    a.sendTo(b, C, 10);
    a.sendTo(b, C, 20);
    expect([a.stack.toArray(), [...a.variables], a.ip]).toEqual(before);
    b.execute();
    expect(b.stack.toArray()).toEqual([10, 20]);
  });

  it('chains, pipelines, aggregates, replies', () => {
    const queue = new Queue();
    const chain = [0, 1, 2].map(() => started(queue));
    chain.forEach((actor, i) => {
      actor.defineNewInstruction('OP_PASS', (vm) => {
        const next = chain[i + 1];
        if (next !== undefined) vm.sendTo(next, C, vm.stack.top(), C, 10, 'OP_ADD', 'OP_PASS');
      });
    });
    chain[0]!.send(C, 5, C, 10, 'OP_ADD', 'OP_PASS');
    queue.drain();
    expect(chain.map((actor) => actor.top())).toEqual([15, 25, 35]);

    const [first, second, third] = [started(queue), started(queue), started(queue)];
    first.connect('second', second);
    second.connect('third', third);
    first.defineNewInstruction('OP_NEXT', (vm) => vm.sendTo(second, C, vm.stack.top(), C, 2, 'OP_MULTIPLY', 'OP_NEXT'));
    second.defineNewInstruction('OP_NEXT', (vm) => vm.sendTo(third, C, vm.stack.top(), C, 10, 'OP_MULTIPLY'));
    first.send(C, 5, 'OP_NEXT');
    queue.drain();
    expect([first.top(), second.top(), third.top()]).toEqual([5, 10, 100]);

    const aggregator = started(queue);
    for (const n of [10, 20, 30]) new VMActor().sendTo(aggregator, C, n);
    aggregator.send('OP_ADD', 'OP_ADD');
    queue.drain();
    expect(aggregator.stack.toArray()).toEqual([60]);

    const [client, server] = [started(queue), started(queue)];
    server.defineNewInstruction('OP_REPLY', (vm) => vm.sendTo(client, C, vm.stack.pop()));
    client.sendTo(server, C, 21, C, 2, 'OP_MULTIPLY', 'OP_REPLY');
    queue.drain();
    expect([client.top(), server.stack.length]).toEqual([42, 0]);
  });

  it('workers report to a supervisor, and a pool shares out', () => {
    const queue = new Queue();
    const boss = started(queue);
    [0, 1, 2].forEach((i) => started(queue).sendTo(boss, C, i));
    queue.drain();
    expect(boss.stack.toArray()).toEqual([0, 1, 2]);
    const pool = [0, 1, 2, 3].map(() => started(queue));
    pool.forEach((worker, i) => boss.sendTo(worker, C, (i + 1) * 10));
    queue.drain();
    expect(pool.map((worker) => worker.top())).toEqual([10, 20, 30, 40]);
  });

  it('queues what ten senders send at once', async () => {
    const vm = new VMActor();
    await Promise.all(Array.from({ length: 10 }, async (_, i) => Promise.resolve().then(() => vm.send(C, i))));
    expect(vm.queued).toBe(20);
    expect(vm.bytecode.length).toBe(20);
  });

  it('can send to itself', () => {
    const vm = new VMActor();
    vm.defineNewInstruction('OP_AGAIN', (actor) => actor.sendTo(actor, C, 2));
    vm.send('OP_AGAIN', C, 1);
    vm.execute();
    expect(vm.stack.toArray()).toEqual([1, 2]);
  });
});

describe('the background loop', () => {
  it('reacts before the next await is over', async () => {
    const actor = new VMActor();
    actor.start();
    actor.send(C, 5, C, 10, 'OP_ADD');
    await Promise.resolve();
    expect(actor.top()).toBe(15);
  });

  it('does nothing before start and nothing after stop', async () => {
    const actor = new VMActor();
    actor.send(C, 1);
    await Promise.resolve();
    expect(actor.stack.length).toBe(0);
    actor.start();
    actor.send(C, 2);
    actor.stop();
    await Promise.resolve();
    expect(actor.stack.toArray()).toEqual([1, 2]);
    expect(actor.isRunning).toBe(false);
    actor.send(C, 3);
    await Promise.resolve();
    expect(actor.stack.length).toBe(2);
    actor.start();
    await actor.idle();
    expect(actor.stack.length).toBe(3);
  });

  it('waits for operands without losing anything', () => {
    const vm = new VMActor();
    vm.send(C);
    expect(vm.run(10)).toBe('waiting');
    expect(vm.run(10)).toBe('waiting');
    vm.send(7);
    expect(vm.run(10)).toBe('waiting');
    expect(vm.stack.toArray()).toEqual([7]);
  });

  it('lets the event loop turn while one actor never ends', async () => {
    const busy = new VMActor();
    busy.start();
    busy.send(C, 1, 'OP_POP', 'OP_LOOP', 5);
    const other = new VMActor();
    other.start();
    other.send(C, 1);
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(other.top()).toBe(1);
    busy.replaceExistingInstruction('OP_LOOP', (vm) => void vm.readCount());
    await busy.idle();
  });

  it('rejects those who wait for an actor that fails, and stays failed', async () => {
    const actor = new VMActor();
    actor.start();
    actor.send('OP_NONE');
    await expect(actor.idle()).rejects.toThrow(NotImplementedError);
    expect(actor.run(10)).toBe('failed');
    expect(actor.failure().message).toBe("NotImplementedError: No handler for instruction 'OP_NONE'");
  });

  it('runs exactly as much as it has fuel for', () => {
    const vm = new VMActor();
    vm.send(C, 1, C, 2, C, 3);
    expect(vm.run(2)).toBe('fuel');
    expect(vm.stack.length).toBe(2);
  });
});

describe('priority', () => {
  it('higher first, in order inside a priority, messages whole', () => {
    const vm = new VMActor();
    vm.send(C, 1, C, 2);
    vm.sendWithPriority(5, [C, 50]);
    vm.sendWithPriority(1, [C, 10]);
    vm.sendWithPriority(5, [C, 51]);
    vm.sendWithPriority(-1, [C, -10]);
    vm.send(C, 3);
    vm.execute();
    expect(vm.stack.toArray()).toEqual([50, 51, 10, 1, 2, 3, -10]);
  });

  it('an urgent message never falls into another one', () => {
    const vm = new VMActor();
    vm.send(C, 1, C, 2, 'OP_ADD');
    vm.send(C, 4);
    vm.step();
    vm.sendWithPriority(1, [C, 100]);
    vm.execute();
    expect(vm.stack.toArray()).toEqual([3, 100, 4]);
  });

  it('keeps the order for any mixture', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -2, max: 2 })), (priorities) => {
        const vm = new VMActor();
        priorities.forEach((priority, i) => vm.sendWithPriority(priority, [C, i]));
        vm.execute();
        const wanted = priorities.map((p, i) => ({ p, i })).sort((a, b) => b.p - a.p || a.i - b.i);
        expect(vm.stack.toArray()).toEqual(wanted.map(({ i }) => i));
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});

describe('supervision', () => {
  const family = (strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one', maxRestarts = 3) => {
    const queue = new Queue();
    let time = 0;
    const supervisor = new Supervisor({ strategy, maxRestarts, windowMs: 1000, now: () => time });
    const children = [0, 1, 2].map((i) => started(queue, [C, i]));
    for (const child of children) {
      supervisor.supervise(child);
      child.send(C, 9);
    }
    queue.drain();
    return { queue, supervisor, children, pass: (ms: number) => (time += ms) };
  };
  const stacks = (children: VMActor[]): Value[][] => children.map((child) => child.stack.toArray());

  it.each([
    ['one_for_one', [[9], [1], [9]]],
    ['one_for_all', [[0], [1], [2]]],
    ['rest_for_one', [[9], [1], [2]]],
  ] as const)('%s', (strategy, wanted) => {
    const { queue, supervisor, children } = family(strategy);
    children[1]!.send('OP_NONE', C, 5);
    queue.drain();
    expect(stacks(children)).toEqual(wanted);
    expect(supervisor.restarts).toBe(1);
    children[1]!.send(C, 7);
    queue.drain();
    expect(children[1]!.stack.toArray()).toEqual([1, 7]);
  });

  it('keeps messages that were waiting, after init', () => {
    const { queue, children } = family('one_for_one');
    children[0]!.send('OP_NONE', C, 5);
    children[0]!.send(C, 6);
    queue.drain();
    expect(children[0]!.stack.toArray()).toEqual([0, 6]);
  });

  it('gives up when failures come too often, and tells its own supervisor', () => {
    const { queue, supervisor, children } = family('one_for_one', 2);
    const errors: string[] = [];
    supervisor.onFailure = (error) => errors.push(error.name);
    for (let i = 0; i < 3; i++) {
      children[0]!.send('OP_NONE');
      queue.drain();
    }
    expect(errors).toEqual(['TooManyRestarts']);
    expect(children.map((child) => child.isRunning)).toEqual([false, false, false]);
  });

  it('does not give up when they are rare', () => {
    const { queue, supervisor, children, pass } = family('one_for_one', 2);
    for (let i = 0; i < 10; i++) {
      pass(600);
      children[0]!.send('OP_NONE');
      queue.drain();
    }
    expect(supervisor.restarts).toBe(10);
    expect(children[0]!.stack.toArray()).toEqual([0]);
  });

  it('restarts supervisors under supervisors, and leaves temporary children be', () => {
    const queue = new Queue();
    const outer = new Supervisor({ now: () => 0 });
    const inner = new Supervisor({ maxRestarts: 0, now: () => 0 });
    outer.supervise(inner);
    const [child, temporary] = [started(queue, [C, 1]), started(queue, [C, 2])];
    inner.supervise(child);
    inner.supervise(temporary, 'temporary');
    temporary.send('OP_NONE');
    queue.drain();
    expect(temporary.isRunning).toBe(false);
    expect(outer.restarts).toBe(0);
    child.send('OP_NONE');
    queue.drain();
    expect(outer.restarts).toBe(1);
    expect(child.stack.toArray()).toEqual([1]);
  });
});

describe('forms', () => {
  const run = (text: string): string => {
    const result = runSExpressions(text, { print: () => undefined, fuel: 1_000_000 });
    return isLeft(result) ? result.left : result.right.join(' ');
  };

  it.each([
    ['(if true 1 2)', '1'],
    ['(if false 1 2)', '2'],
    ['(if false 1)', 'nil'],
    ['(if true (define x 1) 2)', 'nil'],
    ['(define x 0) (if true (set! x 5)) x', '5'],
    ['(define i 0) (while (< i 5) (set! i (+ i 1))) i', '5'],
    ['(define i 0) (while (< i 5) i (set! i (+ i 1)) (print i)) i', '5'],
    ['(let ((x 1) (y 2)) (+ x y))', '3'],
    ['(define x 1) (let ((x 2)) (set! x 3)) x', '1'],
    ['(define x 1) (let ((x 2) (y x)) (+ x y))', '3'],
    ['(let ((x 1)) (let ((y (+ x 1))) (* x y)))', '2'],
    ['(begin 1 2 3)', '3'],
    ['(begin (define x 1) (set! x 2))', ''],
    ['(+ 1 (begin (define x 1) (+ x x)))', '3'],
    ['((lambda (x) (* x x)) 5)', '25'],
    ['(define sq (lambda (x) (* x x))) (sq 6)', '36'],
    ['(define sq (lambda (x) (* x x))) sq', '<function lambda>'],
    ['(defun make (n) (lambda (x) (+ x n))) (define add5 (make 5)) (define add6 (make 6)) (add5 1) (add6 1)', '6 7'],
    [
      '(defun counter () (let ((n 0)) (lambda () (begin (set! n (+ n 1)) n)))) (define c (counter)) (c) (c) (c)',
      '1 2 3',
    ],
    ['(defun twice (f x) (f (f x))) (defun inc (x) (+ x 1)) (twice inc 5)', '7'],
    ['(defun fib (n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 15)', '610'],
    ['(defun count (n) (if (= n 0) "done" (count (- n 1)))) (count 50000)', '"done"'],
    [
      '(defun even (n) (if (= n 0) true (odd (- n 1)))) (defun odd (n) (if (= n 0) false (even (- n 1)))) (even 10)',
      'true',
    ],
    ['(not (and true false))', 'true'],
    ['(defun f (x) (define y (* x 2)) (+ y 1)) (f 4)', '9'],
    ['(defun f (x) (define y (* x 2)) (+ y 1)) (f 4) y', "KeyError: Undefined variable 'y'"],
    ['(defun f (x) (set! x 1)) (f 4)', 'nil'],
    ['(+ 1 "a")', 'TypeError: OP_ADD needs two numbers or two strings, got a number and a string'],
    ['(while true 1)', 'stopped after 1000000 instructions'],
    ['(\n  (', '2:3: SyntaxError: Unmatched (: the text ends before it is closed'],
  ])('%s', (text, wanted) => {
    expect(run(text)).toBe(wanted);
  });

  it('send-to sends code, with values of the sender where it says unquote', () => {
    const [a, b] = [new VMActor(), new VMActor()];
    a.connect('b', b);
    b.define('x', 1000);
    a.receiveListOfBytecode(
      a.sExpressionToBytecode('(define x 5) (send-to b (+ x ,(* x 2))) (send-to b (defun f (y) (+ y ,x)) (f 1))'),
    );
    a.execute();
    expect(a.stack.length).toBe(0);
    b.execute();
    expect(b.stack.toArray()).toEqual([1010, 6]);
    a.receiveListOfBytecode(a.sExpressionToBytecode('(send-to self (define y 3)) (send-to nobody 1)'));
    expect(() => a.execute()).toThrow("No actor is known as 'nobody'");
    a.execute();
    expect(a.lookup('y')).toBe(3);
  });

  it('a deep recursion ends in an error of the actor, not of the host', () => {
    const text = '(defun f (n) (+ 1 (f n))) (f 1)';
    expect(run(text)).toContain('stopped after');
    const result = runSExpressions(text, { callLimit: 100_000 });
    expect(isLeft(result) && result.left).toBe('RecursionError: 100000 calls are open and no more are allowed');
    expect(run(`${'(+ 1 '.repeat(999)}1${')'.repeat(999)}`)).toBe('1000');
    expect(run('('.repeat(100_000))).toContain('nested more than 1000 deep');
  });

  it('a session keeps definitions and survives errors', () => {
    const session = new SExpressionSession({ print: () => undefined });
    const line = (text: string): string => {
      const result = session.line(text);
      return isLeft(result) ? `! ${result.left}` : result.right.join(' ');
    };
    expect(line('(define x 4)')).toBe('');
    expect(line('(+ x')).toContain('! 1:1: SyntaxError: Unmatched (');
    expect(line('(+ 1 (f 2))')).toBe("! NotImplementedError: No handler for instruction 'OP_CALL_f'");
    expect(line('(defun f (y) (* x y))')).toBe('');
    expect(line('(f 2) (f 3)')).toBe('8 12');
  });
});

describe('an actor as data', () => {
  it('forks in the middle of a call', () => {
    const vm = new VMActor();
    vm.defineNewInstruction('OP_DOUBLE', (actor) => actor.stack.push(actor.stack.popNumber('OP_DOUBLE') * 2));
    vm.receiveListOfBytecode(
      vm.sExpressionToBytecode('(defun sum (n) (if (= n 0) 0 (+ n (sum (- n 1))))) (define total (sum 100))'),
    );
    vm.send('OP_GET_VARIABLE', 'total', 'OP_DOUBLE');
    vm.run(500);
    const twin = vm.fork();
    const state = structuredClone(vm.snapshot().state);
    vm.execute();
    expect(vm.stack.toArray()).toEqual([10_100]);
    twin.execute();
    expect(twin.stack.toArray()).toEqual([10_100]);
    const later = VMActor.restore(state);
    expect(() => later.execute()).toThrow("No handler for instruction 'OP_DOUBLE'");
    expect(later.lookup('total')).toBe(5050);
  });

  it('keeps closures over one variable together, and apart from the original', () => {
    const vm = new VMActor();
    vm.receiveListOfBytecode(
      vm.sExpressionToBytecode(`(define get nil) (define put nil)
        (let ((n 1)) (set! get (lambda () n)) (set! put (lambda (v) (set! n v))))`),
    );
    vm.execute();
    const twin = vm.fork();
    const call = (actor: VMActor, text: string): Value => {
      actor.receiveListOfBytecode(actor.sExpressionToBytecode(text));
      actor.execute();
      return actor.stack.pop();
    };
    call(twin, '(put 7)');
    expect([call(twin, '(get)'), call(vm, '(get)')]).toEqual([7, 1]);
  });

  it('forks however deep its scopes are nested', () => {
    const vm = new VMActor();
    vm.receiveListOfBytecode(
      vm.sExpressionToBytecode(
        '(define f nil) (define i 0) (while (< i 20000) (set! f (let ((g f)) (lambda () g))) (set! i (+ i 1))) (f)',
      ),
    );
    vm.execute();
    const twin = VMActor.restore(structuredClone(vm.snapshot().state));
    // Compared without the matchers, which would walk all of it.
    expect(typeof twin.top()).toBe('object');
    expect(twin.top() === vm.top()).toBe(false);
  });

  it('holds bounded memory and keeps addresses while a stream goes on', () => {
    const vm = new VMActor({ retain: 100 });
    vm.loadBytecode([C, 0]);
    for (let i = 0; i < 20_000; i++) {
      vm.send(C, 1, 'OP_ADD');
      vm.run(10);
    }
    expect(vm.top()).toBe(20_000);
    expect(vm.bytecode.length).toBeLessThan(10_000);
    expect(vm.ip).toBe(60_002);
    vm.send('OP_JUMP', 3000);
    expect(() => vm.execute()).toThrow('Address 3000 has been released');
    vm.send('OP_JUMP', 0);
    vm.step();
    vm.step();
    expect(vm.top()).toBe(0);
  });
});

describe('speed', () => {
  it('executes millions of instructions a second', () => {
    const batch: Item[] = [];
    for (let i = 0; i < 250; i++) batch.push(C, i, C, 1, 'OP_ADD', 'OP_POP');
    const vm = new VMActor();
    let end: SliceEnd = 'done';
    const start = performance.now();
    for (let i = 0; i < 2000; i++) {
      vm.receiveListOfBytecode(batch);
      end = vm.run(10_000);
    }
    expect(end).toBe('waiting');
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('names of forms', () => {
  const compileError = (text: string, actor = new VMActor()): string => {
    try {
      actor.sExpressionToBytecode(text);
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
    return '';
  };
  const run = (text: string, actor: VMActor): unknown[] => {
    actor.receiveListOfBytecode(actor.sExpressionToBytecode(text));
    actor.receiveLoop();
    return actor.stack.toArray();
  };

  it.each(['print', 'if', 'not', '+', '=', 'and', 'define', 'lambda', 'send-to'])('%s cannot be defined', (name) => {
    const said = `SyntaxError: ${name} is a form of the language and cannot be defined`;
    expect(compileError(`(defun ${name} (x) x)`)).toBe(said);
    expect(compileError(`(define ${name} (lambda (x) x))`)).toBe(said);
    expect(compileError(`(defun f () (begin (set! ${name} 1) 2))`)).toBe(said);
  });

  it('mean what is bound around them', () => {
    expect(run('(defun f (print) (print 3)) (f (lambda (x) (* x 2)))', new VMActor())).toEqual([6]);
    expect(run('(let ((not (lambda (x) (+ x 1)))) (not 1))', new VMActor())).toEqual([2]);
  });

  it('mean the instruction that the host has of that name, here and with a receiver', () => {
    const seen: unknown[] = [];
    const handler = (vm: VMActor): void => void seen.push(vm.stack.top());
    const lines: string[] = [];
    const actor = new VMActor({ print: (line) => lines.push(line) });
    const other = new VMActor({ print: (line) => lines.push(`other ${line}`) });
    actor.connect('other', other);
    actor.defineNewInstruction('OP_CALL_print', handler);
    expect(run('(print 5)', actor)).toEqual([5]);
    run('(send-to other (print 6))', actor);
    other.receiveLoop();
    other.defineNewInstruction('OP_CALL_print', handler);
    run('(send-to other (print 7))', actor);
    other.receiveLoop();
    expect([seen, lines]).toEqual([[5, 7], ['other 6']]);
    actor.send('OP_CONSTANT', 8, 'OP_CALL_print');
    actor.receiveLoop();
    expect(seen).toEqual([5, 7, 8]);
  });
});

describe('what an actor shows', () => {
  it('the calls that are open, after a failure as well', () => {
    const actor = new VMActor();
    const text = '(defun inner (a) (+ (missing a) 1)) (defun outer (b) (let ((c 2)) (+ 1 (inner (* b c))))) (outer 3)';
    actor.receiveListOfBytecode(actor.sExpressionToBytecode(text));
    expect(actor.callStack).toEqual([]);
    expect(() => actor.execute()).toThrow(/OP_CALL_missing/);
    const shown = actor.callStack.map(({ name, variables }) => [name, Object.fromEntries(variables)]);
    expect(shown).toEqual([
      ['inner', { a: 6 }],
      ['outer', { b: 3, c: 2 }],
    ]);
    expect(VMActor.restore(structuredClone(actor.snapshot().state)).callStack.map((c) => c.name)).toEqual([
      'inner',
      'outer',
    ]);
    actor.recover();
    expect(actor.callStack).toEqual([]);
  });
});

describe('whole numbers', () => {
  const MOST = Number.MAX_SAFE_INTEGER;
  const compute = (a: number, b: number, instruction: string): unknown => {
    const actor = new VMActor();
    actor.loadBytecode(['OP_CONSTANT', a, 'OP_CONSTANT', b, instruction]);
    try {
      actor.execute();
    } catch (error) {
      return (error as Error).name;
    }
    return actor.top();
  };

  it.each([
    [MOST - 1, 1, 'OP_ADD', MOST],
    [MOST, 1, 'OP_ADD', 'OverflowError'],
    [-MOST, 1, 'OP_SUBTRACT', 'OverflowError'],
    [94906267, 94906267, 'OP_MULTIPLY', 'OverflowError'],
    [2, 52, 'OP_POWER', 2 ** 52],
    [2, 53, 'OP_POWER', 'OverflowError'],
    [10, 400, 'OP_POWER', 'OverflowError'],
    [2, -1, 'OP_POWER', 0.5],
    [0.5, 1e300, 'OP_ADD', 1e300],
    [1e300, 1e300, 'OP_MULTIPLY', Infinity],
  ])('%d and %d: %s', (a, b, instruction, result) => expect(compute(a, b, instruction)).toBe(result));

  it('are exact in texts too', () => {
    const actor = new VMActor();
    expect(() => actor.sExpressionToBytecode('(+ 9007199254740993 1)')).toThrow('too large to be exact');
    expect(actor.sExpressionToBytecode('9007199254740991')).toEqual(['OP_CONSTANT', MOST]);
    expect(actor.sExpressionToBytecode('12345678901234567890.0')).toEqual(['OP_CONSTANT', 12345678901234567000]);
    actor.loadBytecode(['OP_CONSTANT', '9007199254740993', 'OP_TO_NUMBER']);
    expect(() => actor.execute()).toThrow('too large to be exact');
  });
});

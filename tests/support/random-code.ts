/**
 * Random well-typed modules for comparing engines: functions over ints with nested loops, handlers, calls, closures over
 * shared variables, operand stacks that are anything but tidy. Every program ends.
 */
import type { FunctionBuilder } from '../../runtime/bytecode/builder.js';
import { generator } from '../../runtime/scheduler/strategy.js';
import { TestModule, data } from './machine.js';

const OPERATORS = ['add', 'sub', 'mul', 'div', 'rem'] as const;
const TESTS = ['lt', 'le', 'gt', 'ge', 'eq', 'ne'] as const;
const FUNCTIONS = 4;

class Writer {
  /** Ints on the operand stack above the locals. */
  height = 0;
  /** What lies below belongs to an enclosing `try`, which may need it again: it is not popped. */
  floor = 0;
  readonly locals: number[] = [];
  #budget = 60;

  constructor(
    readonly f: FunctionBuilder,
    readonly random: () => number,
    /** This function may call those of higher number only. */
    readonly index: number,
    readonly params: number,
  ) {
    for (let i = 0; i < params; i++) this.locals.push(i);
  }
  below(n: number): number {
    return Math.floor(this.random() * n);
  }
  pick<T>(xs: readonly T[]): T {
    return xs[this.below(xs.length)]!;
  }
  int(): void {
    this.f.int(this.pick([0, 1, 2, 3, -1, 7, 2147483647, -2147483648, 4503599627370496, Number.MAX_SAFE_INTEGER]));
    this.height++;
  }
  push(): void {
    if (this.locals.length > 0 && this.random() < 0.6) {
      this.f.emit('load', this.pick(this.locals));
      this.height++;
    } else this.int();
  }
  need(n: number): void {
    while (this.height - this.floor < n) this.push();
  }

  block(depth: number): void {
    const before = this.height;
    for (let n = 2 + this.below(5); n > 0 && this.#budget-- > 0; n--) this.statement(depth);
    while (this.height > before) this.drop();
    while (this.height < before) this.push();
  }
  drop(): void {
    if (this.locals.length > 0 && this.random() < 0.5) this.f.emit('store', this.pick(this.locals));
    else this.f.emit('pop');
    this.height--;
  }

  statement(depth: number): void {
    const { f } = this;
    const kind = this.below(depth > 0 ? 12 : 8);
    if (kind < 2) this.push();
    else if (kind === 2) {
      this.need(2);
      f.emit('swap');
    } else if (kind === 3) {
      this.need(1);
      if (this.random() < 0.3) f.emit('neg');
      else {
        f.emit('dup');
        this.height++;
      }
    } else if (kind < 6) {
      this.need(2);
      f.emit(this.pick(OPERATORS));
      this.height--;
    } else if (kind === 6 && this.index + 1 < FUNCTIONS) {
      this.need(2);
      f.emit('call_function', `f${this.index + 1 + this.below(FUNCTIONS - this.index - 1)}`);
      this.height--;
    } else if (kind === 7) {
      this.need(1);
      this.drop();
    } else if (kind === 8) this.branch(depth);
    else if (kind === 9) this.loop(depth);
    else if (kind === 10) this.handler(depth);
    else this.closure();
  }
  branch(depth: number): void {
    const { f } = this;
    this.need(2);
    f.emit(this.pick(TESTS));
    this.height -= 2;
    const other = f.label();
    const join = f.label();
    f.emit(this.pick(['jump_if', 'jump_unless']), other);
    const before = this.height;
    this.block(depth - 1);
    f.emit('jump', join);
    f.place(other);
    this.height = before;
    this.block(depth - 1);
    f.place(join);
  }
  loop(depth: number): void {
    const { f } = this;
    const i = f.local();
    f.int(0).emit('store', i);
    const head = f.place();
    const done = f.label();
    f.int(1 + this.below(4))
      .emit('load', i)
      .emit('lt')
      .emit('jump_unless', done);
    f.int(1).emit('load', i).emit('add').emit('store', i);
    this.block(depth - 1);
    f.emit('loop', head);
    f.place(done);
  }
  handler(depth: number): void {
    const { f } = this;
    const caught = f.label();
    const join = f.label();
    const before = this.height;
    f.emit('try', caught);
    const floor = this.floor;
    this.floor = before;
    this.block(depth - 1);
    this.floor = floor;
    if (this.random() < 0.3) {
      f.emit('raise_text', 'own');
    } else f.emit('end_try').emit('jump', join);
    f.place(caught);
    this.height = before;
    f.emit('pop');
    this.block(depth - 1);
    f.place(join);
  }
  /** A variable shared by a closure that is called twice. */
  closure(): void {
    const { f } = this;
    const box = f.local();
    this.need(1);
    f.emit('store', box).emit('open_upvalue', box).closure('bump', [box]);
    f.int(this.below(9)).emit('call', 1).emit('pop').closure('bump', [box]).int(1).emit('call', 1);
    f.emit('get_upvalue', box).emit('sub').emit('close_upvalues', box);
  }
}

/** A module whose `main` gives a tuple of the results of its functions on some arguments. */
export function randomModule(seed: number): TestModule {
  const random = generator(seed);
  const m = new TestModule();
  m.fun('bump', [data('box', '', 'upvalue'), 'by'], (f) => {
    f.emit('get_upvalue', 0).emit('load', 1).emit('add').emit('set_upvalue', 0).emit('get_upvalue', 0).emit('ret');
  });
  for (let i = 0; i < FUNCTIONS; i++) {
    m.fun(`f${i}`, ['a', 'b'], (f) => {
      const w = new Writer(f, random, i, 2);
      for (let k = 0; k < 2; k++) {
        const local = f.local();
        f.int(k + 1).emit('store', local);
        w.locals.push(local);
      }
      w.block(3);
      w.need(1);
      f.emit('ret');
    });
  }
  return m.fun('main', [], (f) => {
    const handler = f.label();
    f.emit('try', handler).int(3).int(-5).emit('call_function', 'f0').int(1).int(2).emit('call_function', 'f1');
    f.emit('tuple', 2).emit('end_try').emit('ret');
    f.place(handler);
    f.emit('to_string').emit('ret');
  });
}

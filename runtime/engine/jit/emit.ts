/**
 * The text of one block: stack slots are JavaScript variables s0, s1, ..; what was pushed and not used yet is an
 * expression without effects (a literal, a constant or a variable), so most moves cost nothing.
 * Invariant: at the end of a block, and wherever a frame is written, slot i is in variable s<i> or named by its
 * expression; the order of effects is that of the code.
 */
import { slots } from '../../bytecode/effect.js';
import { flowOf, type Item, type Meaning, type Row } from '../../bytecode/isa.js';
import type { Fn, SelectTable } from '../function.js';
import type { Block, Instruction } from './blocks.js';
import { KEEP, READ } from './exits.js';
import type { Exits, Flagged, Inline, Left } from './exits.js';
import type { Names } from './names.js';
import { payloadText, pushedText } from './pushed.js';
import { SlotText } from './slot-text.js';

type Flow = Extract<Meaning, { kind: 'flow' }>;

export class BlockEmitter extends SlotText {
  #go: (to: number) => string = () => '';
  /** Is the fuel in the local variable `fuel` here, and not in its register? */
  #local = false;

  constructor(
    readonly fn: Fn,
    readonly names: Names,
    /** Is this the resuming function, whose own frame may be rewritten in place? */
    readonly resuming: boolean,
    /** Does the code count what it allocates? */
    readonly metered: boolean,
    readonly exits: Exits,
    readonly inline: Inline,
    /** Blocks of loops that count their fuel in a local variable. */
    readonly counting: ReadonlySet<number>,
    prefix = '',
  ) {
    super(prefix);
  }

  /** The block's text. Asking for a transfer may emit other blocks in the midst of this one: they transfer away. */
  emit(block: Block, go: (to: number) => string): string {
    const outer = { go: this.#go, local: this.#local };
    const local = this.counting.has(block.pc);
    const above = this.begin(this.fn.facts.depth[block.pc]!);
    this.#local = local;
    this.#go = (to) => (this.counting.has(to) === local ? '' : local ? KEEP : READ) + go(to);
    block.code.forEach((i, k) => this.#instruction(i, block.code[k + 1]));
    if (block.falls !== undefined) {
      this.settle();
      this.say(this.#go(block.falls));
    }
    this.#go = outer.go;
    this.#local = outer.local;
    return this.finish(above);
  }

  /** Before the function is left. */
  #keep(): void {
    if (this.#local) this.say(KEEP);
  }
  /** The frame as it is given up at a site: written, or traced and dropped, as the flag says. */
  #left(kind: 'k' | 'y', pc: number, after: boolean, stack: readonly string[]): Left {
    const site = this.names.site(this.fn.site(pc, after));
    const values = stack.slice(0, this.fn.site(pc, after).depth);
    if (kind === 'y' && this.resuming)
      return { helper: this.names.spill('z', values.length), first: ['d', 'p', site], values };
    const helper = kind === 'k' && !this.fn.holdsEnds ? 'j' : kind;
    return { helper: this.names.spill(helper, values.length), first: [site], values };
  }
  #leave(left: readonly Left[]): string {
    return this.exits.flagged(left, this.#local);
  }
  /** The flag says an exception was raised by the instruction at pc itself. */
  #raised(pc: number): string {
    const handler = this.fn.region[pc];
    const { names } = this;
    if (!handler) {
      const held = this.fn.holdsEnds ? this.stack : [];
      const site = names.site(this.fn.site(pc, false));
      return this.#leave([{ helper: names.spill('x', held.length), first: [site], values: held }]);
    }
    const above = this.fn.holdsEnds ? this.stack.slice(handler.depth) : [];
    const drop = above.length === 0 ? '' : `dropSlots([${above.join(', ')}], 0, ${above.length}); `;
    const moves = this.moves([...this.stack], handler.depth);
    const trace = `passed(${names.site(this.fn.site(pc, false))});`;
    return `${trace} ${drop}${moves} ${this.slot(handler.depth)} = caught(); ${this.#go(handler.target)}`;
  }
  /** A call came back with the flag raised. */
  #flagged(pc: number): Flagged {
    const left = this.#left('k', pc, true, this.stack);
    if (!this.fn.region[pc]) return { left };
    return { text: `if (R.flag !== 2) { ${this.#leave([left])} } ${this.#raised(pc)}` };
  }

  #takeMany(pc: number, item: Item): string[] {
    const n = slots(this.fn.instance.image, this.fn.image, pc, [item]);
    return n === 0 ? [] : this.stack.splice(-n);
  }

  #instruction({ pc, row }: Instruction, next: Instruction | undefined): void {
    const under = [...this.stack];
    const v: Record<string, string> = {};
    row.operands.forEach((o, i) => {
      v[o.name] = this.names.operand(this.fn, o.kind, this.fn.code[pc + 1 + i]!, this.stack);
    });
    let args: string[] = [];
    for (const item of [...row.inputs].reverse()) {
      if (item.many === undefined) v[item.name] = this.stack.pop()!;
      else args = this.#takeMany(pc, item);
    }
    v['args'] = args.join(', ');
    v['count'] = String(args.length);
    const m = row.meaning;
    switch (m.kind) {
      case 'move':
        for (const o of row.outputs) this.stack.push(v[o.name]!);
        return;
      case 'set':
        if (this.metered && m.makes !== undefined) this.say(`R.allocated += ${m.makes};`);
        return this.assign(this.fn.code[pc + 1]!, m.js(v));
      case 'act':
        this.say(`${m.js(v)};`);
        if (m.fails === true) this.say(`if (R.flag !== 0) { ${this.#raised(pc)} }`);
        return;
      case 'value':
        return this.#value(pc, m, v, next);
      case 'flow':
        return this.#flow(pc, row, m, v, args, under);
    }
  }

  #value(
    pc: number,
    m: Extract<Meaning, { kind: 'value' }>,
    v: Record<string, string>,
    next: Instruction | undefined,
  ): void {
    if (m.guard !== undefined)
      this.say(`if (${m.guard.when(v)}) { raiseNamed('${m.guard.exception}'); ${this.#raised(pc)} }`);
    const slot = this.stack.length;
    const to = this.slot(slot);
    if (m.check === 'int') {
      this.protect(to);
      this.say(`t = ${m.js(v)}; ${to} = t | 0;`);
      this.say(`if (${to} !== t) { ${to} = wide(t); if (R.flag !== 0) { ${this.#raised(pc)} } }`);
      this.stack.push(to);
      return;
    }
    const tested = next !== undefined && flowOf(next.row) === 'branch' && next.row.inputs[0]!.type === 'bool';
    if (m.fails !== true && tested) {
      this.stack.push(`(${m.js(v)})`);
      return;
    }
    this.protect(to);
    const charge = this.metered && m.allocates ? `R.allocated += ${m.allocates(v, to)};` : '';
    const early = charge !== '' && m.allocates!.length < 2;
    if (early) this.say(charge);
    this.say(`${to} = ${m.js(v)};`);
    if (m.fails === true) this.say(`if (R.flag !== 0) { ${this.#raised(pc)} }`);
    if (!early) this.say(charge);
    this.stack.push(to);
  }

  #flow(pc: number, row: Row, m: Flow, v: Record<string, string>, args: string[], under: string[]): void {
    const { fn, names } = this;
    const to = (): number => fn.code[pc + row.length - 1]!;
    switch (m.flow) {
      case 'jump':
        this.settle();
        return this.say(this.#go(to()));
      case 'loop':
        this.settle();
        this.say(
          `if (--${this.#local ? 'fuel' : 'R.fuel'} < 0) ${this.#leave([this.#left('y', to(), false, this.stack)])}`,
        );
        return this.say(this.#go(to()));
      case 'branch': {
        // A row that keeps its input (`cmp`, `match`) leaves the stack as it was.
        if (row.outputs.length === 1) this.stack = under;
        let when = m.js!(v);
        if (this.stack.some((e, i) => e !== this.slot(i))) {
          const condition = this.temporary();
          this.say(`${condition} = ${when};`);
          when = condition;
          this.settle();
        }
        this.say(`if (${when}) { ${this.#go(to())} }`);
        return this.say(this.#go(pc + row.length));
      }
      case 'switch': {
        const table = fn.tables[fn.code[pc + 1]!]!;
        if (table.kind !== 'switch') return;
        const i = this.temporary();
        this.say(`${i} = ${v['i']};`);
        this.settle();
        const arms = table.targets.map((t, k) => `case ${k}: { ${this.#go(t)} }`);
        return this.say(`switch (${i}) { ${arms.join('\n')} default: { ${this.#go(table.otherwise)} } }`);
      }
      case 'call':
      case 'apply': {
        const callee = m.flow === 'call' ? fn.instance.callees[fn.code[pc + 1]!]! : null;
        const slot = this.stack.length;
        const gives = callee === null || callee.returns;
        const to = this.slot(slot);
        if (gives) this.protect(to);
        const flagged = this.#flagged(pc);
        const inlined = callee === null ? undefined : this.inline(callee, args, to, flagged, this.exits);
        if (inlined !== undefined) this.say(inlined);
        else {
          const text = callee === null ? names.apply(v['g']!, args) : names.call(callee, args);
          this.say(gives ? `${to} = ${text};` : `${text};`);
          this.say(`if (R.flag !== 0) { ${'text' in flagged ? flagged.text : this.#leave([flagged.left])} }`);
        }
        if (gives) this.stack.push(to);
        return;
      }
      case 'tail_call': {
        const callee = fn.instance.callees[fn.code[pc + 1]!]!;
        this.#keep();
        return this.say(this.exits.tail(callee, names.call(callee, args), args));
      }
      case 'tail_apply':
        this.#keep();
        return this.say(this.exits.tail(null, names.apply(v['g']!, args), args));
      case 'ret':
        this.#keep();
        return this.say(this.exits.result(v['a'] ?? 'undefined'));
      case 'raise':
        this.say(`${m.js!(v)};`);
        return this.say(this.#raised(pc));
      case 'end':
        this.say(`${m.js!(v)};`);
        return this.say(this.exits.suspended(fn.holdsEnds ? [this.#left('k', pc, false, under)] : [], this.#local));
      case 'try':
        return this.settle();
      case 'end_try':
        return;
      case 'closure': {
        const table = fn.tables[fn.code[pc + 2]!]!;
        const captured = table.kind === 'capture' ? table.locals.map((l) => this.stack[l]!) : [];
        const slot = this.stack.length;
        if (this.metered) this.say(`R.allocated += ${1 + captured.length};`);
        this.assign(slot, `new Partial(${v['f']}, [${captured.join(', ')}])`);
        return;
      }
      case 'close_upvalues':
        for (const l of fn.facts.opened) {
          if (l < fn.code[pc + 1]!) continue;
          this.protect(this.slot(l), l);
          this.say(`if (${this.slot(l)} instanceof Upvalue) ${this.slot(l)} = undefined;`);
        }
        return;
      case 'wait':
        return this.#wait(pc, m, v);
      case 'select':
        return this.#select(pc, under);
      case 'start': {
        const slot = under.length - 1 - fn.code[pc + 2]!;
        this.stack = under;
        const given = args.length === 0 ? '' : args.join(', ');
        this.assign(slot, `startSession(${under[slot]}, ${v['f']}, [${given}])`);
      }
    }
  }

  #suspended(pc: number, under: readonly string[]): string {
    const left = this.#left('y', pc, false, under);
    return `if (R.flag !== 0) { ${this.#raised(pc)} } ${this.exits.suspended([left], this.#local)}`;
  }
  #wait(pc: number, m: Flow, v: Record<string, string>): void {
    this.settle();
    const receive = m.js!({ ...v, s: this.slot(this.stack.length - 1 - this.fn.code[pc + 2]!) });
    const under = [...this.stack];
    const count = this.fn.code[pc + 1]!;
    const base = this.stack.length;
    this.say(`w = ${receive}; if (w === null) { ${this.#suspended(pc, under)} }`);
    const slot = (i: number): string => this.slot(base + i);
    this.say(`${payloadText(count, slot)} ${slot(count)} = w.label;`);
    for (let i = 0; i <= count; i++) this.stack.push(slot(i));
  }
  #select(pc: number, under: string[]): void {
    const { fn } = this;
    const table = fn.tables[fn.code[pc + 1]!] as SelectTable;
    const milliseconds = table.after === null ? '0' : under.at(-1)!;
    const name = this.names.table(fn, fn.code[pc + 1]!);
    const slots = table.acceptsOnly ? 'NONE' : `[${under.join(', ')}]`;
    this.say(`w = SELECT(${name}, ${slots}, ${under.length - 1}, ${milliseconds});`);
    this.say(`if (w === null) { ${this.#suspended(pc, under)} }`);
    this.settle();
    const base = this.stack.length;
    const slot = (i: number): string => this.slot(base + i);
    const arms = table.cases.map((c, i) => `case ${i}: { ${pushedText(c, slot)}${this.#go(c.target)} }`);
    this.say(`switch (w.index) { ${arms.join('\n')} }`);
  }
}

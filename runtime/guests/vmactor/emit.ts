/**
 * From core forms to VMActor instructions. All jumps are relative, so the code means the same wherever in a stream it
 * arrives.
 * Invariant: a form leaves one value on the stack or none, as `leavesValue` says of it; a function's code leaves one.
 */
import type { Form } from '../sexpr/forms.js';
import type { Item, MessageTemplate } from './value.js';

const OPCODES: Readonly<Record<Extract<Form, { kind: 'binary' }>['operator'], string>> = {
  '+': 'OP_ADD',
  '-': 'OP_SUBTRACT',
  '*': 'OP_MULTIPLY',
  '/': 'OP_DIVIDE',
  '%': 'OP_MODULO',
  '**': 'OP_POWER',
  '>': 'OP_GREATER',
  '<': 'OP_LESS',
  '>=': 'OP_GREATER_EQUAL',
  '<=': 'OP_LESS_EQUAL',
  '=': 'OP_EQUAL',
  '!=': 'OP_NOT_EQUAL',
  and: 'OP_AND',
  or: 'OP_OR',
};

/** What the place wants of a form: its value, no value, or whatever it leaves. */
type Want = 'value' | 'nothing' | 'either';

export function emit(forms: readonly Form[]): Item[] {
  const emitter = new Emitter();
  for (const form of forms) emitter.form(form, 'either');
  return emitter.code;
}

function leavesValue(form: Form): boolean {
  switch (form.kind) {
    case 'define':
    case 'assign':
    case 'while':
    case 'send':
      return false;
    case 'lambda':
      return form.name === undefined;
    case 'if':
      return leavesValue(form.then) || (form.otherwise !== undefined && leavesValue(form.otherwise));
    case 'begin':
    case 'let':
      return leavesValue(form.body.at(-1)!);
    default:
      return true;
  }
}

class Emitter {
  readonly code: Item[] = [];
  /** Values of the sender that the message under construction needs, in order. */
  private readonly unquoted: Form[] = [];

  form(form: Form, want: Want): void {
    const leaves = leavesValue(form);
    this.bare(form, want === 'either' ? (leaves ? 'value' : 'nothing') : want);
  }

  /** Emits a form that leaves exactly what is wanted. */
  private bare(form: Form, want: 'value' | 'nothing'): void {
    switch (form.kind) {
      case 'if':
        return this.conditional(form, want);
      case 'begin':
        return this.body(form.body, want);
      case 'let': {
        for (const { value } of form.bindings) this.form(value, 'value');
        this.code.push(
          'OP_ENTER_SCOPE',
          form.bindings.map((binding) => binding.name),
        );
        this.body(form.body, want);
        this.code.push('OP_LEAVE_SCOPE');
        return;
      }
      default:
        this.simple(form);
        if (leavesValue(form) && want === 'nothing') this.code.push('OP_POP');
        if (!leavesValue(form) && want === 'value') this.code.push('OP_NIL');
    }
  }

  private simple(form: Exclude<Form, { kind: 'if' | 'begin' | 'let' }>): void {
    const { code } = this;
    switch (form.kind) {
      case 'constant':
        if (form.value === null) code.push('OP_NIL');
        else if (typeof form.value === 'boolean') code.push(form.value ? 'OP_TRUE' : 'OP_FALSE');
        else code.push('OP_CONSTANT', form.value);
        return;
      case 'variable':
        code.push('OP_GET_VARIABLE', form.name);
        return;
      case 'define':
      case 'assign':
        this.form(form.value, 'value');
        code.push(form.kind === 'define' ? 'OP_DEFINE_VARIABLE' : 'OP_SET_VARIABLE', form.name);
        return;
      case 'binary':
        this.form(form.left, 'value');
        this.form(form.right, 'value');
        code.push(OPCODES[form.operator]);
        return;
      case 'not':
      case 'print':
        this.form(form.value, 'value');
        code.push(form.kind === 'not' ? 'OP_NOT' : 'OP_PRINT');
        return;
      case 'unquote':
        code.push('OP_CONSTANT', { kind: 'hole', index: this.unquoted.push(form.value) - 1 });
        return;
      case 'while':
        return this.loop(form);
      case 'lambda':
        return this.lambda(form);
      case 'call':
        for (const operand of form.operands) this.form(operand, 'value');
        code.push(`OP_CALL_${form.name}`);
        return;
      case 'apply':
        for (const operand of form.operands) this.form(operand, 'value');
        this.form(form.callee, 'value');
        code.push('OP_APPLY', form.operands.length);
        return;
      case 'send':
        return this.send(form);
    }
  }

  private body(forms: readonly Form[], want: 'value' | 'nothing'): void {
    for (let i = 0; i < forms.length - 1; i++) this.form(forms[i]!, 'nothing');
    this.form(forms.at(-1)!, want);
  }

  private conditional(form: Extract<Form, { kind: 'if' }>, want: 'value' | 'nothing'): void {
    this.form(form.test, 'value');
    const toElse = this.jump('OP_SKIP_IF_FALSE');
    this.form(form.then, want);
    if (form.otherwise === undefined && want === 'nothing') {
      this.land(toElse);
      return;
    }
    const toEnd = this.jump('OP_SKIP');
    this.land(toElse);
    if (form.otherwise === undefined) this.code.push('OP_NIL');
    else this.form(form.otherwise, want);
    this.land(toEnd);
  }

  private loop(form: Extract<Form, { kind: 'while' }>): void {
    const start = this.code.length;
    this.form(form.test, 'value');
    const toEnd = this.jump('OP_SKIP_IF_FALSE');
    this.body(form.body, 'nothing');
    this.code.push('OP_LOOP', this.code.length + 2 - start);
    this.land(toEnd);
  }

  private lambda(form: Extract<Form, { kind: 'lambda' }>): void {
    // A hole inside a function that a message carries is numbered with the message's own.
    const inner = new Emitter();
    inner.unquoted.push(...this.unquoted);
    inner.body(form.body, 'value');
    this.unquoted.push(...inner.unquoted.slice(this.unquoted.length));
    const { name = null, parameters } = form;
    const template = { kind: 'template', name, parameters, code: inner.code } as const;
    this.code.push(name === null ? 'OP_LAMBDA' : 'OP_DEFINE_FUNCTION', template);
  }

  private send(form: Extract<Form, { kind: 'send' }>): void {
    const inner = new Emitter();
    for (const part of form.body) inner.form(part, 'either');
    for (const value of inner.unquoted) this.form(value, 'value');
    const message: MessageTemplate = {
      kind: 'message',
      target: form.target,
      code: inner.code,
      holes: inner.unquoted.length,
    };
    this.code.push('OP_SEND_TO', message);
  }

  /** Emits a forward jump whose distance `land` fills in. */
  private jump(opcode: string): number {
    this.code.push(opcode, 0);
    return this.code.length;
  }

  private land(from: number): void {
    this.code[from - 1] = this.code.length - from;
  }
}

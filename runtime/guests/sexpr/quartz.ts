/**
 * The second emitter: from core forms to the text of a Quartz module, for the ordinary compiler. Values of the guest are
 * one variant type, variables are captured `var`s, functions are closures, so calls, tails, exceptions and fuel are the
 * machine's own.
 * Invariant: what a program prints and leaves is what the actor that runs it directly would print and leave;
 * `docs/guests/vmactor.md` names what cannot be compiled.
 */
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import type { Form } from './forms.js';
import { PRELUDE } from './prelude.js';
import { errorAt, type SExprError } from './reader.js';

class NotCompiled extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

/** The module's text. `text` is the source of the forms, for places in errors. */
export function toQuartz(text: string, forms: readonly Form[]): Either<SExprError, string> {
  try {
    return right(new Translator().module(forms));
  } catch (error) {
    if (error instanceof NotCompiled) return left(errorAt(text, error.at, error.message));
    throw error;
  }
}

/** A variable of the text; one that a `define` makes is unbound until then, and what is outside shows through. */
interface Variable {
  readonly name: string;
  readonly defined: boolean;
}

interface Scope {
  readonly names: Map<string, Variable>;
  readonly outer: Scope | undefined;
}

const BINARY: Readonly<Record<string, string>> = {
  '+': '_add',
  '-': '_subtract',
  '*': '_multiply',
  '/': '_divide',
  '%': '_modulo',
  '**': '_power',
  '>': '_greater',
  '<': '_less',
  '>=': '_greater_equal',
  '<=': '_less_equal',
  '=': '_equal',
  '!=': '_not_equal',
  and: '_and',
  or: '_or',
};

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

class Translator {
  private lines: string[] = [];
  private depth = 1;
  private count = 0;
  private readonly globals: Scope = { names: new Map(), outer: undefined };

  module(forms: readonly Form[]): string {
    for (const form of forms) {
      const value = this.value(form, this.globals);
      if (leavesValue(form)) this.line(`_left = [${value}, .._left]`);
    }
    const variables = [...this.globals.names.values()].map(({ name }) => `  var ${name} = Unbound`);
    const body = [
      'fun main()',
      '  var _left : list<Value> = []',
      ...variables,
      ...this.lines,
      '  _show_all(_left)',
      'end',
    ];
    return `${PRELUDE}\n${body.join('\n')}\n`;
  }

  private line(text: string): void {
    this.lines.push('  '.repeat(this.depth) + text);
  }

  private fresh(): string {
    return `_t${this.count++}`;
  }

  /** Keeps a value under a name, so that what comes later cannot change it. */
  private keep(expression: string): string {
    const name = this.fresh();
    this.line(`let ${name} = ${expression}`);
    return name;
  }

  private nested(emit: () => void): void {
    this.depth++;
    emit();
    this.depth--;
  }

  /** Emits a form; the name of its value (`Nil` where it leaves none). */
  private value(form: Form, scope: Scope): string {
    switch (form.kind) {
      case 'constant':
        return literal(form.value);
      case 'variable':
        return this.keep(`_bound(${this.read(form.name, scope)}, ${quoted(form.name)})`);
      case 'define': {
        const made = this.value(form.value, scope);
        this.line(`${this.own(form.name, scope).name} = ${made}`);
        return 'Nil';
      }
      case 'assign': {
        const made = this.value(form.value, scope);
        this.assign(form.name, made, scope);
        return 'Nil';
      }
      case 'binary': {
        const first = this.value(form.left, scope);
        const second = this.value(form.right, scope);
        return this.keep(`${BINARY[form.operator]!}(${first}, ${second})`);
      }
      case 'not':
      case 'print':
        return this.keep(`_${form.kind}(${this.value(form.value, scope)})`);
      case 'if': {
        const test = this.value(form.test, scope);
        const result = this.fresh();
        this.line(`var ${result} = Nil`);
        this.line(`if _truth(${test})`);
        this.nested(() => this.line(`${result} = ${this.value(form.then, scope)}`));
        if (form.otherwise !== undefined) {
          const { otherwise } = form;
          this.line('else');
          this.nested(() => this.line(`${result} = ${this.value(otherwise, scope)}`));
        }
        this.line('end');
        return this.keep(result);
      }
      case 'while':
        this.line('while true');
        this.nested(() => {
          this.line(`if not _truth(${this.value(form.test, scope)})`);
          this.nested(() => this.line('break'));
          this.line('end');
          for (const part of form.body) this.ignore(part, scope);
        });
        this.line('end');
        return 'Nil';
      case 'begin':
        return this.body(form.body, scope);
      case 'let':
        return this.body(form.body, this.letScope(form, scope));
      case 'lambda': {
        if (form.name === undefined) return this.keep(this.lambda(form, scope));
        const target = this.global(form.name).name;
        this.line(`${target} = ${this.lambda(form, scope)}`);
        return 'Nil';
      }
      case 'call':
      case 'apply':
        return this.keep(this.call(form, scope));
      default:
        throw new NotCompiled(form.at, 'send-to has no meaning in compiled code: actors meet only when they run');
    }
  }

  private ignore(form: Form, scope: Scope): void {
    const value = this.value(form, scope);
    if (value !== 'Nil') this.line(`_ignore(${value})`);
  }

  private body(forms: readonly Form[], scope: Scope): string {
    for (const form of forms.slice(0, -1)) this.ignore(form, scope);
    return this.value(forms.at(-1)!, scope);
  }

  private letScope(form: Form & { readonly kind: 'let' }, scope: Scope): Scope {
    const made = form.bindings.map(({ name, value }) => ({ name, value: this.value(value, scope) }));
    const inner: Scope = { names: new Map(), outer: scope };
    for (const { name, value } of made) this.variable(inner, name, value, false);
    this.hoist(form.body, inner);
    return inner;
  }

  private variable(scope: Scope, name: string, value: string, defined: boolean): void {
    const variable = { name: this.fresh(), defined };
    scope.names.set(name, variable);
    this.line(`var ${variable.name} = ${value}`);
  }

  /** Variables that `define` makes in a scope. */
  private hoist(forms: readonly Form[], scope: Scope): void {
    for (const name of forms.flatMap(defines)) if (!scope.names.has(name)) this.variable(scope, name, 'Unbound', true);
  }

  private call(form: Form & { readonly kind: 'call' | 'apply' }, scope: Scope): string {
    const operands = form.operands.map((operand) => this.value(operand, scope));
    if (form.kind === 'apply') return `_apply(${this.value(form.callee, scope)}, [${operands.join(', ')}])`;
    return `_call(${this.read(form.name, scope)}, ${quoted(form.name)}, [${operands.join(', ')}])`;
  }

  private lambda(form: Form & { readonly kind: 'lambda' }, scope: Scope): string {
    const outside = this.lines;
    this.lines = [];
    this.depth++;
    const inner: Scope = { names: new Map(), outer: scope };
    form.parameters.forEach((name, i) => this.variable(inner, name, `_args[${i}]`, false));
    this.hoist(form.body, inner);
    for (const part of form.body.slice(0, -1)) this.ignore(part, inner);
    this.tail(form.body.at(-1)!, inner);
    const body = this.lines;
    this.depth--;
    this.lines = outside;
    const head = `Fun(${quoted(form.name ?? 'lambda')}, ${form.parameters.length}, |_args|`;
    return [head, ...body, `${'  '.repeat(this.depth)}end)`].join('\n');
  }

  /** Emits a form whose value is the function's: a call here is a tail call of the machine. */
  private tail(form: Form, scope: Scope): void {
    if (form.kind === 'if') {
      this.line(`if _truth(${this.value(form.test, scope)})`);
      this.nested(() => this.tail(form.then, scope));
      this.line('else');
      this.nested(() => (form.otherwise === undefined ? this.line('Nil') : this.tail(form.otherwise, scope)));
      this.line('end');
    } else if (form.kind === 'call' || form.kind === 'apply') this.line(this.call(form, scope));
    else if (form.kind === 'begin' || form.kind === 'let') {
      const inner = form.kind === 'let' ? this.letScope(form, scope) : scope;
      for (const part of form.body.slice(0, -1)) this.ignore(part, inner);
      this.tail(form.body.at(-1)!, inner);
    } else this.line(this.value(form, scope));
  }

  private global(name: string): Variable {
    let found = this.globals.names.get(name);
    if (found === undefined) this.globals.names.set(name, (found = { name: this.fresh(), defined: true }));
    return found;
  }

  /** The variable that `define` makes here. */
  private own(name: string, scope: Scope): Variable {
    return scope === this.globals ? this.global(name) : scope.names.get(name)!;
  }

  /** The variables a name may mean here, the innermost first; all but the last may be unbound when it is used. */
  private meant(name: string, scope: Scope): readonly Variable[] {
    const found: Variable[] = [];
    for (let at: Scope | undefined = scope; at !== undefined && at !== this.globals; at = at.outer) {
      const variable = at.names.get(name);
      if (variable === undefined) continue;
      found.push(variable);
      if (!variable.defined) return found;
    }
    return [...found, this.global(name)];
  }

  private read(name: string, scope: Scope): string {
    return this.meant(name, scope)
      .map((v) => v.name)
      .reduceRight((outer, inner) => `_first(${inner}, ${outer})`);
  }

  private assign(name: string, value: string, scope: Scope): void {
    const all = this.meant(name, scope);
    all.forEach((variable, i) => {
      if (!variable.defined) {
        this.line(`${variable.name} = ${value}`);
        return;
      }
      this.line(`if _is_bound(${variable.name})`);
      this.nested(() => this.line(`${variable.name} = ${value}`));
      this.line('else');
      this.depth++;
      if (i === all.length - 1) this.line(`_undefined(${quoted(name)})`);
    });
    for (const variable of all) {
      if (!variable.defined) continue;
      this.depth--;
      this.line('end');
    }
  }
}

/** Names that `define` binds in the scope these forms are in. */
function defines(form: Form): string[] {
  switch (form.kind) {
    case 'define':
      return [...defines(form.value), form.name];
    case 'assign':
    case 'not':
    case 'print':
      return defines(form.value);
    case 'binary':
      return [form.left, form.right].flatMap(defines);
    case 'if':
      return [form.test, form.then, ...(form.otherwise === undefined ? [] : [form.otherwise])].flatMap(defines);
    case 'while':
      return [form.test, ...form.body].flatMap(defines);
    case 'begin':
      return form.body.flatMap(defines);
    case 'let':
      return form.bindings.flatMap((b) => defines(b.value));
    case 'call':
      return form.operands.flatMap(defines);
    case 'apply':
      return [...form.operands, form.callee].flatMap(defines);
    default:
      return [];
  }
}

/** A string literal of Quartz: only what cannot be mistaken stands for itself. */
const quoted = (text: string): string =>
  `"${[...text].map((c) => (/[\w .,:;!?+*/=<>()-]/.test(c) ? c : `\\u{${c.codePointAt(0)!.toString(16)}}`)).join('')}"`;

function literal(value: number | string | boolean | null): string {
  if (value === null) return 'Nil';
  if (typeof value === 'boolean') return `Bool(${value})`;
  if (typeof value === 'string') return `Str(${quoted(value)})`;
  if (!Number.isFinite(value)) return value > 0 ? 'Num(1.0 / 0.0)' : 'Num(-1.0 / 0.0)';
  const text = /^-?\d+$/.test(String(value)) ? `${value}.0` : String(value).replace('e+', 'e');
  return text.startsWith('-') ? `Num(0.0 - ${text.slice(1)})` : `Num(${text})`;
}

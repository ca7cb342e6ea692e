/**
 * What VMActor computes with, and what its streams are made of: all plain data, so that an actor can be copied and sent.
 * Invariant: `structuredClone` of any value or item is an independent, equal one.
 */
import { IndexError, OperandTypeError, RecursionError } from './errors.js';

export type Value = number | string | boolean | null | FunctionValue;

/** A function: code that takes its parameters from the stack and leaves one value. */
export interface FunctionTemplate {
  readonly kind: 'template';
  readonly name: string | null;
  readonly parameters: readonly string[];
  readonly code: readonly Item[];
}

/** A function with the scope it was made in. */
export interface FunctionValue {
  readonly kind: 'function';
  readonly template: FunctionTemplate;
  readonly scope: Scope | null;
}

/** Local variables of a call or a `let`; null is the actor's own variables. */
export interface Scope {
  readonly names: Map<string, Value>;
  readonly outer: Scope | null;
}

/** Code for another actor; each hole is filled with a value of the sender when it is sent. */
export interface MessageTemplate {
  readonly kind: 'message';
  readonly target: string;
  readonly code: readonly Item[];
  readonly holes: number;
}

export interface Hole {
  readonly kind: 'hole';
  readonly index: number;
}

/** An entry of a stream: an instruction's name or an operand. */
export type Item = Value | FunctionTemplate | MessageTemplate | Hole | readonly string[];

export type Bytecode = readonly Item[];

/** Copies code with its holes filled. */
export function fill(code: Bytecode, values: readonly Value[]): Item[] {
  return code.map((item): Item => {
    if (typeof item !== 'object' || item === null || !('kind' in item)) return item;
    if (item.kind === 'hole') return values[item.index]!;
    return item.kind === 'template' ? { ...item, code: fill(item.code, values) } : item;
  });
}

/** A value as S-expressions write it; strings bare, as `print` shows them. */
export function show(value: Value): string {
  if (value === null) return 'nil';
  if (typeof value === 'object') return `<function ${value.template.name ?? 'lambda'}>`;
  return String(value);
}

/** A value in a list, where strings need their quotes. */
export const showQuoted = (value: Value): string => (typeof value === 'string' ? JSON.stringify(value) : show(value));

/** Only `false` and `nil` are false. */
export const isTrue = (value: Value): boolean => value !== false && value !== null;

/** The operand stack; bounded, so that a runaway stream ends in an exception and not in a full memory. */
export class ValueStack {
  private items: Value[] = [];

  constructor(readonly limit: number) {}

  get length(): number {
    return this.items.length;
  }

  push(value: Value): void {
    if (this.items.length >= this.limit)
      throw new RecursionError(`the stack holds ${this.limit} values and may not grow`);
    this.items.push(value);
  }

  pop(): Value {
    if (this.items.length === 0) throw new IndexError('pop from an empty stack');
    return this.items.pop() as Value;
  }

  popNumber(operation: string): number {
    const value = this.pop();
    if (typeof value !== 'number') throw new OperandTypeError(`${operation} needs a number, got ${kindOf(value)}`);
    return value;
  }

  /** The top value, left in place. */
  top(): Value {
    if (this.items.length === 0) throw new IndexError('the stack is empty');
    return this.items[this.items.length - 1] as Value;
  }

  /** A copy, deepest value first. */
  toArray(): Value[] {
    return this.items.slice();
  }

  replaceAll(values: readonly Value[]): void {
    this.items = values.slice();
  }
}

export function kindOf(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nil';
  return typeof value === 'object' ? 'a function' : `a ${typeof value}`;
}

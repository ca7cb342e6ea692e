/**
 * Values of the Eval dialect (the language of "Writing Interpreters in Rust"): nil is null, a symbol is a string.
 * Invariant: all but an upvalue is immutable; adding arguments to a partial makes a new one.
 */

export type Value = null | string | Text | Pair | FunctionObject | Partial;

export interface Text {
  readonly kind: 'text';
  readonly value: string;
}

export interface Pair {
  readonly kind: 'pair';
  readonly first: Value;
  readonly second: Value;
}

/** What the compiler makes of one definition. */
export interface FunctionObject {
  readonly kind: 'function';
  readonly name: string | null;
  readonly parameters: readonly string[];
  readonly code: readonly number[];
  readonly constants: readonly Value[];
  /** Variables of enclosing functions: a slot of the caller's frame, or one of its own upvalues. */
  readonly nonlocals: readonly Nonlocal[];
}

export interface Nonlocal {
  readonly isLocal: boolean;
  readonly index: number;
}

/** A function with arguments given so far and, for a closure, its environment. */
export interface Partial {
  readonly kind: 'partial';
  readonly callee: FunctionObject;
  readonly args: readonly Value[];
  readonly env: readonly Upvalue[];
}

/** A variable that a closure refers to: on the stack while open, in here once closed. */
export interface Upvalue {
  readonly kind: 'upvalue';
  closed: boolean;
  /** Index into the stack while open. */
  readonly location: number;
  value: Value;
}

export const TRUE = 'true';

export const cons = (first: Value, second: Value): Pair => ({ kind: 'pair', first, second });

/** A value as the reader would read it back, where it can. Iterative: lists may be longer or deeper than any stack. */
export function print(value: Value): string {
  const parts: string[] = [];
  const todo: (Value | { readonly literal: string } | { readonly rest: Value })[] = [value];
  while (todo.length > 0) {
    const next = todo.pop()!;
    if (next === null) parts.push('nil');
    else if (typeof next === 'string') parts.push(next);
    else if ('literal' in next) parts.push(next.literal);
    else if ('rest' in next) {
      const { rest } = next;
      if (rest === null) parts.push(')');
      else if (typeof rest === 'object' && rest.kind === 'pair') {
        parts.push(' ');
        todo.push({ rest: rest.second }, rest.first);
      } else {
        parts.push(' . ');
        todo.push({ literal: ')' }, rest);
      }
    } else if (next.kind === 'pair') {
      parts.push('(');
      todo.push({ rest: next.second }, next.first);
    } else if (next.kind === 'text') parts.push(JSON.stringify(next.value));
    else parts.push(printCallable(next));
  }
  return parts.join('');
}

/** `(Function name (a b))`; a partial shows the parameters it still needs. */
export function printCallable(value: FunctionObject | Partial): string {
  const { name, parameters } = value.kind === 'function' ? value : value.callee;
  const used = value.kind === 'function' ? 0 : value.args.length;
  const kind = value.kind === 'function' ? 'Function' : 'Partial';
  return `(${kind} ${name === null ? '' : `${name} `}(${parameters.slice(used).join(' ')}))`;
}

/**
 * VMActor's own instructions: the document's, its later ones, and the relative jumps and scopes that S-expressions need.
 * Invariant: a handler reads all its operands before it changes anything, so an actor whose stream ends in the middle of
 * an instruction can wait for the rest and begin the instruction again.
 */
import type { VMActor } from './actor.js';
import { brief } from '../sexpr/brief.js';
import { KeyError, MemoryError, OperandTypeError, OverflowError, ZeroDivisionError } from './errors.js';
import { fill, isTrue, kindOf, show, showQuoted, type Item, type Scope, type Value } from './value.js';

/** What an instruction does; it may take the actor or nothing. */
export type Handler = (vm: VMActor) => void;

const MAX_STRING = 1 << 24;

const arithmetic =
  (name: string, compute: (a: number, b: number) => number): Handler =>
  (vm) => {
    const b = vm.stack.popNumber(name);
    const a = vm.stack.popNumber(name);
    vm.stack.push(exact(a, b, compute(a, b)));
  };

/** What is computed of two whole numbers is exact, or an error: beyond 2^53 - 1 a number may stand for its neighbours. */
function exact(a: number, b: number, result: number): number {
  if (Number.isSafeInteger(a) && Number.isSafeInteger(b) && Math.abs(result) > Number.MAX_SAFE_INTEGER)
    throw new OverflowError('the result is too large to be exact');
  return result;
}

function add(vm: VMActor): void {
  const b = vm.stack.pop();
  const a = vm.stack.pop();
  if (typeof a === 'number' && typeof b === 'number') vm.stack.push(exact(a, b, a + b));
  else if (typeof a === 'string' && typeof b === 'string') {
    // Doubling a string a few dozen times would fill the host's memory.
    if (a.length + b.length > MAX_STRING) throw new MemoryError(`a string may have ${MAX_STRING} characters at most`);
    vm.stack.push(a + b);
  } else throw new OperandTypeError(`OP_ADD needs two numbers or two strings, got ${kindOf(a)} and ${kindOf(b)}`);
}

function divide(a: number, b: number): number {
  if (b === 0) throw new ZeroDivisionError('division by zero');
  return a / b;
}

/** The remainder has the sign of the divisor. */
function modulo(a: number, b: number): number {
  if (b === 0) throw new ZeroDivisionError('modulo by zero');
  const r = a % b;
  return r !== 0 && r < 0 !== b < 0 ? r + b : r;
}

const comparison =
  (name: string, numbers: (a: number, b: number) => boolean, strings: (a: string, b: string) => boolean): Handler =>
  (vm) => {
    const b = vm.stack.pop();
    const a = vm.stack.pop();
    if (typeof a === 'number' && typeof b === 'number') vm.stack.push(numbers(a, b));
    else if (typeof a === 'string' && typeof b === 'string') vm.stack.push(strings(a, b));
    else throw new OperandTypeError(`${name} needs two numbers or two strings, got ${kindOf(a)} and ${kindOf(b)}`);
  };

const constant =
  (value: Value): Handler =>
  (vm) =>
    vm.stack.push(value);

const test =
  (holds: (value: Value) => boolean): Handler =>
  (vm) =>
    vm.stack.push(holds(vm.stack.pop()));

function pushOperand(vm: VMActor): void {
  vm.stack.push(vm.readValue());
}

function toNumber(value: Value): Value {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string' || value.trim() === '') return null;
  const number = Number(value);
  if (/^\s*[+-]?\d+\s*$/.test(value) && !Number.isSafeInteger(number))
    throw new OverflowError(`${brief(value.trim())} is too large to be exact`);
  return Number.isNaN(number) ? null : number;
}

/** Puts the values on top of the stack into a new scope, the last name taking the top. */
export function enterScope(vm: VMActor, names: readonly string[], outer: Scope | null): void {
  const scope: Scope = { names: new Map(), outer };
  for (let i = names.length - 1; i >= 0; i--) scope.names.set(names[i]!, vm.stack.pop());
  vm.scope = scope;
}

const isNames = (item: Item): item is readonly string[] =>
  Array.isArray(item) && item.every((name) => typeof name === 'string');

export const INSTRUCTIONS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['OP_CONSTANT', pushOperand],
  ['OP_PUSH', pushOperand],
  ['OP_POP', (vm) => void vm.stack.pop()],
  [
    'OP_DUP',
    (vm) => {
      vm.stack.push(vm.stack.top());
    },
  ],
  [
    'OP_SWAP',
    (vm) => {
      const b = vm.stack.pop();
      const a = vm.stack.pop();
      vm.stack.push(b);
      vm.stack.push(a);
    },
  ],
  ['OP_NIL', constant(null)],
  ['OP_TRUE', constant(true)],
  ['OP_FALSE', constant(false)],

  ['OP_ADD', add],
  ['OP_SUBTRACT', arithmetic('OP_SUBTRACT', (a, b) => a - b)],
  ['OP_MULTIPLY', arithmetic('OP_MULTIPLY', (a, b) => a * b)],
  ['OP_DIVIDE', arithmetic('OP_DIVIDE', divide)],
  ['OP_MODULO', arithmetic('OP_MODULO', modulo)],
  ['OP_POWER', arithmetic('OP_POWER', (a, b) => a ** b)],
  ['OP_NEGATE', (vm) => vm.stack.push(-vm.stack.popNumber('OP_NEGATE'))],

  [
    'OP_GREATER',
    comparison(
      'OP_GREATER',
      (a, b) => a > b,
      (a, b) => a > b,
    ),
  ],
  [
    'OP_LESS',
    comparison(
      'OP_LESS',
      (a, b) => a < b,
      (a, b) => a < b,
    ),
  ],
  [
    'OP_GREATER_EQUAL',
    comparison(
      'OP_GREATER_EQUAL',
      (a, b) => a >= b,
      (a, b) => a >= b,
    ),
  ],
  [
    'OP_LESS_EQUAL',
    comparison(
      'OP_LESS_EQUAL',
      (a, b) => a <= b,
      (a, b) => a <= b,
    ),
  ],
  ['OP_EQUAL', (vm) => vm.stack.push(vm.stack.pop() === vm.stack.pop())],
  ['OP_NOT_EQUAL', (vm) => vm.stack.push(vm.stack.pop() !== vm.stack.pop())],

  ['OP_NOT', test((value) => !isTrue(value))],
  [
    'OP_AND',
    (vm) => {
      const b = vm.stack.pop();
      const a = vm.stack.pop();
      vm.stack.push(isTrue(a) ? b : a);
    },
  ],
  [
    'OP_OR',
    (vm) => {
      const b = vm.stack.pop();
      const a = vm.stack.pop();
      vm.stack.push(isTrue(a) ? a : b);
    },
  ],

  // A boolean counts as a number here, as it does where these instructions come from (conformance D4).
  ['OP_IS_NUMBER', test((value) => typeof value === 'number' || typeof value === 'boolean')],
  ['OP_IS_STRING', test((value) => typeof value === 'string')],
  ['OP_IS_BOOL', test((value) => typeof value === 'boolean')],
  ['OP_TO_STRING', (vm) => vm.stack.push(show(vm.stack.pop()))],
  ['OP_TO_NUMBER', (vm) => vm.stack.push(toNumber(vm.stack.pop()))],
  ['OP_PRINT', (vm) => vm.print(show(vm.stack.top()))],
  ['OP_PRINT_STACK', (vm) => vm.print(`Stack: [${vm.stack.toArray().map(showQuoted).join(', ')}]`)],

  [
    'OP_DEFINE_VARIABLE',
    (vm) => {
      const name = vm.readName();
      vm.define(name, vm.stack.pop());
    },
  ],
  ['OP_GET_VARIABLE', (vm) => vm.stack.push(vm.lookup(vm.readName()))],
  [
    'OP_SET_VARIABLE',
    (vm) => {
      const name = vm.readName();
      vm.lookup(name);
      vm.assign(name, vm.stack.pop());
    },
  ],
  [
    'OP_ENTER_SCOPE',
    (vm) => {
      const names = vm.readOperand();
      if (!isNames(names)) throw new OperandTypeError('OP_ENTER_SCOPE needs a list of names');
      enterScope(vm, names, vm.scope);
    },
  ],
  [
    'OP_LEAVE_SCOPE',
    (vm) => {
      if (vm.scope === null) throw new KeyError('OP_LEAVE_SCOPE outside any scope');
      vm.scope = vm.scope.outer;
    },
  ],

  ['OP_JUMP', (vm) => vm.jump(vm.readCount())],
  [
    'OP_JUMP_IF_FALSE',
    (vm) => {
      const target = vm.readCount();
      if (!isTrue(vm.stack.pop())) vm.jump(target);
    },
  ],
  [
    'OP_LOOP',
    (vm) => {
      const distance = vm.readCount();
      vm.jump(vm.ip - distance);
    },
  ],
  [
    'OP_SKIP',
    (vm) => {
      const distance = vm.readCount();
      vm.jump(vm.ip + distance);
    },
  ],
  [
    'OP_SKIP_IF_FALSE',
    (vm) => {
      const distance = vm.readCount();
      if (!isTrue(vm.stack.pop())) vm.jump(vm.ip + distance);
    },
  ],
  [
    'OP_CALL',
    (vm) => {
      const target = vm.readCount();
      vm.readCount();
      vm.callAddress(target);
    },
  ],
  ['OP_RETURN', (vm) => vm.return()],
  [
    'OP_LAMBDA',
    (vm) => {
      vm.stack.push({ kind: 'function', template: vm.readTemplate(), scope: vm.scope });
    },
  ],
  [
    'OP_DEFINE_FUNCTION',
    (vm) => {
      const template = vm.readTemplate();
      if (template.name === null) throw new OperandTypeError('OP_DEFINE_FUNCTION needs a function with a name');
      vm.defineFunction(template.name, { kind: 'function', template, scope: vm.scope });
    },
  ],
  [
    'OP_APPLY',
    (vm) => {
      const given = vm.readCount();
      const callee = vm.stack.pop();
      if (callee === null || typeof callee !== 'object') {
        throw new OperandTypeError(`only functions can be called, got ${kindOf(callee)}`);
      }
      const { name, parameters } = callee.template;
      if (parameters.length !== given) {
        throw new OperandTypeError(`${brief(name ?? 'lambda')} takes ${parameters.length} arguments, got ${given}`);
      }
      vm.call(callee);
    },
  ],
  [
    'OP_SEND_TO',
    (vm) => {
      const message = vm.readOperand();
      if (typeof message !== 'object' || message === null || !('kind' in message) || message.kind !== 'message') {
        throw new OperandTypeError('OP_SEND_TO needs a message');
      }
      const target = vm.peer(message.target);
      const values: Value[] = [];
      for (let i = 0; i < message.holes; i++) values.unshift(vm.stack.pop());
      target.receiveListOfBytecode(fill(message.code, values));
    },
  ],
]);

/**
 * An Eval machine as plain data. Values are written as a table of nodes that name each other by index: a list of a
 * million pairs is as flat as a list of two, and what was shared stays shared.
 * Invariant: `unflatten(flatten(x))` has the shape and the sharing of x and nothing in common with it but code.
 */
import type { Frame } from './machine.js';
import type { FunctionObject, Nonlocal, Upvalue, Value } from './value.js';

export interface Parts {
  readonly expressions: readonly FunctionObject[];
  readonly globals: Map<string, Value>;
  readonly values: Value[];
  readonly stack: Value[];
  readonly frames: Frame[];
  readonly open: Upvalue[];
  readonly problem: { readonly message: string; readonly trace: readonly string[] } | undefined;
}

/** nil, a symbol, or the index of a node. */
type Ref = null | string | number;

type Node =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'pair'; readonly first: Ref; readonly second: Ref }
  | {
      readonly kind: 'function';
      readonly name: string | null;
      readonly parameters: readonly string[];
      readonly code: readonly number[];
      readonly constants: readonly Ref[];
      readonly nonlocals: readonly Nonlocal[];
    }
  | { readonly kind: 'partial'; readonly callee: Ref; readonly args: readonly Ref[]; readonly env: readonly Ref[] }
  | { readonly kind: 'upvalue'; readonly closed: boolean; readonly location: number; readonly value: Ref };

export interface EvalState {
  readonly nodes: readonly Node[];
  readonly expressions: readonly Ref[];
  readonly globals: readonly (readonly [string, Ref])[];
  readonly values: readonly Ref[];
  readonly stack: readonly Ref[];
  readonly frames: readonly {
    readonly callee: Ref;
    readonly env: readonly Ref[];
    readonly base: number;
    readonly ip: number;
  }[];
  readonly open: readonly Ref[];
  readonly problem: Parts['problem'];
}

type Thing = Exclude<Value, null | string> | Upvalue;

export function flatten(parts: Parts): EvalState {
  const things: Thing[] = [];
  const known = new Map<Thing, number>();
  const ref = (value: Value | Upvalue): Ref => {
    if (value === null || typeof value === 'string') return value;
    const seen = known.get(value);
    if (seen !== undefined) return seen;
    known.set(value, things.length);
    return things.push(value) - 1;
  };
  const refs = (values: readonly (Value | Upvalue)[]): Ref[] => values.map(ref);
  const state = {
    expressions: refs(parts.expressions),
    globals: [...parts.globals].map(([name, value]) => [name, ref(value)] as const),
    values: refs(parts.values),
    stack: refs(parts.stack),
    frames: parts.frames.map(({ callee, env, base, ip }) => ({ callee: ref(callee), env: refs(env), base, ip })),
    open: refs(parts.open),
    problem: parts.problem,
  };
  const nodes: Node[] = [];
  // `things` grows while it is walked.
  for (let i = 0; i < things.length; i++) nodes.push(node(things[i]!, ref));
  return { nodes, ...state };
}

function node(thing: Thing, ref: (value: Value | Upvalue) => Ref): Node {
  switch (thing.kind) {
    case 'text':
      return thing;
    case 'pair':
      return { kind: 'pair', first: ref(thing.first), second: ref(thing.second) };
    case 'function':
      return { ...thing, constants: thing.constants.map(ref) };
    case 'partial':
      return { kind: 'partial', callee: ref(thing.callee), args: thing.args.map(ref), env: thing.env.map(ref) };
    case 'upvalue':
      return { ...thing, value: ref(thing.value) };
  }
}

export function unflatten(state: EvalState): Parts {
  // First the things themselves, then what they refer to: references may go in circles through upvalues.
  const things = state.nodes.map((from) => ({ ...from }));
  const value = (ref: Ref): unknown => (typeof ref === 'number' ? things[ref] : ref);
  const all = (refs: readonly Ref[]): unknown[] => refs.map(value);
  things.forEach((thing, i) => {
    const from = state.nodes[i]!;
    switch (from.kind) {
      case 'pair':
        Object.assign(thing, { first: value(from.first), second: value(from.second) });
        break;
      case 'function':
        Object.assign(thing, { constants: all(from.constants) });
        break;
      case 'partial':
        Object.assign(thing, { callee: value(from.callee), args: all(from.args), env: all(from.env) });
        break;
      case 'upvalue':
        Object.assign(thing, { value: value(from.value) });
        break;
    }
  });
  return {
    expressions: all(state.expressions) as FunctionObject[],
    globals: new Map(state.globals.map(([name, ref]) => [name, value(ref) as Value])),
    values: all(state.values) as Value[],
    stack: all(state.stack) as Value[],
    frames: state.frames.map(({ callee, env, base, ip }) => ({
      callee: value(callee) as FunctionObject,
      env: all(env) as Upvalue[],
      base,
      ip,
    })),
    open: all(state.open) as Upvalue[],
    problem: state.problem,
  };
}

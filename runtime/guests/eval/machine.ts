/**
 * The Eval dialect's machine: a register stack with a base per call, call frames, open and closed upvalues, and globals
 * bound late, as the chapter "Virtual Machine: Implementation" lays them out.
 * Invariant: calls are frames on the heap, so no program can exhaust the host's stack; open upvalues are sorted by
 * location, and no two are open for one location.
 */
import type { Program, SliceEnd } from '../../process/program.js';
import { R } from '../../process/registers.js';
import { fromGraph, toGraph, type Graph } from '../graph.js';
import { brief } from '../sexpr/brief.js';
import { Op } from './code.js';
import { cons, printCallable, TRUE, type FunctionObject, type Partial, type Upvalue, type Value } from './value.js';

/** A function being executed. */
export interface Frame {
  readonly callee: FunctionObject;
  readonly env: readonly Upvalue[];
  /** Index into the stack of the first argument. */
  readonly base: number;
  /** The next instruction, while a nested call runs. */
  ip: number;
}

/** What is saved of a machine. */
interface Saved {
  readonly expressions: readonly FunctionObject[];
  readonly globals: Map<string, Value>;
  readonly values: Value[];
  readonly stack: Value[];
  readonly frames: Frame[];
  readonly open: Upvalue[];
  readonly problem: { readonly message: string; readonly trace: readonly string[] } | undefined;
}

export interface EvalOptions {
  /** Calls that may be open at once. */
  readonly frames?: number;
}

const TRACE = 32;

const unbound = (name: string): string => `Symbol ${brief(name)} is not bound to a value`;

/** A fault of the program under evaluation; never leaves `run`. */
class EvalError extends Error {}

const {
  constant: CONSTANT,
  getLocal: GET_LOCAL,
  setLocal: SET_LOCAL,
  getUpvalue: GET_UPVALUE,
  setUpvalue: SET_UPVALUE,
  getGlobal: GET_GLOBAL,
  defineGlobal: DEFINE_GLOBAL,
  setGlobal: SET_GLOBAL,
  bind: BIND,
  makeClosure: MAKE_CLOSURE,
  closeUpvalues: CLOSE_UPVALUES,
  slide: SLIDE,
  pop: POP,
  jump: JUMP,
  jumpUnlessTrue: JUMP_UNLESS_TRUE,
  call: CALL,
  return: RETURN,
  isAtom: IS_ATOM,
  isNil: IS_NIL,
  first: FIRST,
  second: SECOND,
  cons: CONS,
} = Op;

export class EvalMachine implements Program {
  /** What the expressions evaluated so far gave, in order. */
  readonly values: Value[] = [];
  private stack: Value[] = [];
  private frames: Frame[] = [];
  private open: Upvalue[] = [];
  private problem: { readonly message: string; readonly trace: readonly string[] } | undefined;

  /** Evaluates compiled expressions one after the other. */
  constructor(
    private expressions: readonly FunctionObject[],
    readonly globals: Map<string, Value> = new Map(),
    private readonly options: EvalOptions = {},
  ) {}

  run(fuel: number): SliceEnd {
    if (this.problem !== undefined) return 'failed';
    try {
      return this.execute(fuel);
    } catch (error) {
      if (!(error instanceof EvalError)) throw error;
      this.problem = { message: error.message, trace: this.traceback() };
      this.stack = [];
      this.frames = [];
      this.open = [];
      return 'failed';
    }
  }

  failure(): { readonly message: string; readonly trace: readonly string[] } {
    return this.problem ?? { message: '', trace: [] };
  }

  fork(): EvalMachine {
    return EvalMachine.restore(this.snapshot().state, this.options);
  }

  snapshot(): { readonly kind: 'eval'; readonly state: Graph } {
    const { expressions, globals, values, stack, frames, open, problem } = this;
    const state: Saved = { expressions, globals, values, stack, frames, open, problem };
    return { kind: 'eval', state: toGraph(state) };
  }

  /** The inverse of `snapshot`. */
  static restore(state: Graph, options: EvalOptions = {}): EvalMachine {
    const parts = fromGraph(state) as Saved;
    const machine = new EvalMachine(parts.expressions, parts.globals, options);
    machine.values.push(...parts.values);
    machine.stack = parts.stack;
    machine.frames = parts.frames;
    machine.open = parts.open;
    machine.problem = parts.problem;
    return machine;
  }

  private execute(fuel: number): SliceEnd {
    const { stack, frames, globals } = this;
    let left = fuel;
    while (left > 0) {
      let frame = frames[frames.length - 1];
      if (frame === undefined) {
        const next = this.expressions[this.values.length];
        if (next === undefined) {
          R.fuel = left;
          return 'done';
        }
        stack.push(next);
        this.enter(next, []);
        frame = frames[frames.length - 1]!;
      }
      const { callee, base, env } = frame;
      const { code, constants } = callee;
      let { ip } = frame;
      // Until a call or a return changes the frame.
      for (let same = true; same && left > 0; left--) {
        const op = code[ip++]!;
        switch (op) {
          case CONSTANT:
            stack.push(constants[code[ip++]!]!);
            break;
          case GET_LOCAL:
            stack.push(stack[base + code[ip++]!]!);
            break;
          case SET_LOCAL:
            stack[base + code[ip++]!] = stack[stack.length - 1]!;
            break;
          case GET_UPVALUE: {
            const upvalue = env[code[ip++]!]!;
            stack.push(upvalue.closed ? upvalue.value : stack[upvalue.location]!);
            break;
          }
          case SET_UPVALUE: {
            const upvalue = env[code[ip++]!]!;
            const value = stack[stack.length - 1]!;
            if (upvalue.closed) upvalue.value = value;
            else stack[upvalue.location] = value;
            break;
          }
          case GET_GLOBAL: {
            const name = constants[code[ip++]!] as string;
            const value = globals.get(name);
            if (value === undefined) throw new EvalError(unbound(name));
            stack.push(value);
            break;
          }
          case SET_GLOBAL:
          case DEFINE_GLOBAL: {
            const name = constants[code[ip++]!] as string;
            if (op === SET_GLOBAL && !globals.has(name)) throw new EvalError(unbound(name));
            globals.set(name, stack[stack.length - 1]!);
            break;
          }
          case BIND: {
            const value = stack.pop()!;
            const name = stack.pop()!;
            if (typeof name !== 'string') throw new EvalError('Cannot bind global to non-symbol type');
            globals.set(name, value);
            stack.push(value);
            break;
          }
          case MAKE_CLOSURE:
            stack.push(this.closure(constants[code[ip++]!] as FunctionObject, frame));
            break;
          case CLOSE_UPVALUES:
            this.close(base + code[ip++]!);
            break;
          case SLIDE: {
            const slot = base + code[ip++]!;
            stack[slot] = stack[stack.length - 1]!;
            stack.length = slot + 1;
            break;
          }
          case POP:
            stack.pop();
            break;
          case JUMP:
            ip = code[ip]!;
            break;
          case JUMP_UNLESS_TRUE:
            ip = stack.pop() === TRUE ? ip + 1 : code[ip]!;
            break;
          case CALL:
            frame.ip = ip + 1;
            this.call(code[ip++]!);
            same = frames[frames.length - 1] === frame;
            break;
          case RETURN: {
            const value = stack.pop()!;
            stack.length = base - 1;
            frames.pop();
            if (frames.length === 0) this.values.push(value);
            else stack.push(value);
            same = false;
            break;
          }
          case IS_ATOM: {
            const value = stack.pop()!;
            stack.push(value === null || (typeof value === 'object' && value.kind === 'pair') ? null : TRUE);
            break;
          }
          case IS_NIL:
            stack.push(stack.pop() === null ? TRUE : null);
            break;
          case FIRST:
          case SECOND: {
            const value = stack.pop()!;
            if (value === null) stack.push(null);
            else if (typeof value === 'object' && value.kind === 'pair') {
              stack.push(op === FIRST ? value.first : value.second);
            } else {
              throw new EvalError(`Parameter to ${op === FIRST ? 'FirstOfPair' : 'SecondOfPair'} is not a list`);
            }
            break;
          }
          case CONS: {
            const second = stack.pop()!;
            stack.push(cons(stack.pop()!, second));
            break;
          }
          default:
            stack.push(stack.pop() === stack.pop() ? TRUE : null);
        }
      }
      frame.ip = ip;
    }
    R.fuel = left;
    return frames.length === 0 && this.values.length === this.expressions.length ? 'done' : 'fuel';
  }

  /** Calls what lies below `count` arguments on the stack: enters it, or leaves a partial in its place. */
  private call(count: number): void {
    const { stack } = this;
    const at = stack.length - count - 1;
    const callee = stack[at]!;
    if (callee === null || typeof callee === 'string' || (callee.kind !== 'function' && callee.kind !== 'partial')) {
      throw new EvalError('Type is not callable');
    }
    const isFunction = callee.kind === 'function';
    const target = isFunction ? callee : callee.callee;
    const given = isFunction ? [] : callee.args;
    const wanted = target.parameters.length - given.length;
    if (count > wanted) {
      const kind = isFunction ? 'Function' : 'Partial';
      throw new EvalError(`${kind} ${brief(target.name ?? 'nil')} expected ${wanted} arguments, got ${count}`);
    }
    const env = isFunction ? [] : callee.env;
    if (count < wanted) {
      const args = stack.splice(at + 1, count);
      if (isFunction || count > 0) stack[at] = { kind: 'partial', callee: target, args: [...given, ...args], env };
      return;
    }
    if (given.length > 0) stack.splice(at + 1, 0, ...given);
    this.enter(target, env);
  }

  /** Pushes a frame for a function whose arguments are on the stack, above the callee itself. */
  private enter(callee: FunctionObject, env: readonly Upvalue[]): void {
    const most = this.options.frames ?? 1_000_000;
    if (this.frames.length >= most) throw new EvalError(`Call stack exhausted: ${most} calls are open`);
    this.frames.push({ callee, env, base: this.stack.length - callee.parameters.length, ip: 0 });
  }

  /** A closure is a partial with an environment and no arguments yet. */
  private closure(callee: FunctionObject, frame: Frame): Partial {
    const env = callee.nonlocals.map(({ isLocal, index }) =>
      isLocal ? this.upvalueAt(frame.base + index) : frame.env[index]!,
    );
    return { kind: 'partial', callee, args: [], env };
  }

  /** The one open upvalue of a location, so that closures over one variable share it. */
  private upvalueAt(location: number): Upvalue {
    const { open } = this;
    let i = open.length;
    while (i > 0 && open[i - 1]!.location > location) i--;
    const known = open[i - 1];
    if (known?.location === location) return known;
    const made: Upvalue = { kind: 'upvalue', closed: false, location, value: null };
    open.splice(i, 0, made);
    return made;
  }

  private close(from: number): void {
    const { open, stack } = this;
    while (open.length > 0 && open[open.length - 1]!.location >= from) {
      const upvalue = open.pop()!;
      upvalue.value = stack[upvalue.location]!;
      upvalue.closed = true;
    }
  }

  /** One line per open call, the innermost first; the expression typed in is not a call. */
  private traceback(): readonly string[] {
    const calls = this.frames.slice(1);
    const shown = calls.slice(-TRACE).reverse();
    const lines = shown.map((frame) => `  in ${brief(printCallable(frame.callee))}`);
    return calls.length > TRACE ? [...lines, `  and ${calls.length - TRACE} more`] : lines;
  }
}

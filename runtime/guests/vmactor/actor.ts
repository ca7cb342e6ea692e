/**
 * VMActor: a stack machine whose program is an open stream of instructions, and whose instructions are its messages.
 * As a `Program` it runs on any scheduler of threads; `start` puts it on the host's. It reacts when something is sent and
 * never polls.
 * Invariant: messages are taken in whole and in order (inbox.ts); between two instructions the actor is plain data, so
 * it can be stepped, forked and saved anywhere.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Program, SliceEnd } from '../../process/program.js';
import { R } from '../../process/registers.js';
import { fromGraph, toGraph, type Graph } from '../graph.js';
import { analyse, type Arities } from '../sexpr/forms.js';
import { brief } from '../sexpr/brief.js';
import { ACTOR_DIALECT, read, type SExprError } from '../sexpr/reader.js';
import { emit } from './emit.js';
import { IndexError, KeyError, MissingOperand, NotImplementedError, SExpressionSyntaxError } from './errors.js';
import { hostScheduler, type Waker } from './host-scheduler.js';
import { enterScope, INSTRUCTIONS, type Handler } from './instructions.js';
import { openCalls, type OpenCall } from './open-calls.js';
import { Stream, type StreamOptions, type StreamState } from './stream.js';
import { ValueStack, type Bytecode, type FunctionValue, type Item, type Value } from './value.js';

export interface VMActorOptions extends StreamOptions {
  /** Where `print` goes, a line at a time; discarded unless told. */
  readonly print?: (line: string) => void;
  /** Values the stack may hold. */
  readonly stackLimit?: number;
  /** Run first whenever the actor is restarted. */
  readonly init?: Bytecode;
}

/** What is saved of an actor; instructions defined by the host are not part of it. */
interface ActorState {
  readonly stream: StreamState;
  readonly stack: readonly Value[];
  readonly variables: ReadonlyMap<string, Value>;
  readonly functions: ReadonlyMap<string, FunctionValue>;
  readonly arities: ReadonlyMap<string, number>;
}

export class VMActor extends Stream implements Program {
  readonly stack: ValueStack;
  readonly variables = new Map<string, Value>();
  readonly print: (line: string) => void;
  /** Called with the exception when the actor fails; a supervisor sets it. */
  onFailure: ((error: Error) => void) | undefined;

  private readonly table = new Map<string, Handler>(INSTRUCTIONS);
  private readonly functions = new Map<string, FunctionValue>();
  private readonly arities: Arities = new Map();
  private readonly peers = new Map<string, VMActor>();
  private waker: Waker | undefined;
  private stopping = false;
  private error: Error | undefined;
  private waiters: { resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(private readonly options: VMActorOptions = {}) {
    super(options);
    this.stack = new ValueStack(options.stackLimit ?? 10_000_000);
    this.print = options.print ?? (() => undefined);
  }

  // ---- the stream

  /** Replaces the bytecode; the instruction pointer stays where it is. */
  loadBytecode(bytecode: Bytecode): void {
    this.load([...bytecode]);
  }

  /** Appends one message: these instructions, executed without interruption. */
  send(...instructions: Item[]): void {
    this.sendWithPriority(0, instructions);
  }

  /** Appends one message ahead of all of lower priority; the order inside a priority is kept. 0 is `send`'s. */
  sendWithPriority(priority: number, message: Bytecode): void {
    this.inbox.add(message, priority);
    if (this.isRunning) this.waker?.wake(this);
  }

  /** `send` for a list. */
  receiveListOfBytecode(bytecode: Bytecode): void {
    this.sendWithPriority(0, [...bytecode]);
  }

  /** Sends to another actor; nothing of this one changes. */
  sendTo(target: VMActor, ...instructions: Item[]): void {
    target.send(...instructions);
  }

  /** Makes another actor known to `send-to` under a name. */
  connect(name: string, actor: VMActor): void {
    this.peers.set(name, actor);
  }

  // ---- running

  /** Executes everything there is. Raises what an instruction raises; the actor stays as it was at that point. */
  execute(): void {
    this.slice(Infinity);
  }

  /** Executes one instruction. Raises IndexError when there is none. */
  step(): void {
    if (!this.handleMessage()) throw new IndexError('step past the end of the bytecode');
  }

  /** Executes one instruction; `false` when there is none. */
  handleMessage(): boolean {
    if (!this.position()) return false;
    this.slice(1);
    return true;
  }

  /** Executes messages until none is left. */
  receiveLoop(): void {
    while (this.handleMessage());
  }

  /** Lets the actor react to what is sent, from now on, in the background. */
  start(waker: Waker = hostScheduler): void {
    this.waker = waker;
    this.stopping = false;
    if (this.queued > 0 || this.frames.length > 0) waker.wake(this);
  }

  /** Ends the background loop once everything sent before has been executed. */
  stop(): void {
    this.stopping = true;
    this.waker?.wake(this);
  }

  get isRunning(): boolean {
    return this.waker !== undefined && this.error === undefined;
  }

  /** Settles when a started actor has nothing left to do; rejects with its exception if it failed. */
  idle(): Promise<void> {
    if (this.error !== undefined) return Promise.reject(this.error);
    if (!this.isRunning || this.queued === 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
  }

  run(fuel: number): SliceEnd {
    if (this.error !== undefined) return 'failed';
    let end: SliceEnd;
    try {
      end = this.slice(fuel);
    } catch (error) {
      if (error instanceof MissingOperand && this.inStream) {
        this.jump(this.begun);
        end = 'waiting';
      } else {
        this.fail(error instanceof Error ? error : new Error(String(error)));
        // A supervisor may have restarted it.
        if (this.error !== undefined) return 'failed';
        return this.queued > 0 ? 'fuel' : 'waiting';
      }
    }
    if (end === 'fuel') return end;
    for (const waiter of this.waiters.splice(0)) waiter.resolve();
    if (!this.stopping) return end;
    this.waker = undefined;
    return 'done';
  }

  failure(): { readonly message: string; readonly trace: readonly string[] } {
    const { error } = this;
    const [message = ''] = error === undefined ? [] : `${error.name}: ${error.message}`.split('\n');
    return { message, trace: this.frames.map((frame) => `called at ${frame.at}`).reverse() };
  }

  /** After a failure: forgets what was being executed and goes on with the next message; variables stay. */
  recover(): void {
    this.error = undefined;
    this.abandon();
  }

  /** A failed or running actor as new, with its instructions, functions' names and waiting messages; `init` runs first. */
  restart(): void {
    this.recover();
    this.stack.replaceAll([]);
    this.variables.clear();
    if (this.options.init !== undefined) this.sendWithPriority(Infinity, this.options.init);
    if (this.queued > 0) this.waker?.wake(this);
  }

  top(): Value {
    return this.stack.top();
  }

  // ---- instructions

  /** Raises IndexError when the name is taken. */
  defineNewInstruction(name: string, handler: Handler): void {
    if (this.table.has(name)) throw new IndexError(`Instruction '${name}' is already defined`);
    this.table.set(name, handler);
  }

  /** Raises IndexError when there is no such instruction. */
  replaceExistingInstruction(name: string, handler: Handler): void {
    if (!this.table.has(name)) throw new IndexError(`Instruction '${name}' is not defined`);
    this.functions.delete(name);
    this.table.set(name, handler);
  }

  /** Compiles an S-expression text, which may hold several. Raises SExpressionSyntaxError. */
  sExpressionToBytecode(text: string): Item[] {
    const trees = read(text, ACTOR_DIALECT);
    if (isLeft(trees)) throw syntaxError(trees.left);
    const isHost = (name: string, target: string | undefined): boolean => this.receiver(target).hasInstruction(name);
    const forms = analyse(text, trees.right, this.arities, isHost);
    if (isLeft(forms)) throw syntaxError(forms.left);
    return emit(forms.right);
  }

  private hasInstruction(name: string): boolean {
    return this.table.has(`OP_CALL_${name}`) && !this.functions.has(`OP_CALL_${name}`);
  }

  private receiver(target: string | undefined): VMActor {
    return (target === undefined ? undefined : this.peers.get(target)) ?? this;
  }

  isIdle(): boolean {
    return this.queued === 0;
  }

  /** The calls that are open, the innermost first: name, place of the next item in what it executes, and its variables. */
  get callStack(): readonly OpenCall[] {
    return openCalls({ name: this.name, at: this.ip, scope: this.scope }, this.frames);
  }

  // ---- what handlers use

  /** Enters a function; its arguments are on the stack, the last on top. */
  call(callee: FunctionValue): void {
    const { parameters, code } = callee.template;
    const { scope } = this;
    if (this.stack.length < parameters.length) throw new IndexError('pop from an empty stack');
    enterScope(this, parameters, callee.scope);
    this.enterCode(code, scope, callee.template.name ?? 'lambda');
  }

  protected dropOne(): void {
    this.stack.pop();
  }

  define(name: string, value: Value): void {
    (this.scope?.names ?? this.variables).set(name, value);
  }

  lookup(name: string): Value {
    const value = this.holder(name)?.get(name);
    if (value === undefined) throw new KeyError(`Undefined variable '${brief(name)}'`);
    return value;
  }

  assign(name: string, value: Value): void {
    this.holder(name)?.set(name, value);
  }

  /** Defines a function as a variable and as the instruction `OP_CALL_name`. */
  defineFunction(name: string, value: FunctionValue): void {
    this.variables.set(name, value);
    this.functions.set(`OP_CALL_${name}`, value);
    this.table.set(`OP_CALL_${name}`, (vm) => vm.call(value));
  }

  peer(name: string): VMActor {
    const actor = name === 'self' ? this : this.peers.get(name);
    if (actor === undefined) throw new KeyError(`No actor is known as '${brief(name)}'`);
    return actor;
  }

  // ---- copies

  /** An independent copy, not started, that knows the same actors. */
  fork(): VMActor {
    return VMActor.restore(this.snapshot().state, this.options, this.table, this.peers);
  }

  snapshot(): { readonly kind: 'vmactor'; readonly state: Graph } {
    const { variables, functions, arities } = this;
    const state: ActorState = { stream: this.save(), stack: this.stack.toArray(), variables, functions, arities };
    return { kind: 'vmactor', state: toGraph(state) };
  }

  /** The inverse of `snapshot`; instructions of the host's own are given anew. */
  static restore(
    saved: Graph,
    options: VMActorOptions = {},
    instructions: ReadonlyMap<string, Handler> = new Map(),
    peers: ReadonlyMap<string, VMActor> = new Map(),
  ): VMActor {
    const state = fromGraph(saved) as ActorState;
    const actor = new VMActor(options);
    for (const [name, handler] of instructions) actor.table.set(name, handler);
    for (const [name, peer] of peers) actor.peers.set(name, peer);
    for (const [name, value] of state.functions) actor.table.set(name, (vm) => vm.call(value));
    for (const [name, value] of state.functions) actor.functions.set(name, value);
    for (const [name, value] of state.variables) actor.variables.set(name, value);
    for (const [name, count] of state.arities) actor.arities.set(name, count);
    actor.stack.replaceAll(state.stack);
    actor.restoreStream(state.stream);
    return actor;
  }

  // ---- the loop

  private slice(fuel: number): SliceEnd {
    const { table } = this;
    for (let left = (R.fuel = fuel); left > 0; R.fuel = --left) {
      if (this.at >= this.code.length && !this.position()) return 'waiting';
      this.begun = this.inStream ? this.ip : 0;
      const instruction = this.code[this.at++];
      const handler = table.get(instruction as string);
      if (handler === undefined) this.unknown(instruction);
      else handler(this);
    }
    return 'fuel';
  }

  /** Where a visible variable lives. */
  private holder(name: string): Map<string, Value> | undefined {
    for (let scope = this.scope; scope !== null; scope = scope.outer) if (scope.names.has(name)) return scope.names;
    return this.variables.has(name) ? this.variables : undefined;
  }

  /** `OP_CALL_f` without a handler calls the function in variable f, if there is one. */
  private unknown(instruction: Item | undefined): void {
    if (typeof instruction === 'string' && instruction.startsWith('OP_CALL_')) {
      const name = instruction.slice('OP_CALL_'.length);
      const value = this.holder(name)?.get(name);
      if (typeof value === 'object' && value !== null) return this.call(value);
    }
    const what = typeof instruction === 'object' ? 'an operand' : `'${brief(String(instruction))}'`;
    throw new NotImplementedError(`No handler for instruction ${what}`);
  }

  private fail(error: Error): void {
    this.error = error;
    for (const waiter of this.waiters.splice(0)) waiter.reject(error);
    this.onFailure?.(error);
  }
}

const syntaxError = (error: SExprError): SExpressionSyntaxError =>
  new SExpressionSyntaxError(error.message, error.at, error.line, error.column);

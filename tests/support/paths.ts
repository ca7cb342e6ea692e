/**
 * Whether what threads do is what the checker says they may do: for each session or function that a thread runs, all
 * configurations (state of its automaton, ends bound to those of the machine) that agree with what was seen so far.
 * Invariant: a run is on a path of every automaton as long as no set is empty. Silent edges cost nothing, what an exception
 * does is left to the edges for it; nothing that the checker uses to reason about several threads is used here.
 */
import type { Automaton, Edge, EndId, MemberEdge, State } from '../../compiler/protocol/automaton/automaton.js';
import type { Protocols } from '../../compiler/protocol/check.js';
import { Effects } from '../../compiler/protocol/code/effects.js';
import { moduleOf } from '../../compiler/resolve/resolution.js';
import type { Fn } from '../../runtime/engine/function.js';
import { End } from '../../runtime/process/link.js';
import { Pool } from '../../runtime/process/pool.js';
import { Reference, type Thread } from '../../runtime/process/thread.js';
import type { Deed, Listener } from './observed.js';

type Owned = End | Pool;
type Env = ReadonlyMap<EndId, Owned>;

/** `begun`: members of a group that have been started, of those that the edge starts. */
interface Config {
  readonly state: number;
  readonly env: Env;
  readonly begun?: { readonly edge: Extract<Edge, { kind: 'spawn' }>; readonly count: number };
}

/** One body that a thread is in, with all that is inlined into it. */
interface Activation {
  readonly key: string;
  readonly automaton: Automaton | undefined;
  configs: readonly Config[];
}

/** What the checker knows of all modules of a program. */
export class Known {
  readonly automata = new Map<string, Automaton>();
  readonly effects: Effects;
  /** Modules that something is known of. */
  readonly modules = new Set<string>();
  private readonly tests = new Map<string, string>();

  constructor(all: readonly Protocols[]) {
    const codes = new Map(all.flatMap((p) => [...p.codes]));
    for (const p of all) for (const [key, automaton] of p.automata) this.automata.set(key, automaton);
    for (const key of this.automata.keys()) this.modules.add(moduleOf(key));
    for (const code of codes.values()) if (/^test "/.test(code.name)) this.tests.set(code.name, code.key);
    this.effects = new Effects(codes);
  }

  /** The key of a function of an image: closures and local functions are named by their node. */
  keyOf(fn: Fn): string {
    const module = fn.instance.image.name;
    const lifted = / (\d+)$/.exec(fn.name);
    if (/^test /.test(fn.name)) return this.tests.get(`test "${fn.name.slice(5)}"`) ?? fn.name;
    return lifted === null ? `${module}::${fn.name}` : `${module}::#${lifted[1]!}`;
  }
}

const numbers = new WeakMap<object, number>();
let count = 0;
const numberOf = (o: object): number => numbers.get(o) ?? (numbers.set(o, ++count), count);

const isOwned = (v: unknown): v is Owned => v instanceof End || v instanceof Pool;

function keyOf({ state, env, begun }: Config): string {
  const bound = [...env].map(([id, o]) => `${id}:${numberOf(o)}`).sort();
  return `${state}|${bound.join()}|${begun?.count ?? ''}`;
}

const deedText = (d: Deed): string => {
  if ('label' in d) return `${d.kind} ${d.label}`;
  return d.kind === 'spawn' ? `spawn ${d.fn.name}` : d.kind;
};

export class Paths implements Listener {
  /** What was done that no automaton allows; the first thing only. */
  wrong: string | undefined;
  /** A message to a service that has ended; the first only. */
  lost: string | undefined;
  /** Deeds that were on a path. */
  followed = 0;
  private readonly stacks = new Map<Thread, (Activation | undefined)[]>();

  constructor(
    private readonly known: Known,
    /** Where a thread is, for messages. */
    private readonly place: (t: Thread) => string,
  ) {}

  private fail(t: Thread, text: string): void {
    this.wrong ??= `thread ${t.id} ${text}, at ${this.at}`;
    this.stacks.set(t, []);
  }
  private at = '';

  before(t: Thread): void {
    this.at = this.place(t);
    const top = this.stacks.get(t)?.at(-1);
    // Whether a pool is empty is known only now.
    if (top?.automaton !== undefined) top.configs = this.closure(top.automaton, top.configs);
  }

  entered(t: Thread, fn: Fn, args: readonly unknown[], how: 'start' | 'call' | 'tail'): void {
    let stack = this.stacks.get(t);
    if (how === 'start') this.stacks.set(t, (stack = []));
    if (stack === undefined || (stack.length === 0 && how !== 'start')) return;
    // What takes ends, and a session, is part of what its caller does.
    const inlined = how !== 'start' && (fn.image.session || args.some(isOwned));
    if (inlined) {
      if (how === 'call') stack.push(stack.at(-1));
      return;
    }
    if (how === 'tail') this.pop(t, stack, 'goes on');
    if (this.stacks.get(t) !== stack) return;
    stack.push(this.activation(fn, args));
  }

  private activation(fn: Fn, args: readonly unknown[]): Activation | undefined {
    const key = this.known.keyOf(fn);
    const automaton = this.known.automata.get(key);
    if (!this.known.modules.has(fn.instance.image.name)) return undefined;
    if (automaton === undefined) return { key, automaton, configs: [] };
    const env = new Map<EndId, Owned>();
    // A closure's own parameters come after what it captured.
    const own = args.slice(args.length - automaton.params.length);
    automaton.params.forEach((id, i) => {
      const given = own[i];
      if (id !== undefined && isOwned(given)) env.set(id, given);
    });
    return { key, automaton, configs: this.closure(automaton, [{ state: automaton.initial, env }]) };
  }

  /** The innermost body is over; so is what it belongs to unless its caller is part of the same. */
  private pop(t: Thread, stack: (Activation | undefined)[], what: string): void {
    const over = stack.pop();
    if (over === undefined || stack.at(-1) === over || over.automaton === undefined) return;
    const { automaton } = over;
    const ended = this.closure(automaton, over.configs).some((c) => automaton.states[c.state]!.kind === 'end');
    if (!ended) this.fail(t, `${what} where ${automaton.name} is not at its end`);
  }

  returned(t: Thread): void {
    const stack = this.stacks.get(t);
    if (stack !== undefined && stack.length > 0) this.pop(t, stack, 'returns');
  }

  ended(t: Thread, failed: boolean): void {
    const stack = this.stacks.get(t);
    if (stack !== undefined && failed) this.unwind(t, stack, -1);
    else while (stack !== undefined && stack.length > 0) this.pop(t, stack, 'ends');
    this.stacks.delete(t);
  }

  caught(t: Thread, depth: number): void {
    const stack = this.stacks.get(t);
    if (stack === undefined || stack.length <= depth) return;
    this.unwind(t, stack, depth);
    const here = stack[depth];
    if (here?.automaton === undefined) return;
    const { states } = here.automaton;
    // An exception that is raised by name was followed to its handler already.
    here.configs = this.closure(
      here.automaton,
      here.configs.flatMap((c) => {
        const handler = states[c.state]!.handler;
        return handler === undefined ? [c] : [c, this.config(here.automaton!, handler, c.env)];
      }),
    );
  }

  /** An exception leaves all bodies above `depth`: nothing in them may catch it. */
  private unwind(t: Thread, stack: (Activation | undefined)[], depth: number): void {
    const kept = depth < 0 ? undefined : stack[depth];
    while (stack.length > depth + 1) {
      const over = stack.pop();
      if (over?.automaton === undefined || over === kept) continue;
      const { name, states } = over.automaton;
      const free = over.configs.some(({ state }) => states[state]!.handler === undefined);
      if (!free) return this.fail(t, `lets an exception out of ${name}, which catches it`);
    }
  }

  waits(t: Thread): void {
    this.callersWait(t);
  }

  /** Who called a body that waits must be where it may call it. */
  private callersWait(t: Thread): void {
    const stack = this.stacks.get(t) ?? [];
    for (let i = stack.length - 1; i > 0; i--) {
      const [caller, callee] = [stack[i - 1], stack[i]];
      if (caller === callee || caller?.automaton === undefined || callee === undefined) continue;
      const { states, name } = caller.automaton;
      caller.configs = this.closure(caller.automaton, caller.configs).filter(({ state }) =>
        states[state]!.runs?.some((run) => this.known.effects.of(run).has(callee.key)),
      );
      if (caller.configs.length === 0) return this.fail(t, `waits in ${callee.key}, which ${name} does not call there`);
    }
  }

  did(t: Thread, deed: Deed): void {
    const here = this.stacks.get(t)?.at(-1);
    if (here === undefined) return;
    if (deed.kind === 'cast' && deed.late)
      this.lost ??= `thread ${t.id} says ${deed.label} to a service that has ended`;
    const { automaton } = here;
    if (automaton === undefined) return this.fail(t, `does ${deedText(deed)} in ${here.key}, which is not looked at`);
    if (['receive', 'accept', 'any', 'down', 'watched', 'timeout'].includes(deed.kind)) this.callersWait(t);
    const next = new Map<string, Config>();
    for (const c of here.configs) for (const found of this.after(automaton, c, deed, t)) next.set(keyOf(found), found);
    if (next.size === 0) {
      const could = [...new Set(here.configs.flatMap(({ state }) => automaton.states[state]!.edges.map(edgeText)))];
      return this.fail(
        t,
        `does ${deedText(deed)} in ${automaton.name}, which could do ${could.join(' or ') || 'nothing'}`,
      );
    }
    this.followed++;
    here.configs = [...next.values()];
  }

  private config({ states }: Automaton, state: number, env: Env): Config {
    const { held } = states[state]!;
    return { state, env: new Map([...env].filter(([id]) => held.includes(id))) };
  }

  /** What agrees as well, since some steps cannot be seen. */
  private closure(automaton: Automaton, configs: readonly Config[]): readonly Config[] {
    const found = new Map(configs.map((c) => [keyOf(c), c]));
    for (const c of found.values()) {
      if (c.begun !== undefined) continue;
      for (const e of automaton.states[c.state]!.edges) {
        const pool = e.kind === 'empty' ? c.env.get(e.pool) : undefined;
        const silent =
          e.kind === 'silent' || e.kind === 'endless' || e.kind === 'lose' || (pool instanceof Pool && pool.size === 0);
        if (!silent) continue;
        const next = this.config(automaton, e.to, c.env);
        found.set(keyOf(next), found.get(keyOf(next)) ?? next);
      }
    }
    return [...found.values()];
  }

  /** The configurations after a deed. */
  private after(automaton: Automaton, c: Config, deed: Deed, t: Thread): Config[] {
    if (c.begun !== undefined) return deed.kind === 'spawn' ? this.member(automaton, c, c.begun.edge, deed, t) : [];
    const state = automaton.states[c.state]!;
    if (deed.kind === 'drop' && (!held(c, state, deed.what) || isEmpty(deed.what)))
      return [c, ...state.edges.flatMap((e) => this.along(automaton, c, e, deed, t))];
    const found = state.edges.flatMap((e) => this.along(automaton, c, e, deed, t));
    // Rounds over a pool end by dropping it, when nothing is in it any more.
    if (deed.kind === 'drop' && deed.nothing) return [c, ...found];
    // A member that has ended leaves its pool in silence where `serve` has no branch for it.
    const leaves =
      deed.kind === 'any' && deed.down && state.edges.some((e) => e.kind === 'any' && c.env.get(e.pool) === deed.pool);
    return leaves && found.length === 0 ? [c] : found;
  }

  private along(automaton: Automaton, c: Config, e: Edge, deed: Deed, t: Thread): Config[] {
    const to = (more: readonly (readonly [EndId | undefined, unknown])[] = []): Config[] => {
      const env = new Map(c.env);
      for (const [id, v] of more) if (id !== undefined && isOwned(v)) env.set(id, v);
      return [this.config(automaton, e.to, env)];
    };
    switch (deed.kind) {
      case 'send':
        if (e.kind !== 'send' || c.env.get(e.end) !== deed.end) return [];
        return e.label === deed.label && this.gives(c, e.payload, deed.values) ? to() : [];
      case 'cast':
        return e.kind === 'cast' && e.label === deed.label && this.gives(c, e.payload, deed.values) ? to() : [];
      case 'receive':
        if (e.kind !== 'receive' || c.env.get(e.end) !== deed.end || e.label !== deed.label) return [];
        return to(e.payload.map((p, i) => [p.end, deed.values[i]]));
      case 'accept':
        if (e.kind !== 'accept' || e.label !== deed.label) return [];
        return to([[e.end, deed.end], ...e.payload.map((p, i) => [p.end, deed.values[i]] as const)]);
      case 'any':
        if (e.kind !== 'any' || e.down !== deed.down || c.env.get(e.pool) !== deed.pool) return [];
        if (!deed.down && e.label !== deed.label) return [];
        return to([[e.end, deed.end], ...e.payload.map((p, i) => [p.end, deed.values[i]] as const)]);
      case 'down':
        return e.kind === 'down' && c.env.get(e.end) === deed.end ? to() : [];
      case 'watched':
      case 'timeout':
        return e.kind === deed.kind ? to() : [];
      case 'spawn':
        if (e.kind !== 'spawn' || (!deed.group && e.members.length > 1)) return [];
        return this.member(automaton, c, e, deed, t);
      case 'connect':
        return e.kind === 'connect' ? to([[e.end, deed.end]]) : [];
      case 'drop':
        return e.kind === 'drop' && c.env.get(e.end) === deed.what ? to() : [];
      case 'pool':
        return e.kind === 'pool' ? to([[e.pool, deed.pool]]) : [];
      case 'put':
        return e.kind === 'put' && c.env.get(e.end) === deed.end && c.env.get(e.pool) === deed.pool ? to() : [];
      case 'take':
        return e.kind === 'take' && c.env.get(e.pool) === deed.pool ? to([[e.end, deed.end]]) : [];
    }
  }

  /** Ends go over where the automaton says so, and nowhere else. */
  private gives(c: Config, payload: Extract<Edge, { kind: 'send' }>['payload'], sent: readonly unknown[]): boolean {
    return (
      payload.length === sent.length &&
      payload.every((p, i) => (p.end === undefined ? !isOwned(sent[i]) : c.env.get(p.end) === sent[i]))
    );
  }

  /** The next member that a spawn starts. */
  private member(
    automaton: Automaton,
    c: Config,
    edge: Extract<Edge, { kind: 'spawn' }>,
    deed: Extract<Deed, { kind: 'spawn' }>,
    t: Thread,
  ): Config[] {
    const n = c.begun?.count ?? 0;
    const m = edge.members[n]!;
    if (m.session !== this.known.keyOf(deed.fn) || !m.args.every((a, i) => this.passes(c, a, deed.args[i], t)))
      return [];
    const env = new Map(c.env);
    if (m.end !== undefined && isOwned(deed.result)) env.set(m.end, deed.result);
    if (n + 1 < edge.members.length) return [{ state: c.state, env, begun: { edge, count: n + 1 } }];
    return [this.config(automaton, edge.to, env)];
  }

  private passes(c: Config, arg: MemberEdge['args'][number], v: unknown, t: Thread): boolean {
    if (arg.kind === 'data') return !isOwned(v);
    if (arg.kind === 'self') return v instanceof Reference && v.target === t;
    return arg.kind === 'group' ? v instanceof Reference : c.env.get(arg.end) === v;
  }
}

/** A loop over a pool ends with dropping it; where the checker still sees it, it sees nothing in it. */
const isEmpty = (what: Owned): boolean => what instanceof Pool && what.size === 0;

const held = (c: Config, { held }: State, what: Owned): boolean =>
  [...c.env].some(([id, o]) => o === what && held.includes(id));

function edgeText(e: Edge): string {
  if ('label' in e) return `${e.kind} ${e.label}`;
  return e.kind === 'spawn' ? `spawn ${e.members.map((m) => m.name).join(', ')}` : e.kind;
}

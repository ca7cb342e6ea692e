/**
 * Extract: from code to the automaton of one session or function, by walking the code with its slots bound to ends. Calls
 * that pass ends are inlined with the ends renamed; a call in tail position replaces its caller, so loops stay loops.
 * Invariant: a state is (stack of program points, slots bound to ends); ends that no live variable names are forgotten,
 * which makes the number of states finite, and an end made at one place is told apart from an older one still in use.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import { error } from '../../diagnostics/diagnostic.js';
import { moduleOf } from '../../resolve/resolution.js';
import type { Span } from '../../source/source.js';
import type { Automaton, Edge, EndId, EndInfo, State } from './automaton.js';
import type { Code, Op, Slot } from '../code/code.js';
import type { Config, Frame } from './config.js';
import { type Effects, given } from '../code/effects.js';
import { bind, goTo, heldBy, keyOf, leaves, opOf, set, top, withTop } from './config.js';
import type { Liveness } from '../code/liveness.js';
import { among, liveness } from '../code/liveness.js';
import { closesFromOutside, GONE, holdsTooMuch, notRegular } from './extract-messages.js';
import { actionEdges, type Extracting } from './step.js';

/** Codes by key; undefined for what is not known (its calls then count as doing nothing to ends). */
export type Codes = (key: string) => Code | undefined;

export interface Extracted {
  readonly automaton: Automaton;
  readonly diagnostics: readonly Diagnostic[];
}

/** More states than this are not explored; the protocol is then reported as too large (Q0306). */
const MOST_STATES = 100_000;
/** Ends held, summed over the states: each is followed by itself, through all of these (Q0324). */
const MOST_HELD = 1_000_000;

const alive = new WeakMap<Code, Liveness>();
function livenessOf(code: Code): Liveness {
  let found = alive.get(code);
  if (found === undefined) alive.set(code, (found = liveness(code)));
  return found;
}

/** `effects`: what calls that hand over no ends may do; those that wait for nothing leave no trace. */
export function extract(code: Code, codes: Codes, effects: Effects): Extracted {
  return new Extraction(code, codes, effects).run();
}

class Extraction implements Extracting {
  readonly diagnostics: Diagnostic[] = [];
  readonly ends: EndInfo[] = [];
  private readonly endIds = new Map<string, EndId>();
  private readonly numbers = new Map<string, number>();
  private readonly configs: Config[] = [];
  private readonly reported = new Set<string>();
  private held = 0;

  constructor(
    private readonly code: Code,
    private readonly codes: Codes,
    readonly effects: Effects,
  ) {}

  run(): Extracted {
    const params = this.code.params.map((p, index) =>
      p.slot === undefined
        ? undefined
        : this.intern(`param ${index}`, {
            name: p.name,
            kind: p.kind === 'pool' ? 'pool' : 'end',
            origin: { kind: 'param', index },
            span: p.span,
          }),
    );
    const frame: Frame = {
      code: this.code,
      point: this.code.entry,
      env: bind(this.code, params),
    };
    const initial = this.number({ frames: [frame], gone: new Map() });
    const states: State[] = [];
    for (let at = 0; at < this.configs.length; at++) {
      if (at >= MOST_STATES) {
        this.report(
          error('Q0306', this.code.span, `the protocol of \`${this.code.name}\` has more than ${MOST_STATES} states`),
        );
        // Nothing is said about a protocol that was not read to its end.
        states.splice(0, states.length, { edges: [], kind: 'fail', held: [], span: this.code.span });
        break;
      }
      const state = this.state(this.configs[at]!);
      this.held += state.held.length;
      if (this.held > MOST_HELD) {
        this.report(holdsTooMuch(this.code, state.held.length, MOST_HELD));
        states.splice(0, states.length, { edges: [], kind: 'fail', held: [], span: this.code.span });
        break;
      }
      states.push(state);
    }
    const { key, name, kind } = this.code;
    const first = states.length > initial ? initial : 0;
    return {
      automaton: { key, name, kind, params, ends: this.ends, states, initial: first },
      diagnostics: this.diagnostics,
    };
  }

  /** An end by the key of where it comes from. */
  intern(key: string, info: EndInfo): EndId {
    let id = this.endIds.get(key);
    if (id === undefined) {
      id = this.ends.length;
      this.ends.push(info);
      this.endIds.set(key, id);
    }
    return id;
  }

  /** A new end made at `site`: the first of that site's ends that no variable names now. */
  fresh(config: Config, site: string, info: EndInfo, taken: readonly EndId[] = []): EndId {
    const used = new Set([...config.frames.flatMap((f) => f.env), ...(config.left ?? []), ...taken]);
    for (let copy = 0; ; copy++) {
      const id = this.intern(`${site}#${copy}`, info);
      if (!used.has(id)) return id;
    }
  }

  report(diagnostic: Diagnostic): void {
    const key = `${diagnostic.code} ${diagnostic.span?.start} ${diagnostic.message}`;
    if (this.reported.has(key)) return;
    this.reported.add(key);
    this.diagnostics.push(diagnostic);
  }

  /** The state number of a configuration, which is first taken on to its next action. */
  number(config: Config): number {
    const found = this.settle(config);
    const key = keyOf(found);
    let n = this.numbers.get(key);
    if (n === undefined) {
      n = this.configs.length;
      this.numbers.set(key, n);
      this.configs.push(found);
    }
    return n;
  }

  /** Where an exception raised now is caught, if it is. What the bodies it leaves on the way own alone is lost with them. */
  caught(config: Config): Config | undefined {
    const frames = [...config.frames];
    const running = top(config);
    let handler = running && opOf(running).handler;
    while (frames.length > 0) {
      const frame = frames.pop()!;
      if (handler !== undefined) {
        const at = { ...config, frames: [...frames, { ...frame, point: handler }] };
        const kept = new Set(heldBy(at));
        const left = heldBy(config).filter((end) => !kept.has(end));
        return left.length === 0 ? at : { ...at, left };
      }
      handler = frame.handler;
    }
    return undefined;
  }

  /** A `close`: the thread ends, wherever it is, but for the `finally` blocks around the calls that it is in. */
  private closed(config: Config): Config {
    const frames = [...config.frames];
    const closes = frames.at(-1)!.code;
    for (let left = frames.pop(); left !== undefined && frames.length > 0; left = frames.pop()) {
      if (left.closing === undefined) continue;
      if (moduleOf(closes.key) !== moduleOf(frames.at(-1)!.code.key)) this.closedFromOutside(closes, left);
      return goTo({ ...config, frames }, left.closing);
    }
    return { ...config, frames };
  }

  /** Code of another module ends the thread at its `close`, and knows nothing of what is around the call. */
  private closedFromOutside(closes: Code, left: Frame): void {
    this.report(closesFromOutside(this.nameOf(closes.key), left.called!));
  }

  private state(config: Config): State {
    const frame = top(config);
    if (frame === undefined) return { edges: [], kind: 'end', held: [], span: this.code.span };
    const op = opOf(frame);
    const held = heldBy(config);
    const { left, ...after } = config;
    if (left !== undefined) {
      const lost: Edge = { kind: 'lose', ends: left, to: this.number(after), span: op.span };
      return { edges: [lost], kind: 'act', held, span: op.span };
    }
    const caught = this.caught(config);
    const handler = caught === undefined ? undefined : this.number(caught);
    const common = { held, span: op.span, ...(handler !== undefined && { handler }) };
    const raise: Edge[] = handler === undefined ? [] : [{ kind: 'raise', to: handler, span: op.span }];
    switch (op.op) {
      case 'jump':
      case 'loop': {
        const to = op.op === 'loop' ? [frame.code.entry] : op.to;
        const edges = to.map((point): Edge => ({
          kind: 'silent',
          to: this.number(goTo(config, point)),
          span: op.span,
        }));
        return { edges: to.length === 1 ? [...edges, ...raise] : edges, kind: 'silent', ...common };
      }
      case 'fail':
        return raise.length === 0
          ? { edges: [], kind: 'fail', ...common }
          : { edges: raise, kind: 'silent', ...common };
      case 'raise':
        return { edges: [], kind: 'fail', ...common };
      default: {
        const edges = actionEdges(this, config, op);
        return {
          edges: [...edges, ...raise],
          kind: edges.some((e) => e.kind === 'any') || op.op === 'wait' ? 'wait' : 'act',
          ...(op.op === 'run' && { runs: this.runsAt(frame, op.codes) }),
          ...common,
        };
      }
    }
  }

  /** Follows the steps that touch no end and leave no choice. */
  settle(config: Config): Config {
    const seen = new Set<string>();
    let at = this.normal(config);
    for (;;) {
      const frame = top(at);
      if (frame === undefined || at.left !== undefined) return at;
      const op = opOf(frame);
      const next = this.follow(at, frame, op);
      if (next === undefined) return at;
      const normal = this.normal(next);
      if (op.op === 'loop' || op.op === 'jump' || op.op === 'call' || op.op === 'run') {
        const key = keyOf(at);
        if (seen.has(key)) return at;
        seen.add(key);
      }
      at = normal;
    }
  }

  /** What a call in this frame runs: of a function that is inlined, nobody has told what its parameters are. */
  runsAt(frame: Frame, codes: readonly string[]): readonly string[] {
    return frame.code === this.code && this.code.kind === 'fun' ? codes : given(codes);
  }

  private follow(config: Config, frame: Frame, op: Op): Config | undefined {
    switch (op.op) {
      case 'jump':
        return op.to.length === 1 && this.caught(config) === undefined ? goTo(config, op.to[0]!) : undefined;
      case 'move':
        return withTop(config, { ...frame, env: set(frame.env, op.slot, frame.env[op.from]!), point: op.to });
      case 'loop': {
        // Only parameters go round; what else a variable held is over.
        const slots = op.args ?? frame.code.params.map((p) => p.slot);
        const args = slots.map((slot) => (slot === undefined ? undefined : frame.env[slot]));
        return withTop(config, { ...frame, env: bind(frame.code, args), point: frame.code.entry });
      }
      case 'call':
        return this.enter(config, frame, op);
      case 'run':
        return this.effects.shows(this.runsAt(frame, op.codes)) ? undefined : goTo(config, op.to);
      case 'return':
        return { ...config, frames: config.frames.slice(0, -1) };
      case 'close':
        return this.closed(config);
      case 'raise':
        return this.caught(config);
      default:
        return undefined;
    }
  }

  private enter(config: Config, frame: Frame, op: Extract<Op, { op: 'call' }>): Config {
    const callee = this.codes(op.code);
    const after = goTo(config, op.to);
    if (callee === undefined) return after;
    const env = bind(
      callee,
      op.args.map((slot) => (slot === undefined ? undefined : frame.env[slot])),
    );
    for (const slot of op.args) if (slot !== undefined) this.usable(config, slot, op.span);
    const isLast = op.handler === undefined && leaves(frame.code, op.to, config.frames.length === 1);
    // A last call takes its caller's place; below it, what waits for it to return must not be entered again.
    const open = (isLast ? config.frames.slice(0, -1) : after.frames).map((f) => f.code.key);
    if (open.includes(callee.key)) {
      this.irregular(open, callee.key, op.span);
      return after;
    }
    if (isLast) {
      const inherited = {
        ...(frame.handler !== undefined && { handler: frame.handler }),
        ...(frame.closing !== undefined && { closing: frame.closing, called: frame.called! }),
      };
      const next: Frame = { code: callee, point: callee.entry, env, ...inherited };
      return withTop(config, next);
    }
    const back = {
      ...(op.handler !== undefined && { handler: op.handler }),
      ...(op.closing !== undefined && { closing: op.closing, called: op.span }),
    };
    return { ...after, frames: [...after.frames, { code: callee, point: callee.entry, env, ...back }] };
  }

  private irregular(open: readonly string[], callee: string, span: Span): void {
    const cycle = [...open.slice(open.indexOf(callee)), callee].map((key) => this.nameOf(key));
    this.report(notRegular(cycle, span));
  }

  private nameOf(key: string): string {
    return this.codes(key)?.name ?? key;
  }

  /** The end in a slot if it can still be used; reports a use after it is gone. */
  usable(config: Config, slot: Slot, span: Span): EndId | undefined {
    const id = top(config)!.env[slot]!;
    if (id < 0) return undefined;
    const gone = config.gone.get(id);
    if (gone === undefined) return id;
    const name = top(config)!.code.slots[slot]!.name;
    const { said, marked, hints = [] } = GONE[gone.how];
    this.report(error('Q0310', span, `\`${name}\` ${said}`, { labels: [{ span: gone.span, text: marked }], hints }));
    return undefined;
  }

  /** Forgets slots that are never used again, and why ends nobody names are gone. */
  private normal(config: Config): Config {
    const frames = config.frames.map((f, i) => {
      const known = livenessOf(f.code);
      // A call comes back behind itself, to the handler around it, or to what is left by a `close`.
      const { handler, closing } = config.frames[i + 1] ?? {};
      const live = [handler, closing].reduce<bigint>(
        (set, at) => (at === undefined ? set : set | known[at]!),
        known[f.point]!,
      );
      const isLive = among(live, f.env.length);
      if (f.env.every((id, slot) => id < 0 || isLive(slot))) return f;
      return { ...f, env: f.env.map((id, slot) => (isLive(slot) ? id : -1)) };
    });
    if (config.gone.size === 0) return { ...config, frames };
    const named = new Set(frames.flatMap((f) => f.env));
    return { ...config, frames, gone: new Map([...config.gone].filter(([id]) => named.has(id))) };
  }
}

/**
 * What the verifier knows of a frame at each instruction of a function that was verified: the types of its slots, what may come
 * to a wait, what the members of its pools are. Found by judging the function once more.
 * Invariant: an instruction the verifier never comes to has none, so no frame may rest there.
 */
import type { ModuleImage } from '../bytecode/module.js';
import { Flow, type Handler } from './flow/flow.js';
import { Heads, judged } from './flow/heads.js';
import type { Member } from './flow/pools.js';
import type { Alt } from './terms/protocol.js';
import { Budget, Rejection } from './terms/rejection.js';
import { ROW_RULES, STEPS_ANYWAY } from './rows/rules.js';
import { plainRow } from './rows/data.js';
import { referenceTo } from './flow/service.js';
import { Environment, type Signature } from './module/signature.js';
import type { Cell, EndState, State } from './state/state.js';
import { instructionsOf, MOST_SLOTS } from './module/structure.js';
import type { Ty, Variance } from './terms/types.js';

/** Steps for a whole module: it was judged before, so this is but a guard. */
const STEPS = 100 * STEPS_ANYWAY;

/** One of the ways to an instruction that are followed apart. */
export interface Lane {
  /** Types of parameters, locals and stack, the top last. */
  readonly slots: readonly Ty[];
  /** Constants in locals by which it is told from the others. */
  readonly flags: ReadonlyMap<number, boolean>;
  /** What is known of the ends there, by their numbers. */
  readonly ends: { get(id: number): EndState | undefined };
}

interface Known {
  /** States before each instruction, one for each lane. */
  readonly states: ReadonlyMap<number, readonly State[]>;
  /** States after each `await_msg`. */
  readonly waits: ReadonlyMap<number, readonly State[]>;
  readonly pools: ReadonlyMap<number, Member>;
  /** The function relies on what only the compiler knows: of its slots nothing is known but how many there are. */
  readonly trusted: boolean;
  /** Nor that: it was never verified, as code of tests that go round the verifier. */
  readonly unknown?: boolean;
}

/** What the verifier knows of one image. */
export class FrameTypes {
  readonly #budget = new Budget(STEPS);
  readonly env: Environment;
  #trusted: Environment | undefined;
  readonly #functions = new Map<number, Known>();
  readonly #references = new Map<number, Ty | undefined>();
  readonly #compared = new Map<number, ReadonlySet<string>>();

  constructor(
    readonly image: ModuleImage,
    /** As in `Environment`. */
    elsewhere?: Variance,
  ) {
    this.env = new Environment(image, this.#budget, false, elsewhere);
  }

  /** Before the next question. */
  renew(): void {
    this.#budget.renew();
  }

  /** What a function says of itself; undefined if that cannot be read. */
  signature(fn: number): Signature | undefined {
    try {
      return this.env.ofFunction(fn);
    } catch (error) {
      if (error instanceof Rejection) return undefined;
      throw error;
    }
  }
  /** Does a function rely on what only the compiler knows? */
  isTrusted(fn: number): boolean {
    return this.#known(fn).trusted;
  }

  /** The type of references to threads that run a session; undefined for what is none, or of which nothing is known. */
  reference(fn: number): Ty | undefined {
    if (!this.#references.has(fn)) this.#references.set(fn, this.#reference(fn));
    return this.#references.get(fn);
  }
  #reference(fn: number): Ty | undefined {
    const signature = this.signature(fn);
    if (signature?.session !== true) return undefined;
    const flow = new Flow(this.env, this.image.functions[fn]!, fn, new Map(), plainRow, new Heads(this.env.types));
    const found = referenceTo(flow, signature);
    return found.name === '' ? undefined : found;
  }

  #known(fn: number): Known {
    const known = this.#functions.get(fn);
    if (known !== undefined) return known;
    const made = this.#judged(fn, this.env) ?? this.#asTrusted(fn);
    this.#functions.set(fn, made);
    return made;
  }
  #asTrusted(fn: number): Known {
    this.#trusted ??= new Environment(this.image, new Budget(STEPS), true);
    const found = this.#judged(fn, this.#trusted);
    const none = { waits: new Map<number, readonly State[]>(), pools: new Map<number, Member>(), trusted: true };
    return found === undefined ? { states: new Map(), ...none, unknown: true } : { ...found, ...none };
  }

  #judged(fn: number, env: Environment): Known | undefined {
    const states = new Map<number, State[]>();
    const waits = new Map<number, State[]>();
    const note = (all: Map<number, State[]>, pc: number, s: State): void =>
      void all.set(pc, [...(all.get(pc) ?? []), s]);
    let last: Flow | undefined;
    const row: Handler = (f, operands, i) => {
      note(states, i.pc, f.state);
      const goesOn = (ROW_RULES.get(i.row.name) ?? plainRow)(f, operands, i);
      if (goesOn && i.row.name === 'await_msg') note(waits, i.pc, f.state);
      return goesOn;
    };
    try {
      judged(env.types, (heads) => {
        states.clear();
        waits.clear();
        return (last = new Flow(env, this.image.functions[fn]!, fn, new Map(), row, heads));
      });
    } catch (error) {
      if (error instanceof Rejection) return undefined;
      throw error;
    }
    return { states, waits, pools: last!.pools, trusted: false };
  }

  /** Types of parameters, locals and stack, the top last; undefined where no verified path leads. */
  at(fn: number, pc: number): readonly Ty[] | undefined {
    const { states, trusted, unknown } = this.#known(fn);
    if (unknown === true) return new Array<Ty>(MOST_SLOTS).fill(this.env.types.unset);
    const [first, ...others] = (states.get(pc) ?? []).map(slotsOf);
    if (first === undefined) return undefined;
    // What differs by the path is what it may be on any of them.
    const all = others.reduce((known, more) => known.map((t, i) => this.env.types.join(t, more[i]!) ?? t), first);
    return trusted ? all.map(() => this.env.types.unset) : all;
  }

  /** The ways to an instruction that are followed apart: a frame is what one of them says, in all its slots. */
  lanes(fn: number, pc: number): readonly Lane[] {
    const { states, trusted, unknown } = this.#known(fn);
    if (!trusted && unknown !== true)
      return (states.get(pc) ?? []).map((s) => ({ slots: slotsOf(s), flags: s.flags ?? new Map<number, boolean>(), ends: s.ends })); // prettier-ignore
    const slots = this.at(fn, pc);
    return slots === undefined ? [] : [{ slots, flags: new Map(), ends: new Map() }];
  }

  /** The messages that may come to the `await_msg` at pc; undefined if nothing is known of its end. */
  awaited(fn: number, pc: number): readonly Alt[] | undefined {
    const waits = this.#known(fn).waits.get(pc);
    return waits?.every((w) => w.pending !== undefined) === true
      ? [...new Set(waits.flatMap((w) => w.pending!.alts))]
      : undefined;
  }

  /** What a message that was taken at `wait` and whose label is still being compared at pc may be. */
  pending(fn: number, pc: number, wait: string): readonly Alt[] {
    const found = (this.#known(fn).states.get(pc) ?? []).flatMap((s) => s.pending ?? []);
    return [...new Set(found.filter((p) => String(p.id) === wait).flatMap((p) => p.alts))];
  }

  /** The labels that a function tells apart: a message with any other comes to a dead end wherever it comes. */
  compared(fn: number): ReadonlySet<string> {
    let found = this.#compared.get(fn);
    if (found === undefined) {
      const all = instructionsOf(this.image, this.image.functions[fn]!);
      found = new Set(all.flatMap((i) => (i.row.name === 'cmp' ? [this.image.messages[i.operands[0]!]!] : [])));
      this.#compared.set(fn, found);
    }
    return found;
  }

  /** What is known at pc of an end on any way there, by its number. */
  ends(fn: number, pc: number, id: number): readonly EndState[] {
    return this.lanes(fn, pc).flatMap((lane) => lane.ends.get(id) ?? []);
  }
  /** What the members of a pool of a function are, by its number. */
  pool(fn: number, id: number): Member | undefined {
    return this.#known(fn).pools.get(id);
  }
}

function slotsOf(state: State): readonly Ty[] {
  const stack: Ty[] = [];
  for (let cell: Cell | undefined = state.stack; cell !== undefined; cell = cell.below) stack.push(cell.type);
  return [...state.locals.values(), ...stack.reverse()];
}

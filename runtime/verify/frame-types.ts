/**
 * The types of a frame's slots before each instruction of a function that was verified: found by judging it once more.
 * Invariant: an instruction the verifier never comes to has none, so no frame may rest there.
 */
import type { ModuleImage } from '../bytecode/module.js';
import { Flow, type Handler } from './flow.js';
import { judged } from './heads.js';
import { Budget, Rejection } from './rejection.js';
import { ROW_RULES, STEPS_ANYWAY } from './rules.js';
import { plainRow } from './rows-data.js';
import { Environment, type Signature } from './signature.js';
import type { Cell, State } from './state.js';
import type { Ty } from './types.js';

/** Steps for a whole module: it was judged before, so this is but a guard. */
const STEPS = 100 * STEPS_ANYWAY;

/** What the verifier knows of one image. */
export class FrameTypes {
  /** The image as nobody's; or as the compiler's, if it relies on what only the compiler knows. */
  #env: Environment;
  readonly #functions = new Map<number, ReadonlyMap<number, State>>();

  constructor(readonly image: ModuleImage) {
    this.#env = new Environment(image, new Budget(STEPS), false);
    try {
      image.functions.forEach((_, i) => this.#states(i));
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      this.#functions.clear();
      this.#env = new Environment(image, new Budget(STEPS), true);
    }
  }

  get env(): Environment {
    return this.#env;
  }

  signature(fn: number): Signature {
    return this.#env.ofFunction(fn);
  }

  #states(fn: number): ReadonlyMap<number, State> {
    const known = this.#functions.get(fn);
    if (known !== undefined) return known;
    const found = new Map<number, State>();
    const row: Handler = (f, operands, i) => {
      found.set(i.pc, f.state);
      return (ROW_RULES.get(i.row.name) ?? plainRow)(f, operands, i);
    };
    judged(this.#env.types, (heads) => {
      found.clear();
      return new Flow(this.#env, this.image.functions[fn]!, fn, new Map(), row, heads);
    });
    this.#functions.set(fn, found);
    return found;
  }

  /** Types of parameters, locals and stack, the top last; undefined where no verified path leads. */
  at(fn: number, pc: number): readonly Ty[] | undefined {
    const state = this.#states(fn).get(pc);
    if (state === undefined) return undefined;
    const stack: Ty[] = [];
    for (let cell: Cell | undefined = state.stack; cell !== undefined; cell = cell.below) stack.push(cell.type);
    return [...state.locals.values(), ...stack.reverse()];
  }
}

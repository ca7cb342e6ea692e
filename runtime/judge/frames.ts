/**
 * Frames of a thread that were not made here, against what the verifier knows of the places where they rest: each slot, what
 * pools hold, the answer waited for, what each frame gives its caller; and messages against the wait that takes them.
 * Invariant: a thread whose frames pass goes on as if its code had run here; a message is judged by the code that takes it.
 */
import type { Fn } from '../engine/function.js';
import type { Instance, Site } from '../engine/function.js';
import { ROWS, flowOf } from '../bytecode/isa.js';
import { End, extraOf } from '../process/link.js';
import { Pool } from '../process/pool.js';
import type { Thread } from '../process/thread.js';
import type { Exn, Value } from '../values/value.js';
import type { FrameTypes, Lane } from '../verify/frame-types.js';
import { Rejection } from '../verify/terms/rejection.js';
import type { Ty } from '../verify/terms/types.js';
import { JudgedModules } from './modules.js';
import { ValueTypes } from './types.js';
import { isHeld, taken } from './slots.js';
import { Together, ValueJudge } from './values.js';

/** Instructions after which nothing in the frame is looked at. */
const ENDINGS: ReadonlySet<string> = new Set(['close_err', 'halt', 'raise_text']);

export interface RestingFrame {
  readonly site: Site;
  readonly slots: readonly Value[];
}

/** A frame's own types, with its variables found. */
interface Placed {
  readonly judge: ValueJudge;
  readonly variables: ReadonlyMap<string, Ty>;
}
/** What a frame gives its caller: a value that is there, or what a callee promises. */
type Given = { readonly value: Value } | { readonly type: Ty; readonly of: FrameTypes } | undefined;

export class Judge {
  readonly modules: JudgedModules;

  constructor(loaded: () => readonly Instance[]) {
    this.modules = new JudgedModules(loaded);
  }

  /**
   * Why frames (newest first) cannot be those of a thread, or null. `answer` is what the call gave that the newest waits for, if it
   * is there; `together` is what else is judged with them.
   */
  frames(
    frames: readonly RestingFrame[],
    answer: { readonly value: Value } | undefined,
    self: Thread | null,
    together = new Together(),
  ): string | null {
    const before = together.copy();
    const why = this.#stack(frames, answer, self, together);
    if (why === null || frames.length === 0) return why;
    // Each frame by itself found no types under which it is right: all of them together say more.
    together.restore(before);
    try {
      return this.#stack(frames, answer, self, together, this.#jointly(frames, answer)) === null ? null : why;
    } catch (error) {
      if (error instanceof Rejection) return why;
      throw error;
    }
  }

  #stack(
    frames: readonly RestingFrame[],
    answer: { readonly value: Value } | undefined,
    self: Thread | null,
    together: Together,
    jointly?: readonly ReadonlyMap<string, Ty>[],
  ): string | null {
    try {
      let given: Given = answer;
      let callee: Fn | undefined;
      for (const [i, frame] of frames.entries()) {
        const { fn } = frame.site;
        if (callee !== undefined && !returnsTo(callee, frame.site))
          return `${callee.name} is not what ${fn.name} called`;
        const placed = this.#frame(frame, given, callee, self, together, jointly?.[i]);
        if (typeof placed === 'string') return placed;
        callee = fn;
        given = this.#given(fn, placed);
      }
      return null;
    } catch (error) {
      if (error instanceof Rejection) return error.message;
      throw error;
    }
  }

  /** What the variables of each frame stand for, as slots and calls between the frames decide together. */
  #jointly(
    frames: readonly RestingFrame[],
    answer: { readonly value: Value } | undefined,
  ): readonly ReadonlyMap<string, Ty>[] {
    const words = this.modules.of(frames[0]!.site.fn.instance);
    const { types } = words.env;
    const unknowns = new ValueTypes(this.modules, words).unknowns();
    let given: Ty | undefined;
    const named = frames.map(({ site, slots }, i) => {
      const of = this.modules.of(site.fn.instance);
      const bring = (t: Ty): Ty => this.modules.bring(t, of, words);
      const lane = of.lanes(site.fn.index, site.pc).find((l) => cameBy(l, site.depth, slots));
      const at = lane === undefined ? [] : taken(lane.slots.slice(0, site.depth), slots, site, of);
      const beside = lane === undefined ? [] : this.#beside(slots, at, lane, site.fn, of);
      const all = [...at.map((t, k): readonly [Value, Ty] => [slots[k], t]), ...beside].map(([v, t]): [Value, Ty] => [
        v,
        bring(t),
      ]);
      const [awaited, result] = [this.#awaited(site, of), of.signature(site.fn.index)?.result].map(
        (t) => t && bring(t),
      );
      const names = unknowns.apart([
        ...all.map(([, t]) => t),
        ...(awaited ? [awaited] : []),
        ...(result ? [result] : []),
      ]);
      const own = (t: Ty): Ty => types.replace(t, names);
      for (const [v, t] of all) unknowns.value(v, own(t));
      if (awaited !== undefined && i === 0 && answer !== undefined) unknowns.value(answer.value, own(awaited));
      if (awaited !== undefined && given !== undefined) unknowns.below(given, own(awaited));
      given = result && own(result);
      return { of, names };
    });
    return named.map(({ of, names }) => {
      const found = [...names].map(([n, t]): [string, Ty] => [n, this.modules.bring(unknowns.found(t), words, of)]);
      return new Map(found);
    });
  }

  /** Does an exception carry what its declaration says? */
  isException(e: Exn): boolean {
    const [module] = this.modules.loaded();
    if (module === undefined) return e.ctor.arity === 0;
    const of = this.modules.of(module);
    return new ValueJudge(this.modules, of, new Together()).fits(e, of.env.types.exn);
  }

  /** What a frame's function gives when it returns, with the variables its slots decide; what they do not cannot be there. */
  #given(fn: Fn, { variables }: Placed): Given {
    const of = this.modules.of(fn.instance);
    const result = of.signature(fn.index)?.result;
    if (result === undefined) return undefined;
    const { types } = of.env;
    const rest = new Map<string, Ty>();
    const visit = (t: Ty): void => {
      if (t.kind === 'var') rest.set(t.name, types.never);
      else if (t.open) t.args.forEach(visit);
    };
    const found = types.replace(result, variables);
    visit(found);
    return { type: types.replace(found, rest), of };
  }

  #frame(
    frame: RestingFrame,
    given: Given,
    callee: Fn | undefined,
    self: Thread | null,
    together: Together,
    known: ReadonlyMap<string, Ty> | undefined,
  ): Placed | string {
    const { site, slots } = frame;
    const { fn, pc, depth } = site;
    const of = this.modules.of(fn.instance);
    const lanes = of.lanes(fn.index, pc);
    if (lanes.length === 0) {
      const row = pc < fn.image.code.length ? ROWS[fn.code[pc]!]!.name : 'halt';
      const judge = new ValueJudge(this.modules, of, together, self);
      return ENDINGS.has(row) ? { judge, variables: new Map() } : `no path leads to ${fn.name}+${pc}`;
    }
    // Flags tell which of the ways it came; where they do not, it may be any.
    const before = together.copy();
    let why: string | undefined;
    for (const lane of lanes) {
      if (!cameBy(lane, depth, slots)) continue;
      const placed = this.#inLane(frame, lane, given, callee, self, together, known);
      if (typeof placed !== 'string') return placed;
      why ??= placed;
      together.restore(before);
    }
    return why ?? `${fn.name}+${pc} has not ${slots.length} slots`;
  }

  #inLane(
    { site, slots }: RestingFrame,
    lane: Lane,
    given: Given,
    callee: Fn | undefined,
    self: Thread | null,
    together: Together,
    known: ReadonlyMap<string, Ty> | undefined,
  ): Placed | string {
    const { fn, pc, depth } = site;
    const of = this.modules.of(fn.instance);
    const judge = new ValueJudge(this.modules, of, together, self);
    if (slots.length !== depth) return `${fn.name}+${pc} has not ${slots.length} slots`;
    const wanted = taken(lane.slots.slice(0, depth), slots, site, of);
    const pairs = slots.map((v, i): readonly [Value, Ty] => [v, wanted[i]!]);
    const result = this.#awaited(site, of);
    const more: (readonly [Ty, Ty])[] = [];
    if (result !== undefined && given !== undefined) {
      if ('value' in given) pairs.push([given.value, result]);
      else more.push([result, this.modules.bring(given.type, given.of, of)]);
    }
    const { types } = of.env;
    const wrongWith = (found: ReadonlyMap<string, Ty>): number => pairs.findIndex(([v, t]) => !judge.slot(v, t, found));
    // Any choice under which everything is of its type is a right one: code that is generic looks at nothing of what it does not know.
    const beside = this.#beside(slots, wanted, lane, fn, of);
    const open = [...wanted, ...(result ? [result] : []), ...beside.map(([, t]) => t)].some((t) => t.open);
    const variables = known ?? (open ? judge.solve([...pairs, ...beside], more) : new Map<string, Ty>());
    const wrong = variables === undefined ? 0 : wrongWith(variables);
    if (variables === undefined) return `the slots of ${fn.name} are of no types`;
    if (wrong >= depth) return `what ${fn.name} waits for is something else`;
    if (wrong >= 0) return `slot ${wrong} of ${fn.name} is ${types.show(wanted[wrong]!)} and holds something else`;
    const held = wanted.findIndex((t, i) => !isHeld(slots[i], t, site, of, self, together, lane));
    if (held >= 0) return `slot ${held} of ${fn.name} holds what is not its thread's`;
    for (const [t, own] of more)
      if (!types.fits(own, types.replace(t, variables))) return `${callee?.name ?? 'it'} is not what ${fn.name} called`;
    if (!beside.every(([v, t]) => judge.fits(v, types.replace(t, variables))))
      return `what came with an end of ${fn.name} is something else`;
    return { judge, variables };
  }

  /** What lies beside ends and the members of pools, with the types that their function takes it to be of. */
  #beside(
    slots: readonly Value[],
    wanted: readonly Ty[],
    lane: Lane,
    fn: Fn,
    of: FrameTypes,
  ): (readonly [Value, Ty])[] {
    return slots.flatMap((v, i) => {
      const t = wanted[i];
      if (v instanceof Pool && t?.kind === 'pool') {
        const member = of.pool(fn.index, Number(t.name));
        const datum = member && (member.datum ?? of.env.types.unit);
        return datum === undefined ? [] : [...v.members()].map((e): readonly [Value, Ty] => [extraOf(e).datum, datum]);
      }
      if (!(v instanceof End) || v.extra === null || t?.kind !== 'end') return [];
      // An end that is something else than a member that was taken out has nothing.
      const state = lane.ends.get(Number(t.name));
      const datum = state?.kind === 'free' || state?.kind === 'gone' ? state.datum : undefined;
      return datum === undefined ? [] : [[v.extra.datum, datum] as const];
    });
  }

  /** The type of what is pushed when the call at a site is over. */
  #awaited(site: Site, of: FrameTypes): Ty | undefined {
    const found = site.after && site.pushes ? of.at(site.fn.index, site.next)?.[site.depth] : undefined;
    // Of code that was made here, and never judged as a stranger's, nothing is known.
    return found?.kind === 'unset' ? undefined : found;
  }

  /**
   * Why a message cannot be taken by the wait at which a frame rests, or null: also if the wait does not take it.
   * `end` is the one it came over.
   */
  message(frame: RestingFrame, end: End, label: string, values: readonly Value[], self: Thread): string | null {
    try {
      const wrong = `${label} carries values of another type than ${frame.site.fn.name} waits for`;
      return this.#takes(frame, end, label, values, self) ? null : wrong;
    } catch (error) {
      if (error instanceof Rejection) return error.message;
      throw error;
    }
  }
  #takes({ site, slots }: RestingFrame, end: End, label: string, values: readonly Value[], self: Thread): boolean {
    const { fn, pc } = site;
    const of = this.modules.of(fn.instance);
    const judge = new ValueJudge(this.modules, of, new Together(), self);
    const row = ROWS[fn.code[pc]!];
    const payloads: (readonly (Ty | 'end' | 'pool')[])[] = [];
    if (row?.name === 'await_msg') {
      const alts = of.awaited(fn.index, pc);
      // Where the other side says no more, nothing may come.
      if (alts === undefined) return of.isTrusted(fn.index);
      for (const a of alts)
        if (a.label === label) payloads.push(a.payload.map((c) => (c.kind === 'data' ? c.type : c.kind)));
      // A label that cannot come here is compared with every one that can, and then the thread gives up: unless there is
      // code for it that was never judged, since it cannot come.
      if (payloads.length === 0 && of.compared(fn.index).has(label)) return of.isTrusted(fn.index);
    } else if (row?.name === 'select') {
      const table = fn.tables[fn.code[pc + 1]!]!;
      if (table.kind !== 'select') return true;
      for (const c of table.cases) {
        if (c.label?.name !== label || (c.kind === 'message' && slots[site.depth - 1 - c.slot] !== end)) continue;
        const at = of.at(fn.index, c.target);
        // Nothing is read where every way that leads there is an ending; other code was not judged, since nothing comes.
        if (at !== undefined) payloads.push(at.slice(at.length - c.count).reverse());
        else if (!ENDINGS.has(ROWS[fn.code[c.target]!]?.name ?? '')) return of.isTrusted(fn.index);
      }
    }
    return payloads.every((payload) => {
      const own = of.at(fn.index, pc)!;
      const pairs: (readonly [Value, Ty])[] = slots.map((v, i) => [v, own[i]!]);
      const carried = payload.flatMap((t, i): (readonly [Value, Ty])[] =>
        typeof t === 'string' ? [] : [[values[i], t]],
      );
      const isOwn = (v: Value): boolean => v instanceof End && v.owner === self;
      if (payload.some((t, i) => t === 'end' && !isOwn(values[i]))) return false;
      const isOwnPool = (v: Value): boolean => v instanceof Pool && [...v.members()].every(isOwn);
      if (payload.some((t, i) => t === 'pool' && !isOwnPool(values[i]))) return false;
      if (values.slice(payload.length).some((v) => v !== undefined)) return false;
      const open = carried.some(([, t]) => t.open);
      const variables = open ? judge.solve([...pairs, ...carried]) : new Map<string, Ty>();
      return variables !== undefined && carried.every(([v, t]) => judge.slot(v, t, variables));
    });
  }
}

/** May a frame have come this way, by its flags? */
const cameBy = (lane: Lane, depth: number, slots: readonly Value[]): boolean =>
  lane.slots.length >= depth && [...lane.flags].every(([n, is]) => slots[n] === is);

/** Can a function's end be what the frame at a site waits for? */
function returnsTo(callee: Fn, site: Site): boolean {
  if (!site.after) return false;
  // A closure is never a session.
  if (flowOf(ROWS[site.fn.code[site.pc]!]!) === 'apply') return !callee.image.session;
  return callee.returns === site.pushes;
}

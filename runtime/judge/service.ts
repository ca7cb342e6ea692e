/**
 * What a reference may be used as: the type of the session that was started on the thread it names.
 * Invariant: a client of a thread of this machine never says to it, or hears from it, anything of another type than its session
 * was verified with. What a thread elsewhere says is judged when it comes, what it hears by its own node.
 */
import { Fn } from '../engine/function.js';
import type { Instance } from '../engine/function.js';
import { CodeProgram } from '../engine/program.js';
import { ROWS } from '../bytecode/isa.js';
import { ALIVE, EMPTY, extraOfThread } from '../process/thread.js';
import type { Reference } from '../process/thread.js';
import type { FrameTypes } from '../verify/frame-types.js';
import { offerOf } from '../verify/terms/offers.js';
import type { Ty } from '../verify/terms/types.js';
import type { JudgedModules } from './modules.js';

/** Sessions that go on as a session, by the one they go on as. */
export class Successions {
  readonly #before = new Map<Fn, Set<Fn>>();
  #seen = 0;

  constructor(readonly loaded: () => readonly Instance[]) {}

  /** A session and all that may have been started where it runs now. */
  startedAs(fn: Fn): ReadonlySet<Fn> {
    const all = this.loaded();
    for (; this.#seen < all.length; this.#seen++)
      for (const f of all[this.#seen]!.functions) if (f.image.session) this.#follow(f);
    const found = new Set([fn]);
    for (const f of found) this.#before.get(f)?.forEach((b) => found.add(b));
    return found;
  }

  #follow(f: Fn): void {
    const { code } = f.image;
    for (let pc = 0; pc < code.length; pc += ROWS[code[pc]!]!.length) {
      if (ROWS[code[pc]!]!.name !== 'tail_call_function') continue;
      const next = f.callees[code[pc + 1]!];
      if (!(next instanceof Fn) || !next.image.session) continue;
      const known = this.#before.get(next);
      if (known === undefined) this.#before.set(next, new Set([f]));
      else known.add(f);
    }
  }
}

/** The session on a thread; undefined of a thread that has ended, or lives elsewhere. */
function sessionOf({ target }: Reference): Fn | undefined {
  if (target === null || target.status !== ALIVE || !(target.program instanceof CodeProgram)) return undefined;
  return [...target.program.frames()].at(-1)?.site.fn;
}

const typeOf = (fn: Fn, modules: JudgedModules, to: FrameTypes): Ty | undefined => {
  const from = modules.of(fn.instance);
  const found = from.reference(fn.index);
  return found === undefined ? undefined : modules.bring(found, from, to);
};

/** The type of references to what runs on a thread, in the words of a module; undefined if nothing does that is known. */
export function typeOfThread(r: Reference, modules: JudgedModules, to: FrameTypes): Ty | undefined {
  const fn = sessionOf(r);
  const found = fn === undefined || modules.successions.startedAs(fn).size > 1 ? undefined : typeOf(fn, modules, to);
  // Of a generic service each client knows more than the service itself.
  return found?.open === true ? undefined : found;
}

/** May a reference be used as a reference of the type `wanted`? */
export function isReferenceTo(r: Reference, wanted: Ty, modules: JudgedModules, to: FrameTypes): boolean {
  const asked = offerOf(wanted);
  if (asked === undefined || asked.size === 0) return true;
  const fn = sessionOf(r);
  if (fn === undefined) {
    // What will run there is not known: what its clients say is judged when it is taken.
    if (r.target?.status === EMPTY) extraOfThread(r.target).unproven = true;
    return true;
  }
  for (const first of modules.successions.startedAs(fn)) {
    const from = modules.of(first.instance);
    const found = typeOf(first, modules, to);
    if (found === undefined ? first.image.session && from.isTrusted(first.index) : offers(found, wanted, to))
      return true;
  }
  return false;
}

/** Does a service of the type `found` take what clients of `wanted` say, and say only what they hear? */
function offers(found: Ty, wanted: Ty, { env: { types } }: FrameTypes): boolean {
  const theirs = offerOf(found);
  const wild = (t: Ty): boolean => t.open || t.kind === 'unset';
  const all = (xs: readonly Ty[], ys: readonly Ty[]): boolean =>
    xs.length === ys.length && xs.every((x, i) => wild(x) || wild(ys[i]!) || types.fits(x, ys[i]!));
  return [...(offerOf(wanted) ?? [])].every(([key, carried]) => {
    const mine = theirs?.get(key);
    // What the service never says may be waited for.
    if (mine === undefined) return key.startsWith('?');
    return key.startsWith('!') ? all(carried, mine) : all(mine, carried);
  });
}

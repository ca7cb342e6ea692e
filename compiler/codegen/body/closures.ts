/**
 * Closures and local functions as function values: partial applications of a lifted function to what they captured.
 * An upvalue is captured as such; anything else by value.
 * Invariant: a lifted function takes its captures first, in the order of their indices, then its own parameters.
 */
import type { Local } from '../../resolve/resolution.js';
import type { Place } from './frame.js';
import { givenAway, type Body } from './scope.js';
import type { Lifted } from '../image/unit.js';

/** Pushes the closure: a function as it is, or a partial application to the slots it captured. */
export function closureOver(b: Body, lifted: Lifted): void {
  const f = b.frame;
  const callee = b.unit.builder.callee(lifted.name);
  if (lifted.captured.length === 0) return f.op('push_function', callee);
  f.closure(callee, lifted.captured.map((l) => slotFor(b, l))); // prettier-ignore
}

/** A parameter or fixed slot that holds a local: what is on the stack is copied to one first. */
function slotFor(b: Body, local: Local): Place {
  const place = b.frame.placeOf(local);
  if (place !== undefined && place.area !== 'stack') return place;
  readLocal(b, local);
  const slot = b.frame.fix();
  b.frame.set(slot);
  return slot;
}

/** Pushes the value of a local. A local function inside its own body has no place there: it is made again. */
export function readLocal(b: Body, local: Local): void {
  const place = b.frame.placeOf(local);
  if (place !== undefined) {
    b.frame.get(place);
    return givenAway(b, local);
  }
  const lifted = b.unit.localFun(local);
  if (lifted === undefined) throw new Error(`${local.name} has no place in ${b.name}`);
  closureOver(b, lifted);
}

/** Pushes the captures of a local function for a direct call, if all of them have a place here. */
export function pushCaptures(b: Body, lifted: Lifted): boolean {
  const { captured } = lifted;
  const places = captured.map((l) => b.frame.placeOf(l));
  // An upvalue cannot be passed as an argument, only captured.
  if (places.some((p) => p === undefined || p.upvalue)) return false;
  captured.forEach((l) => readLocal(b, l));
  return true;
}

/**
 * Closures and local functions as function values: partial applications of a lifted function to what they captured.
 * An upvalue is captured as such, by its slot; anything else by value.
 * Invariant: a lifted function takes its upvalues first, then its other captures, then its own parameters.
 */
import type { Local } from '../resolve/resolution.js';
import type { Place } from './frame.js';
import type { Body } from './scope.js';
import type { Lifted } from './unit.js';

/** The captures of a lifted function in the order of its parameters. */
export function orderedCaptures(lifted: Lifted): readonly Local[] {
  const shared = (l: Local): boolean => l.assigned && l.captured;
  return [...lifted.captured.filter(shared), ...lifted.captured.filter((l) => !shared(l))];
}

/** Pushes the closure. */
export function closureOver(b: Body, lifted: Lifted): void {
  const f = b.frame;
  const captured = orderedCaptures(lifted);
  const callee = b.unit.builder.callee(lifted.name);
  const shared: Place[] = [];
  const plain: Local[] = [];
  for (const local of captured) {
    const place = f.placeOf(local);
    if (place?.upvalue) shared.push(place);
    else plain.push(local);
  }
  if (shared.length > 0) f.closure(callee, shared);
  else f.op('push_function', callee);
  if (plain.length === 0) return;
  plain.forEach((l) => readLocal(b, l));
  f.emit('call', [plain.length], -plain.length);
}

/** Pushes the value of a local. A local function inside its own body has no place there: it is made again. */
export function readLocal(b: Body, local: Local): void {
  const place = b.frame.placeOf(local);
  if (place !== undefined) return b.frame.get(place);
  const lifted = b.unit.localFun(local);
  if (lifted === undefined) throw new Error(`${local.name} has no place in ${b.name}`);
  closureOver(b, lifted);
}

/** Pushes the captures of a local function for a direct call, if all of them have a place here. */
export function pushCaptures(b: Body, lifted: Lifted): boolean {
  const captured = orderedCaptures(lifted);
  const places = captured.map((l) => b.frame.placeOf(l));
  // An upvalue cannot be passed as an argument, only captured.
  if (places.some((p) => p === undefined || p.upvalue)) return false;
  captured.forEach((l) => readLocal(b, l));
  return true;
}

/**
 * Which sessions a reference may mean, by its type. References flow only between places of the same type, so all that a
 * place can hold were joined with it by unification (Steensgaard 1996), in one of the uses if its type was generalised, but
 * for what comes in from outside.
 */
import { ANYBODY, endOf, partsOf, prune, type EndType, type Type } from '../solve/type.js';
import type { Instances } from './typing.js';

/** Marks, in one use of a function, the references in its result that come from neither an argument nor a spawn: the host's. */
export function markForeign(params: readonly Type[], result: Type, isHost: boolean): void {
  const given = new Set(params.flatMap((type) => [...allParts(type)]));
  for (const t of allParts(result)) {
    if (t.kind === 'var' && !given.has(t)) t.foreign = true;
    if (t.kind === 'service' && isHost) endOf(t.end).services.add(ANYBODY);
  }
}

/** A type and the types it is made of. */
function allParts(type: Type): ReadonlySet<Type> {
  const found = new Set([prune(type)]);
  for (const t of found) partsOf(t).forEach((part) => found.add(prune(part)));
  return found;
}

export interface ServiceSessions {
  /** By `globalKey`, in order of discovery. */
  readonly sessions: readonly string[];
  /**
   * No other session is possible: `here`, as far as this module goes, if the type was generalised (a parameter is among the
   * sources, so callers elsewhere may add to it). Not so for references kept in constants, exceptions and declared types,
   * which other modules may fill.
   */
  readonly complete: boolean | 'here';
}

/**
 * Of a reference, or of an end that came from connecting one, or of what may be one in some use; undefined for anything else.
 * Ask after inference only.
 */
export function serviceSessions(type: Type, instances: Instances): ServiceSessions | undefined {
  const sessions = new Set<string>();
  let closed = false;
  let generalised = false;
  const ends = new Set<EndType>();
  const types = new Set([prune(type)]);
  for (const t of types) {
    if (t.kind === 'service' || t.kind === 'end') ends.add(endOf(t.end));
    if (t.kind !== 'var') continue;
    generalised = true;
    for (const used of instances.variables.get(t) ?? []) types.add(prune(used));
  }
  if (ends.size === 0) return undefined;
  for (const end of ends) {
    closed ||= end.services.has(ANYBODY);
    end.services.forEach((s) => sessions.add(s));
    closed ||= end.closed === true;
    generalised ||= end.level === Infinity;
    for (const used of instances.ends.get(end) ?? []) ends.add(endOf(used));
  }
  return { sessions: [...sessions], complete: closed ? false : generalised ? 'here' : true };
}

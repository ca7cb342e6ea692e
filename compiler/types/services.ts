/**
 * Which sessions a reference may mean, by its type. References flow only between places of the same type, so all that a
 * place can hold were joined with it by unification (Steensgaard 1996), but for what comes in from outside.
 */
import { endOf, prune, type Type } from './type.js';

export interface ServiceSessions {
  /** By `globalKey`, in order of discovery. */
  readonly sessions: readonly string[];
  /**
   * No other session is possible. False where the type was generalised (a parameter is among the sources: its callers
   * say more), and for references kept in constants, exceptions and declared types, which other modules may fill.
   */
  readonly complete: boolean;
}

/** Of a reference, or of an end that came from connecting one; undefined for anything else. Ask after inference only. */
export function serviceSessions(type: Type): ServiceSessions | undefined {
  const t = prune(type);
  if (t.kind !== 'service' && t.kind !== 'end') return undefined;
  const end = endOf(t.end);
  return { sessions: [...end.services], complete: end.level !== Infinity && end.closed !== true };
}

/**
 * Configurations of extraction: a stack of frames with the slots of each bound to ends.
 * Invariant: values; every function here returns a new configuration and leaves the old one as it was.
 */
import type { Span } from '../../source/source.js';
import type { EndId } from './automaton.js';
import type { Code, Op, Point, Slot } from '../code/code.js';

/** Why an end can no longer be used. */
export interface Gone {
  readonly how: 'given' | 'spawned' | 'pooled' | 'dropped' | 'lost';
  readonly span: Span;
}

export interface Frame {
  readonly code: Code;
  readonly point: Point;
  /** Per slot the end it names, -1 for none. */
  readonly env: readonly EndId[];
  /** Where an exception goes that this frame does not catch: the handler around the call, in the frame below. */
  readonly handler?: Point;
  /** Where a `close` in this frame goes on in the frame below: `finally` blocks around the call, then on outwards. */
  readonly closing?: Point;
  /** The call that made the frame, where `closing` is. */
  readonly called?: Span;
}

/** Frames from the outermost to the running one; empty when the session is over. */
export interface Config {
  readonly frames: readonly Frame[];
  readonly gone: ReadonlyMap<EndId, Gone>;
  /** Ends of bodies that an exception has just left: nobody names them any more, and they are lost before anything else happens. */
  readonly left?: readonly EndId[];
}

export const top = (config: Config): Frame | undefined => config.frames.at(-1);
export const opOf = (frame: Frame): Op => frame.code.points[frame.point]!;

export function withTop(config: Config, frame: Frame): Config {
  return { ...config, frames: [...config.frames.slice(0, -1), frame] };
}

export function goTo(config: Config, point: Point): Config {
  return withTop(config, { ...top(config)!, point });
}

export function set(env: readonly EndId[], slot: Slot, id: EndId): EndId[] {
  const next = [...env];
  next[slot] = id;
  return next;
}

/** Ends and pools the thread owns and may still use. */
export function heldBy(config: Config): EndId[] {
  const named = config.frames.flatMap((f) => f.env).filter((id) => id >= 0 && !config.gone.has(id));
  return [...new Set([...named, ...(config.left ?? [])])].sort((a, b) => a - b);
}

export function bind(code: Code, args: readonly (EndId | undefined)[]): EndId[] {
  const env = code.slots.map(() => -1);
  code.params.forEach((p, i) => {
    if (p.slot !== undefined) env[p.slot] = args[i] ?? -1;
  });
  return env;
}

/** Whether going on at `point` only leaves the body; `close` leaves all bodies, so it must be the outermost. */
export function leaves(code: Code, point: Point, outermost: boolean): boolean {
  for (let at = point, steps = 0; steps <= code.points.length; steps++) {
    const op = code.points[at]!;
    if (op.op === 'return' || (op.op === 'close' && outermost)) return true;
    if (op.op !== 'jump' || op.to.length !== 1 || op.handler !== undefined) return false;
    at = op.to[0]!;
  }
  return false;
}

export function keyOf(config: Config): string {
  const frames = config.frames.map(
    (f) => `${f.code.key}@${f.point}[${f.env.join()}]${f.handler ?? ''}/${f.closing ?? ''}`,
  );
  const gone = [...config.gone].map(([id, g]) => `${id}:${g.how}${g.span.start}`).sort();
  return `${frames.join('>')}|${gone.join()}|${config.left?.join() ?? ''}`;
}

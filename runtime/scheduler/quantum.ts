/**
 * How long a slice may be where we are: compiled code keeps its frames on the host's stack.
 * Invariant: a slice of the reductions given here cannot overflow that stack.
 */

const nothing: (...args: readonly unknown[]) => void = () => undefined;
/** 90,000 arguments take 720 kB of stack: more than a slice of 4000 reductions can (160 bytes each). */
const PROBE = new Array<undefined>(90_000).fill(undefined);

let atRest = 0;

/**
 * As `safeQuantum`, on the stack of the host's event loop itself, which is always as deep: found out once, since trying costs
 * more than a thousand slices of one message.
 */
export function restingQuantum(): number {
  if (atRest === 0) atRest = safeQuantum();
  return atRest;
}

/** Reductions a slice may have here: 4000, or less where the host's stack has less room left (found by trying). */
export function safeQuantum(): number {
  for (let quantum = 4000, size = PROBE.length; quantum > 8; quantum >>= 1, size >>= 1) {
    try {
      nothing(...(size === PROBE.length ? PROBE : PROBE.slice(0, size)));
      return quantum;
    } catch (e) {
      if (!(e instanceof RangeError)) throw e;
    }
  }
  return 8;
}

/**
 * How long something computes, for tests of what must not grow faster than its input.
 * Invariant: what else the machine does counts as little as can be: the time is the processor's, of this process.
 */

/** Starts to count; the answer gives the milliseconds since. */
export function computing(): () => number {
  const begun = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  };
}

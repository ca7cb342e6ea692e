/**
 * Does a series of heap sizes grow? A line through it by least squares, and how far its slope can be chance.
 * Invariant: a constant series with noise does not grow; one that rises steadily by more than the noise does.
 */
export interface Sample {
  /** Milliseconds. */
  readonly at: number;
  /** Bytes. */
  readonly heap: number;
  /** Work done so far, in the program's own unit. */
  readonly rounds: number;
}

export interface Growth {
  /** Bytes an hour. */
  readonly perHour: number;
  /** Four standard errors of that. */
  readonly noise: number;
  readonly grows: boolean;
}

/** What the host itself gains now and then (code made late, tables that double once) is no leak: bytes in the series. */
const HOST = 200_000;

export function growth(samples: readonly Sample[]): Growth {
  const n = samples.length;
  if (n < 3) throw new Error('too few samples for a line');
  const mean = (of: (s: Sample) => number): number => samples.reduce((sum, s) => sum + of(s), 0) / n;
  const [at, heap] = [mean((s) => s.at), mean((s) => s.heap)];
  const spread = samples.reduce((sum, s) => sum + (s.at - at) ** 2, 0);
  const slope = samples.reduce((sum, s) => sum + (s.at - at) * (s.heap - heap), 0) / spread;
  const rest = samples.reduce((sum, s) => sum + (s.heap - heap - slope * (s.at - at)) ** 2, 0);
  const error = Math.sqrt(rest / (n - 2) / spread);
  const gained = slope * (samples.at(-1)!.at - samples[0]!.at);
  const HOUR = 3_600_000;
  return { perHour: slope * HOUR, noise: 4 * error * HOUR, grows: slope > 4 * error && gained > HOST };
}

/**
 * What is said of calls that no automaton can be made of as they are written.
 * Invariant: data only; where these are told is up to whoever asks.
 */
import type { Gone } from './config.js';
import { error, type Diagnostic } from '../../diagnostics/diagnostic.js';
import type { Code } from '../code/code.js';
import type { Span } from '../../source/source.js';

/** Calls in a circle, each with something left to do behind it. */
export const notRegular = (cycle: readonly string[], span: Span): Diagnostic =>
  error(
    'Q0314',
    span,
    `the protocol would not be regular: ${cycle.map((name) => `\`${name}\``).join(' calls ')} outside tail position`,
    {
      label: 'this call comes back here, with ends in its hands',
      hints: [
        'a session may go on as itself (`loop`, or a call as its last step, which none inside of `try` is), or the recursion may leave ends out',
      ],
    },
  );

/** Code of another module ends the thread at its `close`, and knows nothing of what is around the call. */
export const closesFromOutside = (name: string, call: Span): Diagnostic =>
  error('Q0350', call, `\`${name}\`, of another module, may end the thread here, past the \`finally\` around it`, {
    label: `\`${name}\` comes to a \`close\``,
    hints: [
      'call it outside of the `try`, or let it come to its end without `close`; a session of this module may do both',
    ],
  });

/** Each end is followed by itself, for as long as it is held. */
export const holdsTooMuch = ({ name, span }: Code, ends: number, most: number): Diagnostic =>
  error('Q0324', span, `\`${name}\` holds too many ends for too long`, {
    label: `${ends} at once, and more than ${most / 1_000_000} million in all its steps together`,
    hints: [
      'a pool holds any number of ends that are used alike; what is done with each can be a session or function of its own',
    ],
  });

/** Of an end that cannot be used any more: what is said, and where that happened. */
export const GONE: Record<Gone['how'], { said: string; marked: string; hints?: readonly string[] }> = {
  given: { said: 'was given away and cannot be used any more', marked: 'given away here' },
  spawned: { said: 'was given to a new thread and cannot be used any more', marked: 'given away here' },
  pooled: { said: 'was put into a pool and cannot be used before it is taken out', marked: 'put into the pool here' },
  dropped: { said: 'was dropped and cannot be used any more', marked: 'dropped here' },
  lost: {
    said: 'is lost here and cannot be used any more',
    marked: 'known to be lost from here on',
    hints: [
      'what happens may leave a conversation half-way, so every end that the body of a `try` mentions is lost in its handlers',
      'put only the call that may fail into `try`, and use its value below: `let r = try .. catch e .. end`',
    ],
  },
};

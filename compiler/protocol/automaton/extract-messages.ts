/**
 * What is said of calls that no automaton can be made of as they are written.
 * Invariant: data only; where these are told is up to whoever asks.
 */
import { error, type Diagnostic } from '../../diagnostics/diagnostic.js';
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

/**
 * Messages about what is forgotten, used again, or put where it would be copied.
 * Invariant: one mistake, one message: of a variable that was spoken of, nothing more is said.
 */
import { error, type Diagnostic } from '../diagnostics/diagnostic.js';
import type { Span } from '../source/source.js';
import type { Held } from '../types/solve/uses.js';
import type { Left, Taken } from './state.js';

/** What is not used up: a variable, or a value that has no name. */
export interface Forgotten {
  readonly span: Span;
  readonly name?: string;
  readonly held: Held;
  /** Names of functions that would take it. */
  readonly takers: readonly string[];
  readonly taken?: Taken;
  readonly left?: Left;
}

const either = (names: readonly string[]): string =>
  names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names.at(-1)}` : names.join('');

export function forgotten({ span, name, held, takers, taken, left }: Forgotten): Diagnostic {
  const called = name === undefined ? 'what this gives' : `\`${name}\``;
  return error('Q0360', span, held.forgotten ?? `${called} is never used up`, {
    label: taken === undefined ? `nothing takes ${called}` : `${called} is taken on some paths only`,
    labels: [
      ...(left ? [{ span: left.span, text: left.text }] : []),
      ...(taken ? [{ span: taken.span, text: `on another path ${taken.text} here` }] : []),
    ],
    hints: [
      `take it once on every path${takers.length > 0 ? `: with ${either(takers)}` : ''}, or give it to a session, in a message, or back to the caller`,
    ],
  });
}

export function usedAgain(name: string, span: Span, taken: Taken, left: Left | undefined): Diagnostic {
  if (taken.perhaps)
    return error('Q0361', span, `\`${name}\` may be used up already: the body of this \`try\` takes it`, {
      label: 'it is let go where that body fails, whoever had it then',
      labels: [{ span: taken.span, text: `${taken.text} here` }],
      hints: [
        `let the \`try\` give a value, and use \`${name}\` after it: \`let answer = try .. catch e then .. end\``,
      ],
    });
  const again = taken.span.start === span.start && taken.span.end === span.end;
  const sentence = again
    ? `\`${name}\` is used in every round, but in the first ${taken.text}`
    : `\`${name}\` is used ${left === undefined ? `after ${taken.text}` : `here, but on one path ${taken.text} before`}`;
  return error('Q0361', span, sentence, {
    label: again ? 'there is nothing left for the next round' : 'it is used again here',
    labels: again ? [] : [{ span: taken.span, text: `${taken.text} here` }],
    hints: ['whoever gives it away, or has used it up, has it no more'],
  });
}

export function captured(name: string, span: Span, bound: Span, why: string): Diagnostic {
  return error('Q0362', span, `\`${name}\` cannot be kept in ${why}`, {
    label: 'a function value may be called many times, or never',
    labels: [{ span: bound, text: `\`${name}\` is bound here, and used up once` }],
    hints: ['pass it as an argument instead'],
  });
}

/** `why`: a mistake that would be one if what is given were linear. */
export const copied = (span: Span, held: Held, where: string, hint: string, why?: Diagnostic): Diagnostic =>
  error('Q0363', span, `${article(held)} cannot ${where}`, {
    label:
      why?.span === undefined ? 'it might be copied or forgotten there' : 'it would not be used exactly once there',
    labels: why?.span === undefined ? [] : [{ span: why.span, text: WHY.get(why.code) ?? 'it would be copied here' }],
    hints: [hint],
  });

const WHY = new Map([
  ['Q0360', 'this would be forgotten'],
  ['Q0361', 'this would be used again'],
]);

const article = ({ name }: Held): string =>
  name === '' ? 'what is used up once' : `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;

/**
 * Disagreements between types as diagnostics: both places, both types in source terms, and what would help.
 * Invariant: messages speak of what was written, never of variables or rows of inference.
 */
import { type Diagnostic, error, type Label } from '../../diagnostics/diagnostic.js';
import { didYouMean } from '../../diagnostics/suggest.js';
import { BUILTIN_TYPES } from '../../resolve/prelude.js';
import { textOf, type Span } from '../../source/source.js';
import { hintsFor } from './hints.js';
import { count, describe, Names, showType } from '../solve/show.js';
import { isBuiltin, prune, type Clash, type Type } from '../solve/type.js';
import type { Unifier } from '../solve/unify.js';

/** Why a type was wanted. */
export interface Expectation {
  /** As in `the condition of \`if\``; the subject of the sentence. */
  readonly what?: string;
  /** The other place, if it is known. */
  readonly other?: Label;
  /** In place of those that the types suggest. */
  readonly hints?: readonly string[];
}

export function clashError(
  u: Unifier,
  clash: Clash,
  wanted: Type,
  actual: Type,
  at: Span,
  why: Expectation,
): Diagnostic {
  if (clash.payload !== undefined) return payloadError(u, clash, clash.payload, at);
  const names = new Names();
  const elseless = [clash.a, clash.b].map((t) => u.elseless.get(prune(t))).find((found) => found !== undefined);
  const labels = [
    ...(why.other === undefined ? origin(u, [clash.a, clash.b], at, names) : [why.other]),
    ...(elseless === undefined ? [] : [{ span: elseless.header, text: 'this `if` has no `else`, so it has no value' }]),
  ];
  if (elseless !== undefined) u.blamed.push(elseless.whole);
  const more = { labels, ...(why.hints && { hints: why.hints }) };
  switch (clash.why) {
    case 'reference':
      return error(
        'Q0232',
        at,
        'this is used as a reference to a thread in one place and as the end of a link in another',
        {
          labels,
          hints: [clash.a, clash.b].some((t) => isBuiltin(prune(t), 'thread'))
            ? [
                'who has a link to a thread has no reference to it: ask it to end by a message, or let go of it with `drop`',
                'a thread that is to be killed or watched is spawned without `self`',
              ]
            : ['`let c = connect s` makes an end of the reference `s`; send and wait on that end'],
        },
      );
    case 'linear':
      return error('Q0230', at, `${describe(isEndLike(clash.a) ? clash.a : clash.b)} cannot be used as data`, {
        labels,
        hints: ['ends live in variables, messages, arguments of named sessions and functions, and pools only'],
      });
    case 'peer': {
      const t = clash.a.kind !== 'var' ? clash.a : clash.b;
      const is = inWords(t, names);
      return error('Q0233', at, `this is used as a peer of messages, but it is ${is}`, more);
    }
    case 'occurs':
      return error('Q0205', at, 'this would have a type that contains itself', {
        ...more,
        label: `\`${showType(wanted, names)}\` would have to be \`${showType(actual, names)}\``,
      });
    case 'rigid':
      return error('Q0206', at, rigidMessage(clash, names), {
        ...more,
        hints: [
          ...misspelt(clash),
          'a type variable in an annotation stands for every type: the body may not choose one',
        ],
      });
    default: {
      const what = why.what ?? 'this';
      const is = `is ${describe(actual, names)}`;
      const message = `${what} ${is}, but ${describe(wanted, names)} is wanted`;
      return error('Q0201', at, clash.why === 'number' ? numberMessage(clash, names) : message, {
        ...more,
        hints:
          elseless === undefined
            ? (why.hints ?? hintsFor(wanted, actual, textOf(at)))
            : ['give it an `else` branch with the other value'],
      });
    }
  }
}

/** Of a variable, what is known of it. */
function inWords(type: Type, names: Names): string {
  const t = prune(type);
  if (t.kind !== 'var') return describe(t, names);
  return t.constraint === 'number' ? 'a number' : `\`${showType(t, names)}\`, which stands for any type`;
}

const isEndLike = (t: Type): boolean => prune(t).kind === 'end' || prune(t).kind === 'pool';

function rigidMessage(clash: Clash, names: Names): string {
  const [a, b] = [prune(clash.a), prune(clash.b)];
  const [rigid, other] = a.kind === 'var' && a.rigid === true ? [a, b] : [b, a];
  const is = other.kind === 'var' && other.constraint === 'number' ? 'a number' : describe(other, names);
  return `the annotation says \`${showType(rigid, names)}\` for any type, but here it has to be ${is}`;
}

/** A lower-case name that is no type is a type variable, so a misspelt type shows up here. */
function misspelt(clash: Clash): string[] {
  return [clash.a, clash.b].flatMap((type) => {
    const t = prune(type);
    const name = t.kind === 'var' && t.rigid === true ? (t.hint ?? '') : '';
    return name.length < 3 ? [] : didYouMean(name, BUILTIN_TYPES.keys());
  });
}

function numberMessage(clash: Clash, names: Names): string {
  const t = prune(clash.a).kind === 'var' ? clash.b : clash.a;
  return `a number is wanted here, but this is ${describe(t, names)}`;
}

function payloadError(u: Unifier, clash: Clash, payload: NonNullable<Clash['payload']>, at: Span): Diagnostic {
  const names = new Names();
  const show = (types: readonly Type[]): string =>
    types.length === 0 ? 'nothing' : types.map((t) => describe(t, names)).join(', ');
  const here = u.places.get(payload.here);
  const there = u.places.get(payload.there);
  const primary = here ?? at;
  const label = payload.label;
  const carried =
    payload.here.length === 0 ? label : `${label}(${payload.here.map((t) => showType(t, names)).join(', ')})`;
  if (clash.why === 'closed')
    return error('Q0218', primary, `\`${label}\` is not among the messages that this reference is declared for`, {
      hints: [`declare it where the type is declared: \`service<!{${carried} ~> End}>\``],
    });
  if (clash.why === 'count') return countError(u, payload, at);
  return error('Q0210', primary, `the two sides of \`${label}\` disagree about what it carries`, {
    label: `carries ${show(payload.here)} here`,
    labels: [
      ...(there === undefined ? [] : [{ span: there, text: `carries ${show(payload.there)} here` }]),
      ...[...origin(u, payload.there, there ?? at, names), ...origin(u, payload.here, primary, names)].filter(
        (l) => ![primary, there].some((s) => s?.file === l.span.file && s.start <= l.span.start && l.span.end <= s.end),
      ),
    ],
    hints:
      clash.why === 'reference'
        ? [
            '`let c = connect s` makes an end of a reference `s`',
            'a name bound by a message is a reference if it is connected, stored or annotated: `on Label(s : service)`',
          ]
        : clash.why === 'linear'
          ? [
              `a name that is only passed on is taken for data; say that it is an end: \`on ${label}(c : !{Hello ~> End})\``,
            ]
          : [],
  });
}

/** A label with too few or too many values: said at the send, where one is known. */
function countError(u: Unifier, payload: NonNullable<Clash['payload']>, at: Span): Diagnostic {
  const swap = !u.sent.has(payload.here) && u.sent.has(payload.there) && u.places.has(payload.there);
  const [here, there] = swap ? [payload.there, payload.here] : [payload.here, payload.there];
  const [place, other] = [u.places.get(here) ?? at, u.places.get(there)];
  const awaited = u.sent.has(here) && !u.sent.has(there);
  const [n, m] = [count(here.length), count(there.length)];
  return error(
    'Q0202',
    place,
    awaited
      ? `\`${payload.label}\` is sent with ${n}, but awaited with ${m}`
      : `\`${payload.label}\` carries ${n} here and ${m} there`,
    {
      label: `${n} here`,
      labels: other === undefined ? [] : [{ span: other, text: `${m} here` }],
    },
  );
}

/** Where a part of a type that disagrees was decided, if that is another place. */
function origin(u: Unifier, types: readonly Type[], at: Span, names: Names): Label[] {
  for (const type of types) {
    let t = type;
    while (t.kind === 'var' && t.instance !== undefined) {
      const span = u.because.get(t);
      if (span !== undefined && !(span.start === at.start && span.end === at.end && span.file === at.file))
        return [{ span, text: `${describe(t, names)} because of this` }];
      t = t.instance;
    }
  }
  return [];
}

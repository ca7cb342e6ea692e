/**
 * Loops: a round is walked again with what the round before left, until nothing new comes of it.
 * Invariant: what is used up in one round is not there in the next.
 */
import type { Expr, Pattern } from '../ast/ast.js';
import type { Span } from '../source/source.js';
import type { Type } from '../types/solve/type.js';
import type { Around, Body } from './body.js';
import { look, operands, taken } from './calls.js';
import { bind } from './patterns.js';
import { meet, same, type Path, type State } from './state.js';

export interface Loop {
  readonly span: Span;
  /** What is evaluated before each round. */
  readonly head: () => void;
  readonly round: () => void;
  /** Whether the loop may end before a round. */
  readonly ends: boolean;
  /** The type of what a `for` goes through, where that holds something. */
  readonly source?: Type;
}

/** A status has three values, each of which is followed by fewer. */
const MOST_ROUNDS = 4;

export function rounds(b: Body, loop: Loop): void {
  const entry: Path = { state: b.state, left: { span: loop.span, text: 'not where there is no round' } };
  const depth = b.scopes.length;
  let start: State = b.state;
  let out: readonly Path[] = [];
  for (let n = 0; n < MOST_ROUNDS; n++) {
    const form: Around & { kind: 'loop' } = {
      ...{ kind: 'loop', depth, breaks: [], continues: [] },
      ...(loop.source && { source: loop.source }),
    };
    b.around.push(form);
    b.state = start;
    loop.head();
    const head: Path = { state: loop.ends ? b.state : undefined, left: entry.left };
    loop.round();
    b.around.pop();
    const back: Path = { state: b.state, left: { span: loop.span, text: 'not in every round' } };
    out = [head, ...form.breaks];
    const next = meet([entry, back, ...form.continues]);
    if (same(next, start)) break;
    start = next;
  }
  b.meet(out);
}

/** A `for`, as a statement or in a comprehension: what it goes through is used up by it, piece by piece. */
export function through(b: Body, source: Expr, pattern: Pattern, span: Span, round: () => void): void {
  const type = b.typeOf(source.id);
  const held = b.held(source.id) !== undefined && type?.kind !== 'pool';
  if (held) operands(b, taken([source], 'this loop took it'));
  else look(b, source);
  rounds(b, {
    span,
    head: () => undefined,
    round: () => {
      b.enter();
      bind(b, pattern);
      round();
      b.leave();
    },
    ends: true,
    ...(held && type && { source: type }),
  });
}

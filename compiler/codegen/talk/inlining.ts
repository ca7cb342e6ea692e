/**
 * Calls generated in place: sessions called in the middle of another, and functions that take ends, since what they do
 * belongs to the protocol of their caller (as the protocol pass reads it).
 * Invariant: the callee's `return` and its end go on behind the call; its `loop` and a tail call of something that is
 * being generated around it go back to where that began, so generation ends for every regular protocol.
 */
import type { Expr, FunItem, SessionItem } from '../../ast/ast.js';
import { isLast } from '../../resolve/leaving.js';
import type { Place } from '../body/frame.js';
import { implicitConnect } from './links.js';
import { match } from '../body/matching.js';
import { enter, expression, statements, type Body, type Enclosing, type Want } from '../body/scope.js';

type Inlined = Extract<Enclosing, { kind: 'inlined' }>;

/** The call of `item` that is being generated around this place, if any; innermost first. */
export function around(b: Body, item: SessionItem | FunItem | undefined): Inlined | undefined {
  const found = b.enclosing.findLast((e) => e.kind === 'inlined' && e.item === item);
  return found?.kind === 'inlined' ? found : undefined;
}

/** Generates the body of `item` as a call with these arguments; a value is pushed if `gives`. */
export function inline(b: Body, item: SessionItem | FunItem, args: readonly Expr[], gives: boolean): void {
  const f = b.frame;
  const mark = enter(b);
  const done = f.label();
  const start = f.label();
  pushArguments(b, args);
  // What `loop` assigns must be in fixed slots.
  const params = item.params.map(() => f.fix());
  [...params].reverse().forEach((place) => f.set(place));
  f.place(start);
  const call: Inlined = {
    kind: 'inlined',
    item,
    start,
    params,
    done,
    depth: mark.depth,
    fixed: mark.fixed,
    wants: gives,
  };
  const inner = { ...b, enclosing: [...b.enclosing, call] };
  item.params.forEach((p, i) => {
    const local = p.pattern.kind === 'bind' ? b.unit.localOf(p.pattern.name.id) : undefined;
    if (local !== undefined) f.bind(local, params[i]!);
    else if (p.pattern.kind !== 'any') {
      f.get(params[i]!);
      match(inner, p.pattern);
    }
  });
  statements(inner, item.body.statements, 'return');
  f.depth = mark.depth + (gives ? 1 : 0);
  f.place(done);
  clearEnds(b, call);
}

/** Empties the parameters of a call that is over: an end left in a slot would be taken for one that the thread still holds. */
function clearEnds(b: Body, { item, params }: Inlined): void {
  item.params.forEach((p, i) => {
    const local = p.pattern.kind === 'bind' ? b.unit.localOf(p.pattern.name.id) : undefined;
    if (local === undefined || b.unit.kindOf(local) !== 'end') return;
    b.frame.unit();
    b.frame.set(params[i]!);
  });
}

/** Goes back to the start of a call that is being generated, with new arguments. */
export function again(b: Body, call: Inlined, args: readonly Expr[]): void {
  const f = b.frame;
  pushArguments(b, args);
  assign(b, call.params.slice(0, args.length));
  // The calls inside of that one, this place's own among them, are over.
  for (const inner of b.enclosing.slice(b.enclosing.indexOf(call) + 1))
    if (inner.kind === 'inlined') clearEnds(b, inner);
  f.pop(f.depth - call.depth);
  f.jump(call.start, 'loop');
}

export function pushArguments(b: Body, args: readonly Expr[]): void {
  for (const arg of args) {
    expression(b, arg, 'value');
    implicitConnect(b, arg.id);
  }
}

/** Assigns the values on top of the stack to places, the last to the last. */
export function assign(b: Body, places: readonly Place[]): void {
  for (let i = places.length - 1; i >= 0; i--) b.frame.set(places[i]!);
}

/** Is `want` a tail position of the innermost call or of the body itself? */
export const endsCall = (b: Body, want: Want): boolean => want === 'return' && isLast(b.enclosing);

/**
 * Patterns as tests and bindings, by backtracking over the arms in order (Augustsson 1985): the value under test is on
 * top of the stack, parts of it are pushed as they are looked at and stay there, so names are bound where their values
 * already lie. A failed test drops what its arm has pushed and goes on with the next arm.
 * Invariant: a test that succeeds leaves the tested value in place, with parts of it above; one that fails arrives at
 * its label with the height recorded beside it.
 */
import type { Label } from '../../../runtime/bytecode/builder.js';
import type { Literal, Pattern } from '../../ast/ast.js';
import type { Local } from '../../resolve/resolution.js';
import type { Place } from './frame.js';
import type { Body } from './scope.js';
import { typed, typedAs } from './typed.js';

/** Where failed tests of one arm go, with the height at each. */
export type Failures = { readonly label: Label; readonly depth: number }[];

/**
 * Tests the top of the stack against a pattern and binds its names. Failed tests are added to `failures`; without it
 * the pattern is known to match and nothing is tested.
 */
export function match(b: Body, pattern: Pattern, failures?: Failures): void {
  const f = b.frame;
  switch (pattern.kind) {
    case 'any':
      return;
    case 'bind':
      bind(b, pattern.name.id, f.under(0));
      return;
    case 'literal':
      if (failures !== undefined) testLiteral(b, pattern.literal, failures);
      return;
    case 'tuple':
      parts(b, pattern.elements, failures);
      return;
    case 'constructor': {
      const entity = b.unit.entity(pattern.path.id);
      const constructor = entity === undefined ? undefined : b.unit.constructorOf(entity);
      if (constructor === undefined) return;
      if (failures !== undefined) failing(b, failures, 'match', constructor);
      else if (pattern.args.length > 0) narrow(b, constructor);
      parts(b, pattern.args, failures);
      return;
    }
    case 'record': {
      const entity = b.unit.entity(pattern.type.id);
      if (entity?.kind !== 'record') return;
      const whole = f.under(0);
      for (const field of pattern.fields) {
        f.get(whole);
        f.op('field', entity.fields.indexOf(field.name.text));
        if (field.pattern === undefined) {
          typed(b, field.id);
          bind(b, field.name.id, f.under(0));
        } else {
          typed(b, field.pattern.id);
          match(b, field.pattern, failures);
        }
      }
      return;
    }
    case 'list':
      matchList(b, pattern, failures);
      return;
    case 'or':
      matchOne(b, pattern.alternatives, failures);
  }
}

function bind(b: Body, name: number, place: Place): void {
  const local = b.unit.localOf(name);
  if (local !== undefined) b.frame.bind(local, place);
}

/** Pushes and matches the fields of the top that the patterns look at. */
function parts(b: Body, patterns: readonly Pattern[], failures: Failures | undefined): void {
  const whole = b.frame.under(0);
  patterns.forEach((p, i) => {
    if (p.kind === 'any') return;
    b.frame.get(whole);
    b.frame.op('field', i);
    typed(b, p.id);
    match(b, p, failures);
  });
}

/** Tells the verifier which constructor the top has, where there is only one. */
function narrow(b: Body, constructor: number): void {
  const impossible: Failures = [];
  failing(b, impossible, 'match', constructor);
  const after = b.frame.label();
  b.frame.jump(after);
  for (const { label, depth } of impossible) {
    b.frame.place(label);
    b.frame.depth = depth;
    b.frame.emit('raise_text', ['impossible constructor'], 0);
    b.frame.live = false;
  }
  b.frame.place(after);
}

function failing(b: Body, failures: Failures, test: string, ...operands: number[]): void {
  const label = b.frame.label();
  b.frame.jump(label, test, ...operands);
  failures.push({ label, depth: b.frame.depth });
}

/** Tests the top, which stays, against a literal. */
function testLiteral(b: Body, literal: Literal, failures: Failures): void {
  const f = b.frame;
  if (literal.type === 'unit') return;
  f.get(f.under(0));
  if (literal.type === 'bool') {
    failing(b, failures, literal.value ? 'jump_unless' : 'jump_if');
    return;
  }
  pushLiteral(b, literal);
  f.op(literal.type === 'float' ? 'feq' : literal.type === 'bytes' ? 'equal' : 'eq');
  failing(b, failures, 'jump_unless');
}

export function pushLiteral(b: Body, literal: Literal): void {
  const f = b.frame;
  switch (literal.type) {
    case 'int':
      return f.int(literal.value);
    case 'float':
      return f.float(literal.value);
    case 'bool':
      return f.bool(literal.value);
    case 'string':
      return f.string(literal.value);
    case 'bytes':
      return f.bytes(literal.value);
    case 'unit':
      return f.unit();
  }
}

function matchList(b: Body, pattern: Extract<Pattern, { kind: 'list' }>, failures: Failures | undefined): void {
  const f = b.frame;
  const type = b.unit.typeOf(pattern.id);
  for (const element of pattern.elements) {
    const list = f.under(0);
    if (failures !== undefined) {
      f.get(list);
      f.op('empty');
      failing(b, failures, 'jump_if');
    }
    if (element.kind !== 'any') {
      f.get(list);
      f.op('head');
      typed(b, element.id);
      match(b, element, failures);
    }
    f.get(list);
    f.op('tail');
    typedAs(b, type);
  }
  if (pattern.rest?.name !== undefined) bind(b, pattern.rest.name.id, f.under(0));
  else if (pattern.rest === undefined && failures !== undefined) {
    f.get(f.under(0));
    f.op('empty');
    failing(b, failures, 'jump_unless');
  }
}

/**
 * Alternatives: each is tried from the same height; the names they bind are copied to fixed slots, since their values lie
 * at different places in different alternatives.
 */
function matchOne(b: Body, alternatives: readonly Pattern[], failures: Failures | undefined): void {
  const f = b.frame;
  const height = f.depth;
  const slots = new Map<string, Place>();
  const locals: [Local, Place][] = [];
  for (const name of namesIn(alternatives[0]!)) slots.set(name.text, f.fix());
  const matched = f.label();
  alternatives.forEach((alternative, i) => {
    const last = i === alternatives.length - 1;
    const inner: Failures = [];
    match(b, alternative, last && failures === undefined ? undefined : inner);
    for (const name of namesIn(alternative)) {
      const local = b.unit.localOf(name.id);
      const slot = slots.get(name.text);
      const place = local === undefined ? undefined : f.placeOf(local);
      if (local === undefined || slot === undefined || place === undefined) continue;
      f.get(place);
      f.set(slot);
      locals.push([local, slot]);
    }
    f.pop(f.depth - height);
    f.jump(matched);
    const next = f.label();
    settle(b, inner, height, next);
    if (last) {
      if (failures !== undefined && f.reached(next)) {
        f.place(next);
        const label = f.label();
        f.jump(label);
        failures.push({ label, depth: height });
      }
    } else f.place(next);
  });
  f.depth = height;
  f.place(matched);
  for (const [local, slot] of locals) f.bind(local, slot);
}

/**
 * Where an arm's tests failed: drops what the arm had pushed above `height` and goes to `next`, which the caller places right
 * behind. `fixed` is the first fixed slot the arm may have filled, if any.
 */
export function settle(b: Body, failures: Failures, height: number, next: Label, fixed?: number): void {
  const f = b.frame;
  // From the highest down, so that what is dropped for one is dropped for all below it. Upvalues are open after some tests only.
  const reached = failures.filter(({ label }) => f.reached(label)).sort((x, y) => y.depth - x.depth);
  const apart = fixed !== undefined && f.opened(fixed);
  reached.forEach(({ label, depth }, i) => {
    const below = apart ? undefined : reached[i + 1];
    f.place(label);
    f.depth = depth;
    if (apart) f.release(fixed);
    f.pop(depth - (below?.depth ?? height));
    if (below !== undefined) f.reach(below.label);
    else if (i < reached.length - 1) f.jump(next);
    else f.reach(next);
  });
}

/** The names a pattern binds, in order. */
function namesIn(p: Pattern): readonly { readonly id: number; readonly text: string }[] {
  switch (p.kind) {
    case 'bind':
      return [p.name];
    case 'constructor':
      return p.args.flatMap(namesIn);
    case 'tuple':
      return p.elements.flatMap(namesIn);
    case 'record':
      return p.fields.flatMap((x) => (x.pattern === undefined ? [x.name] : namesIn(x.pattern)));
    case 'list':
      return [...p.elements.flatMap(namesIn), ...(p.rest?.name === undefined ? [] : [p.rest.name])];
    case 'or':
      return namesIn(p.alternatives[0]!);
    default:
      return [];
  }
}

/**
 * An item with all closures and local functions in it: each is a body that is walked by itself.
 * Invariant: a closure takes what it is given, since nothing is known of who calls it; a function by name may give its
 * parameters back.
 */
import type { Block, FunItem, Item, LambdaExpr, LocalFunStmt, Param } from '../ast/ast.js';
import { eachNode } from '../ast/walk.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { Local } from '../resolve/resolution.js';
import { Body, type Forms, type Mode, type Surroundings } from './body.js';
import { refuse } from './calls.js';
import { expression } from './expressions.js';
import { bind } from './patterns.js';
import { meet } from './state.js';
import { block } from './statements.js';

const FORMS: Forms = { expression, block };

export interface Walked {
  readonly found: readonly Diagnostic[];
  readonly lost: ReadonlyMap<number, readonly Local[]>;
  /** What a function does with each of its parameters. */
  readonly modes: readonly Mode[];
}

export function walkItem(item: Item, around: Surroundings): Walked {
  if (item.kind === 'const') {
    const b = new Body(around, FORMS, 'own');
    refuse(b, item.value, 'be a constant', 'constants are read by everybody: make it in a function');
    look(b, item.value);
    return together([b], [], around, item);
  }
  if (item.kind !== 'fun' && item.kind !== 'session' && item.kind !== 'test')
    return { found: [], lost: new Map(), modes: [] };
  const params = item.kind === 'test' ? [] : item.params;
  const main = walkBody(params, item.body, around, item.kind === 'fun', item.kind !== 'session');
  return together([main.body], main.modes, around, item);
}

function look(b: Body, value: Parameters<Forms['expression']>[1]): void {
  b.forms.expression(b, value, true);
}

function together(bodies: Body[], modes: readonly Mode[], around: Surroundings, item: Item): Walked {
  for (const { params, body } of innerBodies(item)) bodies.push(walkBody(params, body, around, false, true).body);
  return {
    found: bodies.flatMap((b) => b.found),
    lost: new Map(bodies.flatMap((b) => [...b.lost])),
    modes,
  };
}

const inner = new WeakMap<Item, readonly (LambdaExpr | FunItem)[]>();
function innerBodies(item: Item): readonly (LambdaExpr | FunItem)[] {
  const known = inner.get(item);
  if (known !== undefined) return known;
  const found: (LambdaExpr | FunItem)[] = [];
  eachNode(item, (node) => {
    const { kind } = node as { kind?: unknown };
    if (kind === 'lambda' && 'id' in node) found.push(node as LambdaExpr);
    if (kind === 'local-fun') found.push((node as LocalFunStmt).fun);
  });
  inner.set(item, found);
  return found;
}

/** `named`: what still holds its value at the end is the caller's; `gives`: the value of the body is somebody's. */
function walkBody(
  params: readonly Param[],
  body: Block,
  around: Surroundings,
  named: boolean,
  gives: boolean,
): { readonly body: Body; readonly modes: readonly Mode[] } {
  const b = new Body(around, FORMS, named ? 'given back' : 'own');
  const locals = params.map(({ pattern }) =>
    pattern.kind === 'bind' ? b.typing.resolution.binders.get(pattern.name.id) : undefined,
  );
  locals.forEach((local) => local && b.declare(local));
  if (named) b.enter();
  for (const { pattern } of params) if (pattern.kind !== 'bind' && !(named && pattern.kind === 'any')) bind(b, pattern);
  b.forms.block(b, body, gives);
  b.exit({ span: endOf(body), text: 'not where this ends' });
  b.state = meet(b.exits);
  const modes = params.map(({ pattern }, i): Mode => {
    const local = locals[i];
    if (local === undefined) return pattern.kind === 'any' ? 'looks' : 'takes';
    const status = b.state?.get(local);
    if (status === undefined) return b.state === undefined ? undefined : 'looks';
    if (status.kind === 'split') b.forget(local);
    return status.kind === 'held' ? 'looks' : 'takes';
  });
  return { body: b, modes };
}

/** The last place of a block. */
const endOf = ({ span, statements }: Block): Block['span'] => statements.at(-1)?.span ?? span;

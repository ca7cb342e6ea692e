/**
 * Calls: of named functions (which may take ends), of sessions in tail position, of constructors, of function values;
 * with fewer arguments a partial application, with more an error.
 * Invariant: an end is passed only to something that is called by its name, and with all its arguments.
 */
import type { CallExpr, Expr } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import { globalKey, type GlobalId } from '../../resolve/resolution.js';
import { textOf, type Span } from '../../source/source.js';
import type { BodyContext, Context } from './context.js';
import { inferData, inferExpr } from './inside.js';
import { constructorType } from './declarations.js';
import { clashError } from '../say/errors.js';
import { calleeEntity, functionType, isLinear, localType, namesOf, type FunctionType } from './names.js';
import { sessionInstance } from './instances.js';
import { count, describe, showType } from '../solve/show.js';
import { isBuiltin, prune, UNIT, type Type } from '../solve/type.js';

export function inferCall(c: Context, b: BodyContext, e: CallExpr): Type {
  const entity = e.callee.kind === 'path' ? calleeEntity(c, e.callee) : undefined;
  const name = e.callee.kind === 'path' ? e.callee.path.parts.at(-1)!.text : 'this function';
  switch (entity?.kind) {
    case 'extern-fun':
    case 'fun':
      if (entity.id.module === '' && entity.id.name === 'pool') return newPool(c, e);
      return named(c, b, e, name, functionType(c, entity.id), parametersOf(c, entity.id));
    case 'local': {
      if (entity.local.binder !== 'fun') break;
      const type = prune(localType(c, b, entity.local, e.callee.span));
      return named(c, b, e, name, type.kind === 'fun' ? type : undefined);
    }
    case 'session':
      return tailCall(c, b, e, entity.id, name);
    case 'constructor':
    case 'exception': {
      const made = constructorType(c, entity);
      if (made === undefined) break;
      return construct(c, b, e, name, made);
    }
  }
  return value(c, b, e, name);
}

/** With fewer values than it takes, a constructor is applied partially, as functions are. */
function construct(c: Context, b: BodyContext, e: CallExpr, name: string, made: Made): Type {
  const { args, result } = made;
  if (e.args.length > args.length || (e.args.length === 0 && args.length > 0)) {
    const takes = args.length === 0 ? name : `${name}(${args.map((t) => showType(t)).join(', ')})`;
    c.report(
      error('Q0202', e.span, `\`${name}\` takes ${count(args.length)}, but is given ${count(e.args.length)}`, {
        hints: [`write it as \`${takes}\``],
      }),
    );
    e.args.forEach((arg) => inferData(c, b, arg));
    return result;
  }
  e.args.forEach((arg, i) =>
    c.expect(args[i]!, inferData(c, b, arg, args[i]), arg.span, { what: `what \`${name}\` is given` }),
  );
  return e.args.length === args.length ? result : { kind: 'fun', params: args.slice(e.args.length), result };
}

type Made = NonNullable<ReturnType<typeof constructorType>>;

function newPool(c: Context, e: CallExpr): Type {
  if (e.args.length > 0) c.report(error('Q0202', e.span, '`pool` takes no arguments'));
  return { kind: 'pool', end: c.end(), datum: c.data() };
}

/** A function called by its name: its parameters may be ends. */
function named(
  c: Context,
  b: BodyContext,
  e: CallExpr,
  name: string,
  type: FunctionType | undefined,
  params?: readonly string[],
): Type {
  if (e.callee.kind === 'path' && type !== undefined) c.types.set(e.callee.id, type);
  if (type === undefined) {
    e.args.forEach((a) => inferExpr(c, b, a));
    return c.open();
  }
  if (e.args.length > type.params.length) {
    tooMany(c, e, name, type.params.length, params);
    e.args.forEach((a) => inferExpr(c, b, a));
    return type.result;
  }
  noEnds(c, b, e.args);
  e.args.forEach((arg, i) => pass(c, b, type.params[i]!, arg, name, i));
  if (e.args.length === type.params.length) return type.result;
  c.checks.push(() => {
    if (type.params.some(isLinear))
      c.report(
        error('Q0231', e.span, `\`${name}\` takes an end or a pool, so it cannot be given only some of its arguments`, {
          hints: [`it takes ${count(type.params.length, 'argument')}`],
        }),
      );
  });
  return { kind: 'fun', params: type.params.slice(e.args.length), result: type.result };
}

/**
 * What is handed over twice at once is no end, whatever the receiver makes of it: an end has one owner. Said of the arguments of one call,
 * spawn or `loop`, and of what one message carries.
 */
export function noEnds(c: Context, b: BodyContext, args: readonly Expr[]): void {
  const locals = args.map((arg) => {
    const entity = arg.kind === 'path' ? c.resolution.uses.get(arg.path.id) : undefined;
    return entity?.kind === 'local' ? entity.local : undefined;
  });
  args.forEach((arg, i) => {
    const local = locals[i];
    if (local === undefined || locals.indexOf(local) === locals.lastIndexOf(local)) return;
    const type = prune(localType(c, b, local, arg.span));
    if (type.kind === 'var') type.linear = false;
  });
}

/** The names of the parameters of a function, to show how it is called. */
function parametersOf(c: Context, id: GlobalId): readonly string[] | undefined {
  const own = c.functions.get(globalKey(id));
  if (own !== undefined) return namesOf(own.item);
  return (c.externs.get(globalKey(id)) ?? c.env.get(id.module)?.functions.get(id.name))?.params;
}

function tooMany(c: Context, e: CallExpr, name: string, most: number, params?: readonly string[]): void {
  const subject = name === 'this function' ? name : `\`${name}\``;
  c.report(
    error('Q0202', e.span, `${subject} takes ${count(most, 'argument')}, but is given ${e.args.length}`, {
      hints: [
        ...(e.piped === true ? ['what stands before `|>` is the first argument'] : []),
        ...(params === undefined ? [] : [`it is called as \`${textOf(e.callee.span)}(${params.join(', ')})\``]),
      ],
    }),
  );
}

/** A function that is a value: its parameters are data. */
function value(c: Context, b: BodyContext, e: CallExpr, name: string): Type {
  const callee = inferData(c, b, e.callee);
  const t = prune(callee);
  const hints = t.kind === 'fun' ? t.params : [];
  const args = e.args.map((a, i) => inferData(c, b, a, hints[i]));
  if (t.kind === 'fun') {
    if (args.length > t.params.length) {
      tooMany(c, e, name, t.params.length);
      return t.result;
    }
    args.forEach((a, i) => c.expectValue(t.params[i]!, a, e.args[i]!.span, { what: argument(name, i, e.args.length) }));
    return args.length === t.params.length
      ? t.result
      : { kind: 'fun', params: t.params.slice(args.length), result: t.result };
  }
  if (t.kind === 'var') {
    const result = c.data();
    c.expect(t, { kind: 'fun', params: args, result }, e.callee.span, { what: 'what is called' });
    return result;
  }
  c.report(error('Q0213', e.callee.span, `${describe(t)} cannot be called: it is not a function`));
  return c.open();
}

const argument = (name: string, i: number, of: number): string =>
  of === 1 ? `the argument of \`${name}\`` : `argument ${i + 1} of \`${name}\``;

/** `Other(q, 1)`: go on as another session. */
function tailCall(c: Context, b: BodyContext, e: CallExpr, id: GlobalId, name: string): Type {
  const instance = sessionInstance(c, id);
  const linked = e.args.some((a) => a.kind === 'self') && instance?.params.some(isLinear) === true;
  if (b.owner.kind !== 'session' || linked) {
    const args = e.args.length === 0 ? '' : '(...)';
    c.report(
      error('Q0234', e.span, `\`${name}\` is a session: a thread of its own is started with \`spawn\``, {
        label: linked && b.owner.kind === 'session' ? 'this would go on as it, without a link' : 'this is no function',
        hints: [
          `write \`spawn ${textOf(e.callee.span)}${linked ? textOf(e.span).slice(textOf(e.callee.span).length) : args}\``,
        ],
      }),
    );
    e.args.forEach((a) => a.kind !== 'self' && inferExpr(c, b, a));
    return c.open();
  }
  if (instance !== undefined) passAll(c, b, e.args, instance.params, name, e.span);
  else e.args.forEach((a) => inferExpr(c, b, a));
  if (instance?.accepts !== undefined && b.session?.accepts !== undefined) {
    // The thread keeps its address: its clients are served by whoever it goes on as.
    const clash = c.u.unifyEnds(b.session.accepts, instance.accepts);
    if (clash !== undefined) c.report(clashError(c.u, clash, UNIT, UNIT, e.span, {}));
  }
  return UNIT;
}

/** All parameters, no fewer: sessions are not applied partially. */
export function passAll(
  c: Context,
  b: BodyContext,
  args: readonly Expr[],
  params: readonly Type[],
  name: string,
  at: Span,
): void {
  noEnds(c, b, args);
  if (args.length === params.length) return args.forEach((arg, i) => pass(c, b, params[i]!, arg, name, i));
  wrongCount(c, name, params.length, args.length, at);
  args.forEach((arg) => arg.kind !== 'self' && inferExpr(c, b, arg));
}

/** `how` says how it is written: `spawn Worker(boss, n)`. */
export function wrongCount(c: Context, name: string, wanted: number, given: number, at: Span, how?: string): void {
  const hints = how === undefined ? [] : [`it is started as \`${how}\``];
  c.report(error('Q0202', at, `\`${name}\` takes ${count(wanted, 'argument')}, but is given ${given}`, { hints }));
}

/** Passes an argument to something named: data, an end, a reference (which connects where an end is wanted), a pool. */
export function pass(c: Context, b: BodyContext, param: Type, arg: Expr, name: string, i: number): void {
  const actual = inferExpr(c, b, arg, param);
  coerce(c, param, actual, arg.span, `argument ${i + 1} of \`${name}\``);
  noteArgument(c, arg.id, param, actual);
}

/** What kind of thing an argument turned out to be, when all kinds are known. */
export function noteArgument(c: Context, id: number, param: Type, actual: Type): void {
  c.checks.push(() => {
    const p = prune(param);
    const a = prune(actual);
    if (p.kind === 'end') c.spawnArgs.set(id, a.kind === 'service' ? 'connect' : 'end');
    else if (p.kind === 'pool') c.spawnArgs.set(id, 'pool');
    else c.spawnArgs.set(id, p.kind === 'service' || isBuiltin(p, 'thread') ? 'reference' : 'data');
  });
}

export function coerce(c: Context, param: Type, actual: Type, at: Span, what: string): void {
  const p = prune(param);
  const a = prune(actual);
  c.u.at = at;
  if (isBuiltin(p, 'thread') && a.kind === 'service') return;
  if (p.kind === 'var' && p.linear === true && a.kind === 'service') return laterCoerce(c, p, a, at, what);
  if (p.kind === 'end' && (a.kind === 'service' || a.kind === 'var')) {
    const clash = a.kind === 'service' ? c.u.unifyEnds(p.end, a.end) : c.u.makePeer(a, p.end);
    if (clash !== undefined) c.report(clashError(c.u, clash, p, a, at, { what }));
    return;
  }
  c.expect(param, actual, at, { what });
}

/** A reference for a parameter of the same group whose kind is still open: it may yet have to be connected. */
function laterCoerce(c: Context, param: Type, actual: Type, at: Span, what: string): void {
  c.deferred.push({
    rank: 'peer',
    holds: [param, actual],
    run: (force) => {
      const open = prune(param).kind === 'var';
      if (open && !force) return false;
      if (open) c.expect(param, actual, at, { what });
      else coerce(c, param, actual, at, what);
      return true;
    },
  });
}

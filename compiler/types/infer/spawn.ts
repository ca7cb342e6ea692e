/**
 * `spawn`, alone and in groups (language reference, section 3, "Where ends come from").
 * Invariant: a spawn has at most one `self`, a pair of a group at most one link; the two ends of a link are duals.
 */
import type { Binding, Expr, LetStmt, SpawnExpr } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import type { Local } from '../../resolve/resolution.js';
import type { Span } from '../../source/source.js';
import { coerce, noEnds, noteArgument, pass, wrongCount } from './calls.js';
import type { BodyContext, Context } from './context.js';
import { inferExpr } from './inside.js';
import { clashError } from '../say/errors.js';
import { referenceTo, sessionInstance, type SessionInstance } from './instances.js';
import { namesOf } from './names.js';
import { inferPattern } from './patterns.js';
import { prune, type EndType, type Type } from '../solve/type.js';

export function inferSpawn(c: Context, b: BodyContext, e: SpawnExpr): Type {
  const instance = instanceOf(c, b, e);
  if (instance === undefined) return c.open();
  const link = passToSession(c, b, e, instance, () => false);
  return link === undefined ? referenceTo(c, instance) : { kind: 'end', end: link };
}

/** None where the number of arguments is wrong: that says nothing about what each should be. */
function instanceOf(c: Context, b: BodyContext, e: SpawnExpr): SessionInstance | undefined {
  const entity = c.entity(e.session.id);
  const instance = entity?.kind === 'session' ? sessionInstance(c, entity.id) : undefined;
  const counted = instance?.params.length === e.args.length;
  if (!counted) e.args.forEach((a) => a.kind !== 'self' && inferExpr(c, b, a));
  if (instance !== undefined && !counted)
    wrongCount(c, instance.name, instance.params.length, e.args.length, e.span, startedAs(c, instance));
  return counted ? instance : undefined;
}

function startedAs(c: Context, instance: SessionInstance): string | undefined {
  const item = c.sessions.get(instance.key)?.item;
  if (item === undefined) return undefined;
  const names = namesOf(item);
  // An end may be linked to whoever spawns.
  const own = instance.params.findIndex((p) => prune(p).kind === 'end' || isPeer(p));
  return `spawn ${instance.name}(${names.map((name, i) => (i === own ? 'self' : name)).join(', ')})`;
}

const isPeer = (type: Type): boolean => {
  const t = prune(type);
  return t.kind === 'var' && t.peer !== undefined;
};

/** Passes the arguments but those that `special` takes; answers the spawner's end if one of them is `self`. */
function passToSession(
  c: Context,
  b: BodyContext,
  e: SpawnExpr,
  instance: SessionInstance,
  special: (arg: Expr, param: Type) => boolean,
): EndType | undefined {
  let link: EndType | undefined;
  let first: Span | undefined;
  noEnds(c, b, e.args);
  e.args.forEach((arg, i) => {
    const param = instance.params[i];
    if (param === undefined) return void inferExpr(c, b, arg);
    if (special(arg, param)) return;
    if (arg.kind !== 'self') return pass(c, b, param, arg, instance.name, i);
    if (isReferenceParam(param)) {
      link ??= passSelf(c, b, instance, arg, i);
      return;
    }
    if (first !== undefined) {
      c.report(
        error('Q0235', arg.span, 'a spawn takes `self` once: two threads have at most one link', {
          labels: [{ span: first, text: 'already given here' }],
        }),
      );
      return;
    }
    first = arg.span;
    link = linkSelf(c, param, arg);
    c.types.set(arg.id, { kind: 'end', end: link });
  });
  return link;
}

const isReferenceParam = (param: Type): boolean => {
  const p = prune(param);
  return p.kind === 'service' || (p.kind === 'con' && p.id.module === '' && p.id.name === 'thread');
};

/**
 * `self` where the session wants a reference: no link, so only a thread with a service can be spoken to through it.
 * Where it offers none, the answer is the end that was meant.
 */
function passSelf(c: Context, b: BodyContext, instance: SessionInstance, arg: Expr, i: number): EndType | undefined {
  const param = instance.params[i]!;
  const actual = inferExpr(c, b, arg, param);
  noteArgument(c, arg.id, param, actual);
  if (prune(param).kind !== 'service' || prune(actual).kind === 'service') {
    coerce(c, param, actual, arg.span, `argument ${i + 1} of \`${instance.name}\``);
    return undefined;
  }
  const pattern = c.sessions.get(instance.key)?.item.params[i]?.pattern;
  const local = pattern?.kind === 'bind' ? c.binder(pattern.name.id) : undefined;
  const stored = local && c.usedAsData.get(local);
  const name = local === undefined ? 'this parameter' : `\`${local.name}\``;
  c.report(
    error(
      'Q0232',
      arg.span,
      `\`${instance.name}\` takes ${name} as a reference to a service, so \`self\` makes no link here`,
      {
        label: 'this thread offers no service',
        ...(stored && { labels: [{ span: stored, text: `used as data, so ${name} is a reference and no end` }] }),
        hints: [
          `an end is only sent to, awaited, dropped or passed on: use ${name} for nothing else in \`${instance.name}\``,
        ],
      },
    ),
  );
  return c.end();
}

/** `self` where the session wants a peer: a link between the two threads. */
function linkSelf(c: Context, param: Type, arg: Expr): EndType {
  const mine = c.end();
  const theirs = c.end();
  c.u.link(mine, theirs);
  c.u.at = arg.span;
  const clash = c.u.unify(param, { kind: 'end', end: theirs });
  if (clash?.payload !== undefined) c.report(clashError(c.u, clash, param, param, arg.span, {}));
  else if (clash !== undefined)
    c.report(
      error('Q0236', arg.span, '`self` makes a link here, but this parameter is not used as a peer', {
        hints: ['a peer is a parameter that the session sends to (`s!Label`) or waits for (`on Label from s`)'],
      }),
    );
  c.spawnArgs.set(arg.id, 'self');
  return mine;
}

interface Member {
  readonly binding: Binding;
  readonly spawn: SpawnExpr;
  readonly local: Local;
  readonly instance: SessionInstance;
}

/** `let p = spawn P(q) and q = spawn Q(p)`. */
export function inferGroup(c: Context, b: BodyContext, s: LetStmt): void {
  const members = new Map<Local, Member>();
  for (const binding of s.bindings) {
    const local = binding.pattern.kind === 'bind' ? c.binder(binding.pattern.name.id) : undefined;
    if (binding.value.kind !== 'spawn' || local === undefined) {
      inferPattern(c, binding.pattern, inferExpr(c, b, binding.value));
      continue;
    }
    const instance = instanceOf(c, b, binding.value);
    if (instance === undefined) inferPattern(c, binding.pattern, c.open());
    else members.set(local, { binding, spawn: binding.value, local, instance });
  }
  for (const m of members.values()) inferPattern(c, m.binding.pattern, referenceTo(c, m.instance));
  for (const m of members.values()) {
    const link = passToSession(c, b, m.spawn, m.instance, (arg, param) => passMember(c, members, m, arg, param));
    const type: Type = link === undefined ? referenceTo(c, m.instance) : { kind: 'end', end: link };
    c.types.set(m.spawn.id, type);
    c.types.set(m.binding.pattern.id, type);
    c.setLocal(m.local, type);
  }
}

/** A bare name of the group as an argument: a link if the two name each other, else a reference. */
function passMember(c: Context, members: ReadonlyMap<Local, Member>, m: Member, arg: Expr, param: Type): boolean {
  const other = memberOf(c, members, arg);
  if (other === undefined) return false;
  const back = positions(c, members, other, m);
  const forth = positions(c, members, m, other);
  const reference = referenceTo(c, other.instance);
  c.types.set(arg.id, reference);
  if (other === m || back.length === 0 || isReferenceParam(param)) {
    if (prune(param).kind === 'end' && other.instance.accepts === undefined) c.report(noLink(m, other, arg.span));
    else {
      coerce(c, param, reference, arg.span, `\`${other.local.name}\``);
      noteArgument(c, arg.id, param, reference);
    }
    return true;
  }
  if (forth.length > 1 || back.length > 1) {
    // Said at one place for the pair, whichever argument leads here.
    const [x, y] = m.spawn.span.start < other.spawn.span.start ? [m, other] : [other, m];
    const message = `\`${x.local.name}\` and \`${y.local.name}\` would have more than one link`;
    c.report(error('Q0235', x.spawn.span, message, { labels: [{ span: y.spawn.span, text: 'with this one' }] }));
    return true;
  }
  c.spawnArgs.set(arg.id, 'group');
  // The pair is linked once, when its first member is looked at.
  const [mine, theirs] = [c.end(), c.end()];
  const opposite = other.instance.params[back[0]!];
  if (opposite === undefined) return true;
  for (const [type, end] of [
    [param, mine],
    [opposite, theirs],
  ] as const)
    // prettier-ignore
    c.expect(type, { kind: 'end', end }, arg.span, { what: `\`${other.local.name}\`` });
  const clash = c.u.link(mine, theirs);
  if (clash !== undefined) c.report(clashError(c.u, clash, param, opposite, arg.span, {}));
  c.types.set(arg.id, { kind: 'end', end: mine });
  return true;
}

const noLink = (m: Member, other: Member, at: Span) =>
  error(
    'Q0238',
    at,
    `\`${m.local.name}\` talks to \`${other.local.name}\`, but \`${other.local.name}\` does not name it back`,
    {
      labels: [{ span: other.spawn.span, text: `\`${m.local.name}\` is not among its arguments` }],
      hints: ['two members of a group are linked if each is an argument of the other'],
    },
  );

function memberOf(c: Context, members: ReadonlyMap<Local, Member>, arg: Expr): Member | undefined {
  if (arg.kind !== 'path') return undefined;
  const entity = c.resolution.uses.get(arg.path.id);
  return entity?.kind === 'local' ? members.get(entity.local) : undefined;
}

/** Which arguments of `from` are the bare name of `to`. */
const positions = (c: Context, members: ReadonlyMap<Local, Member>, from: Member, to: Member): number[] =>
  from.spawn.args.flatMap((arg, i) => (memberOf(c, members, arg) === to ? [i] : []));

/**
 * Infer: from what every name means to the type of everything. Items that depend on each other are inferred together
 * and then generalised, what is depended on first (Hindley-Milner; Damas and Milner 1982).
 * Invariant: never throws, whatever resolve handed on; after errors every expression still has some type.
 */
import type { ConstItem, FunItem, Item, ProtocolItem, SessionItem, TestItem, TypeExpr } from '../ast/ast.js';
import { eachNode } from '../ast/walk.js';
import { type Diagnostic, error, isError } from '../diagnostics/diagnostic.js';
import { globalKey, type Resolution } from '../resolve/resolution.js';
import type { Span } from '../source/source.js';
import { fillEnd, rigidNames, typeOf } from './infer/annotations.js';
import { blockType, isValue } from './infer/blocks.js';
import { Context, kindOf, type BodyContext, type FunctionState, type SessionState } from './infer/context.js';
import { declareTypes } from './infer/declarations.js';
import { expressionType } from './infer/expressions.js';
import { inferBlock, inferData } from './infer/inside.js';
import { declareExtern } from './infer/externs.js';
import { functionBody } from './infer/functions.js';
import { dependencyGroups } from './groups.js';
import type { FunctionInterface, ModuleEnv } from './module/interface.js';
import { namesOf } from './infer/names.js';
import { inferPattern } from './infer/patterns.js';
import { generalise, generaliseAll, monomorphic } from './solve/schemes.js';
import { Sizes } from './solve/size.js';
import { endOf, listOf, prune, STRING, UNIT, type EndType, type Type } from './solve/type.js';
import type { SessionTyping, Typing } from './module/typing.js';

export interface Inferred {
  readonly typing: Typing;
  readonly diagnostics: readonly Diagnostic[];
}

export function infer(resolution: Resolution, env: ModuleEnv): Inferred {
  const c = new Context(resolution, env, { expression: expressionType, block: blockType });
  const constants: ConstItem[] = [];
  try {
    inferItems(c, constants);
    const large = c.u.exhausted ? c.u.exhaustedAt : c.diagnostics.some(isError) ? undefined : tooLarge(c);
    if (c.u.exhausted || large !== undefined) c.report(endless(large ?? resolution.module.span));
  } catch (thrown) {
    // A type may be deeper than the host's stack before it is too large.
    if (!(thrown instanceof RangeError)) throw thrown;
    c.report(endless(c.u.at ?? resolution.module.span));
  }
  return { typing: typingOf(c, constants), diagnostics: c.diagnostics };
}

function inferItems(c: Context, constants: ConstItem[]): void {
  const { resolution } = c;
  declareTypes(c);
  for (const item of resolution.module.items) if (item.kind === 'extern-fun') declareExtern(c, item);
  for (const group of dependencyGroups(resolution.module.items, resolution.references)) {
    inferGroupOfItems(c, group);
    for (const item of group) if (item.kind === 'const') constants.push(item);
  }
  // What was looked at before the last kind was known is looked at again; nothing is said twice.
  if (c.u.decidedLate) c.checked.forEach((check) => check());
  closeModule(c);
}

const endless = (at: Span): Diagnostic =>
  error('Q0221', at, 'the types of this module are too large to be inferred', {
    label: 'the type of this has too many parts',
    hints: ['values are nested in tuples again and again: a declared type for the parts keeps them small'],
  });

/** Where the first type is that would be too large in writing. */
function tooLarge(c: Context): Span | undefined {
  const sizes = new Sizes();
  for (const [local, { type }] of c.locals) if (sizes.isTooLarge(type)) return local.span;
  for (const { type, item } of c.functions.values()) if (sizes.isTooLarge(type)) return item.name.span;
  const large = new Set([...c.types].flatMap(([id, type]) => (sizes.isTooLarge(type) ? [id] : [])));
  let found: Span | undefined;
  if (large.size > 0)
    eachNode(c.resolution.module.items, (node) => {
      if ('id' in node && 'span' in node && large.has(node.id as number)) found ??= node.span as Span;
    });
  return found;
}

const keyOf = (c: Context, name: string): string => globalKey({ module: c.resolution.name, name });

function inferGroupOfItems(c: Context, group: readonly Item[]): void {
  c.level = 1;
  c.tainted = false;
  const bodies = group.flatMap((item) => openItem(c, item));
  if (bodies.length === 0) {
    c.level = 0;
    return;
  }
  constantCycle(c, group);
  for (const body of bodies) body.infer();
  c.settle(false);
  c.settlePeers();
  while (c.deferred.length > 0) {
    c.settle(true);
    c.settlePeers();
  }
  c.level = 0;
  for (const body of bodies) body.close();
  const { checks } = c;
  c.checks = [];
  checks.forEach((check) => check());
  c.checked.push(...checks);
}

interface Body {
  readonly infer: () => void;
  readonly close: () => void;
}

function openItem(c: Context, item: Item): Body[] {
  switch (item.kind) {
    case 'fun':
      return [openFunction(c, item)];
    case 'session':
      return [openSession(c, item)];
    case 'const':
      return [openConstant(c, item)];
    case 'test':
      return [openTest(c, item)];
    default:
      return [];
  }
}

function openFunction(c: Context, item: FunItem): Body {
  const named = new Map<string, Type>();
  const names = rigidNames(c, named);
  const params = item.params.map((p) => (p.annotation === undefined ? c.open() : typeOf(c, p.annotation, names)));
  const result = c.data();
  const state: FunctionState = { item, type: { kind: 'fun', params, result }, done: undefined };
  const key = keyOf(c, item.name.text);
  if (!c.functions.has(key)) c.functions.set(key, state);
  if (item.name.text === 'main') mainTakes(c, item, params);
  return {
    infer: () => functionBody(c, { owner: item, session: undefined, result, named }, item, params, result),
    close: () => {
      const scheme = generalise(c.u, state.type, 0);
      state.done = { scheme, kinds: params.map(kindOf), extern: false, params: namesOf(item) };
    },
  };
}

/** `fun main(args)` gets the command line. */
function mainTakes(c: Context, item: FunItem, params: readonly Type[]): void {
  if (params.length > 1)
    c.report(
      error('Q0217', item.params[1]!.span, '`main` takes nothing, or one list of strings: the command line', {
        hints: ['`fun main(args)`'],
      }),
    );
  else if (params[0] !== undefined)
    c.expect(listOf(STRING), params[0], item.params[0]!.span, { what: 'the parameter of `main`' });
}

function openSession(c: Context, item: SessionItem): Body {
  const named = new Map<string, Type>();
  const names = rigidNames(c, named);
  const params = item.params.map((p) => (p.annotation === undefined ? c.open() : typeOf(c, p.annotation, names)));
  const accepts = c.acceptors.has(item) ? c.end() : undefined;
  const state: SessionState = { item, params, accepts, done: undefined };
  const key = keyOf(c, item.name.text);
  if (!c.sessions.has(key)) c.sessions.set(key, state);
  return {
    infer: () => {
      item.params.forEach((p, i) => inferPattern(c, p.pattern, params[i]!));
      annotateSession(c, item, params, names);
      const body: BodyContext = { owner: item, session: state, result: UNIT, named };
      inferBlock(c, body, item.body, 'discard');
    },
    close: () => {
      const all: Type[] = [...params, ...(accepts ? [{ kind: 'end' as const, end: accepts }] : [])];
      const variables = generaliseAll(c.u, all, 0);
      state.done = {
        name: item.name.text,
        params: params.map((type, i) => ({ local: paramLocal(c, item, i), kind: kindOf(type), type })),
        service: accepts,
        variables,
      } satisfies SessionTyping;
    },
  };
}

const paramLocal = (c: Context, item: SessionItem, i: number) => {
  const pattern = item.params[i]!.pattern;
  return pattern.kind === 'bind' ? c.binder(pattern.name.id) : undefined;
};

/** What an annotated session says about the payloads of its parameters. */
function annotateSession(c: Context, item: SessionItem, params: readonly Type[], names: ReturnType<typeof rigidNames>) {
  item.params.forEach((p, i) => {
    if (p.pattern.kind !== 'bind' || item.annotation === undefined) return;
    const { type, peer } = roleOf(c, item.annotation, p.pattern.name.text);
    if (!mentionsPeer(type, peer)) return;
    const end = c.end();
    fillEnd(c, end, type, names, peer);
    c.expect({ kind: 'end', end }, params[i]!, p.span, {
      what: `\`${p.pattern.name.text}\``,
      other: { span: item.annotation.span, text: 'by this annotation' },
    });
  });
}

/**
 * `Purchase.Seller(b)`: the type of the role, in which `b` is called by the name of another role, the first that is not
 * `Seller` for the first argument. Any other annotation speaks of the parameter by its own name.
 */
function roleOf(c: Context, annotation: TypeExpr, name: string): { type: TypeExpr; peer: string } {
  const entity = c.resolution.uses.get(annotation.id);
  if (annotation.kind !== 'name' || entity?.kind !== 'role') return { type: annotation, peer: name };
  const protocol = c.resolution.module.items.find(
    (i): i is ProtocolItem => i.kind === 'protocol' && i.name.text === entity.protocol.name,
  );
  const role = protocol?.roles.find((r) => r.name.text === entity.name);
  const others = protocol?.roles.filter((r) => r !== role) ?? [];
  const position = annotation.args.findIndex((a) => a.kind === 'name' && a.parts[0]!.text === name);
  const peer = others[position]?.name.text;
  return role === undefined || peer === undefined ? { type: annotation, peer: name } : { type: role.type, peer };
}

function mentionsPeer(type: SessionItem['annotation'], name: string): boolean {
  if (type === undefined) return false;
  if (type.kind === 'action')
    return (
      type.peer?.text === name ||
      type.branches.some((branch) => branch.peer?.text === name || mentionsPeer(branch.next, name))
    );
  return 'body' in type && mentionsPeer(type.body, name);
}

function openConstant(c: Context, item: ConstItem): Body {
  const named = new Map<string, Type>();
  const type = item.annotation === undefined ? c.data() : typeOf(c, item.annotation, rigidNames(c, named));
  const key = keyOf(c, item.name.text);
  c.consts.set(key, monomorphic(type));
  return {
    infer: () => {
      const value = inferData(c, { owner: item, session: undefined, result: UNIT, named }, item.value, type);
      c.expect(type, value, item.value.span, {
        what: `the value of \`${item.name.text}\``,
        ...(item.annotation && { other: { span: item.annotation.span, text: 'by this annotation' } }),
      });
    },
    close: () => {
      if (isValue(c, item.value)) c.consts.set(key, generalise(c.u, type, 0));
      else c.u.lower(type, 0);
    },
  };
}

function openTest(c: Context, item: TestItem): Body {
  const body: BodyContext = { owner: item, session: undefined, result: UNIT, named: new Map() };
  return { infer: () => void inferBlock(c, body, item.body, 'discard'), close: () => undefined };
}

/** A constant is evaluated once, before it is used: it cannot depend on itself. */
function constantCycle(c: Context, group: readonly Item[]): void {
  for (const item of group)
    if (item.kind === 'const' && (group.length > 1 || c.resolution.references.get(item)?.has(item) === true))
      c.report(error('Q0216', item.name.span, `the constant \`${item.name.text}\` depends on itself`));
}

function typingOf(c: Context, constants: readonly ConstItem[]): Typing {
  const functions = new Map<string, FunctionInterface>();
  for (const item of c.resolution.module.items) {
    if (item.kind !== 'fun' && item.kind !== 'extern-fun') continue;
    const key = keyOf(c, item.name.text);
    const found = c.functions.get(key)?.done ?? c.externs.get(key);
    if (found !== undefined) functions.set(item.name.text, { ...found, kinds: kindsOf(found) });
  }
  return {
    resolution: c.resolution,
    types: c.types,
    locals: new Map([...c.locals].map(([local, scheme]) => [local, { scheme, kind: kindOf(scheme.type) }])),
    functions,
    sessions: new Map([...c.sessions.values()].flatMap((s) => (s.done ? [[s.item.name.text, withKinds(s.done)]] : []))),
    payloads: c.payloads,
    sources: c.sources,
    spawnArgs: c.spawnArgs,
    instances: c.u.instances,
    constants,
    consts: new Map(constants.map((k) => [k.name.text, c.consts.get(keyOf(c, k.name.text))!])),
    declared: c.declared,
    exceptions: c.exceptions,
  };
}

/** The kinds of parameters, now that all are known. */
const kindsOf = ({ scheme, kinds }: FunctionInterface): FunctionInterface['kinds'] =>
  scheme.type.kind === 'fun' ? scheme.type.params.map(kindOf) : kinds;

const withKinds = (session: SessionTyping): SessionTyping => ({
  ...session,
  params: session.params.map((p) => ({ ...p, kind: kindOf(p.type) })),
});

/**
 * What nothing ever decided about a constant that is no syntactic value cannot be decided by another module, nor can
 * another module add labels to the references in constants and declared types.
 */
function closeModule(c: Context): void {
  const closeEnd = (end: EndType): void => {
    const e = endOf(end);
    if (e.level === Infinity || e.closed === true) return;
    e.closed = true;
    [...e.sends.values(), ...e.receives.values()].forEach((types) => types.forEach(close));
    if (e.dual !== undefined) closeEnd(e.dual);
  };
  const close = (type: Type): void => {
    const t = prune(type);
    if (t.kind === 'var' && t.level !== Infinity) c.u.unify(t, UNIT);
    else if (t.kind === 'con') t.args.forEach(close);
    else if (t.kind === 'tuple') t.elements.forEach(close);
    else if (t.kind === 'fun') [...t.params, t.result].forEach(close);
    else if (t.kind === 'service' || t.kind === 'end' || t.kind === 'pool') closeEnd(t.end);
  };
  for (const scheme of c.consts.values()) close(scheme.type);
  for (const types of c.exceptions.values()) types.forEach(close);
  for (const { body } of c.declared.values())
    if (body.kind === 'record') body.fields.forEach(([, type]) => close(type));
    else if (body.kind === 'sum') body.variants.forEach((v) => v.args.forEach(close));
}

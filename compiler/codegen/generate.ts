/**
 * Generate: from a checked module to its image. Functions, sessions and tests become functions of the image, closures
 * are lifted to functions of their own, constants are computed once by an initialiser, in the order written.
 * Invariant: makes no judgements: what it is given has been checked, and the verifier judges what it gives.
 */
import type { Block, ConstItem, FunItem, LambdaExpr, Param as ParamNode, SessionItem, TestItem } from '../ast/ast.js';
import type { FunctionBuilder, FunctionHeader } from '../../runtime/bytecode/builder.js';
import type { ModuleImage, Param } from '../../runtime/bytecode/module.js';
import { testName } from './image/test-names.js';
import type { Protocols } from '../protocol/check.js';
import { ExactTypes } from './image/exact.js';
import { schemeText, typeText, type TypeNames } from './image/type-text.js';
import type { Local, Owner } from '../resolve/resolution.js';
import type { Typing } from '../types/module/typing.js';
import { block, statements } from './blocks.js';
import { expression } from './expressions.js';
import { Frame } from './body/frame.js';
import { exitBody } from './body/leaving.js';
import { match } from './body/matching.js';
import { writeDeadEnds, type Body, type Forms } from './body/scope.js';
import { functionShape } from './image/type-of.js';
import { param, Unit, type GenerateOptions, type Lifted } from './image/unit.js';

export type { GenerateOptions } from './image/unit.js';

const FORMS: Forms = { expression, block, statements };

/** The function that computes the module's constants. */
const INITIALISER = 'initialise constants';

/** The image of a module. Its inputs must have been checked without errors. */
export function generate(typing: Typing, protocols: Protocols, options: GenerateOptions = {}): ModuleImage {
  const unit = new Unit(typing, new ExactTypes(typing, protocols), options);
  const { items } = typing.resolution.module;
  for (const item of items) if (item.kind === 'session' || item.kind === 'fun') unit.builder.callee(item.name.text);
  for (const item of items) {
    if (item.kind === 'session') session(unit, item);
    else if (item.kind === 'fun') fun(unit, item);
    else if (item.kind === 'test') test(unit, item);
  }
  constants(unit, typing.constants);
  for (let next = unit.queue.shift(); next !== undefined; next = unit.queue.shift()) lifted(unit, next);
  makers(unit);
  unit.listConstructors();
  unit.builder.interface = options.interface ?? '';
  return unit.builder.finish();
}

/** Everything a body begins with, and its end: parameters bound, statements, dead ends. */
function body(
  unit: Unit,
  header: FunctionHeader,
  owner: Owner,
  ends: Body['ends'],
  names: TypeNames,
  captured: readonly Local[],
  params: readonly ParamNode[],
  inside: (b: Body) => void,
): FunctionBuilder {
  const frame = new Frame(header.params.length);
  const start = frame.label();
  const b: Body = {
    forms: FORMS,
    unit,
    frame,
    owner,
    ends,
    name: header.name,
    start,
    enclosing: [],
    names,
    deadEnds: new Map(),
    watched: new Map(),
    served: new Map(),
  };
  frame.place(start);
  captured.forEach((local, at) => {
    const place = { area: 'param' as const, at };
    frame.bind(local, local.assigned && local.captured ? { ...place, upvalue: true } : place);
  });
  params.forEach((p, i) => parameter(b, p, captured.length + i));
  inside(b);
  writeDeadEnds(b);
  const builder = unit.builder.function(header);
  frame.write(builder);
  return builder;
}

function parameter(b: Body, p: ParamNode, at: number): void {
  const place = { area: 'param' as const, at };
  if (p.pattern.kind === 'bind') {
    const local = b.unit.localOf(p.pattern.name.id);
    if (local !== undefined) b.frame.bind(local, place);
  } else if (p.pattern.kind !== 'any') {
    b.frame.get(place);
    match(b, p.pattern);
  }
}

const paramName = (p: ParamNode, i: number): string => (p.pattern.kind === 'bind' ? p.pattern.name.text : `arg${i}`);

function session(unit: Unit, item: SessionItem): void {
  const name = item.name.text;
  const found = unit.typing.sessions.get(name);
  const names = unit.names();
  const params = item.params.map((p, i): Param => {
    const known = found?.params[i];
    return param(paramName(p, i), known?.kind ?? 'data', known?.type, names);
  });
  const exact = unit.exact.session(name, params, names);
  const header = { name, params: exact?.params ?? params, returns: false, session: true, type: exact?.type ?? '' };
  body(unit, header, item, 'session', names, [], item.params, (b) => statements(b, item.body.statements, 'return'));
}

function fun(unit: Unit, item: FunItem): void {
  const name = item.name.text;
  const found = unit.typing.functions.get(name);
  const shape = found === undefined ? undefined : functionShape(found.scheme);
  const names = unit.names();
  const plain = item.params.map((p, i) => param(paramName(p, i), found?.kinds[i] ?? 'data', shape?.params[i], names));
  const returns = shape?.returns ?? false;
  const talks = found?.kinds.some((kind) => kind === 'end' || kind === 'pool') === true;
  const exact = talks ? unit.exact.helper(name, found.scheme, found.kinds, plain, names) : undefined;
  const params = exact?.params ?? plain;
  const type = exact?.type ?? (found === undefined ? '() -> void' : schemeText(found.scheme, names));
  const header = { name, params, returns, type };
  body(unit, header, item, returns ? 'value' : 'void', names, [], item.params, (b) => functionBody(b, item.body));
}

/** A function may fall off its end where it gives nothing. */
function functionBody(b: Body, block: Block): void {
  statements(b, block.statements, 'return');
}

function test(unit: Unit, item: TestItem): void {
  const header = { name: testName(item.title), params: [], returns: false, type: '() -> void', exported: true };
  // Nothing is a tail call here, so that the trace of a failed assertion names its line of the test.
  body(unit, header, item, 'void', unit.names(), [], [], (b) => {
    statements(b, item.body.statements, 'effect');
    // What a wait that comes last falls through to would be the dead ends, which are written after the body.
    if (b.frame.live) exitBody(b, false);
  });
}

/** A closure or local function: captures first, then its own parameters. Its call always gives a value. */
function lifted(unit: Unit, l: Lifted): void {
  const node: LambdaExpr | FunItem = l.node;
  const { captured } = l;
  const names = unit.names();
  const types = unit.paramTypes(l);
  const params = [
    ...captured.map((c): Param => {
      const plain = capturedParam(unit, c, names);
      return c.assigned && c.captured ? { ...plain, kind: 'upvalue' } : plain;
    }),
    ...node.params.map((p, i) => param(paramName(p, i), 'data', types.params[i], names)),
  ];
  const result = types.result === undefined ? 'any' : typeText(types.result, names);
  const type = `(${params.map((p) => p.type).join(', ')}) -> ${result}`;
  const header = { name: l.name, params, returns: true, type, exported: false };
  body(unit, header, node, 'value', names, captured, node.params, (b) => functionBody(b, node.body));
}

/** A local that a closure was given: one that is used at several types is given for all of them. */
function capturedParam(unit: Unit, c: Local, names: TypeNames): Param {
  const scheme = unit.typing.locals.get(c)?.scheme;
  const plain = param(c.name, unit.kindOf(c), scheme?.type, names);
  const forAll = (scheme?.variables ?? []).map((v) => `forall ${names.of(v)}. `).join('');
  return forAll === '' || plain.kind !== 'data' ? plain : { ...plain, type: `${forAll}${plain.type}` };
}

/** The initialiser, and for each exported constant a function that other modules read it by. */
function constants(unit: Unit, items: readonly ConstItem[]): void {
  if (items.length === 0) return;
  const header = { name: INITIALISER, params: [], returns: false, type: '() -> void', exported: false };
  const made = body(unit, header, items[0]!, 'void', unit.names(), [], [], (b) => {
    for (const item of items) {
      b.frame.from(item.span);
      expression(b, item.value, 'value');
      b.frame.op('set_global', unit.global(item.name.text));
    }
    b.frame.stop('ret_void');
  });
  unit.builder.initialiser = made.index;
  for (const item of items) {
    const name = item.name.text;
    const type = unit.typing.consts.get(name)?.type;
    const getter = {
      name,
      params: [],
      returns: true,
      type: `() -> ${type === undefined ? 'any' : typeText(type, unit.names())}`,
    };
    body(unit, getter, item, 'value', unit.names(), [], [], (b) => {
      b.frame.op('global', unit.global(name));
      b.frame.stop('ret');
    });
  }
}

/** Functions that apply a constructor, for constructors used as values. */
function makers(unit: Unit): void {
  for (const { name, constructor, arity } of unit.makers) {
    const image = unit.constructors[constructor]!;
    const params = image.fields.map((x, i): Param => ({ name: `field${i}`, kind: 'data', type: x.type }));
    const result = image.params.length === 0 ? image.type : `${image.type}<${image.params.join(', ')}>`;
    const type = `(${params.map((p) => p.type).join(', ')}) -> ${result}`;
    const frame = new Frame(arity);
    for (let at = 0; at < arity; at++) frame.get({ area: 'param', at });
    frame.emit('make', [constructor], 1 - arity);
    frame.stop('ret');
    frame.write(unit.builder.function({ name, params, returns: true, type, exported: false }));
  }
}

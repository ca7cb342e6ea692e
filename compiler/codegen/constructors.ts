/**
 * Constructors of variants, records and exceptions as the image describes them.
 * Invariant: the same constructor is described the same by every module, since the machine takes descriptions that are
 * equal for one constructor. Fields of variants and exceptions are called by their place.
 */
import type { TypeExpr } from '../ast/ast.js';
import type { ConstructorImage } from '../../runtime/bytecode/module.js';
import type { Entity, GlobalId, Resolution } from '../resolve/resolution.js';
import type { ModuleEnv, TypeInterface } from '../types/interface.js';
import type { Type, TypeVariable } from '../types/type.js';
import { TypeNames, typeText } from '../protocol/type-text.js';

/** Where the declarations of constructors are found. */
export interface FieldTypes {
  readonly module: Resolution;
  readonly env: ModuleEnv | undefined;
  readonly entity: Entity;
}

interface Declaration {
  readonly params: readonly string[];
  readonly fields: readonly { readonly name: string; readonly type: string }[];
}

const named = (types: readonly string[]): Declaration['fields'] => types.map((type, i) => ({ name: String(i), type }));

const BUILTIN: Readonly<Record<string, Declaration>> = {
  None: { params: ['a'], fields: [] },
  Some: { params: ['a'], fields: named(['a']) },
  Ok: { params: ['a', 'e'], fields: named(['a']) },
  Err: { params: ['a', 'e'], fields: named(['e']) },
};

/** The exceptions of the machine in the order of their tags, with their fields. */
export const MACHINE_EXCEPTIONS: readonly (readonly [string, Declaration['fields']])[] = [
  ['Overflow', []],
  ['DivideByZero', []],
  ['OutOfRange', []],
  ['PeerLost', [{ name: 'reason', type: 'exn' }]],
  ['EmptyPool', []],
  ['HostError', [{ name: 'message', type: 'string' }]],
  ['HeapExhausted', []],
  ['Failure', [{ name: 'message', type: 'string' }]],
  ['Uninitialised', []],
  ['MatchFailure', []],
];

/** The image of the constructor an entity names, or undefined if it names none. */
export function constructorImage(entity: Entity, where: FieldTypes): ConstructorImage | undefined {
  switch (entity.kind) {
    case 'constructor': {
      const { params, fields } = variantDeclaration(entity.type, entity.id.name, entity.arity, where);
      const { module, name: type } = entity.type;
      return { module, type, name: entity.id.name, kind: 'variant', tag: entity.tag, fields, params };
    }
    case 'exception':
      return exceptionImage(entity.id, entity.arity, where);
    case 'record': {
      const { params, fields } = recordDeclaration(entity.id, entity.fields, where);
      const { module, name } = entity.id;
      return { module, type: name, name, kind: 'record', tag: 0, fields, params };
    }
    default:
      return undefined;
  }
}

function exceptionImage(id: GlobalId, arity: number, where: FieldTypes): ConstructorImage {
  const { module, name } = id;
  const machine = module === '' ? MACHINE_EXCEPTIONS.findIndex(([n]) => n === name) : -1;
  const item = where.module.module.items.find((i) => i.kind === 'exception' && i.name.text === name);
  const imported = where.env?.get(module)?.exceptions.get(name);
  const own =
    module === where.module.name && item?.kind === 'exception' ? item.args.map((a) => exprText(a)) : undefined;
  const fields =
    machine >= 0
      ? MACHINE_EXCEPTIONS[machine]![1]
      : named(own ?? imported?.map((t) => typeText(t)) ?? new Array<string>(arity).fill('any'));
  return { module, type: 'exn', name, kind: 'exception', tag: Math.max(machine, 0), fields, params: [] };
}

function variantDeclaration(type: GlobalId, name: string, arity: number, where: FieldTypes): Declaration {
  if (type.module === '' && BUILTIN[name] !== undefined) return BUILTIN[name];
  const item = ownType(type, where);
  if (item?.body.kind === 'sum') {
    const variant = item.body.variants.find((v) => v.name.text === name);
    if (variant !== undefined)
      return { params: item.params.map((p) => p.text), fields: named(variant.args.map((a) => exprText(a))) };
  }
  const imported = where.env?.get(type.module)?.types.get(type.name);
  if (imported?.body.kind === 'sum') {
    const names = namesOf(imported);
    const variant = imported.body.variants.find((v) => v.name === name);
    if (variant !== undefined)
      return { params: paramsOf(imported, names), fields: named(variant.args.map((t) => typeText(t, names))) };
  }
  return { params: [], fields: named(new Array<string>(arity).fill('any')) };
}

function recordDeclaration(id: GlobalId, names: readonly string[], where: FieldTypes): Declaration {
  const item = ownType(id, where);
  if (item?.body.kind === 'record')
    return {
      params: item.params.map((p) => p.text),
      fields: item.body.fields.map((f) => ({ name: f.name.text, type: exprText(f.type) })),
    };
  const imported = where.env?.get(id.module)?.types.get(id.name);
  if (imported?.body.kind === 'record') {
    const typeNames = namesOf(imported);
    return {
      params: paramsOf(imported, typeNames),
      fields: imported.body.fields.map(([name, type]) => ({ name, type: typeText(type, typeNames) })),
    };
  }
  return { params: [], fields: names.map((name) => ({ name, type: 'any' })) };
}

function ownType(id: GlobalId, where: FieldTypes) {
  if (id.module !== where.module.name) return undefined;
  const item = where.module.module.items.find((i) => i.kind === 'type' && i.name.text === id.name);
  return item?.kind === 'type' ? item : undefined;
}

/** Names the parameters of a declared type first, so that they are a, b, .. in its order. */
function namesOf(type: TypeInterface): TypeNames {
  const names = new TypeNames();
  paramsOf(type, names);
  return names;
}

const paramsOf = (type: TypeInterface, names: TypeNames): string[] =>
  type.params.map((p: TypeVariable) => typeText(p as Type, names));

/** A data type as written. */
export function exprText(t: TypeExpr): string {
  const list = (types: readonly TypeExpr[]): string => types.map(exprText).join(', ');
  switch (t.kind) {
    case 'name': {
      const name = t.parts.map((p) => p.text).join('::');
      return t.args.length === 0 ? name : `${name}<${list(t.args)}>`;
    }
    case 'tuple':
      return `(${list(t.elements)})`;
    case 'fun':
      return `(${list(t.params)}) -> ${exprText(t.result)}`;
    default:
      return 'any';
  }
}

/**
 * Constructors of variants, records and exceptions as the image describes them.
 * Invariant: the same constructor is described the same by every module but for the spelling of its field types, which
 * names the types of other modules in full. Fields of variants and exceptions are called by their place.
 */
import type { ConstructorImage } from '../../../runtime/bytecode/module.js';
import type { Entity, GlobalId } from '../../resolve/resolution.js';
import type { TypeInterface } from '../../types/module/interface.js';
import type { Type } from '../../types/solve/type.js';
import { TypeNames, typeText } from './type-text.js';

/** Where the declarations of constructors are found. */
export interface Declarations {
  readonly home: string;
  readonly type: (id: GlobalId) => TypeInterface | undefined;
  readonly exception: (id: GlobalId) => readonly Type[] | undefined;
}

type Fields = ConstructorImage['fields'];

const placed = (types: readonly string[]): Fields => types.map((type, i) => ({ name: String(i), type }));

const BUILTIN: Readonly<Record<string, { readonly params: readonly string[]; readonly fields: Fields }>> = {
  None: { params: ['a'], fields: [] },
  Some: { params: ['a'], fields: placed(['a']) },
  Ok: { params: ['a', 'e'], fields: placed(['a']) },
  Err: { params: ['a', 'e'], fields: placed(['e']) },
};

/** The exceptions of the machine in the order of their tags, with their fields. */
export const MACHINE_EXCEPTIONS: readonly (readonly [string, Fields])[] = [
  ['Overflow', []],
  ['DivideByZero', []],
  ['OutOfRange', []],
  ['PeerLost', [{ name: 'reason', type: 'exn' }]],
  ['Dropped', []],
  ['Killed', []],
  ['Ended', []],
  ['NodeDown', []],
  ['EmptyPool', []],
  ['HostError', [{ name: 'message', type: 'string' }]],
  ['HeapExhausted', []],
  ['Failure', [{ name: 'message', type: 'string' }]],
  ['Uninitialised', []],
  ['MatchFailure', []],
];

/** The image of the constructor an entity names, or undefined if it names none. */
export function constructorImage(entity: Entity, from: Declarations): ConstructorImage | undefined {
  switch (entity.kind) {
    case 'constructor':
      return variant(entity, from);
    case 'exception':
      return exception(entity.id, entity.arity, from);
    case 'record':
      return record(entity.id, entity.fields, from);
    default:
      return undefined;
  }
}

function exception(id: GlobalId, arity: number, from: Declarations): ConstructorImage {
  const { module, name } = id;
  const machine = module === '' ? MACHINE_EXCEPTIONS.findIndex(([n]) => n === name) : -1;
  const names = new TypeNames(from.home);
  const declared = from.exception(id)?.map((t) => typeText(t, names));
  const fields =
    machine >= 0 ? MACHINE_EXCEPTIONS[machine]![1] : placed(declared ?? new Array<string>(arity).fill('any'));
  return { module, type: 'exn', name, kind: 'exception', tag: Math.max(machine, 0), fields, params: [] };
}

function variant(entity: Extract<Entity, { kind: 'constructor' }>, from: Declarations): ConstructorImage {
  const { module, name: type } = entity.type;
  const { name } = entity.id;
  const image = (params: readonly string[], fields: Fields): ConstructorImage => ({
    module,
    type,
    name,
    kind: 'variant',
    tag: entity.tag,
    fields,
    params,
  });
  const builtin = module === '' ? BUILTIN[name] : undefined;
  if (builtin !== undefined) return image(builtin.params, builtin.fields);
  const declared = from.type(entity.type);
  const found = declared?.body.kind === 'sum' ? declared.body.variants.find((v) => v.name === name) : undefined;
  if (declared === undefined || found === undefined)
    return image([], placed(new Array<string>(entity.arity).fill('any')));
  const { names, params } = parameters(declared, from);
  return image(params, placed(found.args.map((t) => typeText(t, names))));
}

function record(id: GlobalId, fieldNames: readonly string[], from: Declarations): ConstructorImage {
  const { module, name } = id;
  const image = (params: readonly string[], fields: Fields): ConstructorImage => ({
    module,
    type: name,
    name,
    kind: 'record',
    tag: 0,
    fields,
    params,
  });
  const declared = from.type(id);
  if (declared?.body.kind !== 'record') return image([], fieldNames.map((n) => ({ name: n, type: 'any' }))); // prettier-ignore
  const { names, params } = parameters(declared, from);
  return image(params, declared.body.fields.map(([n, t]) => ({ name: n, type: typeText(t, names) }))); // prettier-ignore
}

/** Names the parameters of a declared type first, so that they are a, b, .. in its order. */
function parameters(type: TypeInterface, from: Declarations): { readonly names: TypeNames; readonly params: string[] } {
  const names = new TypeNames(from.home);
  return { names, params: type.params.map((p) => names.of(p)) };
}

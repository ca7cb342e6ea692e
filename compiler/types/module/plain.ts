/**
 * Which types hold plain data only: nothing that would have to be moved or copied when it goes to another thread.
 * Invariant: true only if no value of the type can hold a function, an exception, an end or something unknown.
 */
import { globalKey, type GlobalId } from '../../resolve/resolution.js';
import { prune, type Type } from '../solve/type.js';
import type { TypeInterface } from './interface.js';

/** Where declarations of types are found. */
export interface Declared {
  declaration(id: GlobalId): TypeInterface | undefined;
}

const SCALARS = new Set(['int', 'float', 'bool', 'string', 'bytes', 'unit', 'thread']);
const CONTAINERS = new Set(['list', 'map', 'option', 'result']);

export function isPlain(unit: Declared, type: Type | undefined): boolean {
  return type !== undefined && plain(unit, type, new Set());
}

function plain(unit: Declared, type: Type, open: Set<string>): boolean {
  const t = prune(type);
  switch (t.kind) {
    case 'tuple':
      return t.elements.every((x) => plain(unit, x, open));
    case 'service':
      return true;
    case 'con':
      if (t.id.module === '' && SCALARS.has(t.id.name)) return true;
      if (!t.args.every((x) => plain(unit, x, open))) return false;
      return t.id.module === '' ? CONTAINERS.has(t.id.name) : plainDeclaration(unit, t.id, open);
    default:
      return false;
  }
}

/**
 * Is everything a declared type holds itself plain? A type inside its own declaration counts as plain, and so do its
 * parameters: what they stand for is looked at where the type is used.
 */
function plainDeclaration(unit: Declared, id: GlobalId, open: Set<string>): boolean {
  const key = globalKey(id);
  if (open.has(key)) return true;
  open.add(key);
  const declared = unit.declaration(id);
  const params = new Set<Type>(declared?.params);
  const field = (t: Type): boolean => params.has(prune(t)) || inDeclaration(unit, t, params, open);
  switch (declared?.body.kind) {
    case 'record':
      return declared.body.fields.every(([, t]) => field(t));
    case 'sum':
      return declared.body.variants.every((v) => v.args.every(field));
    case 'alias':
      return field(declared.body.type);
    default:
      return false;
  }
}

function inDeclaration(unit: Declared, type: Type, params: ReadonlySet<Type>, open: Set<string>): boolean {
  const t = prune(type);
  if (params.has(t)) return true;
  if (t.kind === 'tuple') return t.elements.every((x) => inDeclaration(unit, x, params, open));
  if (t.kind !== 'con') return t.kind === 'service';
  if (!t.args.every((x) => inDeclaration(unit, x, params, open))) return false;
  if (t.id.module !== '') return plainDeclaration(unit, t.id, open);
  return SCALARS.has(t.id.name) || CONTAINERS.has(t.id.name);
}

/**
 * Which types hold plain data only: nothing that would have to be moved or copied when it goes to another thread.
 * Invariant: true only if no value of the type can hold a function, an exception, an end or something unknown.
 */
import type { TypeExpr } from '../ast/ast.js';
import type { GlobalId } from '../resolve/resolution.js';
import { globalKey } from '../resolve/resolution.js';
import type { Type } from '../types/type.js';
import { prune } from './type-of.js';
import type { Unit } from './unit.js';

const SCALARS = new Set(['int', 'float', 'bool', 'string', 'bytes', 'unit', 'thread']);
const CONTAINERS = new Set(['list', 'map', 'option', 'result']);

export function isPlain(unit: Unit, type: Type | undefined): boolean {
  return type !== undefined && plain(unit, type, new Set());
}

function plain(unit: Unit, type: Type, open: Set<string>): boolean {
  const t = prune(type);
  switch (t.kind) {
    case 'tuple':
      return t.elements.every((x) => plain(unit, x, open));
    case 'service':
      return true;
    case 'con':
      if (t.id.module === '') {
        if (SCALARS.has(t.id.name)) return true;
        return CONTAINERS.has(t.id.name) && t.args.every((x) => plain(unit, x, open));
      }
      return t.args.every((x) => plain(unit, x, open)) && plainDeclaration(unit, t.id, open);
    default:
      return false;
  }
}

/** Is everything a declared type holds itself plain? A type inside its own declaration counts as plain. */
function plainDeclaration(unit: Unit, id: GlobalId, open: Set<string>): boolean {
  const key = globalKey(id);
  if (open.has(key)) return true;
  open.add(key);
  if (id.module !== unit.module) {
    const body = unit.options.env?.get(id.module)?.types.get(id.name)?.body;
    const field = (t: Type): boolean => prune(t).kind === 'var' || plain(unit, t, open);
    switch (body?.kind) {
      case 'record':
        return body.fields.every(([, t]) => field(t));
      case 'sum':
        return body.variants.every((v) => v.args.every(field));
      case 'alias':
        return field(body.type);
      default:
        return false;
    }
  }
  const item = unit.typing.resolution.module.items.find((i) => i.kind === 'type' && i.name.text === id.name);
  if (item?.kind !== 'type') return false;
  const field = (t: TypeExpr): boolean => plainText(unit, t, open);
  switch (item.body.kind) {
    case 'record':
      return item.body.fields.every((x) => field(x.type));
    case 'sum':
      return item.body.variants.every((v) => v.args.every(field));
    case 'alias':
      return field(item.body.type);
  }
}

/** The same for a type as written; a type parameter counts as plain, its argument is looked at where it is used. */
function plainText(unit: Unit, t: TypeExpr, open: Set<string>): boolean {
  if (t.kind === 'tuple') return t.elements.every((x) => plainText(unit, x, open));
  if (t.kind !== 'name') return false;
  const entity = unit.entity(t.id);
  if (entity?.kind === 'type-param') return true;
  if (entity?.kind !== 'type' || !t.args.every((x) => plainText(unit, x, open))) return false;
  const { id } = entity;
  if (id.module === '') return SCALARS.has(id.name) || CONTAINERS.has(id.name) || id.name === 'service';
  return plainDeclaration(unit, id, open);
}

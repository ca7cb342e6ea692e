/**
 * Names at the top level of a module: what it defines itself, and what a name of another module's interface means.
 * Invariant: values (functions, constants, sessions, constructors, exceptions, record types where a record is built) and
 * types are apart: `type Shape = Shape(int)` defines one name of each.
 */
import type { Item, Module, Name } from '../ast/ast.js';
import { type Diagnostic, error } from '../diagnostics/diagnostic.js';
import type { ModuleInterface } from '../types/module/interface.js';
import type { Entity, GlobalId } from './resolution.js';

export interface Globals {
  readonly values: ReadonlyMap<string, Entity>;
  readonly types: ReadonlyMap<string, Entity>;
  /** Names of the module's protocols and their roles. */
  readonly roles: ReadonlyMap<string, readonly string[]>;
  /** The item that defines an entity of the module. */
  readonly itemOf: ReadonlyMap<Entity, Item>;
}

/** Collects the definitions of a module; a second definition of a name is Q0102 and is left out. */
export function collectGlobals(module: Module, name: string, diagnostics: Diagnostic[]): Globals {
  const values = new Map<string, Entity>();
  const types = new Map<string, Entity>();
  const roles = new Map<string, readonly string[]>();
  const itemOf = new Map<Entity, Item>();
  const places = new Map<string, Name>();
  const define = (space: Map<string, Entity>, kind: string, at: Name, item: Item, entity: Entity): void => {
    const first = places.get(`${kind} ${at.text}`);
    if (first !== undefined) {
      diagnostics.push(
        error('Q0102', at.span, `\`${at.text}\` is defined twice in this module`, {
          label: 'defined again here',
          labels: [{ span: first.span, text: 'first defined here' }],
        }),
      );
      return;
    }
    places.set(`${kind} ${at.text}`, at);
    space.set(at.text, entity);
    itemOf.set(entity, item);
  };
  for (const item of module.items) {
    if (item.kind === 'require' || item.kind === 'test') continue;
    const id: GlobalId = { module: name, name: item.name.text };
    const value = (entity: Entity): void => define(values, 'value', item.name, item, entity);
    switch (item.kind) {
      case 'fun':
        value({ kind: 'fun', id, item });
        break;
      case 'extern-fun':
        value({ kind: 'extern-fun', id, item });
        break;
      case 'const':
        value({ kind: 'const', id, item });
        break;
      case 'session':
        value({ kind: 'session', id, item });
        break;
      case 'exception':
        value({ kind: 'exception', id, arity: item.args.length, item });
        break;
      case 'protocol':
        define(types, 'type', item.name, item, { kind: 'protocol', id, item });
        roles.set(
          item.name.text,
          item.roles.map((r) => r.name.text),
        );
        break;
      case 'extern-type':
        define(types, 'type', item.name, item, { kind: 'type', id, item });
        break;
      case 'type':
        define(types, 'type', item.name, item, { kind: 'type', id, item });
        if (item.body.kind === 'record')
          value({ kind: 'record', id, fields: item.body.fields.map((f) => f.name.text) });
        if (item.body.kind === 'sum')
          item.body.variants.forEach((v, tag) =>
            define(values, 'value', v.name, item, {
              kind: 'constructor',
              id: { module: name, name: v.name.text },
              type: id,
              tag,
              arity: v.args.length,
            }),
          );
    }
  }
  return { values, types, roles, itemOf };
}

/** What a name means as a member of another module, as a value. */
export function memberValue(of: ModuleInterface, name: string): Entity | undefined {
  const id: GlobalId = { module: of.name, name };
  const fun = of.functions.get(name);
  if (fun?.extern === true)
    return {
      ...{ kind: 'extern-fun', id, ...(fun.outside !== undefined && { outside: fun.outside }) },
      ...(fun.suspends && { suspends: true }),
    };
  if (fun !== undefined) return { kind: 'fun', id };
  if (of.consts.has(name)) return { kind: 'const', id };
  if (of.sessions.has(name)) return { kind: 'session', id };
  const exception = of.exceptions.get(name);
  if (exception !== undefined) return { kind: 'exception', id, arity: exception.length };
  const record = of.types.get(name);
  if (record?.body.kind === 'record') return { kind: 'record', id, fields: record.body.fields.map(([f]) => f) };
  for (const type of of.types.values()) {
    if (type.body.kind !== 'sum') continue;
    const tag = type.body.variants.findIndex((v) => v.name === name);
    if (tag >= 0) return { kind: 'constructor', id, type: type.id, tag, arity: type.body.variants[tag]!.args.length };
  }
  return undefined;
}

/** The names of an interface that could have been meant, for did-you-mean. */
export function memberNames(of: ModuleInterface): string[] {
  const variants = [...of.types.values()].flatMap((t) =>
    t.body.kind === 'sum' ? t.body.variants.map((v) => v.name) : [],
  );
  return [
    ...[of.functions, of.consts, of.sessions, of.exceptions].flatMap((m) => [...m.keys()]),
    ...[...of.types].flatMap(([name, t]) => (t.body.kind === 'record' ? [name] : [])),
    ...variants,
  ];
}

/** The types and protocols of an interface. */
export const memberTypes = (of: ModuleInterface): string[] => [...of.types.keys(), ...of.roles.keys()];

/** What a name means as a member of another module, as a type. */
export function memberType(of: ModuleInterface, name: string): Entity | undefined {
  const id: GlobalId = { module: of.name, name };
  if (of.types.has(name)) return { kind: 'type', id };
  if (of.roles.has(name)) return { kind: 'protocol', id };
  return undefined;
}

/**
 * Declared types, exceptions and the types of constructors and fields.
 * Invariant: the parameters of a declaration are generalised variables, so each use gets fresh ones.
 */
import type { ExternTypeItem, Item, TypeItem } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import { BUILTIN_EXCEPTIONS } from '../../resolve/prelude.js';
import { globalKey, type Entity, type GlobalId } from '../../resolve/resolution.js';
import { typeOf, type NamedTypes } from './annotations.js';
import type { Context } from './context.js';
import type { TypeInterface, TypeShape } from '../module/interface.js';
import { copier, generaliseAll } from '../solve/schemes.js';
import { heldIn, stronger, type Held } from '../solve/uses.js';
import { heldBy } from '../module/held.js';
import { builtin, EXN, type Type, type TypeVariable } from '../solve/type.js';

/** Enters all types and exceptions of the module. Aliases come first, in the order in which they use each other. */
export function declareTypes(c: Context): void {
  const items = c.resolution.module.items;
  const declarations = items.filter((i) => i.kind === 'type' || i.kind === 'extern-type');
  // Shapes come later: a type may mention types that stand below it.
  const params = new Map<Item, TypeVariable[]>();
  for (const item of declarations) {
    const id: GlobalId = { module: c.resolution.name, name: item.name.text };
    if (c.declared.has(globalKey(id))) continue;
    const variables = item.params.map((p) => c.u.variable(Infinity, { hint: p.text }));
    params.set(item, variables);
    c.declared.set(globalKey(id), { id, params: variables, body: { kind: 'opaque' }, ...useSaid(item) });
  }
  const state = new Map<Item, 'open' | 'done'>();
  const declare = (item: TypeItem): void => {
    if (state.has(item)) {
      if (state.get(item) === 'open')
        c.report(error('Q0208', item.name.span, `the type \`${item.name.text}\` stands for itself`, {
          hints: ['a type that contains itself needs a constructor: `type T = Node(T) | Leaf`'],
        })); // prettier-ignore
      return;
    }
    state.set(item, 'open');
    if (item.body.kind === 'alias')
      for (const used of c.resolution.references.get(item) ?? [])
        if (used.kind === 'type' && used.body.kind === 'alias') declare(used);
    state.set(item, 'done');
    const variables = params.get(item);
    if (variables === undefined) return;
    const id: GlobalId = { module: c.resolution.name, name: item.name.text };
    c.declared.set(globalKey(id), { id, params: variables, body: shapeOf(c, item, variables), ...useSaid(item) });
  };
  for (const alias of [true, false])
    for (const item of declarations) if (item.kind === 'type' && (item.body.kind === 'alias') === alias) declare(item);
  settleUses(c);
  for (const item of items)
    if (item.kind === 'exception') {
      const none: NamedTypes = { named: new Map(), make: () => c.data() };
      c.exceptions.set(
        globalKey({ module: c.resolution.name, name: item.name.text }),
        item.args.map((a) => typeOf(c, a, none)),
      );
    }
}

/** What a declaration itself says of the use of its values. */
const useSaid = ({
  use,
  forgotten,
}: TypeItem | ExternTypeItem): Pick<TypeInterface, 'use' | 'itself' | 'forgotten'> => ({
  ...(use !== undefined && { use, itself: true as const }),
  ...(forgotten !== undefined && { forgotten }),
});

/** A type is held as what it is made of is. Types may contain one another, so this goes on until nothing is new. */
function settleUses(c: Context): void {
  const useOf = (id: GlobalId): Held | undefined => heldBy(c.declaration(id));
  for (let changed = true; changed;) {
    changed = false;
    for (const [key, t] of c.declared) {
      const parts = t.body.kind === 'record' ? t.body.fields.map(([, type]) => type) : [];
      if (t.body.kind === 'sum') parts.push(...t.body.variants.flatMap((v) => v.args));
      const held = parts.map((p) => heldIn(p, useOf)).reduce(stronger, heldBy(t));
      if (held === undefined || held.use === t.use) continue;
      c.declared.set(key, { ...t, use: held.use, ...(held.forgotten !== undefined && { forgotten: held.forgotten }) });
      changed = true;
    }
  }
}

function shapeOf(c: Context, item: TypeItem, variables: readonly TypeVariable[]): TypeShape {
  const named = new Map<string, Type>(item.params.map((p, i) => [p.text, variables[i]!]));
  const names: NamedTypes = { named, make: () => c.data() };
  switch (item.body.kind) {
    case 'alias':
      return { kind: 'alias', type: aliased(c, typeOf(c, item.body.type, names)) };
    case 'record':
      return { kind: 'record', fields: item.body.fields.map((f) => [f.name.text, typeOf(c, f.type, names)]) };
    case 'sum': {
      const variants = item.body.variants.map((v) => ({
        name: v.name.text,
        args: v.args.map((a) => typeOf(c, a, names)),
      }));
      return { kind: 'sum', variants };
    }
  }
}

/** A name for a session type means a new end wherever it is written. */
function aliased(c: Context, type: Type): Type {
  generaliseAll(c.u, [type], -1);
  return type;
}

/** The types of what a constructor or exception takes, and of what it makes; fresh for one use. */
export function constructorType(
  c: Context,
  entity: Extract<Entity, { kind: 'constructor' | 'exception' }>,
): { readonly args: readonly Type[]; readonly result: Type } | undefined {
  if (entity.kind === 'exception') {
    const args = exceptionArgs(c, entity.id);
    return args && { args, result: EXN };
  }
  if (entity.type.module === '') {
    const [a, b] = [c.data(), c.data()];
    if (entity.type.name === 'option')
      return { args: entity.tag === 1 ? [a] : [], result: { kind: 'con', id: builtin('option'), args: [a] } };
    return { args: [entity.tag === 0 ? a : b], result: { kind: 'con', id: builtin('result'), args: [a, b] } };
  }
  const declared = c.declaration(entity.type);
  if (declared?.body.kind !== 'sum') return undefined;
  const variant = declared.body.variants[entity.tag];
  if (variant === undefined) return undefined;
  const { result, copy } = instanceOf(c, declared);
  return { args: variant.args.map(copy), result };
}

export function exceptionArgs(c: Context, id: GlobalId): readonly Type[] | undefined {
  if (id.module === '') return BUILTIN_EXCEPTIONS.get(id.name);
  return c.exceptions.get(globalKey(id)) ?? c.env.get(id.module)?.exceptions.get(id.name);
}

/** A declared type with fresh arguments, and how its shape is read with them. */
export function instanceOf(c: Context, declared: TypeInterface): { result: Type; copy: (t: Type) => Type } {
  const args = declared.params.map(() => c.data());
  const given = new Map<Type, Type>(declared.params.map((p, i) => [p, args[i]!]));
  return { result: { kind: 'con', id: declared.id, args }, copy: copier(c.u, c.level, given) };
}

/** The fields of a record type with these arguments. */
export function fieldsOf(c: Context, id: GlobalId, args: readonly Type[]): ReadonlyMap<string, Type> | undefined {
  const declared = c.declaration(id);
  if (declared?.body.kind !== 'record') return undefined;
  const copy = copier(c.u, c.level, new Map<Type, Type>(declared.params.map((p, i) => [p, args[i]!])));
  return new Map(declared.body.fields.map(([name, type]) => [name, copy(type)]));
}

/** Record types in scope that have a field of that name. */
export function recordsWith(c: Context, field: string): TypeInterface[] {
  const own = [...c.declared.values()];
  const others = c.resolution.requires.flatMap((m) => [...(c.env.get(m)?.types.values() ?? [])]);
  return [...own, ...others].filter((t) => t.body.kind === 'record' && t.body.fields.some(([name]) => name === field));
}

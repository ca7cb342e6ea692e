/**
 * A module's interface as plain JSON data, to be kept in a compiled module. Types form a graph (ends may contain
 * themselves), so ends and variables are numbered and written once.
 * Invariant: lists of pairs stand for maps, so that no name is ever a key of an object; the order is that of the
 * definitions, so equal modules give equal text.
 */
import type { FunctionInterface, ModuleInterface, TypeInterface } from './interface.js';
import { endOf, prune, type EndType, type Scheme, type Type, type TypeVariable } from '../solve/type.js';
import type { SessionTyping } from './typing.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The version of the form; a reader refuses any other. */
export const FORM = 3;

export function encodeInterface(of: ModuleInterface): Json {
  const e = new Encoder();
  const pairs = <T>(map: ReadonlyMap<string, T>, encode: (value: T) => Json): Json =>
    [...map].map(([name, value]) => [name, encode(value)]);
  const body = {
    form: FORM,
    name: of.name,
    types: pairs(of.types, (t) => e.declaration(t)),
    exceptions: pairs(of.exceptions, (args) => args.map((t) => e.type(t))),
    functions: pairs(of.functions, (f) => e.fun(f)),
    consts: pairs(of.consts, (s) => e.scheme(s)),
    sessions: pairs(of.sessions, (s) => e.session(s)),
    roles: pairs(of.roles, (roles) => [...roles]),
  };
  // Ends are found while types are written, and contain more of both.
  const ends: Json[] = [];
  for (let i = 0; i < e.ends.length; i++) ends.push(e.end(e.ends[i]!));
  return {
    ...body,
    ends,
    variables: e.variables.map((v) => v.hint ?? null),
    protocols: (of.protocols ?? null) as Json,
  };
}

class Encoder {
  readonly variables: TypeVariable[] = [];
  readonly ends: EndType[] = [];
  private readonly variableIds = new Map<Type, number>();
  private readonly endIds = new Map<EndType, number>();

  type(type: Type): Json {
    const t = prune(type);
    switch (t.kind) {
      case 'var':
        return ['v', this.variable(t)];
      case 'con':
        return ['c', t.id.module, t.id.name, ...t.args.map((x) => this.type(x))];
      case 'tuple':
        return ['t', ...t.elements.map((x) => this.type(x))];
      case 'fun':
        return ['f', t.params.map((x) => this.type(x)), this.type(t.result)];
      case 'end':
        return ['e', this.endId(t.end)];
      case 'service':
        return ['s', this.endId(t.end)];
      case 'pool':
        return ['p', this.endId(t.end), this.type(t.datum)];
    }
  }

  private variable(v: TypeVariable): number {
    let id = this.variableIds.get(v);
    if (id === undefined) {
      id = this.variables.push(v) - 1;
      this.variableIds.set(v, id);
    }
    return id;
  }

  private endId(end: EndType): number {
    const e = endOf(end);
    let id = this.endIds.get(e);
    if (id === undefined) {
      id = this.ends.push(e) - 1;
      this.endIds.set(e, id);
    }
    return id;
  }

  end(e: EndType): Json {
    const rows = (map: EndType['sends']): Json =>
      [...map].map(([label, types]) => [label, types.map((t) => this.type(t))]);
    return {
      sends: rows(e.sends),
      receives: rows(e.receives),
      dual: e.dual === undefined ? null : this.endId(e.dual),
      services: [...e.services],
      generalised: e.level === Infinity,
      closed: e.closed === true,
    };
  }

  scheme(s: Scheme): Json {
    return { variables: s.variables.map((v) => this.type(v)), type: this.type(s.type) };
  }

  fun(f: FunctionInterface): Json {
    const outside = f.outside === undefined ? {} : { outside: f.outside };
    const suspends = f.suspends === undefined ? {} : { suspends: true };
    return {
      ...{ scheme: this.scheme(f.scheme), kinds: [...f.kinds], extern: f.extern, ...outside, ...suspends },
      params: [...f.params],
      ...(f.takes && { takes: [...f.takes] }),
      ...(f.carries && { carries: [...f.carries] }),
    };
  }

  session(s: SessionTyping): Json {
    return {
      name: s.name,
      params: s.params.map((p) => [p.kind, this.type(p.type)]),
      service: s.service === undefined ? null : this.endId(s.service),
      variables: s.variables.map((v) => this.type(v)),
      ...(s.carries && { carries: [...s.carries] }),
    };
  }

  declaration(t: TypeInterface): Json {
    const itself = t.itself && { itself: true };
    const use = {
      ...(t.use && { use: t.use }),
      ...itself,
      ...(t.forgotten !== undefined && { forgotten: t.forgotten }),
    };
    const head = { id: [t.id.module, t.id.name], params: t.params.map((p) => this.type(p)), ...use };
    switch (t.body.kind) {
      case 'opaque':
        return { ...head, kind: 'opaque' };
      case 'alias':
        return { ...head, kind: 'alias', type: this.type(t.body.type) };
      case 'record':
        return { ...head, kind: 'record', fields: t.body.fields.map(([n, f]) => [n, this.type(f)]) };
      case 'sum':
        return {
          ...head,
          kind: 'sum',
          variants: t.body.variants.map((v) => [v.name, v.args.map((a) => this.type(a))]),
        };
    }
  }
}

/**
 * Reads back what `encode` wrote. The input may come from anybody: everything about it is checked, and what is wrong
 * with it is a value, never an exception.
 * Invariant: what is returned is as good as what inference makes: numbers in range, kinds that fit the types, ends whose
 * duals belong together.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Use } from '../../ast/ast.js';
import type { GlobalId } from '../../resolve/resolution.js';
import { FORM, type Json } from './encode.js';
import type { FunctionInterface, ModuleInterface, TypeInterface, TypeShape } from './interface.js';
import type { EndType, Scheme, Type, TypeVariable } from '../solve/type.js';
import type { Kind, SessionTyping } from './typing.js';

/** Types nested deeper are refused: no program has them, and reading them recurses. */
const DEEPEST = 500;

class Malformed extends Error {}
const fail = (what: string): never => {
  throw new Malformed(what);
};

/** The interface, or a sentence that says what is wrong with the data. */
export function decodeInterface(json: unknown): E.Either<string, ModuleInterface> {
  try {
    return E.right(new Decoder(record(json, 'interface')).module());
  } catch (e) {
    if (e instanceof Malformed) return E.left(e.message);
    throw e;
  }
}

type Fields = Readonly<Record<string, unknown>>;

const record = (x: unknown, what: string): Fields =>
  typeof x === 'object' && x !== null && !Array.isArray(x) ? (x as Fields) : fail(`${what} is not an object`);
const list = (x: unknown, what: string): readonly unknown[] =>
  Array.isArray(x) ? (x as readonly unknown[]) : fail(`${what} is not a list`);
const text = (x: unknown, what: string): string => (typeof x === 'string' ? x : fail(`${what} is not a string`));
const flag = (x: unknown, what: string): boolean => (typeof x === 'boolean' ? x : fail(`${what} is not true or false`));
const KINDS: readonly string[] = ['data', 'end', 'reference', 'pool'] satisfies readonly Kind[];
const kind = (x: unknown): Kind => (KINDS.includes(x as string) ? (x as Kind) : fail('unknown kind of parameter'));

const USES: readonly string[] = ['linear', 'affine'] satisfies readonly Use[];
const use = (x: unknown): Use => (USES.includes(x as string) ? (x as Use) : fail('unknown use of a type'));
/** Positions in a list of so many; absent where none are said. */
const places = (x: unknown, what: string, count: number): readonly number[] | undefined =>
  x === undefined
    ? undefined
    : list(x, what).map((n) => (Number.isInteger(n) && 0 <= Number(n) && Number(n) < count ? Number(n) : fail(what)));

function pairs<T>(x: unknown, what: string, decode: (value: unknown) => T): Map<string, T> {
  const found = new Map<string, T>();
  for (const item of list(x, what)) {
    const pair = list(item, what);
    if (pair.length !== 2) fail(`${what}: not a pair`);
    const name = text(pair[0], what);
    if (found.has(name)) fail(`${what}: \`${name}\` twice`);
    found.set(name, decode(pair[1]));
  }
  return found;
}

class Decoder {
  private readonly variables: readonly TypeVariable[];
  private readonly ends: readonly EndType[];

  constructor(private readonly of: Fields) {
    if (of['form'] !== FORM) fail('unknown form of interface');
    // Numbers of their own space: they are only compared, and inference makes fresh ones from 0 upwards.
    this.variables = list(of['variables'], 'variables').map((hint, i) => ({
      kind: 'var',
      id: -1 - i,
      level: Infinity,
      instance: undefined,
      constraint: 'none',
      ...(hint === null ? {} : { hint: text(hint, 'variable') }),
    }));
    const ends = list(of['ends'], 'ends').map((x) => record(x, 'end'));
    this.ends = ends.map((e, i) => ({
      id: -1 - i,
      forward: undefined,
      sends: new Map(),
      receives: new Map(),
      dual: undefined,
      level: flag(e['generalised'], 'end') ? Infinity : 0,
      closed: flag(e['closed'], 'end'),
      services: new Set(list(e['services'], 'services').map((s) => text(s, 'service'))),
    }));
    ends.forEach((e, i) => this.fillEnd(this.ends[i]!, e));
    for (const e of this.ends)
      if (e.dual !== undefined && (e.dual.dual !== e || e.dual.level !== e.level))
        fail('the two ends of a link do not agree');
  }

  private fillEnd(end: EndType, e: Fields): void {
    for (const rows of ['sends', 'receives'] as const)
      for (const [label, types] of pairs(e[rows], rows, (x) => this.types(x))) end[rows].set(label, types);
    if (e['dual'] !== null) end.dual = this.end(e['dual']);
  }

  private end(x: unknown): EndType {
    return (typeof x === 'number' ? this.ends[x] : undefined) ?? fail('no such end');
  }

  private types(x: unknown): Type[] {
    return list(x, 'types').map((t) => this.type(t, 0));
  }

  private type(x: unknown, depth: number): Type {
    if (depth > DEEPEST) return fail('a type is nested too deeply');
    const parts = list(x, 'type');
    const all = (xs: readonly unknown[]): Type[] => xs.map((t) => this.type(t, depth + 1));
    switch (parts[0]) {
      case 'v':
        return (typeof parts[1] === 'number' ? this.variables[parts[1]] : undefined) ?? fail('no such variable');
      case 'c': {
        const id: GlobalId = { module: text(parts[1], 'module'), name: text(parts[2], 'type') };
        return { kind: 'con', id, args: all(parts.slice(3)) };
      }
      case 't':
        return { kind: 'tuple', elements: all(parts.slice(1)) };
      case 'f':
        return { kind: 'fun', params: all(list(parts[1], 'parameters')), result: this.type(parts[2], depth + 1) };
      case 'e':
        return { kind: 'end', end: this.end(parts[1]) };
      case 's':
        return { kind: 'service', end: this.end(parts[1]) };
      case 'p':
        return { kind: 'pool', end: this.end(parts[1]), datum: this.type(parts[2], depth + 1) };
      default:
        return fail('unknown type');
    }
  }

  private variable(x: unknown): TypeVariable {
    const t = this.type(x, 0);
    return t.kind === 'var' ? t : fail('not a variable');
  }

  private scheme(x: unknown): Scheme {
    const s = record(x, 'scheme');
    return {
      variables: list(s['variables'], 'variables').map((v) => this.variable(v)),
      type: this.type(s['type'], 0),
    };
  }

  private fun(x: unknown): FunctionInterface {
    const f = record(x, 'function');
    const scheme = this.scheme(f['scheme']);
    const kinds = list(f['kinds'], 'kinds').map(kind);
    const params = list(f['params'], 'parameters').map((p) => text(p, 'parameter'));
    if (scheme.type.kind !== 'fun') return fail('a function without a function type');
    if (scheme.type.params.length !== kinds.length || params.length !== kinds.length) fail('kinds do not fit the type');
    scheme.type.params.forEach((t, i) => fits(t, kinds[i]!));
    const outside = f['outside'] === undefined ? {} : { outside: text(f['outside'], 'what is awaited') };
    const suspends = f['suspends'] === true ? ({ suspends: true } as const) : {};
    const takes = places(f['takes'], 'takes', params.length);
    const carries = places(f['carries'], 'carries', scheme.variables.length);
    const more = { ...(takes && { takes }), ...(carries && { carries }) };
    return { scheme, kinds, extern: flag(f['extern'], 'extern'), ...outside, ...suspends, params, ...more };
  }

  private session(x: unknown): SessionTyping {
    const s = record(x, 'session');
    const params = list(s['params'], 'parameters').map((p) => {
      const pair = list(p, 'parameter');
      const type = this.type(pair[1], 0);
      return { local: undefined, kind: fits(type, kind(pair[0])), type };
    });
    const variables = list(s['variables'], 'variables').map((v) => this.variable(v));
    const carries = places(s['carries'], 'carries', variables.length);
    return {
      name: text(s['name'], 'session'),
      params,
      service: s['service'] === null ? undefined : this.end(s['service']),
      variables,
      ...(carries && { carries }),
    };
  }

  private declaration(x: unknown): TypeInterface {
    const t = record(x, 'type');
    const id = list(t['id'], 'id');
    return {
      id: { module: text(id[0], 'module'), name: text(id[1], 'name') },
      params: list(t['params'], 'parameters').map((p) => this.variable(p)),
      body: this.shape(t),
      ...(t['use'] !== undefined && { use: use(t['use']) }),
      ...(t['itself'] === true && { itself: true as const }),
      ...(t['forgotten'] !== undefined && { forgotten: text(t['forgotten'], 'forgotten') }),
    };
  }

  private shape(t: Fields): TypeShape {
    switch (t['kind']) {
      case 'opaque':
        return { kind: 'opaque' };
      case 'alias':
        return { kind: 'alias', type: this.type(t['type'], 0) };
      case 'record':
        return { kind: 'record', fields: [...pairs(t['fields'], 'fields', (f) => this.type(f, 0))] };
      case 'sum': {
        const variants = [...pairs(t['variants'], 'variants', (v) => this.types(v))];
        return { kind: 'sum', variants: variants.map(([name, args]) => ({ name, args })) };
      }
      default:
        return fail('unknown kind of type');
    }
  }

  module(): ModuleInterface {
    const { of } = this;
    return {
      name: text(of['name'], 'name'),
      types: pairs(of['types'], 'types', (x) => this.declaration(x)),
      exceptions: pairs(of['exceptions'], 'exceptions', (x) => this.types(x)),
      functions: pairs(of['functions'], 'functions', (x) => this.fun(x)),
      consts: pairs(of['consts'], 'consts', (x) => this.scheme(x)),
      sessions: pairs(of['sessions'], 'sessions', (x) => this.session(x)),
      roles: pairs(of['roles'], 'roles', (x) => list(x, 'roles').map((r) => text(r, 'role'))),
      protocols: (of['protocols'] ?? undefined) as Json | undefined,
    };
  }
}

/** The kind that goes with a type. */
function fits(type: Type, kind: Kind): Kind {
  const is = type.kind === 'end' || type.kind === 'pool' ? type.kind : type.kind === 'service' ? 'reference' : 'data';
  return is === kind ? kind : fail('the kind of a parameter does not fit its type');
}

/**
 * What the type variables of sessions and functions stand for where others spawn, call or go on as them: the declared type of
 * a session says what those do too, in its own variables.
 * Invariant: claims only, found by comparing parameters with arguments; a variable that no argument tells keeps a name of its
 * own.
 */
import type { CallExpr, Expr, FunItem, SessionItem, SpawnExpr } from '../../ast/ast.js';
import { eachNode } from '../../ast/walk.js';
import { endOf, prune, type EndType, type Type } from '../../types/solve/type.js';
import type { Typing } from '../../types/module/typing.js';
import { typeText, TypeNames } from './type-text.js';
import { functionShape } from './type-of.js';

/** A type, and the session or function whose variables it is written in. */
interface Stands {
  readonly type: Type;
  readonly owner: string;
}
type Known = ReadonlyMap<Type, Stands>;

/** Names for the type variables of all that one session or function uses. */
export class UsedNames {
  readonly #by = new Map<string, TypeNames>();
  readonly #known: ReadonlyMap<string, Known>;

  constructor(
    typing: Typing,
    readonly home: string,
    readonly own: TypeNames,
    /** What is done with an end that a message brings, with the types that `owner` knows of it. */
    readonly carried: (label: string, place: number, end: EndType, service: EndType, owner: string) => string,
  ) {
    this.#by.set(home, own);
    this.#known = usedBy(typing, home);
  }

  of(owner: string): TypeNames {
    const made = this.#by.get(owner);
    if (made !== undefined) return made;
    const known = this.#known.get(owner) ?? new Map<Type, Stands>();
    const names = new NamesThere(this, owner, known);
    this.#by.set(owner, names);
    return names;
  }
}

/** Variables as their user calls them. */
class NamesThere extends TypeNames {
  /** Variables that are being written: one that stands for a type with itself inside is none. */
  readonly #open = new Set<Type>();

  constructor(
    readonly user: UsedNames,
    readonly owner: string,
    readonly known: Known,
  ) {
    super(user.own.home);
  }

  override carried(label: string, place: number, end: EndType, service: EndType): string {
    return this.user.carried(label, place, end, service, this.owner);
  }

  override of(variable: Type): string {
    const stands = this.known.get(variable);
    if (stands === undefined || this.#open.has(variable)) return this.user.own.of(variable);
    this.#open.add(variable);
    const text = typeText(stands.type, this.user.of(stands.owner));
    this.#open.delete(variable);
    return text;
  }
}

/** What the variables of all that `home` uses, directly or not, stand for there. */
function usedBy(typing: Typing, home: string): ReadonlyMap<string, Known> {
  const found = new Map<string, Map<Type, Stands>>([[home, new Map()]]);
  for (const owner of found.keys()) {
    const item = typing.resolution.module.items.find(
      (x): x is SessionItem | FunItem => (x.kind === 'session' || x.kind === 'fun') && x.name.text === owner,
    );
    const use = (node: CallExpr | SpawnExpr): void => {
      const named = node.kind === 'spawn' ? node.session.id : node.callee.kind === 'path' ? node.callee.path.id : -1;
      const entity = typing.resolution.uses.get(named);
      if ((entity?.kind !== 'session' && entity?.kind !== 'fun') || entity.item === undefined) return;
      const { name } = entity.id;
      const known = found.get(name) ?? new Map<Type, Stands>();
      found.set(name, known);
      if (name === home) return;
      paramsOf(typing, name).forEach((p, i) => {
        const type = node.args[i] && typing.types.get(node.args[i].id);
        if (type !== undefined) meet(p, type, owner, known, new Set());
      });
    };
    eachNode(item?.body, (x) => {
      const node = x as Expr;
      if (node.kind === 'call' || node.kind === 'spawn') use(node);
    });
  }
  return found;
}

function paramsOf(typing: Typing, name: string): readonly Type[] {
  const session = typing.sessions.get(name);
  if (session !== undefined) return session.params.map((p) => p.type);
  const fun = typing.functions.get(name);
  return fun === undefined ? [] : functionShape(fun.scheme).params;
}

/** Notes what the variables of a parameter stand for, from the type of the argument. */
function meet(param: Type, given: Type, owner: string, known: Map<Type, Stands>, seen: Set<EndType>): void {
  const [p, g] = [prune(param), prune(given)];
  const all = (xs: readonly Type[], ys: readonly Type[]): void =>
    xs.forEach((x, i) => {
      if (ys[i] !== undefined) meet(x, ys[i], owner, known, seen);
    });
  const ends = (a: EndType, b: EndType): void => {
    if (seen.has(a)) return;
    seen.add(a);
    const [x, y] = [endOf(a), endOf(b)];
    for (const [label, types] of x.sends) all(types, y.sends.get(label) ?? []);
    for (const [label, types] of x.receives) all(types, y.receives.get(label) ?? []);
  };
  if (p === g) return;
  if (p.kind === 'var') {
    if (!known.has(p)) known.set(p, { type: g, owner });
  } else if (p.kind === 'con' && g.kind === 'con') all(p.args, g.args);
  else if (p.kind === 'tuple' && g.kind === 'tuple') all(p.elements, g.elements);
  else if (p.kind === 'fun' && g.kind === 'fun') all([...p.params, p.result], [...g.params, g.result]);
  else if ((p.kind === 'end' && g.kind === 'end') || (p.kind === 'service' && g.kind === 'service')) ends(p.end, g.end);
  else if (p.kind === 'pool' && g.kind === 'pool') {
    ends(p.end, g.end);
    meet(p.datum, g.datum, owner, known, seen);
  }
}

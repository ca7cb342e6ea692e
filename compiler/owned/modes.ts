/**
 * What functions do with what they are given: takes or looks, and for which type variables something linear may stand.
 * Functions call one another, so this is solved for all of them together: at first nothing is known of what a call does (it does not come
 * back) and every variable may be linear; each walk can only add to what is taken and take away from what may be linear.
 * Invariant: what is said of a function holds on all its paths.
 */
import type { FunItem, Item, SessionItem } from '../ast/ast.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { globalKey, type Entity, type GlobalId } from '../resolve/resolution.js';
import { usesOf } from '../types/module/held.js';
import type { FunctionInterface, ModuleEnv, SessionTyping, TypeInterface } from '../types/module/interface.js';
import type { Typing } from '../types/module/typing.js';
import { partsOf, prune, type Type } from '../types/solve/type.js';
import { heldIn, type UseOf } from '../types/solve/uses.js';
import type { Mode, Surroundings } from './body.js';
import { walkItem } from './walk.js';

const NONE: ReadonlySet<Type> = new Set();

/** A type and whatever stands in it. */
function* within(type: Type): Generator<Type> {
  const seen = new Set<Type>();
  const open = [type];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const t = prune(next);
    if (seen.has(t)) continue;
    seen.add(t);
    yield t;
    open.push(...partsOf(t));
  }
}

/** A body with more type variables is not walked once for each of them. */
const MANY = 30;

const mentions = (type: Type, variable: Type): boolean => [...within(type)].includes(variable);

export class Modes {
  private readonly useOf: UseOf;
  private readonly modes = new Map<string, Mode[]>();
  /** By function or session: the variables that nothing linear may stand for. */
  private readonly plain = new Map<string, Map<Type, Diagnostic>>();

  constructor(
    private readonly typing: Typing,
    private readonly env: ModuleEnv,
  ) {
    this.useOf = usesOf(typing, env);
  }

  settle(): void {
    const items = this.typing.resolution.module.items.filter(
      (i): i is FunItem | SessionItem => i.kind === 'fun' || i.kind === 'session',
    );
    const generic = items.filter((i) => (this.own(i)?.variables.length ?? 0) > 0);
    const holding = items.filter((i) => i.kind === 'fun' && this.own(i)?.types.some((t) => this.isHeld(t)));
    for (let changed = true; changed;) {
      changed = false;
      for (const item of holding) changed = this.learn(item, NONE) || changed;
      for (const item of generic)
        for (const variables of this.asked(item)) changed = this.learn(item, variables) || changed;
    }
  }

  /**
   * The variables of which nothing against them is known, each by itself; of a body with very many all at once, so that something against
   * one of them is against all.
   */
  private asked(item: FunItem | SessionItem): readonly ReadonlySet<Type>[] {
    const open = [...new Set(this.own(item)!.variables.map(prune))].filter((v) => !this.isPlain(item, v));
    return open.length > MANY ? [new Set(open)] : open.map((v) => new Set([v]));
  }

  private isHeld(type: Type): boolean {
    return [...within(type)].some((t) => heldIn(t, this.useOf) !== undefined);
  }

  private isPlain(item: Item & { readonly name: { readonly text: string } }, v: Type): boolean {
    return this.plain.get(item.name.text)?.has(v) === true;
  }

  /** Walks an item once more; says whether anything new was found. */
  private learn(item: FunItem | SessionItem, variables: ReadonlySet<Type>): boolean {
    const walked = walkItem(item, this.around(variables));
    const name = item.name.text;
    let changed = false;
    const [why] = walked.found;
    if (variables.size > 0 && why !== undefined) {
      const known = this.plain.get(name) ?? new Map<Type, Diagnostic>();
      this.plain.set(name, known);
      for (const v of variables) known.set(v, why);
      changed = true;
    }
    if (item.kind !== 'fun') return changed;
    const known = this.modes.get(name) ?? item.params.map(() => undefined);
    this.modes.set(name, known);
    const types = this.own(item)!.types;
    walked.modes.forEach((mode, i) => {
      if (heldIn(types[i]!, this.useOf, variables) === undefined || mode === undefined || known[i] === 'takes') return;
      if (known[i] === mode) return;
      known[i] = mode;
      changed = true;
    });
    return changed;
  }

  /** Variables and types of parameters of a function or session of this module. */
  private own(
    item: FunItem | SessionItem,
  ): { readonly variables: readonly Type[]; readonly types: readonly Type[] } | undefined {
    if (item.kind === 'session') {
      const s = this.typing.sessions.get(item.name.text);
      return s && { variables: s.variables, types: s.params.map((p) => p.type) };
    }
    const f = this.typing.functions.get(item.name.text);
    return f && { variables: f.scheme.variables, types: paramsOf(f) };
  }

  private functionOf({ module, name }: GlobalId): FunctionInterface | undefined {
    return module === this.typing.resolution.name
      ? this.typing.functions.get(name)
      : this.env.get(module)?.functions.get(name);
  }

  private sessionOf({ module, name }: GlobalId): SessionTyping | undefined {
    return module === this.typing.resolution.name
      ? this.typing.sessions.get(name)
      : this.env.get(module)?.sessions.get(name);
  }

  private declared(id: GlobalId): TypeInterface | undefined {
    return this.typing.declared.get(globalKey(id)) ?? this.env.get(id.module)?.types.get(id.name);
  }

  around(variables: ReadonlySet<Type> = NONE): Surroundings {
    return {
      typing: this.typing,
      useOf: this.useOf,
      variables,
      declared: (id) => this.declared(id),
      modeOf: (entity, i) => this.modeOf(entity, i),
      carries: (entity, v) => this.carries(entity, v),
      schemeOf: (entity) => this.schemeOf(entity),
      takersOf: (type) => this.takersOf(type),
      copiesOf: (type) => this.copiesOf(type),
    };
  }

  private modeOf(entity: Entity, index: number): Mode {
    if (entity.kind !== 'fun' && entity.kind !== 'extern-fun') return 'takes';
    const isOwn = entity.id.module === this.typing.resolution.name;
    if (entity.kind === 'fun' && isOwn) return this.modes.get(entity.id.name)?.[index];
    return this.functionOf(entity.id)?.takes?.includes(index) === true ? 'takes' : 'looks';
  }

  private schemeOf(
    entity: Entity,
  ): { readonly variables: readonly Type[]; readonly types: readonly Type[] } | undefined {
    if (entity.kind === 'local') {
      const scheme = this.typing.locals.get(entity.local)?.scheme;
      return scheme && scheme.variables.length > 0 ? { variables: scheme.variables, types: [scheme.type] } : undefined;
    }
    if (entity.kind === 'session') {
      const s = this.sessionOf(entity.id);
      return s && { variables: s.variables, types: s.params.map((p) => p.type) };
    }
    if (entity.kind !== 'fun' && entity.kind !== 'extern-fun') return undefined;
    const f = this.functionOf(entity.id);
    return f && f.scheme.mono !== true ? { variables: f.scheme.variables, types: [f.scheme.type] } : undefined;
  }

  private carries(entity: Entity, variable: Type): true | Diagnostic | undefined {
    if (entity.kind !== 'fun' && entity.kind !== 'extern-fun' && entity.kind !== 'session') return undefined;
    const isOwn = entity.id.module === this.typing.resolution.name;
    if (entity.kind === 'extern-fun') return hostCarries(this.functionOf(entity.id), variable) || undefined;
    if (isOwn) return this.plain.get(entity.id.name)?.get(variable) ?? true;
    const { carries, variables } =
      entity.kind === 'fun' ? shownOf(this.functionOf(entity.id)) : (this.sessionOf(entity.id) ?? NOTHING);
    return carries?.some((i) => prune(variables[i]!) === variable) === true || undefined;
  }

  /** Functions that everybody may call and that take a value of the type. */
  private takersOf(type: Type): readonly string[] {
    return this.beside(type, (f, t) => f.takes?.some((i) => sameType(paramsOf(f)[i], t)) === true);
  }

  /** Functions that everybody may call and that make a thing of the same module of a value, which they look at. */
  private copiesOf(type: Type): readonly string[] {
    return this.beside(type, (f, t, module) => {
      const [only, ...others] = paramsOf(f);
      const made = f.scheme.type.kind === 'fun' ? prune(f.scheme.type.result) : undefined;
      if (others.length > 0 || !sameType(only, t) || f.takes !== undefined || made?.kind !== 'con') return false;
      return (
        made.id.module === module && this.declared(made.id)?.body.kind === 'opaque' && this.useOf(made.id) === undefined
      );
    });
  }

  /** Functions of the module that declares a type, as they are called elsewhere. */
  private beside(type: Type, is: (f: FunctionInterface, t: Type, module: string) => boolean): readonly string[] {
    const found: string[] = [];
    for (const t of within(type)) {
      if (t.kind !== 'con' || this.useOf(t.id) === undefined) continue;
      const { module } = t.id;
      const isOwn = module === this.typing.resolution.name;
      const functions = isOwn ? this.functions() : this.env.get(module)?.functions;
      const short = isOwn ? '' : `${module.split('::').at(-1)}::`;
      for (const [name, f] of functions ?? [])
        if (!name.startsWith('_') && is(f, t, module)) found.push(`\`${short}${name}\``);
    }
    return found.slice(0, 4);
  }

  /** This module's functions, with what they take and carry. */
  functions(): ReadonlyMap<string, FunctionInterface> {
    return new Map(
      [...this.typing.functions].map(([name, f]) => {
        if (f.extern) return [name, f];
        const takes = (this.modes.get(name) ?? []).flatMap((mode, i) => (mode === 'takes' ? [i] : []));
        const carries = this.carried(name, f.scheme.variables);
        return [name, { ...f, ...(takes.length > 0 && { takes }), ...(carries.length > 0 && { carries }) }];
      }),
    );
  }

  sessions(): ReadonlyMap<string, SessionTyping> {
    return new Map(
      [...this.typing.sessions].map(([name, s]) => {
        const carries = this.carried(name, s.variables);
        return [name, { ...s, ...(carries.length > 0 && { carries }) }];
      }),
    );
  }

  private carried(name: string, variables: readonly Type[]): number[] {
    return variables.flatMap((v, i) => (this.plain.get(name)?.has(prune(v)) === true ? [] : [i]));
  }
}

const NOTHING = { carries: undefined, variables: [] };

const shownOf = (
  f: FunctionInterface | undefined,
): { carries?: readonly number[] | undefined; variables: readonly Type[] } =>
  f === undefined ? NOTHING : { carries: f.carries, variables: f.scheme.variables };

const paramsOf = (f: FunctionInterface): readonly Type[] => (f.scheme.type.kind === 'fun' ? f.scheme.type.params : []);

const sameType = (a: Type | undefined, b: Type): boolean => {
  const p = a && prune(a);
  return p?.kind === 'con' && b.kind === 'con' && globalKey(p.id) === globalKey(b.id);
};

/** A host function looks at what it is given and forgets it, unless it says that it takes it; what it gives back it must have taken. */
function hostCarries(f: FunctionInterface | undefined, variable: Type): boolean {
  if (f?.scheme.type.kind !== 'fun') return false;
  const { params, result } = f.scheme.type;
  if (!mentions(result, variable)) return true;
  return params.every((p, i) => !mentions(p, variable) || f.takes?.includes(i) === true);
}

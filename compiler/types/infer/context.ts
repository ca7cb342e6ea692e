/**
 * What inference shares while it walks a module: the unifier, the tables it fills, and how it says that types disagree.
 * Invariant: after an error inference goes on with a fresh variable, so that one mistake gives one message.
 */
import type { Block, Expr, FunItem, SessionItem } from '../../ast/ast.js';
import { isError, type Diagnostic } from '../../diagnostics/diagnostic.js';
import type { Entity, GlobalId, Local, Owner, Resolution } from '../../resolve/resolution.js';
import { globalKey } from '../../resolve/resolution.js';
import type { Span } from '../../source/source.js';
import { acceptorsOf } from '../module/acceptors.js';
import { clashError, type Expectation } from '../say/errors.js';
import type { FunctionInterface, ModuleEnv, TypeInterface } from '../module/interface.js';
import { monomorphic } from '../solve/schemes.js';
import { isBuiltin, prune, type EndType, type Scheme, type Type } from '../solve/type.js';
import type { Kind, SessionTyping } from '../module/typing.js';
import { Unifier } from '../solve/unify.js';

/** A session while its group is inferred, and afterwards. */
export interface SessionState {
  readonly item: SessionItem;
  readonly params: readonly Type[];
  /** The end of the clients that it accepts, seen from the session. */
  readonly accepts: EndType | undefined;
  /** Known once its group has been generalised. */
  done: SessionTyping | undefined;
}

export interface FunctionState {
  readonly item: FunItem;
  readonly type: Type & { readonly kind: 'fun' };
  done: FunctionInterface | undefined;
}

/** What is decided when more is known. `run` answers whether it could; with `force` it must decide or report. */
export interface Deferred {
  /** What is decided first when all must be: what may tell the others. */
  readonly rank: 'peer' | 'shape' | 'number';
  /** What it is about: not generalised before it is decided. */
  readonly holds: readonly Type[];
  readonly run: (force: boolean) => boolean;
}

/** The body being inferred. */
export interface BodyContext {
  readonly owner: Owner;
  /** The session whose thread runs the body, if it is known. */
  readonly session: SessionState | undefined;
  /** What `return` gives. */
  readonly result: Type;
  /** Type variables written in the annotations of the item. */
  readonly named: Map<string, Type>;
}

export type SpawnArgKind = 'self' | 'group' | 'end' | 'reference' | 'data' | 'pool' | 'connect';

/** What is done with the value: a type that it should have (a hint, checked by the caller), or nothing. */
export type Wanted = Type | 'discard' | undefined;

/** How the types of forms are found: `infer.ts` alone knows all of them. */
export interface Forms {
  expression(c: Context, b: BodyContext, e: Expr, wanted: Wanted): Type;
  block(c: Context, b: BodyContext, block: Block, wanted: Wanted): Type;
}

export class Context {
  readonly u: Unifier;
  level = 0;
  readonly diagnostics: Diagnostic[] = [];
  readonly types = new Map<number, Type>();
  readonly locals = new Map<Local, Scheme>();
  readonly functions = new Map<string, FunctionState>();
  readonly sessions = new Map<string, SessionState>();
  readonly consts = new Map<string, Scheme>();
  readonly declared = new Map<string, TypeInterface>();
  readonly exceptions = new Map<string, readonly Type[]>();
  readonly payloads = new Map<number, readonly Type[]>();
  readonly sources = new Map<number, Local>();
  readonly spawnArgs = new Map<number, SpawnArgKind>();
  /** Undecided matters of the group of items at hand. */
  deferred: Deferred[] = [];
  /** To be looked at when all kinds of the group are known. */
  checks: (() => void)[] = [];
  /** Those of the groups before: looked at again if a kind was decided later. */
  readonly checked: (() => void)[] = [];
  /** Something in the group is wrong already: what is undecided because of it is not worth a message. */
  tainted = false;

  private readonly reported = new Set<string>();
  readonly externs = new Map<string, FunctionInterface>();
  /** Sessions that accept clients somewhere, themselves or as what they go on as. */
  readonly acceptors: ReadonlySet<Owner>;
  /** Locals that are sent to, awaited or dropped by name somewhere. */
  readonly peerNames = new Set<Local>();
  /** Where a parameter is first used as data, by the place of its binding: it can be no end then. */
  readonly usedAsData = new Map<Local, Span>();

  constructor(
    readonly resolution: Resolution,
    readonly env: ModuleEnv,
    readonly forms: Forms,
  ) {
    this.u = new Unifier(resolution.module.idCount);
    this.acceptors = acceptorsOf(resolution, env);
    for (const id of resolution.peers) {
      const entity = resolution.uses.get(id);
      if (entity?.kind === 'local') this.peerNames.add(entity.local);
    }
  }

  /** The same two places are said to disagree once, however often they meet (each spawn compares them again). */
  report(diagnostic: Diagnostic): void {
    const places = [diagnostic.span, ...(diagnostic.labels ?? []).map((l) => l.span)];
    const key = [
      diagnostic.code,
      ...places.map((s) => (s === undefined ? '' : `${s.file.path}:${s.start}-${s.end}`)).sort(),
    ].join(' ');
    if (this.reported.has(key)) return;
    this.reported.add(key);
    if (isError(diagnostic)) this.tainted = true;
    this.diagnostics.push(diagnostic);
  }

  /** A variable that ranges over data. */
  data(): Type {
    return this.u.variable(this.level);
  }

  /** A variable that may turn out to be an end or a pool. */
  open(): Type {
    return this.u.variable(this.level, { linear: true });
  }

  end(): EndType {
    return this.u.end(this.level);
  }

  number(at: Span): Type {
    const v = this.u.variable(this.level, { constraint: 'number' });
    this.deferred.push({
      rank: 'number',
      holds: [v],
      run: (force) => {
        const t = prune(v);
        if (t.kind !== 'var') return true;
        if (!force || t.rigid === true) return false;
        this.u.at = at;
        this.u.unify(t, { kind: 'con', id: { module: '', name: 'int' }, args: [] });
        return true;
      },
    });
    return v;
  }

  /** What the path or name at `id` means; resolve has reported it if nothing. */
  entity(id: number): Entity | undefined {
    const found = this.resolution.uses.get(id);
    if (found === undefined) this.tainted = true;
    return found;
  }

  setLocal(local: Local, type: Type): void {
    this.locals.set(local, monomorphic(type));
  }

  binder(id: number): Local | undefined {
    return this.resolution.binders.get(id);
  }

  /** Makes `actual` agree with `wanted`; a disagreement is reported at the place. */
  expect(wanted: Type, actual: Type, at: Span, why: Expectation = {}): boolean {
    this.u.at = at;
    const clash = this.u.unify(wanted, actual);
    if (clash !== undefined) this.report(clashError(this.u, clash, wanted, actual, at, why));
    return clash === undefined;
  }

  /** As `expect`, where a reference to a service may stand for a reference to any thread. */
  expectValue(wanted: Type, actual: Type, at: Span, why: Expectation = {}): boolean {
    return (
      (isBuiltin(prune(wanted), 'thread') && prune(actual).kind === 'service') || this.expect(wanted, actual, at, why)
    );
  }

  declaration(id: GlobalId): TypeInterface | undefined {
    return this.declared.get(globalKey(id)) ?? this.env.get(id.module)?.types.get(id.name);
  }

  /** Decides what can be decided; with `force`, everything. */
  settle(force: boolean): void {
    for (;;) {
      for (let progress = true; progress;) {
        progress = false;
        const open = this.deferred;
        this.deferred = [];
        for (const d of open)
          if (d.run(false)) progress = true;
          else this.deferred.push(d);
      }
      if (!force || this.deferred.length === 0) return;
      const rank = (['peer', 'shape'] as const).find((r) => this.deferred.some((d) => d.rank === r)) ?? 'number';
      const next = this.deferred.findIndex((d) => d.rank === rank);
      // Numbers decide nothing but themselves: they can all be decided at once.
      const taken = this.deferred.splice(next, rank === 'number' ? this.deferred.length : 1);
      taken.forEach((d) => d.run(true));
    }
  }

  /** Keeps what is undecided from being generalised at `level`. */
  hold(level: number): void {
    for (const d of this.deferred) for (const t of d.holds) this.u.lower(t, level);
  }

  /** Peers of which nothing more is known are ends, or references if they were used as data. */
  settlePeers(): void {
    for (let v = this.u.peers.pop(); v !== undefined; v = this.u.peers.pop()) {
      const t = prune(v);
      if (t.kind !== 'var' || t.peer === undefined) continue;
      this.u.unify(t, { kind: t.linear === true ? 'end' : 'service', end: t.peer });
    }
  }
}

/** The kind of what a type stands for, once all is decided. */
export function kindOf(type: Type): Kind {
  const t = prune(type);
  if (t.kind === 'end' || t.kind === 'pool') return t.kind;
  return t.kind === 'service' ? 'reference' : 'data';
}

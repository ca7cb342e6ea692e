/**
 * A body while it is walked: the state at the place that the walk has come to, what is in scope, and what is left early.
 * Invariant: the walk follows the order of evaluation; after a statement that never goes on the state is `undefined`, and nothing
 * is said of places that nothing reaches.
 */
import type { Block, Expr } from '../ast/ast.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { Entity, GlobalId, Local } from '../resolve/resolution.js';
import type { Span } from '../source/source.js';
import type { TypeInterface } from '../types/module/interface.js';
import type { Typing } from '../types/module/typing.js';
import { prune, type Type } from '../types/solve/type.js';
import { heldIn, type Held, type UseOf } from '../types/solve/uses.js';
import { forgotten, usedAgain } from './say.js';
import { EMPTY, HELD, meet, type Left, type Path, type State, type Status, type Taken } from './state.js';

/** What a call does with an argument: uses it up, or looks at it; undefined while that is not known yet. */
export type Mode = 'takes' | 'looks' | undefined;

/** What is known of the module around the body. */
export interface Surroundings {
  readonly typing: Typing;
  readonly useOf: UseOf;
  /** Type variables for which something linear stands in this walk. */
  readonly variables: ReadonlySet<Type>;
  /** What a function does with what is passed in this place. */
  modeOf(entity: Entity, index: number): Mode;
  /** Whether something linear may stand for a variable of a function or session; if not, why, where that is known. */
  carries(entity: Entity, variable: Type): true | Diagnostic | undefined;
  /** Type variables of a generic function, session or variable, and its type, or the types of its parameters. */
  schemeOf(entity: Entity): { readonly variables: readonly Type[]; readonly types: readonly Type[] } | undefined;
  declared(id: GlobalId): TypeInterface | undefined;
  /** Names of functions that make something of a value of the type that may be copied. */
  copiesOf(type: Type): readonly string[];
  /** Names of functions that take values of a type. */
  takersOf(type: Type): readonly string[];
}

/** What a way out may leave. */
export type Around =
  | {
      readonly kind: 'loop';
      readonly depth: number;
      readonly breaks: Path[];
      readonly continues: Path[];
      readonly source?: Type;
    }
  | { readonly kind: 'region'; readonly touched: Map<Local, Taken>; readonly finalizer?: Block };

/** How forms are walked: `check.ts` puts them together. */
export interface Forms {
  /** `wanted`: whether somebody takes the value. */
  expression(b: Body, e: Expr, wanted: boolean): void;
  block(b: Body, block: Block, wanted: boolean): void;
}

export class Body {
  state: State = EMPTY;
  /** Variables in scope, outermost block first. */
  readonly scopes: Local[][] = [[]];
  readonly around: Around[] = [];
  readonly found: Diagnostic[] = [];
  /** What each `try`, by id, may have used up when it fails. */
  readonly lost = new Map<number, readonly Local[]>();
  /** How the parameters stand where the body ends. */
  readonly exits: Path[] = [];
  private readonly told = new Set<Local>();

  constructor(
    readonly surroundings: Surroundings,
    readonly forms: Forms,
    /** Whether what still holds its value at the end is given back to the caller. */
    readonly params: 'own' | 'given back',
  ) {}

  get typing(): Typing {
    return this.surroundings.typing;
  }

  report(d: Diagnostic): void {
    if (this.state !== undefined) this.found.push(d);
  }

  typeOf(id: number): Type | undefined {
    const type = this.typing.types.get(id);
    return type === undefined ? undefined : prune(type);
  }

  /** What a value of the type is held for. */
  heldAs(type: Type | undefined): Held | undefined {
    return type && heldIn(type, this.surroundings.useOf, this.surroundings.variables);
  }

  held(id: number): Held | undefined {
    return this.heldAs(this.typeOf(id));
  }

  heldBy(local: Local): Held | undefined {
    return this.heldAs(this.typing.locals.get(local)?.scheme.type);
  }

  entity(id: number): Entity | undefined {
    return this.typing.resolution.uses.get(id);
  }

  /** The variable that an expression names, if it holds something. */
  holder(e: Expr): Local | undefined {
    const entity = e.kind === 'path' ? this.entity(e.path.id) : undefined;
    return entity?.kind === 'local' && this.heldBy(entity.local) !== undefined ? entity.local : undefined;
  }

  // ---------------------------------------------------------------- variables

  /** A variable is bound, and holds its value from here on. */
  declare(local: Local): void {
    if (this.heldBy(local) === undefined) return;
    this.scopes.at(-1)!.push(local);
    this.set(local, HELD);
  }

  set(local: Local, status: Status): void {
    if (this.state !== undefined) this.state = new Map(this.state).set(local, status);
  }

  /** A variable is read: it must still have its value. */
  look(local: Local, span: Span): void {
    const status = this.state?.get(local);
    if (status === undefined || status.kind === 'held' || this.told.has(local)) return;
    this.told.add(local);
    this.report(usedAgain(local.name, span, status.taken, status.kind === 'split' ? status.left : undefined));
  }

  /** The value of a variable is used up. */
  take(local: Local, taken: Taken): void {
    if (this.state?.has(local) !== true) return;
    this.look(local, taken.span);
    this.touch(local, taken);
    this.set(local, { kind: 'gone', taken });
  }

  /** A variable gets another value. */
  assign(local: Local, span: Span): void {
    if (this.state?.has(local) !== true) return;
    this.forget(local, { span, text: 'another value takes its place here' });
    this.touch(local, { span, text: 'another value was assigned to it' });
    this.set(local, HELD);
  }

  /** Nothing more is said of the variable. */
  hush(local: Local): void {
    this.told.add(local);
  }

  private touch(local: Local, taken: Taken): void {
    for (const form of this.around)
      if (form.kind === 'region' && !form.touched.has(local)) form.touched.set(local, taken);
  }

  /** The variable goes out of scope or is assigned: nobody can take its value any more. */
  forget(local: Local, replaced?: Left): void {
    const status = this.state?.get(local);
    if (status === undefined || status.kind === 'gone' || this.told.has(local)) return;
    const held = this.heldBy(local);
    if (held?.use !== 'linear') return;
    this.told.add(local);
    const { taken, left } = status.kind === 'split' ? status : { taken: undefined, left: replaced };
    const type = this.typing.locals.get(local)!.scheme.type;
    const takers = this.surroundings.takersOf(type);
    const more = { ...(taken && { taken }), ...(left && { left }) };
    this.report(forgotten({ span: local.span, name: local.name, held, takers, ...more }));
  }

  /** A value without a name that nobody takes. */
  forgetValue(type: Type | undefined, span: Span): void {
    const held = this.heldAs(type);
    if (held?.use === 'linear') this.report(forgotten({ span, held, takers: this.surroundings.takersOf(type!) }));
  }

  // ---------------------------------------------------------------- scopes

  enter(): void {
    this.scopes.push([]);
  }

  /** Ends the innermost scope. */
  leave(): void {
    const scope = this.scopes.pop()!;
    scope.forEach((local) => this.forget(local));
    if (this.state === undefined || scope.length === 0) return;
    const rest = new Map(this.state);
    scope.forEach((local) => rest.delete(local));
    this.state = rest;
  }

  /** Checks what is left behind by a way out of all scopes from `depth` on; the scopes go on for other paths. */
  forgetFrom(depth: number): void {
    const before = this.state;
    this.scopes.slice(depth).flat().forEach((local) => this.forget(local)); // prettier-ignore
    this.state = before;
  }

  /** The body ends normally here. */
  exit(left: Left): void {
    this.forgetFrom(this.params === 'own' ? 0 : 1);
    this.exits.push({ state: this.state, left });
    this.state = undefined;
  }

  /** The state as seen from outside of the scopes from `depth` on. */
  outside(depth: number): State {
    if (this.state === undefined) return undefined;
    const inner = new Set(this.scopes.slice(depth).flat());
    return new Map([...this.state].filter(([local]) => !inner.has(local)));
  }

  /** Walks each way from the state here; the state after is where they meet. */
  ways(list: readonly { readonly walk: () => void; readonly left: Left }[]): void {
    const before = this.state;
    const paths = list.map(({ walk, left }): Path => {
      this.state = before;
      walk();
      return { state: this.state, left };
    });
    this.meet(paths);
  }

  meet(paths: readonly Path[]): void {
    this.state = meet(paths);
  }
}

/**
 * A body under construction: operations are emitted backwards, each knowing where it goes on, so that lowering is one
 * recursion without patching (but for loops, whose heads are reserved first).
 * Invariant: a point is emitted or reserved once; a reserved point is filled before `finish`.
 */
import type { Block, Expr, FunItem, LambdaExpr, LocalFunStmt, Pattern } from '../../ast/ast.js';
import { eachNode } from '../../ast/walk.js';
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import type { Entity, Local, Resolution } from '../../resolve/resolution.js';
import { sharesVariable } from '../../resolve/operands.js';
import { globalKey, moduleOf } from '../../resolve/resolution.js';
import type { Span } from '../../source/source.js';
import type { Kind, Typing } from '../../types/module/typing.js';
import { showType } from '../../types/solve/show.js';
import { prune } from '../../types/solve/type.js';
import { OUTSIDE, SUSPENDS } from './code.js';
import type { Carried, Op, Point, ServiceRef, Slot, SlotInfo } from './code.js';
import type { Type } from '../../types/solve/type.js';

/** A round of a loop, and where `break` and `continue` go. */
export interface Round {
  readonly kind: 'loop';
  readonly brk: Point;
  readonly cont: Point;
}

/** A `try`, with what is around it. */
export interface Region {
  readonly kind: 'region';
  readonly finalizer?: Block;
  readonly outer: Context;
}

/** Where control can go from inside a block besides on. */
export interface Context {
  /** Leaving the body normally, once nothing is around any more. */
  readonly exit: Point;
  /** The forms around, outermost first; what a way out does with them is said by `resolve/leaving.ts`. */
  readonly around: readonly (Round | Region)[];
  readonly handler?: Point;
}

export const inRound = (context: Context, brk: Point, cont: Point): Context => ({
  ...context,
  around: [...context.around, { kind: 'loop', brk, cont }],
});

/** How the forms inside a form are lowered: `lower.ts` alone knows all of them. */
export interface Forms {
  /** `result`: the slot that takes the value, if that value is an end or pool. */
  expression(body: Body, e: Expr, next: Point, context: Context, result?: Slot): Point;
  block(body: Body, block: Block, next: Point, context: Context, result?: Slot): Point;
}

/** `Omit` that keeps the members of a union apart. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
export type NewOp = Without<Op, 'handler'>;

const localFunctions = new WeakMap<Resolution, Map<Local, number>>();

export class Body {
  readonly points: Op[] = [];
  readonly slots: SlotInfo[] = [];
  readonly diagnostics: Diagnostic[] = [];
  /** Keys of functions used as values. */
  readonly values = new Set<string>();
  /** Keys of closures and local functions made here. */
  readonly inner = new Set<string>();
  /** Keys of constants read here. */
  readonly reads = new Set<string>();
  /** Where a closure is made that shares a variable with this body. */
  shares: Span | undefined;
  readonly flows: { readonly into: ServiceRef; readonly from: ServiceRef }[] = [];
  /** Position of each parameter. */
  readonly params = new Map<Local, number>();
  /** Names bound once, by a message or a `let`: the service references that they are. */
  readonly received = new Map<Local, ServiceRef>();
  /** Per `try` its `finally`, by where it goes on. */
  readonly finalized = new Map<Region, Map<Point, Point>>();
  /** Points that belong to a `finally`, with the number of forms around its `try`. */
  readonly asides: { readonly depth: number; readonly from: Point; readonly to: Point }[] = [];
  private readonly slotOf = new Map<Local, Slot>();

  constructor(
    readonly typing: Typing,
    readonly key: string,
    readonly forms: Forms,
  ) {}

  emit(op: NewOp, context: Pick<Context, 'handler'>): Point {
    this.points.push(withHandler(op, context.handler));
    return this.points.length - 1;
  }

  reserve(span: Span): Point {
    this.points.push({ op: 'jump', to: [], span });
    return this.points.length - 1;
  }

  fill(point: Point, op: NewOp, context: Pick<Context, 'handler'>): void {
    this.points[point] = withHandler(op, context.handler);
  }

  /** A silent choice; none where all ways are the same. */
  choice(ways: readonly Point[], span: Span, context: Context): Point {
    const different = [...new Set(ways)];
    return different.length === 1 ? different[0]! : this.emit({ op: 'jump', to: different, span }, context);
  }

  /** The slot of a local that holds an end or a pool; undefined for other locals. */
  slot(local: Local): Slot | undefined {
    const known = this.slotOf.get(local);
    if (known !== undefined) return known;
    const kind = this.kindOf(local);
    if (kind !== 'end' && kind !== 'pool') return undefined;
    const slot = this.temporary(local.name, kind, local.span);
    this.slotOf.set(local, slot);
    return slot;
  }

  temporary(name: string, kind: 'end' | 'pool', span: Span): Slot {
    this.slots.push({ name, kind, span });
    return this.slots.length - 1;
  }

  kindOf(local: Local): Kind {
    return this.typing.locals.get(local)?.kind ?? 'data';
  }

  entity(id: number): Entity | undefined {
    return this.typing.resolution.uses.get(id);
  }

  /** How a call of a function is noted in `run`, and its use as a value in `values`; undefined if it leaves no trace. */
  traceOf(entity: Entity | undefined): string | undefined {
    if (entity?.kind === 'fun') return globalKey(entity.id);
    if (entity?.kind !== 'extern-fun') return undefined;
    const own = entity.item === undefined ? undefined : this.typing.functions.get(entity.id.name);
    const outside = own?.outside ?? entity.outside;
    if (outside !== undefined) return `${OUTSIDE}${outside}`;
    const suspends = entity.item === undefined ? entity.suspends : entity.item.async;
    return suspends === true ? `${SUSPENDS}${globalKey(entity.id)}` : undefined;
  }

  /** A closure or local function is made here. */
  makes(node: LambdaExpr | FunItem): void {
    this.inner.add(`${moduleOf(this.key)}::#${node.id}`);
    if (sharesVariable(node, this.typing.resolution)) this.shares ??= node.span;
  }

  /** The key of the local function that a name stands for. */
  localFunction(local: Local): string | undefined {
    const { resolution } = this.typing;
    let found = localFunctions.get(resolution);
    if (found === undefined) {
      found = new Map<Local, number>();
      eachNode(resolution.module, (node) => {
        const s = node as Partial<LocalFunStmt>;
        const name = s.kind === 'local-fun' ? resolution.binders.get(s.fun!.name.id) : undefined;
        if (name !== undefined) found!.set(name, s.fun!.id);
      });
      localFunctions.set(resolution, found);
    }
    const id = found.get(local);
    return id === undefined ? undefined : `${moduleOf(this.key)}::#${id}`;
  }

  /** The local a name or path means, if it means one. */
  localOf(id: number): Local | undefined {
    const entity = this.entity(id);
    return entity?.kind === 'local' ? entity.local : undefined;
  }

  /** The slot a binding pattern fills, if it binds an end or a pool by name. */
  patternSlot(pattern: Pattern): Slot | undefined {
    if (pattern.kind !== 'bind') return undefined;
    const local = this.typing.resolution.binders.get(pattern.name.id);
    return local === undefined ? undefined : this.slot(local);
  }

  typeOf(id: number): Type | undefined {
    const type = this.typing.types.get(id);
    return type === undefined ? undefined : prune(type);
  }

  /** Whether an expression or pattern stands for an end or a pool. */
  linear(id: number): 'end' | 'pool' | undefined {
    const kind = this.typeOf(id)?.kind;
    return kind === 'end' || kind === 'pool' ? kind : undefined;
  }
}

export const lowerExpression: Forms['expression'] = (body, e, next, context, result) =>
  body.forms.expression(body, e, next, context, result);

export const lowerBlock: Forms['block'] = (body, block, next, context, result) =>
  body.forms.block(body, block, next, context, result);

export function carriedOf(type: Type | undefined): Carried {
  if (type === undefined) return { kind: 'data', type: '_' };
  const t = prune(type);
  return t.kind === 'end' || t.kind === 'pool' ? { kind: t.kind } : { kind: 'data', type: showType(t) };
}

function withHandler(op: NewOp, handler: Point | undefined): Op {
  return handler === undefined ? op : { ...op, handler };
}

/**
 * Code: what is left of a session or function when only its dealings with link ends and pools are kept. A control-flow
 * graph over numbered slots (the variables that hold ends or pools), made once a body by `lower`; `extract` walks it with
 * the slots bound to actual ends.
 * Invariant: code is plain data without cycles through objects (jumps are indices), so it can be exported and read back;
 * `points[i].to` and all other targets are indices into the same `points`.
 */
import type { GlobalId } from '../../resolve/resolution.js';
import type { Span } from '../../source/source.js';

/** Index into `Code.slots`. */
export type Slot = number;
/** Index into `Code.points`. */
export type Point = number;

/** How a host function that waits for the outside is named among what a call runs: with what it waits for. */
export const OUTSIDE = '!';

/** A function that the body was given as a parameter: whoever calls the body tells what it runs. */
export const GIVEN = '^';

/** How a host function that only gives up the thread for a while is named there. */
export const SUSPENDS = '~';

/** The key of the code that computes a constant. */
export const constantKey = ({ module, name }: GlobalId): string => `${module}::=${name}`;

/** What a message carries at one position, and what a parameter takes. */
export type Carried =
  { readonly kind: 'data'; readonly type: string } | { readonly kind: 'end' } | { readonly kind: 'pool' };

/** A value handed over: an end or pool by its slot, or data (no slot). */
export type Passed = Slot | undefined;

export interface SpawnMember {
  /** Key of the session's code. */
  readonly session: string;
  /** Its name as written, for messages. */
  readonly name: string;
  readonly span: Span;
  readonly args: readonly SpawnArg[];
  /** Where the spawner's end goes if some argument is `self` (absent: the end is nobody's from the start). */
  readonly result?: Slot;
}

/**
 * Which services a reference may mean, as far as the place itself tells: `S:a::X` a thread of the session named (`@` and a number: one made at this
 * place), `T:key` a thread that runs
 * this body, `P:key:i` whatever
 * parameter i of that code gets, `M:Label:i` whatever is sent at that position of such messages, `=a::X,b::Y` one of these,
 * `~m=a::X` one of these as far as module m goes (elsewhere what may follow `;` is meant too), `?` anything.
 */
export type ServiceRef = string;
/** Before the place of the spawn in a reference to what it makes. */
export const AT = '@';

export type SpawnArg =
  | { readonly kind: 'data'; readonly service?: ServiceRef }
  | { readonly kind: 'self' }
  /** A member of the same group, by index. */
  | { readonly kind: 'group'; readonly member: number }
  | { readonly kind: 'end' | 'pool'; readonly slot: Slot };

export type WaitSource =
  | { readonly kind: 'end'; readonly slot: Slot }
  /** A new client, put into the slot (absent if nobody uses it). */
  | { readonly kind: 'accept'; readonly slot?: Slot }
  /** Whichever member of a pool speaks first; it is taken out into the slot. */
  | { readonly kind: 'any'; readonly pool: Slot; readonly slot: Slot }
  /** The end of a watched thread. */
  | { readonly kind: 'watch'; readonly name: string; readonly thread: ServiceRef };

export interface WaitBranch {
  readonly source: WaitSource;
  readonly label: string;
  /** `Down(reason)`: the peer was lost. */
  readonly down: boolean;
  readonly carried: readonly Carried[];
  /** Per position, where an end that came with the message goes. */
  readonly binds: readonly Passed[];
  readonly span: Span;
  readonly to: Point;
}

interface OpBase {
  readonly span: Span;
  /** Where an exception raised here goes inside this body; absent: to the caller. */
  readonly handler?: Point;
}

export type Op = OpBase &
  (
    | { readonly op: 'jump'; readonly to: readonly Point[] }
    | {
        readonly op: 'send';
        readonly slot: Slot;
        readonly label: string;
        readonly carried: readonly Carried[];
        readonly gives: readonly Passed[];
        readonly services: readonly (ServiceRef | null | undefined)[];
        readonly to: Point;
      }
    | {
        readonly op: 'cast';
        readonly service: ServiceRef;
        readonly services: readonly (ServiceRef | null | undefined)[];
        readonly label: string;
        readonly carried: readonly Carried[];
        readonly gives: readonly Passed[];
        readonly to: Point;
      }
    | { readonly op: 'wait'; readonly branches: readonly WaitBranch[]; readonly after?: Point }
    | { readonly op: 'spawn'; readonly members: readonly SpawnMember[]; readonly to: Point }
    | { readonly op: 'connect'; readonly service: ServiceRef; readonly slot: Slot; readonly to: Point }
    | { readonly op: 'move'; readonly from: Slot; readonly slot: Slot; readonly to: Point }
    | { readonly op: 'drop'; readonly slot: Slot; readonly to: Point }
    /** Entering a handler: the ends in these slots are lost already. */
    | { readonly op: 'lose'; readonly slots: readonly Slot[]; readonly to: Point }
    | {
        readonly op: 'call';
        readonly code: string;
        readonly name: string;
        readonly args: readonly Passed[];
        readonly services: readonly (ServiceRef | null | undefined)[];
        readonly to: Point;
        /** Where a `close` inside goes on here; absent: out of this body as well. */
        readonly closing?: Point;
      }
    /**
     * A call that hands over no ends: of functions by key, that of the function called by name first; `?` for function values, `^` for
     * the function that a parameter is, `!what` for a host function that waits for this of the outside; then functions that it is given as
     * arguments. They own their links alone.
     */
    | { readonly op: 'run'; readonly codes: readonly string[]; readonly to: Point }
    /** Start this body again; absent `args`: with the same arguments. */
    | { readonly op: 'loop'; readonly args?: readonly Passed[] }
    | { readonly op: 'return' }
    | { readonly op: 'close' }
    | { readonly op: 'fail' }
    | { readonly op: 'raise' }
    | { readonly op: 'pool'; readonly slot: Slot; readonly to: Point }
    | { readonly op: 'put'; readonly slot: Slot; readonly pool: Slot; readonly to: Point }
    /** End of a round of `serve`: an end still held goes back into the pool. */
    | { readonly op: 'back'; readonly slot: Slot; readonly pool: Slot; readonly to: Point }
    /** `spoke`: the member taken is one that has a message waiting (serve); `last`: the pool is discharged when empty (for, serve). */
    | {
        readonly op: 'take';
        readonly pool: Slot;
        readonly slot: Slot;
        readonly to: Point;
        readonly empty: Point;
        readonly spoke: boolean;
        readonly last: boolean;
      }
  );

export interface CodeParam {
  readonly name: string;
  readonly kind: 'data' | 'end' | 'reference' | 'pool';
  /** The slot, for ends and pools. */
  readonly slot?: Slot;
  /** For data and references: the printed type. */
  readonly type: string;
  readonly span: Span;
}

export interface SlotInfo {
  readonly name: string;
  readonly kind: 'end' | 'pool';
  readonly span: Span;
}

export interface Code {
  /** Unique over all modules: `module::Name`, or with a node id for what has no global name. */
  readonly key: string;
  /** For people. */
  readonly name: string;
  readonly kind: 'session' | 'fun';
  readonly params: readonly CodeParam[];
  readonly slots: readonly SlotInfo[];
  readonly points: readonly Op[];
  /** Functions that are used as values, by key (or `!what`): they may be called from anywhere with anything. */
  readonly values: readonly string[];
  /** Closures and local functions made in it, by key. */
  readonly inner?: readonly string[];
  /** Constants that it reads, by key. */
  readonly reads?: readonly string[];
  /** Where it makes a closure that shares a variable with it. */
  readonly shares?: Span;
  /** References handed on in calls without ends and by `loop`: what flows into which parameter. */
  readonly flows: readonly { readonly into: ServiceRef; readonly from: ServiceRef }[];
  readonly entry: Point;
  readonly span: Span;
}

/** The points an operation may go on to; handlers, and where a `close` in a call goes, left out. */
export function successors(op: Op): readonly Point[] {
  switch (op.op) {
    case 'jump':
      return op.to;
    case 'wait':
      return [...op.branches.map((b) => b.to), ...(op.after === undefined ? [] : [op.after])];
    case 'take':
      return [op.to, op.empty];
    case 'loop':
    case 'return':
    case 'close':
    case 'fail':
    case 'raise':
      return [];
    default:
      return [op.to];
  }
}

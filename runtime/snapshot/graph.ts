/**
 * The objects a snapshot has to hold, found from its roots: immutable values children first, things with identity that
 * can point back at each other (threads, ends, pools, captured variables) apart.
 * Invariant: each object is listed once, whatever shares it; iterative, so any depth works; an object of the host that
 * cannot be saved is refused by name.
 */
import { CodeProgram } from '../engine/program.js';
import { End, payload } from '../process/link.js';
import type { Message } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { Reference, Thread, Told } from '../process/thread.js';
import { PersistentMap } from '../values/map.js';
import { Cons, Exn, Float, Label, NIL, Partial, Upvalue, fieldsOf, isData } from '../values/value.js';
import type { Value } from '../values/value.js';

/** Something that cannot be part of a snapshot. */
export class SnapshotError extends Error {}

export type Shell = Thread | End | Pool | Upvalue;
export const isShell = (v: Value): v is Shell =>
  v instanceof Thread || v instanceof End || v instanceof Pool || v instanceof Upvalue;

/** Values written in place: unit, bools, ints, strings, the empty list. */
export const isInline = (v: Value): boolean => typeof v !== 'object' || v === NIL;

export function messagesOf(e: End): Message[] {
  const all: Message[] = [];
  for (let m = e.head; m !== null; m = m.next) all.push(m);
  return all;
}

export function payloadOf(m: Message): Value[] {
  return Array.from({ length: 3 + (m.rest?.length ?? 0) }, (_, i) => payload(m, i));
}

/** What an immutable object is made of. */
function parts(v: object): readonly Value[] {
  if (v instanceof Cons) return [v.head, v.tail];
  if (v instanceof Partial) return v.args;
  if (v instanceof PersistentMap) return [...v.entries()].flatMap((e) => [e.key, e.value]);
  if (v instanceof Reference) return [v.target];
  if (v instanceof Float || v instanceof Label || v instanceof Uint8Array) return [];
  if (v instanceof Exn || isData(v)) return fieldsOf(v);
  throw new SnapshotError(`a snapshot cannot hold an object of the host (${v.constructor.name})`);
}

/** What a thing with identity points at. */
function contents(s: Shell): readonly Value[] {
  if (s instanceof Upvalue) return [s.value];
  if (s instanceof Pool) return [...s.members(), ...s.ready];
  if (s instanceof End) {
    const queued = messagesOf(s).flatMap((m) => [m.label, ...payloadOf(m)]);
    const extra = s.extra === null ? [] : [s.extra.pool, s.extra.datum, s.extra.reason, s.extra.watched];
    return [s.owner, s.peer, ...queued, ...extra];
  }
  return [s.result, s.waiting instanceof End ? s.waiting : undefined, ...programContents(s), ...extraContents(s)];
}

function programContents(t: Thread): Value[] {
  const { program } = t;
  if (program === null) return [];
  if (!(program instanceof CodeProgram)) throw new SnapshotError('a snapshot cannot hold a foreign program yet');
  const slots = [...program.frames()].flatMap(({ site, words, at }) => words.slice(at + 1, at + 1 + site.depth));
  return [...slots, program.answer, program.raised];
}

function extraContents(t: Thread): Value[] {
  const x = t.extra;
  if (x === null) return [];
  const group = x.group === null ? [] : [...x.group].flat();
  return [
    ...group,
    ...(x.making ?? []),
    ...x.ready,
    ...x.silent,
    ...(x.watching ?? []),
    ...x.held,
    ...Told.reasons(x.told),
  ];
}

export class Graph {
  readonly shells: Shell[] = [];
  readonly values: object[] = [];
  /** Place in `shells`, or in `values` counted on from there (set by `finish`). */
  readonly #shellIds = new Map<Shell, number>();
  readonly #valueIds = new Map<object, number>();

  constructor(roots: readonly Value[]) {
    for (const r of roots) this.#visit(r);
    for (let i = 0; i < this.shells.length; i++) for (const v of contents(this.shells[i]!)) this.#visit(v);
  }

  #visit(root: Value): void {
    const todo: Value[] = [root];
    while (todo.length > 0) {
      const v = todo.at(-1);
      if (v === null || isInline(v) || this.#valueIds.has(v as object)) todo.pop();
      else if (isShell(v)) {
        if (!this.#shellIds.has(v)) this.#shellIds.set(v, this.shells.push(v) - 1);
        todo.pop();
      } else {
        const missing = parts(v as object).filter(
          (p) => p !== null && !isInline(p) && !isShell(p) && !this.#valueIds.has(p as object),
        );
        if (missing.length > 0) todo.push(...missing);
        else {
          for (const p of parts(v as object)) {
            if (isShell(p) && !this.#shellIds.has(p)) this.#shellIds.set(p, this.shells.push(p) - 1);
          }
          this.#valueIds.set(v as object, this.values.push(v as object) - 1);
          todo.pop();
        }
      }
    }
  }

  idOf(v: Value): number {
    if (isShell(v)) return this.#shellIds.get(v)!;
    return this.shells.length + this.#valueIds.get(v as object)!;
  }
}

/**
 * Follows a session's declared type from the other end of one link: what may be sent to it now, and with which payload.
 * Where the session also talks to others, their messages are steps in between that this end does not see, so the place is
 * a set of possible places (the subset construction).
 * Invariant: a message is allowed only if every run of the type that is still possible admits it or has another way to it;
 * what cannot be followed allows nothing.
 */
import type { Branch, Notation } from '../verify/terms/session-type.js';

/** Where the type stands, for one peer; immutable. */
export class Monitor {
  private constructor(
    private readonly peer: string,
    private readonly places: readonly Notation[],
    private readonly binders: ReadonlyMap<Notation, Notation>,
  ) {}

  /** At the start of a session's type, for the peer that a parameter names; undefined if the session has no such peer. */
  static of(session: Notation, parameter: string): Monitor | undefined {
    let body = session;
    let known = false;
    for (;;) {
      if (body.kind === 'exists') body = body.body;
      else if (body.kind === 'fun') {
        known ||= body.params.some((p) => p.name === parameter);
        body = body.result;
      } else if (body.kind === 'spawn' && body.name === parameter) {
        known = true;
        body = body.next;
      } else break;
    }
    return known ? new Monitor(parameter, [body], bindersOf(body)) : undefined;
  }

  /** What may be sent to the session now. */
  get sendable(): readonly Branch[] {
    return this.branches('?');
  }
  /** What the session may send now. */
  get receivable(): readonly Branch[] {
    return this.branches('!');
  }

  /** Nothing can be said any more, by either side. */
  get isOver(): boolean {
    return this.sendable.length + this.receivable.length === 0;
  }

  /** After this end sent a message; undefined if it may not now. */
  sent(label: string): Monitor | undefined {
    return this.after(this.sendable, label);
  }
  /** After a message of the session. */
  received(label: string): Monitor | undefined {
    return this.after(this.receivable, label);
  }

  private after(branches: readonly Branch[], label: string): Monitor | undefined {
    const next = branches.filter((b) => b.label === label).map((b) => b.next);
    return next.length === 0 ? undefined : new Monitor(this.peer, next, this.binders);
  }

  private branches(mark: '?' | '!'): readonly Branch[] {
    const found: Branch[] = [];
    const seen = new Set<Notation>();
    const todo = [...this.places];
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      if (at.kind === 'rec' || at.kind === 'exists' || at.kind === 'equations') todo.push(at.body);
      else if (at.kind === 'spawn') todo.push(at.next);
      else if (at.kind === 'choice') todo.push(...at.ways);
      else if (at.kind === 'name') {
        const body = this.binders.get(at);
        if (body !== undefined) todo.push(body);
      } else if (at.kind === 'talk') {
        for (const b of at.branches) {
          // A loss that is noticed and a time that passed are nobody's messages.
          const own = b.peer === this.peer && b.label !== 'Down' && b.label !== 'after';
          if (!own) todo.push(b.next);
          else if (at.mark === mark) found.push(b);
        }
      }
    }
    return found;
  }
}

/** The `rec`, or the right side of the equation, that each variable of the type means. */
function bindersOf(type: Notation): ReadonlyMap<Notation, Notation> {
  const found = new Map<Notation, Notation>();
  const walk = (n: Notation, scope: ReadonlyMap<string, Notation>): void => {
    if (n.kind === 'rec') walk(n.body, new Map(scope).set(n.name, n));
    else if (n.kind === 'exists') walk(n.body, scope);
    else if (n.kind === 'equations') {
      const all = new Map([...scope, ...n.parts.map((part) => [part.name, part.body] as const)]);
      n.parts.forEach((part) => walk(part.body, all));
      walk(n.body, all);
    } else if (n.kind === 'spawn') walk(n.next, scope);
    else if (n.kind === 'choice') n.ways.forEach((w) => walk(w, scope));
    else if (n.kind === 'talk') n.branches.forEach((b) => walk(b.next, scope));
    else if (n.kind === 'name') {
      const binder = scope.get(n.name);
      if (binder !== undefined) found.set(n, binder);
    }
  };
  walk(type, new Map());
  return found;
}

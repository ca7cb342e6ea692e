/**
 * Lexical scopes of locals. Invariant: a scope belongs to one function-like body; finding a local of an outer body marks
 * it as captured, so that the flag is right once the module has been walked.
 */
import type { Span } from '../source/source.js';
import type { Local, Owner } from './resolution.js';

/** A local while resolve may still learn about it. */
export type Cell = { -readonly [K in keyof Local]: Local[K] };

export class Scope {
  private readonly names = new Map<string, Cell>();

  constructor(
    readonly parent: Scope | undefined,
    readonly owner: Owner,
  ) {}

  add(cell: Cell): void {
    this.names.set(cell.name, cell);
  }

  /** The innermost local of that name, in this body or an outer one. */
  find(name: string): Cell | undefined {
    for (const scope of this.outwards()) {
      const cell = scope.names.get(name);
      if (cell !== undefined) return cell;
    }
    return undefined;
  }

  /** Every name in scope, innermost first. */
  *all(): Iterable<Cell> {
    const seen = new Set<string>();
    for (const scope of this.outwards())
      for (const cell of [...scope.names.values()].reverse())
        if (!seen.has(cell.name)) {
          seen.add(cell.name);
          yield cell;
        }
  }

  private *outwards(): Iterable<Scope> {
    yield this;
    for (let scope = this.parent; scope !== undefined; scope = scope.parent) yield scope;
  }
}

export const newCell = (index: number, name: string, span: Span, binder: Local['binder'], owner: Owner): Cell => ({
  index,
  name,
  span,
  binder,
  owner,
  mutable: binder === 'var',
  captured: false,
  assigned: false,
});

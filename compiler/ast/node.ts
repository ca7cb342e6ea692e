/** What every node has: an id and a span; and names as written. */
import type { Span } from '../source/source.js';

export interface Node {
  readonly id: number;
  readonly span: Span;
}

/** A name as written: binding occurrence or use. */
export interface Name extends Node {
  readonly text: string;
}

/** `net::http::get` as written; the last part is what is meant, the parts before it are modules. */
export interface Path extends Node {
  readonly parts: readonly Name[];
}

/**
 * The door to Ohm: the compiled grammar and the types of its match trees, under names of our own. Nothing outside
 * this folder sees Ohm.
 * Invariant: `grammar/quartz.ohm` is the only definition of the syntax; nothing here adds to it.
 */
import type { MatchResult, Node as OhmNode } from 'ohm-js';
import quartz from '../../../grammar/quartz.ohm-bundle.js';

export type { QuartzActionDict as Actions } from '../../../grammar/quartz.ohm-bundle.js';
/** A node of the match tree. */
export type Tree = OhmNode;

export type StartRule = 'File' | 'Piece' | 'Item' | 'Type' | 'Hole';

export const match = (text: string, rule: StartRule): MatchResult => quartz.match(text, rule);

/** Semantics are made once: making them costs as much as parsing a thousand lines. */
export const semantics = quartz.createSemantics();

/** What the grammar could have gone on with at the place where a match failed. */
interface Expectation {
  readonly type: 'description' | 'string' | 'code';
  /** Only skippable things (spaces, what may be left out) would have gone on here. */
  readonly fluffy: boolean;
  toString(): string;
}

/** Descriptions and quoted words that could stand at the failure, the telling ones if there are any. */
export function expectedAt(failed: MatchResult): readonly string[] {
  // Ohm publishes this method, but its type declarations leave it out.
  const found = (failed as unknown as { getRightmostFailures(): readonly Expectation[] }).getRightmostFailures();
  const telling = found.filter((one) => !one.fluffy);
  return (telling.length > 0 ? telling : found).map((one) => one.toString());
}

/**
 * The door to Ohm: the compiled grammar and the types of its match trees, under names of our own. Nothing outside
 * this folder sees Ohm.
 * Invariant: `grammar/quartz.ohm` is the only definition of the syntax; nothing here adds to it.
 */
import type { MatchResult, Node as OhmNode } from 'ohm-js';
import quartz from '../../grammar/quartz.ohm-bundle.js';

export type { QuartzActionDict as Actions } from '../../grammar/quartz.ohm-bundle.js';
/** A node of the match tree. */
export type Tree = OhmNode;

export type StartRule = 'File' | 'Piece' | 'Item' | 'Type' | 'Hole';

export const match = (text: string, rule: StartRule): MatchResult => quartz.match(text, rule);

/** Semantics are made once: making them costs as much as parsing a thousand lines. */
export const semantics = quartz.createSemantics();

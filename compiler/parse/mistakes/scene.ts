/**
 * A failed match as the recognisers of mistakes see it: the words around the place, and what the grammar expected there.
 * Invariant: nothing in a scene depends on Ohm but the texts in `expected`.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import type { SourceFile, Span } from '../../source/source.js';
import { span } from '../../source/source.js';
import type { Structure, Word } from './structure.js';

/** A failed match, as the recognisers see it. */
export interface Scene {
  readonly file: SourceFile;
  /** Offset in the file where the match got no further. */
  readonly place: number;
  readonly words: readonly Word[];
  /** Index in `words` of `found`, or their number where no word is left. */
  readonly at: number;
  readonly found: Word | undefined;
  readonly before: Word | undefined;
  /** As `expectedAt` gives it. */
  readonly expected: readonly string[];
  readonly structure: Structure;
}

export type Mistake = (scene: Scene) => Diagnostic | undefined;

export const spanOf = (scene: Scene, word: Word): Span => span(scene.file, word.start, word.end);

/** The words of the line of `found`, up to it. */
export const lineOf = (scene: Scene): readonly Word[] => {
  const line = scene.found?.line ?? scene.before?.line;
  return scene.words.slice(0, scene.at).filter((word) => word.line === line);
};

/**
 * From a failed match to one diagnostic: where the text stopped making sense, what stands there, what could have.
 * The well-known mistakes are recognised in `mistakes.ts`; this file says the rest.
 * Invariant: one diagnostic an item, placed on a token or on the empty place where one is missing.
 */
import type { MatchResult } from 'ohm-js';
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import { error } from '../../diagnostics/diagnostic.js';
import type { SourceFile, Span } from '../../source/source.js';
import { span } from '../../source/source.js';
import type { Piece } from '../text/cut.js';
import { expectedAt } from '../text/grammar.js';
import type { Scene } from './scene.js';
import { mistakes } from './mistakes.js';
import { structureOf, wordsOf } from './structure.js';
import type { Token } from '../text/tokens.js';

export function explain(file: SourceFile, all: readonly Token[], piece: Piece, failed: MatchResult): Diagnostic {
  const offset = failed.failed() ? failed.getRightmostFailurePosition() : 0;
  const place = piece.start + offset;
  const words = wordsOf(file.text, all, piece);
  const index = words.findIndex((word) => word.end > place);
  const at = index < 0 ? words.length : index;
  const scene: Scene = {
    file,
    place,
    words,
    at,
    found: words[at],
    before: words[at - 1],
    expected: expectedAt(failed),
    structure: structureOf(words, place),
  };
  for (const mistake of mistakes) {
    const found = mistake(scene);
    if (found !== undefined) return found;
  }
  return general(scene);
}

function general(scene: Scene): Diagnostic {
  const { found, expected } = scene;
  const wanted = phrase(expected);
  const where = foundSpan(scene);
  const label = wanted === undefined ? 'this does not fit here' : `expected ${wanted}`;
  if (wanted === undefined) return error('Q0001', where, `unexpected ${describe(found)}`, { label });
  return error('Q0001', where, `expected ${wanted}, found ${describe(found)}`, { label: 'this does not fit here' });
}

/** The token found, or the end of the last word where the item has no more. */
function foundSpan(scene: Scene): Span {
  const { file, found, before, place } = scene;
  if (found !== undefined) return span(file, found.start, found.end);
  const end = before?.end ?? Math.min(place, file.text.length);
  return span(file, end, end);
}

export function describe(found: Token | undefined): string {
  if (found === undefined) return 'the end of the item';
  switch (found.kind) {
    case 'string':
      return 'a string';
    case 'bytes':
      return 'bytes';
    case 'unknown':
      return 'a character that Quartz does not use';
    default:
      return `\`${found.text.length > 30 ? `${found.text.slice(0, 30)}...` : found.text}\``;
  }
}

/** Words that would only lengthen the list: every place takes them. */
const SILENT: ReadonlySet<string> = new Set(['"\\n"', 'a space', '"|>"', '";"', '"!"', '"."', 'a new line']);

/** What could have stood there, in the terms of a person: kinds of things before single words, at most five. */
function phrase(expected: readonly string[]): string | undefined {
  const all = new Set(expected);
  const parts: string[] = [];
  const covers = (kind: string, members: (one: string) => boolean): void => {
    parts.push(kind);
    for (const one of [...all]) if (members(one)) all.delete(one);
  };
  const opensValue = (one: string): boolean =>
    !/^"(?:[)\]}|=,:]|end|and|or|else|elif|when|in|with|then)"$|^a new line/.test(one);
  if (all.has('"session"') && all.has('"require"') && all.has('"test"') && !all.has('"#{"'))
    covers('an item', opensValue);
  else if (all.has('"#{"')) {
    covers('an expression', (one) => one !== '")"' && one !== '"]"' && one !== '"}"');
  } else if (all.has('"_"')) covers('a pattern', opensValue);
  else if (all.has('a type')) covers('a type', opensValue);
  const rest = [...all].filter((one) => !SILENT.has(one));
  // An operator is nearly always possible after an expression, so it says least and comes last.
  rest.sort((a, b) => Number(a === 'an operator') - Number(b === 'an operator'));
  for (const one of rest.slice(0, 5 - parts.length)) parts.push(one.replace(/^"(.*)"$/, '`$1`'));
  if (parts.length === 0) return undefined;
  if (parts.length === 1) return parts[0];
  return `${parts.slice(0, -1).join(', ')} or ${parts[parts.length - 1]}`;
}

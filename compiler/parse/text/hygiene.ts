/**
 * Characters by which a text looks like another than it is (Boucher and Anderson 2021, "Trojan Source"): controls that turn the
 * direction of writing, line breaks that only some programs take for one, and what nobody sees in a string.
 * Invariant: what stands in the code itself is refused by the grammar; here, comments, strings and spaces are looked at, each
 * character once.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import { error, warning } from '../../diagnostics/diagnostic.js';
import type { SourceFile } from '../../source/source.js';
import { span } from '../../source/source.js';
import type { Token } from './tokens.js';

/** Turns the direction of what follows, or marks one. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
/** Ends a line for some editors and programs, and not for the compiler. */
const LINE = /[\r\v\f\u0085\u2028\u2029]/;
/**
 * Controls, and characters without a shape of their own. Joiners and selectors of shapes belong to what they stand beside, where
 * that is no plain letter: emoji, and scripts that need them.
 */
const SUSPECT =
  /\r(?!\n)|[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]|(?<=[\0-\x7f]|^)[\u200c\u200d\ufe00-\ufe0f]/gu;

/** After so many of them one knows. */
const MOST = 10;

export function hygiene(file: SourceFile, all: readonly Token[]): readonly Diagnostic[] {
  const { text } = file;
  const found: Diagnostic[] = [];
  const seen = new Set<string>();
  let next = 0;
  for (const { 0: character, index } of text.matchAll(SUSPECT)) {
    if (index === 0 && character === '\ufeff') continue;
    while (next < all.length && all[next]!.end <= index) next++;
    const token = all[next];
    const inside = token !== undefined && token.start <= index ? token.kind : 'space';
    const told = tell(file, character, index, inside);
    if (told === undefined) continue;
    // One of a kind on a line is enough.
    const kind = `${told.code} ${file.position(index).line}`;
    if (!seen.has(kind)) found.push(told);
    seen.add(kind);
    if (found.length >= MOST) break;
  }
  return found;
}

function tell(
  file: SourceFile,
  character: string,
  index: number,
  inside: Token['kind'] | 'space',
): Diagnostic | undefined {
  if (inside !== 'space' && inside !== 'comment' && inside !== 'string' && inside !== 'bytes') return undefined;
  const point = character.codePointAt(0)!.toString(16).toUpperCase();
  const shown = `U+${point.padStart(4, '0')}`;
  const where = span(file, index, index + character.length);
  const isText = inside === 'string' || inside === 'bytes';
  const escape = isText ? [`if it is meant, write it as \`\\u{${point}}\``] : [];
  if (DIRECTION.test(character))
    return error(
      'Q0029',
      where,
      `this control for the direction of writing (${shown}) makes the text look other than it is`,
      {
        label: `in a ${isText ? 'string' : 'comment'}; what follows may be shown in another order`,
        hints: isText ? escape : ['take it out'],
      },
    );
  if (LINE.test(character))
    return error(
      'Q0030',
      where,
      `${character === '\r' ? 'a carriage return alone' : shown} is no line break here, but looks like one`,
      {
        label: 'the line goes on',
        hints: isText ? escape : ['lines end with a line feed, or a carriage return and a line feed'],
      },
    );
  if (!isText) return undefined;
  return warning('Q0031', where, `this string holds a character that nobody sees (${shown})`, { hints: escape });
}

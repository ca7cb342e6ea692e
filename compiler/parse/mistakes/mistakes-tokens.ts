/**
 * Mistakes inside single words: strings, numbers, escapes, characters that mean nothing here.
 * Invariant: recognised before everything else, since a broken word misleads all that is read after it.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import { error } from '../../diagnostics/diagnostic.js';
import { span } from '../../source/source.js';
import type { Mistake, Scene } from './scene.js';
import { spanOf } from './scene.js';
import type { Word } from './structure.js';

const NO_EXPRESSION = 'the braces in this string do not hold an expression';

const unterminated: Mistake = (scene) => {
  const word = scene.words.find((one) => one.unterminated === true && one.end >= scene.place - 1);
  if (word === undefined || word.start > scene.place) return undefined;
  const quoted = word.text.search(/\{\s*\\"/);
  if (quoted > 0 && word.kind === 'string')
    return error('Q0004', span(scene.file, word.start + quoted, word.start + quoted + 1), NO_EXPRESSION, {
      label: 'a value to fill in starts here',
      hints: ['write `\\{` for a brace'],
    });
  const brace = openBrace(word);
  if (brace !== undefined)
    return error(
      'Q0004',
      span(scene.file, word.start + brace, word.start + brace + 1),
      'this brace in a string is never closed',
      {
        label: 'a value to fill in starts here',
        hints: ['close it with `}`, or write `\\{` for a brace'],
      },
    );
  const raw = word.text.startsWith('"""');
  const what = word.kind === 'bytes' ? 'these bytes are' : 'this string is';
  return error('Q0003', span(scene.file, word.start, word.start + (raw ? 3 : 1)), `${what} never closed`, {
    label: raw ? 'opened here' : 'opened here, and its line ends first',
    hints: [raw ? 'close it with `"""`' : 'close it with `"`; a string of several lines is written between `"""`'],
  });
};

/** Where the innermost open brace of an unfinished string is. */
function openBrace(word: Word): number | undefined {
  if (word.kind === 'bytes' || word.text.startsWith('"""')) return undefined;
  const open: number[] = [];
  for (let i = 1; i < word.text.length; i++) {
    if (word.text[i] === '\\') i++;
    else if (word.text[i] === '{') open.push(i);
    else if (word.text[i] === '}') open.pop();
  }
  return open[open.length - 1];
}

const insideString: Mistake = (scene) => {
  const word = scene.words.find((one) => one.start < scene.place && scene.place < one.end);
  // Bytes are one word of the grammar, which fails at its start or is read as the name `b`.
  const bytes = scene.found?.kind === 'bytes' && scene.found.start <= scene.place ? scene.found : undefined;
  if (bytes !== undefined) return badBytes(scene, bytes);
  if (word?.kind !== 'string') return undefined;
  const { text } = scene.file;
  if (text[scene.place] === '\\')
    return error('Q0020', span(scene.file, scene.place, scene.place + 2), 'there is no such escape', {
      label: 'a backslash starts an escape',
      hints: ['the escapes are `\\n \\t \\r \\0 \\\\ \\" \\{ \\} \\u{1F600}`; a backslash itself is `\\\\`'],
    });
  const brace = Math.max(word.start, text.lastIndexOf('{', scene.place - 1));
  return error('Q0004', span(scene.file, brace, brace + 1), NO_EXPRESSION, {
    label: 'a value to fill in starts here',
    labels: [{ span: span(scene.file, scene.place, scene.place + 1), text: 'this does not fit into it' }],
    hints: ['write `\\{` for a brace'],
  });
};

function badBytes(scene: Scene, word: Word): Diagnostic | undefined {
  const wrong = /\\(?!x[0-9a-fA-F]{2}|[ntr0\\"{}]|u\{[0-9a-fA-F]+\})/.exec(word.text.replace(/\\\\/g, '  '));
  if (wrong === null) return undefined;
  const start = word.start + wrong.index;
  return error('Q0020', span(scene.file, start, start + 2), 'there is no such escape', {
    label: 'a backslash starts an escape',
    hints: ['in bytes the escapes are `\\x00` and those of strings; a backslash itself is `\\\\`'],
  });
}

const brokenNumber: Mistake = (scene) => {
  const near = [scene.found, scene.before].find((one) => one?.kind === 'number');
  if (near === undefined) return undefined;
  const index = scene.words.indexOf(near);
  const next = scene.words[index + 1];
  if (next === undefined || next.start !== near.end) return undefined;
  if (next.text === '.')
    return error('Q0012', span(scene.file, near.start, next.end), 'a number cannot end with a point', {
      label: 'digits are missing after the point',
      hints: [`write \`${near.text}.0\` for a float, or \`${near.text}\` for an int`],
    });
  if (next.kind !== 'name' && next.kind !== 'upper' && next.kind !== 'keyword') return undefined;
  return error('Q0012', span(scene.file, near.start, next.end), 'this is neither a number nor a name', {
    label: 'letters follow the digits directly',
    hints: ['a name starts with a letter; put a space or an operator after a number'],
  });
};

const HINTS: Readonly<Record<string, string>> = {
  "'": 'strings are written in double quotes: `"text"`',
  '`': 'strings are written in double quotes, values in them in braces: `"hi {name}"`',
  '&': 'write `&&` for "and"',
  '~': 'write `not`',
  '\\': 'a closure is written `|x| x + 1`',
};

const unknownCharacter: Mistake = (scene) => {
  const word = scene.found;
  if (word?.kind !== 'unknown') return undefined;
  const hint = HINTS[word.text];
  const shown = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(word.text)
    ? `\`${word.text}\``
    : `U+${word.text.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
  return error('Q0024', spanOf(scene, word), `the character ${shown} means nothing here`, {
    label: 'outside of strings and comments, names and operators are ASCII',
    ...(hint !== undefined && { hints: [hint] }),
  });
};

export const tokenMistakes: readonly Mistake[] = [unterminated, insideString, brokenNumber, unknownCharacter];

/**
 * Mistakes in names: the wrong case of the first letter, words of the language used as names, words of other languages.
 * Invariant: a hint shows the name as it should be written.
 */
import { error } from '../../diagnostics/diagnostic.js';
import type { Mistake } from './scene.js';
import { lineOf, spanOf } from './scene.js';

const capitalised = (text: string): string => text.replace(/[a-z]/, (letter) => letter.toUpperCase());
const uncapitalised = (text: string): string => text.replace(/[A-Z]/, (letter) => letter.toLowerCase());

const lowerLabel: Mistake = (scene) => {
  const { found, before, expected } = scene;
  if (found === undefined || (found.kind !== 'name' && found.kind !== 'keyword')) return undefined;
  if (!expected.includes('an upper-case label')) return undefined;
  if (before === undefined || !['!', 'on', 'or'].includes(before.text)) return undefined;
  if (found.text === 'after' && before.text === 'on')
    return error('Q0009', spanOf(scene, found), 'a wait cannot start with `after`', {
      label: 'the first branch awaits a message',
      hints: ['await a message first and write `or after` below it, or call `std::wait`'],
    });
  return error('Q0009', spanOf(scene, found), 'a label starts with an upper-case letter', {
    label: 'this is the label of a message',
    hints: [`write \`${capitalised(found.text)}\``],
  });
};

const UPPER_AFTER: Readonly<Record<string, string>> = {
  session: 'session',
  type: 'type',
  exception: 'exception',
  protocol: 'protocol',
  role: 'role',
  module: 'module', // prettier-ignore
};

const lowerName: Mistake = (scene) => {
  const { found, before } = scene;
  if (found?.kind !== 'name' || before === undefined || before.line !== found.line) return undefined;
  const what = UPPER_AFTER[before.text];
  if (what === undefined || !scene.expected.includes('an upper-case name')) return undefined;
  return error('Q0010', spanOf(scene, found), `the name of a ${what} starts with an upper-case letter`, {
    label: `this names a ${what}`.replace('a exception', 'an exception'),
    hints: [`write \`${before.text} ${capitalised(found.text)}\``],
  });
};

/** `type Color = red | green`: read as a type and something behind it. */
const lowerConstructor: Mistake = (scene) => {
  const { found, words, at } = scene;
  if (words[0]?.text !== 'type') return undefined;
  const sign = words.findLastIndex((word, i) => i < at && (word.text === '=' || word.text === '|'));
  if (sign < 0 || (sign !== at - 1 && found?.text !== '|')) return undefined;
  const named = words[sign + 1];
  if (named?.kind !== 'name') return undefined;
  return error('Q0010', spanOf(scene, named), 'the name of a constructor starts with an upper-case letter', {
    label: 'this names a constructor',
    hints: [`write \`${capitalised(named.text)}\``],
  });
};

const upperName: Mistake = (scene) => {
  const { found, before } = scene;
  const owner = scene.words[scene.at - 2];
  if (found?.kind === 'upper' && before?.text === '.' && owner?.kind === 'upper')
    return error('Q0011', spanOf(scene, found), 'a constructor is written without its type', {
      label: `only fields follow a point`,
      hints: [`write \`${found.text}\``],
    });
  if (found?.kind !== 'upper' || before === undefined || before.line !== found.line) return undefined;
  const what = { fun: 'function', var: 'variable', drop: 'variable', serve: 'variable', from: 'peer', '.': 'field' }[
    before.text
  ];
  if (what === undefined || !scene.expected.includes('a name')) return undefined;
  const hint = before.text === '.' ? `.${uncapitalised(found.text)}` : `${before.text} ${uncapitalised(found.text)}`;
  return error('Q0011', spanOf(scene, found), `the name of a ${what} starts with a lower-case letter`, {
    label: `this names a ${what}`,
    hints: [`write \`${hint}\``],
  });
};

const reserved: Mistake = (scene) => {
  const { found, before } = scene;
  if (found?.kind !== 'keyword' || before === undefined || before.line !== found.line) return undefined;
  if (!['let', 'var', 'fun', 'for', 'and', 'drop', '.', '!', '(', ',', '|'].includes(before.text)) return undefined;
  if (!scene.expected.includes('a name') || (scene.expected.includes('"#{"') && before.text !== '.')) return undefined;
  return error('Q0019', spanOf(scene, found), `\`${found.text}\` is a word of the language and cannot be a name`, {
    label: 'a name is expected here',
    hints: [`write another name, such as \`${found.text}_\``],
  });
};

/** Words that start a definition elsewhere, with what they are called here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  def: 'fun',
  func: 'fun',
  function: 'fun',
  fn: 'fun',
  class: 'session',
  actor: 'session',
  process: 'session',
  struct: 'type',
  enum: 'type',
  data: 'type',
  import: 'require',
  use: 'require',
  const: 'let',
  switch: 'case',
  match: 'case',
  elsif: 'elif',
  elseif: 'elif',
  throw: 'raise',
  receive: 'on',
  do: 'then',
  null: 'None',
  nil: 'None',
  unless: 'if not',
  until: 'while not',
  foreach: 'for',
  val: 'let',
  typedef: 'type',
  interface: 'protocol',
  package: 'module',
  namespace: 'module',
  except: 'catch',
  rescue: 'catch',
  ensure: 'finally', // prettier-ignore
};

/** Words in front of definitions. */
const MODIFIERS: ReadonlySet<string> = new Set(['pub', 'export', 'public', 'private', 'static', 'inline']);

const foreignWord: Mistake = (scene) => {
  const [first] = scene.words;
  if (scene.at <= 1 && first !== undefined && MODIFIERS.has(first.text))
    return error('Q0001', spanOf(scene, first), `\`${first.text}\` is not a word of Quartz`, {
      hints: ['leave it out: everything is public but names that start with `_`'],
    });
  const candidates = [scene.found, lineOf(scene)[0]];
  const word = candidates.find((one) => one?.kind === 'name' && Object.hasOwn(ELSEWHERE, one.text));
  if (word === undefined) return undefined;
  return error('Q0001', spanOf(scene, word), `\`${word.text}\` is not a word of Quartz`, {
    label: 'this is read as a name',
    hints: [
      word.text === 'do' && word.last
        ? 'take it out: a block starts at the end of its line'
        : `write \`${ELSEWHERE[word.text]!}\``,
    ],
  });
};

const notAnItem: Mistake = (scene) => {
  const word = scene.words[0];
  if (word === undefined || scene.at > 1 || word.kind === 'keyword' || word.text === 'test') return undefined;
  return error('Q0026', spanOf(scene, word), 'only definitions stand at the top of a module', {
    label: 'this starts none',
    hints: [
      'definitions start with `require`, `session`, `fun`, `type`, `exception`, `protocol`, `extern`, `let` or `test`',
      'statements to run belong in `fun main()`',
    ],
  });
};

export const nameMistakes: readonly Mistake[] = [
  lowerLabel,
  lowerName,
  lowerConstructor,
  upperName,
  reserved,
  foreignWord,
  notAnItem,
];

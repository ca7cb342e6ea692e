/**
 * Signs and turns of phrase of other languages, each answered with how Quartz says it.
 * Invariant: a table row or recogniser fires only where the match failed, so no program that is accepted is touched.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import { error } from '../../diagnostics/diagnostic.js';
import { span } from '../../source/source.js';
import type { Mistake, Scene } from './scene.js';
import { lineOf, spanOf } from './scene.js';
import type { Word } from './structure.js';

/** Several signs that stand together, with what helps. */
const SIGNS: Readonly<Record<string, string>> = {
  '===': 'write `==` to compare',
  '!==': 'write `!=` to compare',
  '<>': '`!=` tells whether two values differ, `++` joins strings and lists',
  '=>': 'a closure is written `|x| x + 1`, a branch of `case` `when pattern then value`',
  '**': 'powers are functions: `int::power(2, 8)`',
  '//': 'a comment starts with `#`; `/` divides, between ints without a rest',
  '/*': 'a comment starts with `#` and ends with its line',
  ':=': 'write `=`, and `var` where the name is bound',
  '+.': '`+` adds floats as well as ints',
  '-.': '`-` subtracts floats as well as ints',
  '*.': '`*` multiplies floats as well as ints',
  '/.': '`/` divides floats as well as ints',
};

const foreignSign: Mistake = (scene) => {
  const { found, before, words, at } = scene;
  if (found === undefined) return undefined;
  const next = words[at + 1];
  const pairs: readonly (readonly [Word | undefined, Word | undefined])[] = [
    [before, found],
    [found, next],
  ];
  for (const [first, second] of pairs) {
    if (first === undefined || second?.start !== first.end) continue;
    const written = first.text + second.text;
    if (!Object.hasOwn(SIGNS, written) || first.kind !== 'symbol' || second.kind !== 'symbol') continue;
    return error('Q0001', span(scene.file, first.start, second.end), `Quartz has no \`${written}\``, {
      label: 'this is no operator',
      hints: [SIGNS[written]!],
    });
  }
  return undefined;
};

/** Words between two values. */
const INFIX_WORDS: Readonly<Record<string, string>> = {
  and: '&&',
  or: '||',
  is: '==` or `!=',
  mod: '%',
  div: '/',
};

const infixWord: Mistake = (scene) => {
  const { found, before } = scene;
  if (found === undefined || found.first || before === undefined || !Object.hasOwn(INFIX_WORDS, found.text))
    return undefined;
  const opens = ['if', 'elif', 'while'].includes(lineOf(scene)[0]?.text ?? '');
  if (!opens && scene.structure.brackets.length === 0 && found.kind === 'keyword') return undefined;
  return error('Q0001', spanOf(scene, found), `\`${found.text}\` is no operator`, {
    label: 'a value ends before this',
    hints: [`write \`${INFIX_WORDS[found.text]!}\``],
  });
};

const wantsValue = (scene: Scene): boolean => scene.expected.includes('"#{"');

const braceValue: Mistake = (scene) => {
  const { found, before, words, at } = scene;
  if (found?.text !== '{' || before === undefined || found.last || !wantsValue(scene)) return undefined;
  const [first, second] = [words[at + 1], words[at + 2]];
  const hint =
    second?.text !== ':'
      ? 'a tuple is written `(1, "a")`, a map `#{"a": 1}`'
      : first?.kind === 'name'
        ? 'a record is written with the name of its type: `Point{x: 1, y: 2}`; a map is `#{"x": 1}`'
        : 'a map is written `#{"a": 1}`';
  return error('Q0014', spanOf(scene, found), 'a value does not start with a brace', {
    label: 'a value is expected here',
    hints: [hint],
  });
};

const notSign: Mistake = (scene) => {
  const { found } = scene;
  if (found?.text !== '!' || !wantsValue(scene)) return undefined;
  return error('Q0001', spanOf(scene, found), '`!` sends a message, it does not negate', {
    label: 'a value is expected here',
    hints: ['write `not`'],
  });
};

const CHOICE = 'a choice between two values is written `if c then a else b end`';

const choice: Mistake = (scene) => {
  const { found, words, at } = scene;
  const rest = words.slice(at + 1).filter((word) => word.line === found?.line);
  if (found?.text === 'if' && !found.first && rest.some((word) => word.text === 'else') && !wantsValue(scene))
    return error('Q0001', spanOf(scene, found), '`if` does not follow the value it chooses', { hints: [CHOICE] });
  if (found?.text !== '?') return undefined;
  return error('Q0001', spanOf(scene, found), 'Quartz has no `?` operator', {
    hints: [
      rest.some((word) => word.text === ':')
        ? CHOICE
        : lineOf(scene).at(-2)?.text === ':'
          ? `a type whose value may be absent is \`option<${lineOf(scene).at(-1)!.text}>\``
          : 'an `option` or `result` is taken apart with `case`, or handed on with `and_then` of its module',
    ],
  });
};

const arrow: Mistake = (scene) => {
  const { found } = scene;
  if (found?.text !== '->' || scene.expected.includes('"->"')) return undefined;
  if (scene.expected.includes('"~>"'))
    return error('Q0001', spanOf(scene, found), 'what follows a message in a protocol is written with `~>`', {
      label: 'write `~>` here',
    });
  const arm = lineOf(scene).some((word) => word.text === 'when');
  return error('Q0001', spanOf(scene, found), '`->` stands in types only', {
    hints: [arm ? 'write `then`' : 'a branch of `case` is written `when pattern then value`, a closure `|x| x + 1`'],
  });
};

const colon: Mistake = (scene) => {
  const { found, before } = scene;
  if (found?.text !== ':' || before === undefined) return undefined;
  const line = lineOf(scene);
  const header =
    scene.expected.some((one) => one.startsWith('a new line')) || ['else', 'try', 'finally'].includes(before.text);
  if (found.last && header)
    return error('Q0023', spanOf(scene, found), 'a header ends at the end of its line, without a colon', {
      label: 'the block starts on the next line',
      hints: ['take the `:` out'],
    });
  const bracket = scene.structure.brackets.at(-1)?.text;
  if (line[0]?.text === 'fun' && before.text === ')' && bracket === undefined)
    return error('Q0001', spanOf(scene, found), 'the type of a result follows an arrow', {
      hints: ['write `->` in place of `:`'],
    });
  if (line.some((word) => word.text === 'type') && bracket === '(')
    return error('Q0001', spanOf(scene, found), 'what a constructor carries has no names', {
      hints: ['write the types only: `Circle(float)`; fields with names make a record: `type Point = { x : int }`'],
    });
  if (bracket === '[')
    return error('Q0001', spanOf(scene, found), 'an index is one value', {
      hints: ['`list::slice` and `string::slice` give parts'],
    });
  if (bracket === '(' && before.kind === 'name')
    return error('Q0001', spanOf(scene, found), 'arguments are given by their order, without names', {
      hints: [`take \`${before.text}:\` out; a record has named fields: \`Point{x: 1, y: 2}\``],
    });
  return undefined;
};

const lambda = (scene: Scene, at: Word): Diagnostic =>
  error('Q0001', spanOf(scene, at), 'a closure is not written with a word', { hints: ['write `|x| x + 1`'] });

const lambdaWord: Mistake = (scene) => {
  const { found, before, words, at } = scene;
  if (before?.text === 'lambda' && found?.kind === 'name') return lambda(scene, before);
  return found?.text === 'fun' && !found.first && words[at + 1]?.text === '(' ? lambda(scene, found) : undefined;
};

/** `fun f(x = 3)`, `for x, i in xs`, `type Box<T>`. */
const headers: Mistake = (scene) => {
  const { found, before } = scene;
  if (found === undefined || before === undefined || found.first) return undefined;
  const opener = lineOf(scene)[0]?.text;
  const open = scene.structure.brackets.at(-1)?.text;
  if (found.text === '=' && open === '(' && (opener === 'fun' || opener === 'session'))
    return error('Q0001', spanOf(scene, found), 'a parameter has no default', {
      hints: ['write a second function that calls this one, or take an `option`'],
    });
  if (found.text === ',' && opener === 'for')
    return error('Q0001', spanOf(scene, found), 'a loop binds one pattern', {
      hints: ['a pair is taken apart in parentheses: `for (i, x) in list::indexed(xs)`, `for (k, v) in m`'],
    });
  if (found.kind !== 'upper' || opener !== 'type' || (before.text !== '<' && before.text !== ',')) return undefined;
  const small = found.text.replace(/[A-Z]/, (letter) => letter.toLowerCase());
  return error('Q0011', spanOf(scene, found), 'the name of a type parameter starts with a lower-case letter', {
    label: 'this names a type parameter',
    hints: [`write \`<${small}>\``],
  });
};

/** `let mut n`, `let x = 1 in`. */
const AFTER_LET: Readonly<Record<string, string>> = {
  mut: 'a variable that changes is bound with `var`: `var n = 0`',
  rec: 'functions call themselves without more: `fun f(n)`',
  assert: 'a pattern that may not match is matched by `case`',
};

const letWords: Mistake = (scene) => {
  const { found, before, words, at } = scene;
  if (found === undefined || before === undefined || found.first) return undefined;
  if (words[at - 2]?.text === 'let' && Object.hasOwn(AFTER_LET, before.text))
    return error('Q0001', spanOf(scene, before), `\`let ${before.text}\` is not written in Quartz`, {
      hints: [AFTER_LET[before.text]!],
    });
  if (found.text === 'let' && before.text === '(')
    return error('Q0001', spanOf(scene, found), '`let` stands at the start of a statement', {
      hints: ['a loop over a collection is written `for x in xs`'],
    });
  if (found.text !== 'in' || lineOf(scene)[0]?.text !== 'let') return undefined;
  return error('Q0001', spanOf(scene, found), '`let` has no `in`', {
    hints: ['take it out: the name is known in all that follows in the block'],
  });
};

const listSigns: Mistake = (scene) => {
  const { found, structure } = scene;
  if (found?.text === ';' && structure.brackets.length > 0)
    return error('Q0001', spanOf(scene, found), 'what is in brackets is separated by commas', {
      hints: ['write `,`'],
    });
  if (found?.text !== '::' || scene.at < 2 || (scene.before?.kind !== 'name' && scene.before?.text !== ')'))
    return undefined;
  return error('Q0001', spanOf(scene, found), '`::` stands between the name of a module and one of its names', {
    hints: ['a list of a first element and the others is written `[x, ..rest]`, in patterns too'],
  });
};

/** `xs[0] = 5`, `p.x = 5`. */
const assignInside: Mistake = (scene) => {
  const { found, before, words, at } = scene;
  if (found?.text !== '=' || before === undefined || found.first) return undefined;
  const field = words[at - 2]?.text === '.';
  if (!field && before.text !== ']') return undefined;
  if (lineOf(scene)[0]?.kind !== 'name') return undefined;
  return error('Q0001', spanOf(scene, found), 'only a variable is assigned, no part of a value', {
    label: 'values never change',
    hints: [
      field
        ? `make a changed copy: \`p = Point{p | ${before.text}: ...}\``
        : 'make a changed copy, for instance with `list::set` or `map::set`, and assign that',
    ],
  });
};

const endingPoint: Mistake = (scene) => {
  const { before } = scene;
  if (before?.text !== '.' || scene.found?.first === false) return undefined;
  return error('Q0001', spanOf(scene, before), 'a statement ends at the end of its line', {
    label: 'no point is needed',
    hints: ['take the `.` out'],
  });
};

const missingComma: Mistake = (scene) => {
  const { found, before } = scene;
  if (found === undefined || before === undefined || found.first || found.kind === 'symbol') return undefined;
  if (found.kind === 'keyword' || !scene.expected.includes('","') || scene.structure.brackets.length === 0)
    return undefined;
  // Parameters of a closure stand between bars: the second may be what is missing.
  if (scene.expected.includes('"|"')) return undefined;
  return error('Q0001', span(scene.file, before.end, before.end), `a comma is missing before \`${found.text}\``, {
    label: 'here',
    hints: ['what stands in brackets is separated by commas'],
  });
};

/** `require net/http`: a path as in file systems and other languages. */
const modulePath: Mistake = (scene) => {
  const { found, words } = scene;
  if (found === undefined || !['/', '.', '\\'].includes(found.text) || lineOf(scene)[0]?.text !== 'require')
    return undefined;
  const line = words.filter((w) => w.line === found.line).slice(1);
  const until = line.findIndex((w) => w.text === 'as');
  const path = (until < 0 ? line : line.slice(0, until)).map((w) => w.text).join('');
  return error('Q0001', spanOf(scene, found), `the parts of a module's name are joined by \`::\``, {
    label: `not by \`${found.text}\``,
    hints: [`write \`require ${path.replaceAll(/[./\\]/g, '::')}\``],
  });
};

/** Those that explain more than any guess about structure. */
export const foreignMistakes: readonly Mistake[] = [
  modulePath,
  foreignSign,
  braceValue,
  notSign,
  infixWord,
  choice,
  arrow,
  colon,
  lambdaWord,
  headers,
  letWords,
  listSigns,
  assignInside,
  endingPoint,
];

export const lastMistakes: readonly Mistake[] = [missingComma];

/**
 * The mistakes that people are known to make, each recognised from the words around the place where a match failed.
 * Invariant: the first recogniser that knows the scene speaks; each gives a sentence, a place, a label and what helps.
 */
import { error } from '../../diagnostics/diagnostic.js';
import { span } from '../../source/source.js';
import { foreignMistakes, lastMistakes } from './mistakes-foreign.js';
import { nameMistakes } from './mistakes-names.js';
import { tokenMistakes } from './mistakes-tokens.js';
import type { Mistake } from './scene.js';
import { lineOf, spanOf } from './scene.js';

const INFIX: ReadonlySet<string> = new Set(
  ['||', '&&', '==', '!=', '<=', '>=', '<', '>', '..', '++', '+', '*', '/', '%'], // prettier-ignore
);

const braces: Mistake = (scene) => {
  const { found, before } = scene;
  if (found === undefined || (found.text !== '{' && found.text !== '}')) return undefined;
  if (found.text === '{' && before?.kind === 'upper') return undefined;
  const bracket = scene.structure.brackets[scene.structure.brackets.length - 1];
  if (found.text === '}' && bracket !== undefined) return undefined;
  return error('Q0014', spanOf(scene, found), 'blocks are not written in braces', {
    label: 'a block starts at the end of its line',
    hints: ['leave the braces out and close the block with `end`'],
  });
};

const spaceBeforeBracket: Mistake = (scene) => {
  const { found, before } = scene;
  if (found === undefined || before === undefined || found.first || found.start === before.end) return undefined;
  const called =
    before.kind === 'name' ||
    before.kind === 'upper' ||
    before.text === 'loop' ||
    before.text === ')' ||
    before.text === ']';
  if (!called) return undefined;
  const what = { '(': 'a call or a label', '[': 'an index', '{': 'a record' }[found.text];
  if (what === undefined || (found.text === '{' && before.kind !== 'upper')) return undefined;
  return error('Q0007', span(scene.file, before.end, found.end), `no space may stand before this \`${found.text}\``, {
    label: `the bracket of ${what} touches what is before it`,
    hints: [`write \`${before.text}${found.text}\``],
  });
};

/** `from any (w, d) in ws`. */
const datumOfAny: Mistake = (scene) => {
  const { found, before } = scene;
  if (found?.text !== '(' || before?.text !== 'any') return undefined;
  return error('Q0118', spanOf(scene, found), '`any` names the member that speaks, and nothing else', {
    label: 'what was put with a member cannot be bound here',
    hints: [
      'write `from any w in ws`; `take (w, d) in ws` and `for (w, d) in ws` bind what was put with a member',
      'what is needed when it speaks is best said by the member itself, in its message',
    ],
  });
};

/** `catch E(n) if n > 2`. */
const guardOfCatch: Mistake = (scene) => {
  const { found } = scene;
  const line = lineOf(scene);
  if (found?.text !== 'if' || found.first || line[0]?.text !== 'catch') return undefined;
  return error('Q0119', spanOf(scene, found), '`catch` takes a pattern and no condition', {
    hints: ['ask inside, and raise it again where it is not the one: `catch e` .. `if .. else raise e end`'],
  });
};

const operatorStartsLine: Mistake = (scene) => {
  const { found } = scene;
  if (found === undefined || !found.first || !INFIX.has(found.text) || found.kind !== 'symbol') return undefined;
  return error('Q0008', spanOf(scene, found), 'an operator cannot start a line', {
    label: 'the line above has already ended the expression',
    hints: [`move \`${found.text}\` to the end of the line above, or put the whole expression in parentheses`],
  });
};

const UPDATED: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '++']);

/** `n += 1`, where the match fails at the `=`; `n++` and `n--`, where it fails at what stands on the next line. */
const updateOperator: Mistake = (scene) => {
  const { found, words, at } = scene;
  const assigned = found?.text === '=' && !found.first;
  if (!assigned && found?.first === false) return undefined;
  const row = words.slice(words.findLastIndex((word, i) => i < at && word.first), assigned ? at + 1 : at); // prettier-ignore
  const [target, sign, ...rest] = row;
  if (target?.kind !== 'name' || sign === undefined) return undefined;
  const written = row.slice(1).map((word) => word.text).join(''); // prettier-ignore
  const known = assigned ? rest.length === 1 && UPDATED.has(sign.text) : written === '++' || written === '--';
  const where = span(scene.file, sign.start, row.at(-1)!.end);
  if (!known || where.end - where.start !== written.length) return undefined;
  const value = `${target.text} ${assigned ? `${sign.text} ...` : `${written[0]!} 1`}`;
  return error('Q0001', where, `Quartz has no \`${assigned ? written : target.text + written}\``, {
    label: 'this is no operator',
    hints: [`write \`${target.text} = ${value}\`, where \`${target.text}\` is a \`var\``],
  });
};

const assignmentAsComparison: Mistake = (scene) => {
  const { found, before } = scene;
  if (found?.text !== '=' || found.first) return undefined;
  const header = lineOf(scene).some((word) => ['if', 'elif', 'while', 'when', 'case', 'return'].includes(word.text));
  const inBracket = scene.structure.brackets.length > 0;
  if (!header && !inBracket) return undefined;
  return error('Q0006', spanOf(scene, found), '`=` gives a name a value, it does not compare', {
    label: before?.text === '=' ? 'write the two signs together' : 'a comparison is meant here',
    hints: ['write `==` to compare'],
  });
};

/** `else if` opens a second block, so an `end` is missing at the end of the item. */
const elseIf: Mistake = (scene) => {
  if (scene.found !== undefined && !scene.expected.includes('"end"')) return undefined;
  if (scene.structure.unclosed === undefined) return undefined;
  const index = scene.words.findIndex(
    (word, i) => word.text === 'if' && !word.first && scene.words[i - 1]!.text === 'else' && i < scene.at,
  );
  const word = scene.words[index];
  if (word === undefined) return undefined;
  return error('Q0005', span(scene.file, scene.words[index - 1]!.start, word.end), '`else if` is one word: `elif`', {
    label: 'this opens a second `if`, which needs an `end` of its own',
    hints: ['write `elif`'],
  });
};

const missingBracket: Mistake = (scene) => {
  const { found, structure } = scene;
  const opener = structure.brackets[structure.brackets.length - 1];
  if (opener === undefined) return undefined;
  const close = { '(': ')', '[': ']', '{': '}', '#{': '}' }[opener.text]!;
  const wrongClose = found !== undefined && [')', ']', '}'].includes(found.text) && found.text !== close;
  if (!wrongClose && found !== undefined && found.line === opener.line && found.text !== 'end') return undefined;
  if (!scene.expected.includes(`"${close}"`) && found !== undefined && !wrongClose) return undefined;
  const where = found ?? scene.before;
  return error('Q0018', spanOf(scene, opener), `this \`${opener.text}\` is never closed`, {
    label: `\`${close}\` is missing`,
    ...(where && {
      labels: [{ span: spanOf(scene, where), text: found ? 'it should stand before this' : 'the item ends here' }],
    }),
    hints: [`close it with \`${close}\``],
  });
};

const missingEnd: Mistake = (scene) => {
  const { found, structure } = scene;
  const mayEnd = scene.expected.some((one) => one === '"end"' || one.startsWith('a new line'));
  if (found !== undefined || !mayEnd || structure.unclosed === undefined) return undefined;
  const { opener, before } = structure.unclosed;
  const last = before ?? scene.words[scene.words.length - 1]!;
  const name = opener.kind === 'symbol' ? `block after \`${opener.text}\`` : `\`${opener.text}\``;
  return error('Q0002', spanOf(scene, opener), `this ${name} has no \`end\``, {
    label: 'opened here and never closed',
    labels: [
      {
        span: spanOf(scene, last),
        text: before ? 'by its indentation, this closes an outer block' : 'the item stops here',
      },
    ],
    hints: ['add `end` on a line of its own, indented like the line that opens the block'],
  });
};

const strayEnd: Mistake = (scene) => {
  const { found } = scene;
  if (found?.text !== 'end' || (scene.structure.stray !== found && scene.at > 0)) return undefined;
  return error('Q0021', spanOf(scene, found), 'this `end` closes nothing', {
    label: 'every block is closed already',
    hints: ['take it out, or look above for an `end` too many'],
  });
};

const twoStatements: Mistake = (scene) => {
  const { found, before, expected } = scene;
  if (found === undefined || found.first || before === undefined) return undefined;
  if (!expected.includes('a new line') || found.kind === 'symbol') return undefined;
  return error('Q0023', spanOf(scene, found), 'a statement ends at the end of its line', {
    label: 'a new statement cannot start here',
    hints: ['start a new line, or put `;` between the two'],
  });
};

const HEADERS: ReadonlySet<string> = new Set(
  'if elif while for case when on or catch take serve'.split(' '), // prettier-ignore
);

/** Something follows the condition of a header on its line without `then`. */
const headerGoesOn: Mistake = (scene) => {
  const { found, expected } = scene;
  if (found === undefined || found.first || !expected.includes('a new line or `then`')) return undefined;
  const header = lineOf(scene).findLast((word) => HEADERS.has(word.text));
  if (header === undefined) return undefined;
  return error('Q0023', spanOf(scene, found), `the header of \`${header.text}\` ends at the end of its line`, {
    label: 'its block cannot start here',
    hints: ['start a new line, or write `then` in front of this'],
  });
};

const itemInBlock: Mistake = (scene) => {
  const { found, structure } = scene;
  const items = ['session', 'type', 'exception', 'protocol', 'extern', 'require', 'module'];
  if (found === undefined || !found.first || !items.includes(found.text) || scene.at === 0) return undefined;
  const opener = structure.unclosed?.opener;
  return error('Q0026', spanOf(scene, found), `\`${found.text}\` can only stand at the top of a module`, {
    label: 'this is inside of another definition',
    ...(opener && { labels: [{ span: spanOf(scene, opener), text: 'perhaps an `end` for this is missing' }] }),
    hints: ['move it to the first column, after the `end` of what surrounds it'],
  });
};

const sendToValue: Mistake = (scene) => {
  const { found, words, at } = scene;
  if (found?.text !== '!' || words[at + 1]?.kind !== 'upper') return undefined;
  const { before } = scene;
  if (before?.kind === 'upper')
    return error('Q0027', spanOf(scene, before), `a message is sent to a thread, and \`${before.text}\` names none`, {
      label: 'this may name many threads or none',
      hints: [`send to the end that the spawn gives: \`let p = spawn ${before.text}(self)\`, then \`p!...\``],
    });
  return error('Q0027', spanOf(scene, found), 'a message is sent to a name', {
    label: 'what is before this is not a single name',
    hints: ['give the value a name with `let` first'],
  });
};

export const mistakes: readonly Mistake[] = [
  ...tokenMistakes,
  updateOperator,
  ...foreignMistakes,
  elseIf,
  strayEnd,
  assignmentAsComparison,
  datumOfAny,
  guardOfCatch,
  spaceBeforeBracket,
  braces,
  operatorStartsLine,
  ...nameMistakes,
  sendToValue,
  missingBracket,
  itemInBlock,
  missingEnd,
  headerGoesOn,
  twoStatements,
  ...lastMistakes,
];

/**
 * What can be wrong with what modules require: nothing of the name, a circle, one name for two files.
 * Invariant: a file that has the name of a module of the library is named wherever that may be the reason.
 */
import type { RequireItem } from '../ast/ast.js';
import { type Diagnostic, error, warning } from '../diagnostics/diagnostic.js';
import { didYouMean } from '../diagnostics/suggest.js';
import { type SourceFile, span, type Span } from '../source/source.js';
import type { Finder } from './finder.js';

/** The file that a name means in this program, and where it was first required. */
export interface Chosen {
  readonly file: SourceFile;
  readonly library: boolean;
  readonly item?: RequireItem | undefined;
}

interface Link {
  readonly name: string;
  readonly file: SourceFile;
  readonly library: boolean;
}

export function cycle(name: string, item: RequireItem, chain: readonly Link[], finder: Finder): Diagnostic {
  const round = chain.slice(chain.findIndex((found) => found.name === name));
  const shown = [...round.map((found) => found.name), name].map((n) => `\`${n}\``).join(' -> ');
  const meant = round.filter((found) => !found.library && finder.library?.source(found.name) !== undefined);
  return error('Q0151', item.span, `modules require each other in a circle: ${shown}`, {
    label: `this closes the circle`,
    hints:
      meant.length > 0
        ? meant.map(
            (m) =>
              `the library has a module \`${m.name}\` too: to require that one, call ${m.file.path} something else`,
          )
        : ['move what both need into a third module, and require that one'],
  });
}

/** Modules of which this is the last part of the name. */
function longerNames(name: string, finder: Finder): string[] | undefined {
  const [longer] = finder.names().filter((n) => n.endsWith(`::${name}`));
  return longer === undefined
    ? undefined
    : [`there is \`${longer}\`: write \`require ${longer}\`, and \`${name}::\` before its names`];
}

export const unknown = (name: string, item: RequireItem, finder: Finder): Diagnostic =>
  error('Q0103', item.path.span, `there is no module \`${name}\``, {
    label: 'not found in this project, its dependencies or the standard library',
    hints: longerNames(name, finder) ?? didYouMean(name, finder.names()),
  });

const head = (file: SourceFile): Span => span(file, 0, Math.max(1, file.line(0).length));

export const twoFiles = (name: string, file: SourceFile, other: SourceFile): Diagnostic =>
  error('Q0112', head(file), `two files are the module \`${name}\`: ${file.path} and ${other.path}`, {
    label: 'this is one of them',
    labels: [{ span: head(other), text: 'this is the other' }],
    hints: ['a module is called as its file, with `_` for what cannot stand in a name: give one of them another name'],
  });

/** A name that means the user's file in one place and the library's module, or another file, in another. */
export function twoModules(
  name: string,
  byLibrary: boolean,
  item: RequireItem | undefined,
  wanted: Chosen,
  known: Chosen,
): Diagnostic {
  if (!wanted.library && !known.library) return twoFiles(name, wanted.file, known.file);
  const own = wanted.library ? known : wanted;
  const at = byLibrary ? known.item : item;
  return error(
    'Q0112',
    at?.path.span ?? head(own.file),
    `\`${name}\` is ${own.file.path} here, and a module of the library elsewhere in this program`,
    {
      label: "this file has the name of the library's module",
      hints: [`call ${own.file.path} something else: modules of the library need theirs`],
    },
  );
}

export const instead = (name: string, item: RequireItem, file: SourceFile): Diagnostic =>
  warning('Q0113', item.path.span, `\`${name}\` is ${file.path} here, not the module of the library`, {
    hints: [`if the library's is meant, call ${file.path} something else`],
  });

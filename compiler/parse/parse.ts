/**
 * Parse: from a source file to the abstract syntax of a module. A file is cut into top-level items and each is matched
 * by itself, so that every item can report its own syntax error.
 * Invariant: `parse` never throws, whatever the text; what it returns holds every item that could be parsed.
 */
import type { MatchResult } from 'ohm-js';
import type { Item, Module, Name, Node } from '../ast/ast.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { error } from '../diagnostics/diagnostic.js';
import type { SourceFile } from '../source/source.js';
import { span } from '../source/source.js';
import { aliases } from './build/aliases.js';
import { buildItems } from './build/build.js';
import type { Cut, Piece } from './text/cut.js';
import { cut } from './text/cut.js';
import { explain } from './mistakes/explain.js';
import { match } from './text/grammar.js';
import { hygiene } from './text/hygiene.js';
import { DEEPEST, inSourceOrder, isDeeper, numberNodes, tooDeep } from './build/number.js';
import type { Token } from './text/tokens.js';
import { tokens } from './text/tokens.js';

export interface Parsed {
  /** Holds the items that could be parsed, all of them if there is no error. */
  readonly module: Module;
  readonly diagnostics: readonly Diagnostic[];
}

/** After so many broken items the rest of the file is not read: it is hardly a program. */
const MOST_BROKEN = 50;

export function parse(file: SourceFile): Parsed {
  const all = tokens(file);
  const found = cut(file, all);
  const items: Item[] = [];
  const nodes: Node[] = [];
  const diagnostics: Diagnostic[] = [...hygiene(file, all)];
  const wrapper = found.wrapper && wrapperName(file, found.wrapper, nodes, diagnostics);
  let broken = 0;
  let index = 0;
  while (index < found.pieces.length && broken < MOST_BROKEN) {
    const { used, parsed } = parsePiece(file, all, found.pieces, index);
    index += used;
    if (parsed.problems.length > 0) broken++;
    // Not spread into `push`: one item may have more nodes than a call may have arguments.
    for (const item of parsed.items) items.push(item);
    for (const node of parsed.nodes) nodes.push(node);
    for (const problem of parsed.problems) diagnostics.push(problem);
  }
  const unread = found.pieces[index];
  if (unread !== undefined) diagnostics.push(givenUp(file, unread, found.pieces.length - index));
  const read = aliases(items, nodes);
  const module: Module = {
    id: 0,
    span: span(file, 0, file.text.length),
    ...(wrapper && { wrapper }),
    items: read.items,
    idCount: numberNodes(read.nodes, 1),
  };
  return { module, diagnostics };
}

const givenUp = (file: SourceFile, unread: Piece, left: number): Diagnostic =>
  error(
    'Q0028',
    span(file, unread.start, unread.start + file.line(file.position(unread.start).line).trimEnd().length),
    `the rest of the file is not read: ${MOST_BROKEN} definitions above are broken already`,
    {
      label: left === 1 ? 'one more starts here' : `${left} more start here`,
      hints: ['mend those above first; the rest is read when fewer are broken'],
    },
  );

function wrapperName(
  file: SourceFile,
  wrapper: NonNullable<Cut['wrapper']>,
  nodes: Node[],
  diagnostics: Diagnostic[],
): Name {
  if (wrapper.end === undefined)
    diagnostics.push(
      error('Q0002', span(file, wrapper.word.start, wrapper.word.end), 'this `module` has no `end`', {
        label: 'opened here and never closed',
        hints: ['add `end` as the last line, or leave `module` out: a file is a module by itself'],
      }),
    );
  const name: Name = { id: 0, span: span(file, wrapper.name.start, wrapper.name.end), text: wrapper.name.text };
  nodes.push(name);
  return name;
}

interface ParsedPiece {
  readonly items: readonly Item[];
  readonly nodes: readonly Node[];
  readonly problems: readonly Diagnostic[];
}

/** Parses the piece at `index`, with so many of the following ones as it takes to complete its block. */
function parsePiece(
  file: SourceFile,
  all: readonly Token[],
  pieces: readonly Piece[],
  index: number,
): { readonly used: number; readonly parsed: ParsedPiece } {
  const piece = pieces[index]!;
  try {
    const alone = match(file.text.slice(piece.start, piece.end), 'Piece');
    if (alone.succeeded()) return { used: 1, parsed: build(file, all, piece, alone) };
    const joined = join(file, all, pieces, index, alone);
    if (joined !== undefined) return joined;
    const problem = explain(file, all, piece, alone);
    return { used: 1, parsed: { items: [], nodes: [], problems: [problem] } };
  } catch (thrown) {
    // The host's stack is the only limit of the grammar's recursion.
    if (!(thrown instanceof RangeError)) throw thrown;
    return { used: 1, parsed: { items: [], nodes: [], problems: [tooDeep(file, all, piece)] } };
  }
}

/**
 * A block whose lines are not indented looks like several pieces. If a piece lacks only its end, it is tried with the
 * following ones, twice as many each time, for as long as that gets further.
 */
function join(
  file: SourceFile,
  all: readonly Token[],
  pieces: readonly Piece[],
  index: number,
  alone: MatchResult,
): { readonly used: number; readonly parsed: ParsedPiece } | undefined {
  const piece = pieces[index]!;
  let end = piece.end;
  let failed = alone;
  for (let used = 2; failsAtEnd(file, piece.start, end, failed); used = 2 * used) {
    const last = Math.min(index + used, pieces.length) - 1;
    const whole = { start: piece.start, end: pieces[last]!.end };
    if (whole.end <= end) return undefined;
    const tried = match(file.text.slice(whole.start, whole.end), 'Piece');
    if (tried.succeeded()) return { used: last - index + 1, parsed: build(file, all, whole, tried) };
    if (piece.start + positionOf(tried) <= end) return undefined;
    end = whole.end;
    failed = tried;
  }
  return undefined;
}

const positionOf = (failed: MatchResult): number => (failed.failed() ? failed.getRightmostFailurePosition() : 0);

const failsAtEnd = (file: SourceFile, start: number, end: number, failed: MatchResult): boolean =>
  /^(?:[\s;]|#[^\n]*)*$/.test(file.text.slice(start + positionOf(failed), end));

function build(file: SourceFile, all: readonly Token[], piece: Piece, found: MatchResult): ParsedPiece {
  const made: Node[] = [];
  const problems: Diagnostic[] = [];
  const forgotten = new Set<Node>();
  const items = buildItems(found, {
    file,
    base: piece.start,
    nodes: made,
    forgotten,
    problems,
    parenthesised: new WeakSet(),
  });
  const nodes = inSourceOrder(made.filter((node) => !forgotten.has(node)));
  if (isDeeper(items, DEEPEST)) return { items: [], nodes: [], problems: [tooDeep(file, all, piece)] };
  return { items, nodes, problems };
}

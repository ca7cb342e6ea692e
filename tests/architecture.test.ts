/**
 * The walls of the house: which folder may import which, who alone may do what, and how long a file may be.
 * A rule that no longer fits is changed here, in a commit of its own, together with ARCHITECTURE.md.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const ROOMS = ['compiler', 'runtime', 'stdlib', 'embedding', 'cli', 'tools'];
const MAX_LINES = 350;

interface SourceText {
  readonly file: string;
  readonly text: string;
  readonly imports: readonly { readonly target: string; readonly typeOnly: boolean }[];
}

function importsOf(file: string, text: string): SourceText['imports'] {
  const found = [];
  for (const match of text.matchAll(
    /^\s*(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|import\('([^']+)'\)/gm,
  )) {
    const target = match[2] ?? match[3] ?? match[4]!;
    const resolved = target.startsWith('.')
      ? path.relative(root, path.resolve(root, path.dirname(file), target))
      : target;
    found.push({ target: resolved, typeOnly: match[1] !== undefined });
  }
  return found;
}

const sources: SourceText[] = ROOMS.flatMap((room) => {
  const entries = readdirSync(path.join(root, room), { recursive: true, withFileTypes: true });
  return entries
    .filter((e) => e.isFile() && e.name.endsWith('.ts'))
    .map((e) => {
      const file = path.relative(root, path.join(e.parentPath, e.name));
      const text = readFileSync(path.join(root, file), 'utf8');
      return { file, text, imports: importsOf(file, text) };
    });
});

/** Folder -> the folders (or packages) of the project it may import; a folder may always import itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'compiler/source': [],
  'compiler/diagnostics': ['compiler/source'],
  'compiler/ast': ['compiler/source'],
  'compiler/parse': ['compiler/source', 'compiler/diagnostics', 'compiler/ast', 'grammar'],
  'compiler/resolve': ['compiler/source', 'compiler/diagnostics', 'compiler/ast', 'compiler/types'],
  'compiler/types': ['compiler/source', 'compiler/diagnostics', 'compiler/ast', 'compiler/resolve', 'runtime/bytecode'],
  'compiler/patterns': [
    'compiler/source',
    'compiler/diagnostics',
    'compiler/ast',
    'compiler/resolve',
    'compiler/types',
  ],
  'compiler/protocol/decide': [],
  'compiler/protocol': [
    'compiler/source',
    'compiler/diagnostics',
    'compiler/ast',
    'compiler/resolve',
    'compiler/types',
    'compiler/protocol/decide',
  ],
  'compiler/codegen': [
    'compiler/source',
    'compiler/ast',
    'compiler/resolve',
    'compiler/types',
    'compiler/patterns',
    'compiler/protocol',
    'runtime/bytecode',
  ],
  compiler: ['compiler', 'runtime/bytecode', 'runtime/verify'],
  'runtime/values': [],
  'runtime/bytecode': ['runtime/values'],
  'runtime/verify': ['runtime/bytecode', 'runtime/values'],
  'runtime/process': ['runtime/values', 'runtime/bytecode'],
  'runtime/engine': ['runtime/values', 'runtime/bytecode', 'runtime/verify', 'runtime/process', 'runtime/host'],
  runtime: ['runtime'],
  stdlib: ['runtime'],
  embedding: ['compiler', 'runtime', 'stdlib'],
  cli: ['compiler', 'runtime', 'stdlib', 'tools'],
  tools: ['compiler', 'runtime', 'stdlib', 'embedding', 'cli'],
};

const roomOf = (file: string): string =>
  Object.keys(MAY_IMPORT)
    .filter((room) => file === room || file.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0]!;

const isOurs = (target: string): boolean =>
  /^(compiler|runtime|stdlib|embedding|cli|tools|grammar|index)\b/.test(target);

describe('the house', () => {
  it('has source files to judge', () => expect(sources.length).toBeGreaterThan(10));

  it('lets data flow one way: each folder imports only what its row allows', () => {
    const broken = sources.flatMap(({ file, imports }) => {
      const room = roomOf(file);
      return imports
        .filter(({ target }) => isOurs(target) && roomOf(target) !== room)
        .filter(({ target }) => !MAY_IMPORT[room]!.some((allowed) => target.startsWith(`${allowed}/`)))
        .map(({ target }) => `${file} imports ${target}`);
    });
    expect(broken).toEqual([]);
  });

  it('keeps the compiler out of the runtime', () => {
    const broken = sources.filter(
      (s) => s.file.startsWith('runtime/') && s.imports.some((i) => /^(compiler|cli|tools|stdlib)\//.test(i.target)),
    );
    expect(broken.map((s) => s.file)).toEqual([]);
  });

  it('lets parse alone know Ohm', () => {
    const broken = sources.filter(
      (s) =>
        !s.file.startsWith('compiler/parse/') &&
        s.imports.some((i) => i.target.startsWith('ohm-js') || i.target.startsWith('grammar/')),
    );
    expect(broken.map((s) => s.file)).toEqual([]);
  });

  it('never lets the engine know the scheduler', () => {
    const broken = sources.filter(
      (s) => s.file.startsWith('runtime/engine/') && s.imports.some((i) => i.target.startsWith('runtime/scheduler/')),
    );
    expect(broken.map((s) => s.file)).toEqual([]);
  });

  it('keeps fp-ts at the seams, out of the machine', () => {
    const broken = sources.filter(
      (s) =>
        /^runtime\/(engine|scheduler|process|values)\//.test(s.file) &&
        s.imports.some((i) => i.target.startsWith('fp-ts')),
    );
    expect(broken.map((s) => s.file)).toEqual([]);
  });

  it('keeps the core free of Node: the compiler and the machine also run in a browser worker', () => {
    const core = /^(compiler\/|runtime\/(?!link\/)|embedding\/|stdlib\/(pure|browser)\.ts)/;
    const broken = sources.filter((s) => core.test(s.file) && s.imports.some((i) => i.target.startsWith('node:')));
    expect(broken.map((s) => s.file)).toEqual([]);
  });

  it('lets passes hand on data, never print', () => {
    const broken = sources.filter(
      (s) => /^(compiler|runtime)\//.test(s.file) && /\bconsole\.|process\.(stdout|stderr)/.test(s.text),
    );
    expect(broken.map((s) => s.file)).toEqual([]);
  });

  it('keeps the pipeline on one page', () => {
    const pipeline = sources.find((s) => s.file === 'compiler/pipeline.ts');
    expect(pipeline?.text.split('\n').length ?? 1000).toBeLessThan(100);
  });

  it(`keeps files under ${MAX_LINES} lines, each opening with a paragraph`, () => {
    const long = sources
      .filter((s) => s.text.split('\n').length > MAX_LINES)
      .map((s) => `${s.file}: ${s.text.split('\n').length}`);
    const silent = sources
      .filter((s) => !/^(#!.*\n)?\/\*\*|^(#!.*\n)?\/\//.test(s.text))
      .map((s) => `${s.file} opens without a paragraph`);
    expect([...long, ...silent]).toEqual([]);
  });
});

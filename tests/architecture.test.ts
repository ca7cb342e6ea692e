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
  'compiler/owned': ['compiler/source', 'compiler/diagnostics', 'compiler/ast', 'compiler/resolve', 'compiler/types'],
  'compiler/protocol/decide': [],
  'compiler/protocol': [
    'compiler/source',
    'compiler/diagnostics',
    'compiler/ast',
    'compiler/resolve',
    'compiler/types',
    'compiler/protocol/decide',
    'runtime/bytecode',
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

/**
 * Rooms with wings, uppermost first: a file imports from its own wing and from those below. Files of the room itself stand
 * above all its wings. Each of these rooms has a README that names them.
 */
const WINGS: Record<string, readonly string[]> = {
  'compiler/parse': ['mistakes', 'build', 'text'],
  'compiler/types': ['infer', 'say', 'module', 'solve'],
  'compiler/protocol': ['say', 'whole', 'written', 'global', 'compose', 'decide', 'automaton', 'code'],
  'compiler/codegen': ['forms', 'talk', 'body', 'image'],
  'runtime/verify': ['rows', 'flow', 'state', 'module', 'terms'],
  cli: ['commands', 'protocols', 'run', 'files', 'terminal', 'effects'],
};

/** More source files than this in one folder hide what it is made of. */
const MAX_FILES = 24;

/** Rooms whose walls have not been moved yet: they may not grow, and are taken off this list when they have wings. */
const CROWDED: Record<string, number> = { 'runtime/link': 30, stdlib: 32 };

/** Circles of files that stand: nouns that speak of one another, and rooms of the machine that are still to be cut. */
const CIRCLES = /^(compiler\/ast|runtime)\//;

/** Files that import one another, directly or through others. */
function circlesOf(files: readonly SourceText[]): string[][] {
  const byFile = new Map(files.map((s) => [s.file, s.imports.map((i) => i.target.replace(/\.js$/, '.ts'))]));
  const reach = (from: string): Set<string> => {
    const seen = new Set<string>();
    const open = [...(byFile.get(from) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next) || !byFile.has(next)) continue;
      seen.add(next);
      open.push(...byFile.get(next)!);
    }
    return seen;
  };
  const reached = new Map([...byFile.keys()].map((file) => [file, reach(file)]));
  const seen = new Set<string>();
  return [...byFile.keys()].flatMap((file) => {
    if (seen.has(file) || !reached.get(file)!.has(file)) return [];
    const circle = [...reached.get(file)!].filter((other) => reached.get(other)!.has(file)).sort();
    circle.forEach((other) => seen.add(other));
    return [circle];
  });
}

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

  it('lets wings import what is below them only', () => {
    const broken = Object.entries(WINGS).flatMap(([room, wings]) => {
      const floor = (file: string): number => {
        const inside = path.relative(room, file).split(path.sep);
        return inside.length === 1 ? -1 : wings.indexOf(inside[0]!);
      };
      return sources
        .filter((s) => s.file.startsWith(`${room}/`))
        .flatMap(({ file, imports }) =>
          imports
            .filter(({ target }) => target.startsWith(`${room}/`) && floor(target) < floor(file))
            .map(({ target }) => `${file} imports ${target}, which is above it`),
        );
    });
    expect(broken).toEqual([]);
  });

  it.each(Object.entries(WINGS))('has a page in %s that names its wings', (room, wings) => {
    const folders = readdirSync(path.join(root, room), { withFileTypes: true }).filter((e) => e.isDirectory());
    expect(folders.map((e) => e.name).sort()).toEqual([...wings].sort());
    const page = readFileSync(path.join(root, room, 'README.md'), 'utf8');
    expect(wings.filter((wing) => !page.includes(`\`${wing}/\``))).toEqual([]);
  });

  it('has no circle of files', () => {
    const judged = sources.filter((s) => !CIRCLES.test(s.file));
    expect(circlesOf(judged)).toEqual([]);
    const a = { file: 'a.ts', text: '', imports: [{ target: 'b.js', typeOnly: true }] };
    const b = { file: 'b.ts', text: '', imports: [{ target: 'a.js', typeOnly: false }] };
    expect(circlesOf([a, b])).toEqual([['a.ts', 'b.ts']]);
  });

  it(`holds at most ${MAX_FILES} source files in a folder`, () => {
    const counts = new Map<string, number>();
    for (const { file } of sources) counts.set(path.dirname(file), (counts.get(path.dirname(file)) ?? 0) + 1);
    const crowded = [...counts].filter(([folder, n]) => n > (CROWDED[folder] ?? MAX_FILES));
    expect(crowded).toEqual([]);
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

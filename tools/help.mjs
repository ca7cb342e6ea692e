// `npm run help`: the scripts of package.json with what each is for. Invariant: lists every script but those npm calls by itself
// (tests/docs/house.test.ts).
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const SCRIPTS = {
  build: 'grammar, compiler output, bundle and library, into dist/',
  grammar: 'the parser from grammar/*.ohm, after a change there',
  compile: 'TypeScript alone',
  bundle: 'the command line in one file, the library compiled, the file for browsers',
  typecheck: 'the types of everything, tests included',
  lint: 'eslint and prettier, as .ci/run asks for them',
  format: 'prettier writes',
  test: 'all tests; one file: npx vitest run tests/spec.test.ts; one program: npx vitest run tests/spec.test.ts -t pools/take',
  fuzz: 'the random searches: all for a short while, or one as long as you like: npm run fuzz -- programs 3000 1 300',
  'docs:library': 'docs/library.md from the comments of stdlib/*.qz',
  bench: 'the machine beside Erlang (-- --quick for a first look)',
  'bench:io': 'HTTP, TCP, lines, files, JSON, sorting, maps beside Node and Erlang',
  'bench:check': 'the protocol checker on families that grow',
  'bench:compile': 'the compiler on programs that grow',
  'bench:engines': 'the two engines beside each other',
  'bench:plot': 'the plots of docs/plots from the last figures',
  soak: 'a machine for a long time: memory and threads stay flat',
  'soak:servers': 'servers with many clients that come, misbehave and go',
  release: 'a version: npm run release -- 0.2.0; npm run release -- --try packs and tries what would be released',
  help: 'this list',
};

if (process.argv[1] === import.meta.filename) {
  const root = path.resolve(import.meta.dirname, '..');
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const width = Math.max(...Object.keys(SCRIPTS).map((name) => name.length));
  for (const [name, text] of Object.entries(SCRIPTS))
    if (name in scripts) console.log(`${name.padEnd(width)}  ${text}`);
}

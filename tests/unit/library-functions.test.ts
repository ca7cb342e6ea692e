/** The list of the library's functions of the host is what the library declares and what a platform has, no more and no less. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parse } from '../../compiler/parse/parse.js';
import { SourceFile } from '../../compiler/source/source.js';
import { libraryFunction, libraryFunctions } from '../../runtime/bytecode/library.js';
import { standardFunctions } from '../../runtime/host/standard.js';
import { threadFunctions } from '../../runtime/host/threads.js';
import { nodeModules } from '../../stdlib/node.js';
import { root } from '../support/compile.js';

const names = libraryFunctions().map((h) => h.name);

/** No program can call these: handlers do. */
const byTheCompiler = ['std::_mark', 'std::_let_go', 'std::_let_go_since'];

it('has what the sources of the library declare', () => {
  const folder = path.join(root, 'stdlib');
  const declared = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.qz'))
    .flatMap((f) => {
      const module = f.slice(0, -3).split(path.sep).join('::');
      const { items } = parse(new SourceFile(f, readFileSync(path.join(folder, f), 'utf8'))).module;
      return items.flatMap((i) => (i.kind === 'extern-fun' ? [`${module}::${i.name.text}`] : []));
    });
  expect([...names].sort()).toEqual([...declared, ...byTheCompiler].sort());
});

it('has what the machine and the platform do', () => {
  const never = (): never => {
    throw new Error('nothing is called here');
  };
  const system = { capabilities: never, env: {}, stdin: never, stderr: never } as never;
  const done = [
    ...Object.keys(standardFunctions),
    ...Object.keys(threadFunctions),
    ...Object.entries(nodeModules(system)).flatMap(([m, all]) => Object.keys(all).map((f) => `${m}::${f}`)),
  ];
  expect([...new Set(done)].sort()).toEqual([...names].sort());
});

it('knows nothing else', () => {
  for (const name of [
    'list::toString',
    'list::__proto__',
    '__proto__::x',
    'constructor::x',
    'list',
    '',
    'thread::enqueue',
  ])
    expect(libraryFunction(name)).toBeUndefined();
});

it('reads types with commas inside', () => {
  expect(libraryFunction('process::_run')).toEqual({
    name: 'process::_run',
    params: ['string', 'list<string>', 'string'],
    result: 'result<(int, string, string), string>',
    async: true,
  });
  expect(libraryFunction('map::set')?.params).toEqual(['map<a, b>', 'a', 'b']);
  expect(libraryFunction('std::args')?.params).toEqual([]);
});

/**
 * Every example in the comments of the standard library holds: each `expr == expr` is compiled, run and must be true.
 * Examples that only do something must compile, and those of `std` run.
 */
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { libraryDocs } from '../../tools/docgen/modules.js';
import { root } from '../support/compile.js';
import { runProgram } from '../support/program.js';

const modules = libraryDocs(path.join(root, 'stdlib'));
const requires = modules.map(
  (m) => `require ${m.name}${m.name.includes('::') ? ` as ${m.name.split('::').at(-1)!}` : ''}`,
);
const isAction = (example: string): boolean => !example.includes(' == ');
/** What needs another node or a file that is there can only be compiled. */
const isRun = (example: string): boolean => !isAction(example) || example.startsWith('std::');

/** A function for each example, and a `main` that prints the number of each and whether it holds. */
function programOf(examples: readonly string[]): string {
  const functions = examples.map((e, i) =>
    isAction(e)
      ? `fun _example{i}()\n  ${e}\n  true\nend`.replace('{i}', `${i}`)
      : `fun _example${i}() -> bool\n  ${e}\nend`,
  );
  const call = (i: number): string =>
    `  let r${i} = try\n    "{_example${i}()}"\n  catch e\n    "{e}"\n  end\n  std::print("@${i} {r${i}}")`;
  const calls = examples.flatMap((e, i) => (isRun(e) ? [call(i)] : []));
  return `${requires.join('\n')}\n\n${functions.join('\n\n')}\n\nfun main()\n${calls.join('\n')}\nend\n`;
}

describe('examples of the standard library', () => {
  it('are many, in most modules', () => {
    expect(modules.flatMap((m) => m.items.flatMap((i) => i.examples)).length).toBeGreaterThan(180);
    expect(modules.filter((m) => m.items.some((i) => i.examples.length > 0)).length).toBeGreaterThan(15);
  });

  // One program for all: the library is compiled once.
  const all = modules.flatMap((m) =>
    m.items.flatMap((i) => i.examples.map((example) => ({ module: m.name, example }))),
  );
  const said = new Map<number, string>();
  beforeAll(async () => {
    const ran = await runProgram(programOf(all.map((e) => e.example)), { name: 'examples' });
    expect(ran.end.failures).toEqual([]);
    for (const m of ran.output.matchAll(/^@(\d+) (.*)$/gm)) said.set(Number(m[1]), m[2]!);
  });

  it.each([...new Set(all.map((e) => e.module))])('%s', (name) => {
    const wrong = all.flatMap((e, i) =>
      e.module !== name || !isRun(e.example) || said.get(i) === 'true' ? [] : `${e.example} gives ${said.get(i)}`,
    );
    expect(wrong).toEqual([]);
  });
});

describe('the documentation', () => {
  it('introduces every module', () => {
    expect(modules.filter((m) => m.introduction.length === 0).map((m) => m.name)).toEqual([]);
  });

  it('says what every function is for', () => {
    const silent = modules.flatMap((m) =>
      m.items.filter((i) => i.kind === 'function' && i.prose.join('').trim() === '').map((i) => `${m.name}::${i.name}`),
    );
    expect(silent).toEqual([]);
  });
});

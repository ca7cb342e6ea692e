/**
 * The type printed for a session is accepted as its annotation, but where it says what types cannot be written with: a choice
 * between different actions (`|`), `Fail`, or a variable, which in an annotation stands for every type.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderAutomaton } from '../../compiler/protocol/written/render.js';
import { compileOne, root } from '../support/compile.js';

const FOLDERS = ['examples/protocols', 'tests/spec/sessions', 'tests/spec/protocol', 'tests/spec/pools'];
const UNWRITABLE = /\||Fail|Down|service|\b[a-z]\b(?=[,)])|\d[.{]/;

interface Annotated {
  readonly of: string;
  readonly text: string;
  readonly before: readonly string[];
}

const annotated = FOLDERS.flatMap((folder) => readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`))
  .filter((file) => file.endsWith('.qz'))
  .sort()
  .flatMap((file): Annotated[] => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const built = compileOne(text);
    const before = built.diagnostics.map((d) => d.code).sort();
    return [...(built.modules.at(-1)?.protocols?.automata.values() ?? [])].flatMap((a) => {
      const header = new RegExp(`^session ${a.name}(?:\\([^\\n:]*\\))?$`, 'm').exec(text)?.[0];
      const type = renderAutomaton(a);
      // A pool in a message has a name in what is printed, and no way to be written.
      const pooled = a.states.some((s) =>
        s.edges.some((e) => 'payload' in e && e.payload.some((p) => p.carried.kind === 'pool')),
      );
      if (pooled || !a.key.startsWith('main::') || header === undefined || UNWRITABLE.test(type)) return [];
      return [{ of: `${a.name} of ${file}`, text: text.replace(header, () => `${header} : ${type}`), before }];
    });
  });

describe('a printed type as annotation', () => {
  it('is tried of many sessions', () => expect(annotated.length).toBeGreaterThan(100));

  it.each(annotated)('$of', ({ text, before }) => {
    expect(
      compileOne(text)
        .diagnostics.map((d) => d.code)
        .sort(),
    ).toEqual(before);
  });
});

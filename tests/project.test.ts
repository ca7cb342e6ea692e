/** Projects: made, run, tested, built, cleaned; the cache; modules of several files; the project file's mistakes. */
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Folder, eachInAFolder } from './support/cli.js';

let here: Folder;
eachInAFolder((folder) => (here = folder.ofUser()));

const manifest = (more: object = {}): string => JSON.stringify({ name: 'shapes', version: '1.0.0', ...more });

describe('a project', () => {
  it('is made with a program and a test that pass', async () => {
    expect((await here.run(['new', 'hello'])).code).toBe(0);
    const inside = here.inside('hello');
    expect(await inside.run(['run'])).toMatchObject({ code: 0, out: 'Hello, world!\n', err: '' });
    expect(await inside.run(['run', 'main.qz', 'Ada'])).toMatchObject({ code: 0, out: 'Hello, Ada!\n' });
    expect(await inside.run(['test'])).toMatchObject({ code: 0, out: '1 passed, 0 failed\n' });
    expect((await here.run(['new', 'hello'])).err).toBe('error: hello exists already\n');
    expect((await here.run(['new', 'Hello'])).code).toBe(2);
    here.write('taken', 'a file');
    expect((await here.run(['new', 'taken'])).err).toBe('error: taken exists already\n');
    mkdirSync(path.join(here.path, 'vacant'));
    expect((await here.run(['new', 'vacant'])).code).toBe(0);
  });

  it('names modules by folders, and takes others from dependencies', async () => {
    here
      .write('app/quartz.json', manifest({ dependencies: { units: '../units' } }))
      .write(
        'app/main.qz',
        'require shapes::circle as circle\nrequire units::length\n\nfun main()\n  std::print(circle::area(2))\n  std::print(units::length::double(4))\nend\n',
      )
      .write('app/shapes/circle.qz', 'require shapes::square as square\n\nfun area(r)\n  square::of(r) * 3\nend\n')
      .write('app/shapes/square.qz', 'fun of(x : int) -> int\n  x * x\nend\n')
      .write('units/length.qz', 'fun double(x : int) -> int\n  x * 2\nend\n');
    expect(await here.inside('app').run(['run'])).toMatchObject({ code: 0, out: '12\n8\n', err: '' });
  });

  it('reports a circle of modules with the whole chain, and an unknown module with a suggestion', async () => {
    here
      .write('quartz.json', manifest())
      .write('main.qz', 'require a\nrequire lists\n\nfun main()\nend\n')
      .write('a.qz', 'require b\n')
      .write('b.qz', 'require a\n');
    const said = await here.run(['check', 'main.qz']);
    expect(said.code).toBe(1);
    expect(said.err).toContain('error[Q0151]: modules require each other in a circle: `a` -> `b` -> `a`');
    expect(said.err).toContain('error[Q0103]: there is no module `lists`');
    expect(said.err).toContain('did you mean `list`?');
  });

  it('says what is wrong with its project file', async () => {
    const problem = async (text: string): Promise<string> => (await here.write('quartz.json', text).run(['build'])).err;
    expect(await problem('{')).toContain('quartz.json is not JSON');
    expect(await problem('[]')).toContain('must be an object');
    expect(await problem('{"name": "x"}')).toContain('"version" is missing');
    expect(await problem(manifest({ entry: 3 }))).toContain('"entry" must be a string');
    expect(await problem(manifest({ entri: 'a.qz' }))).toContain('there is no setting "entri"');
    expect((await new Folder().run(['build'])).err).toContain('there is no quartz.json');
  });

  it('builds into build/ and cleans up', async () => {
    here.write('quartz.json', manifest()).write('main.qz', 'fun main()\n  std::print(1)\nend\n');
    expect((await here.run(['build'])).code).toBe(0);
    expect(await here.run(['run', 'build/main.qzb'])).toMatchObject({ code: 0, out: '1\n' });
    expect((await here.run(['clean'])).code).toBe(0);
    expect(here.read('build/main.qzb')).toBeUndefined();
    expect(here.read('.quartz-cache/main.qzc')).toBeUndefined();
  });
});

describe('the cache', () => {
  const program = (n: number): string => `require helper\n\nfun main()\n  std::print(helper::value() + ${n})\nend\n`;

  it('is used while nothing changed, and never when something did', async () => {
    here.write('quartz.json', manifest()).write('main.qz', program(1)).write('helper.qz', 'fun value()\n  1\nend\n');
    expect((await here.run(['run'])).out).toBe('2\n');
    const kept = here.read('.quartz-cache/helper.qzc');
    expect(kept).toBeDefined();
    expect((await here.run(['run'])).out).toBe('2\n');
    here.write('helper.qz', 'fun value()\n  10\nend\n');
    expect((await here.run(['run'])).out).toBe('11\n');
    expect(here.read('.quartz-cache/helper.qzc')).not.toEqual(kept);
    here.write('helper.qz', 'fun value()\n  "ten"\nend\n');
    expect((await here.run(['run'])).err).toContain('error[Q0201]');
  });

  it('is not trusted: damaged entries are made again', async () => {
    here.write('quartz.json', manifest()).write('main.qz', program(1)).write('helper.qz', 'fun value()\n  1\nend\n');
    await here.run(['run']);
    const entry = Uint8Array.from(here.read('.quartz-cache/helper.qzc')!);
    for (const at of [0, 20, 60, Math.floor(entry.length / 2), entry.length - 1]) {
      here.write(
        '.quartz-cache/helper.qzc',
        entry.map((byte, i) => (i === at ? byte ^ 0x41 : byte)),
      );
      expect(await here.run(['run'])).toMatchObject({ code: 0, out: '2\n', err: '' });
    }
    here.write('.quartz-cache/helper.qzc', 'nonsense');
    expect(await here.run(['run'])).toMatchObject({ code: 0, out: '2\n', err: '' });
  });
});

describe('quartz test', () => {
  const tests = `require test

fun half(n)
  n / 2
end

test "halves"
  test::equal(half(4), 2)
end

test "is wrong"
  std::print("on the way")
  test::equal(half(5), 3)
end

test "sleeps an hour in no time"
  std::wait(3600000)
end

test "fails"
  half(1 / 0)
end
`;

  it('prints what failed with values and lines, and filters', async () => {
    here.write('half.qz', tests);
    const said = await here.run(['test']);
    expect(said).toMatchObject({ code: 1, out: '2 passed, 2 failed\n' });
    expect(said.err).toContain('FAILED half: is wrong\n  expected 3\n  but got  2\n');
    expect(said.err).toContain('half.qz:13');
    expect(said.err).toContain('| on the way');
    expect(said.err).toContain('DivideByZero');
    expect(await here.run(['test', '--filter', 'halves'])).toMatchObject({ code: 0, out: '1 passed, 0 failed\n' });
  });

  describe('runs the same tests', () => {
    const equal = (n: number): string => `test::equal(${n}, ${n})`;
    const outer = `require test\nrequire parts::inner as inner\n\ntest "outer"\n  test::equal(inner::one(), 1)\nend\n`;
    const inner = `require test\n\nfun one()\n  1\nend\n\ntest "inner"\n  ${equal(2)}\nend\n`;
    const project = (): Folder =>
      here
        .write('a project/quartz.json', manifest())
        .write('a project/main.qz', outer)
        .write('a project/parts/inner.qz', inner)
        .write('a project/parts/deep/plain.qz', 'fun two()\n  2\nend\n')
        .write('other/alone.qz', `require test\n\ntest "alone"\n  ${equal(3)}\nend\n`);
    const passed = (n: number): object => ({ code: 0, out: `${n} passed, 0 failed\n`, err: '' });

    it('however a file, a folder or the project is named', async () => {
      const top = project().inside('a project');
      const link = path.join(here.path, 'link');
      symlinkSync(top.path, link);
      const main = path.join(top.path, 'main.qz');
      for (const [from, words, n] of [
        [top, [], 2],
        [top.inside('parts'), [], 2],
        [top.inside('parts/deep'), [], 2],
        [top, ['.'], 2],
        [here, ['a project'], 2],
        [here, [top.path], 2],
        [here, ['link'], 2],
        [top, ['parts'], 1],
        [top, ['parts', 'main.qz'], 2],
        [top, [main], 1],
        [top, ['./main.qz', 'main.qz'], 1],
        [top.inside('parts'), ['../main.qz'], 1],
        [here, [path.join(link, 'main.qz')], 1],
        [new Folder(link), ['main.qz'], 1],
        [top, ['../other/alone.qz'], 1],
        [top, ['../other', 'main.qz', path.join(top.path, 'parts/inner.qz')], 3],
        [top.inside('parts'), ['--filter', 'outer'], 1],
      ] as const)
        expect(await from.run(['test', ...words]), words.join(' ')).toMatchObject(passed(n));
      // The other commands that are about the files that were named find them in the same way.
      expect((await here.run(['check', 'a project/parts'])).code).toBe(0);
      expect((await here.run(['quartzc', main])).code).toBe(0);
      expect(top.read('main.qzb')).toBeDefined();
      expect((await here.run(['types', path.join(top.path, 'parts/inner.qz')])).out).toBe('one : () -> int\n');
    });

    it('and none at all is no success', async () => {
      const top = project().inside('a project');
      const nothing = async (from: Folder, ...words: string[]): Promise<string> => {
        const said = await from.run(['test', ...words]);
        expect(said.code, words.join(' ')).toBe(1);
        return said.err;
      };
      expect(await nothing(top, '--filter', 'nowhere')).toBe('error: no test has "nowhere" in its title\n');
      expect(await nothing(top, 'main.qz', '--filter', 'inner')).toBe('error: no test has "inner" in its title\n');
      const plain = 'parts/deep/plain.qz';
      expect(await nothing(top, plain)).toBe(`error: there are no tests in ${plain}\n`);
      expect(await nothing(top, 'parts/deep', 'main.qz')).toBe('error: there are no tests in parts/deep\n');
      expect((await top.run(['test', plain, 'main.qz'])).out).toBe('1 passed, 0 failed\n');
      expect(await nothing(top, 'parts/gone.qz')).toBe('error: there is no file parts/gone.qz\n');
      expect(await nothing(here.write('empty/readme', 'none').inside('empty'))).toBe(
        'error: there are no tests in this folder\n',
      );
    });
  });

  it('runs functions of the user’s own ES modules, as far as flags allow the rest', async () => {
    here
      .write('lib/double.mjs', 'export const double = (n) => 2 * n;\nexport const later = async (n) => n + 1;\n')
      .write(
        'own.qz',
        `require env
require test

extern fun double(n : int) -> int from "./lib/double.mjs"
extern async fun later(n : int) -> int from "./lib/double.mjs"

test "doubles"
  test::equal(double(21), 42)
  test::equal(later(1), 2)
end

test "asks the environment"
  test::equal(env::get("LANGUAGE_OF_TESTS"), Some("quartz"))
end
`,
      );
    const env = { LANGUAGE_OF_TESTS: 'quartz' };
    expect((await here.run(['test', 'own.qz'], '', env)).err).toContain('run with --allow-host=lib/double.mjs');
    const denied = await here.run(['test', '--allow-host', 'own.qz'], '', env);
    expect(denied).toMatchObject({ code: 1, out: '1 passed, 1 failed\n' });
    expect(denied.err).toContain('run with --allow-env=LANGUAGE_OF_TESTS');
    expect(await here.run(['test', '--allow-env', '--allow-host=lib', 'own.qz'], '', env)).toMatchObject({
      code: 0,
      out: '2 passed, 0 failed\n',
    });
    expect(
      (await here.run(['test', '--allow-host', '--explore', '2', '--filter', 'doubles', 'own.qz'], '', env)).code,
    ).toBe(0);
    const inside = here.inside('missing');
    inside.write('own.qz', 'extern fun gone() -> int from "./gone.mjs"\n\ntest "x"\n  std::print(gone())\nend\n');
    expect(await inside.run(['test', 'own.qz'])).toMatchObject({
      code: 1,
      out: '',
      err: 'error: module own takes functions from "./gone.mjs", but there is no file gone.mjs\n',
    });
  });

  it('writes JUnit XML', async () => {
    here.write('half.qz', tests);
    await here.run(['test', '--junit', 'out.xml', 'half.qz']);
    const xml = new TextDecoder().decode(here.read('out.xml'));
    expect(xml).toContain('<testsuite name="quartz" tests="4" failures="2">');
    expect(xml).toContain('<testcase classname="half" name="is wrong"');
  });
});

/**
 * Files and what may be done with them: links that lead out, dangling links, links that are swapped while a program runs, what
 * is removed, what a written file keeps. Every program stands in a folder beside one that is not its own.
 */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compile, createVm, load } from '../../index.js';
import { type Grants, NO_GRANTS } from '../../stdlib/capabilities.js';
import { READING, runProgram } from '../support/program.js';

let top = '';
let folder = '';
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), 'quartz-files-'));
  folder = path.join(top, 'in');
  mkdirSync(path.join(top, 'out/deep'), { recursive: true });
  mkdirSync(folder);
  writeFileSync(path.join(top, 'out/secret'), 'secret');
});
afterEach(() => rmSync(top, { recursive: true }));

const inner = (name: string): string => path.join(folder, name);
const outer = (name: string): string => path.join(top, 'out', name);
const WRITING: Grants = { ...READING, write: ['.'] };

/** What each line prints, or raises; files are read and written in the folder unless told otherwise. */
async function said(lines: readonly string[], grants: Grants = WRITING): Promise<string[]> {
  const body = lines.map((line) => `  say(|| std::print(${line}))\n`);
  const say = 'fun say(f : () -> ())\n  try\n    f()\n  catch e\n    std::print(e)\n  end\nend\n';
  const ran = await runProgram(`require file\n\n${say}\nfun main()\n${body.join('')}end\n`, { folder, grants });
  expect(ran.end.failures).toEqual([]);
  return ran.output.trimEnd().split('\n');
}
const done = async (lines: readonly string[], grants: Grants = WRITING): Promise<void> => {
  const answers = await said(lines, grants);
  expect(answers.filter((a) => a.startsWith('FileError'))).toEqual([]);
};

describe('what leads out of the folder', () => {
  it('is not read, listed, asked about or written, however it is written', async () => {
    symlinkSync('../out/deep', inner('step'));
    symlinkSync('step/../secret', inner('turned'));
    symlinkSync('../out/secret', inner('straight'));
    symlinkSync(outer('secret'), inner('whole'));
    symlinkSync('straight', inner('twice'));
    symlinkSync('../out', inner('beside'));
    const ways = [
      'turned',
      'straight',
      'whole',
      'twice',
      'beside/secret',
      'step/../secret',
      '../out/secret',
      outer('secret'),
    ];
    for (const way of ways) {
      const answers = await said([
        `file::read("${way}")`,
        `file::size("${way}")`,
        `file::exists("${way}")`,
        `file::write("${way}", "x")`,
        `file::append("${way}", "x")`,
      ]);
      for (const a of answers) expect(a, way).toMatch(/not allowed; run with --allow-(read|write)=/);
    }
    for (const way of ['step', 'step/..', 'beside', '..', '../out', top])
      expect((await said([`file::list("${way}")`]))[0], way).toContain('--allow-read');
    expect(readFileSync(outer('secret'), 'utf8')).toBe('secret');
  });

  it('is not made by way of links that lead to nothing', async () => {
    symlinkSync('../out/new', inner('dangling'));
    symlinkSync(outer('deep/newer'), inner('far'));
    symlinkSync('../out', inner('beside'));
    const answers = await said([
      'file::write("dangling", "x")',
      'file::append("dangling", "x")',
      'file::write("far", "x")',
      'file::make_folder("dangling")',
      'file::make_folder("beside/a/b")',
      'file::write("beside/b", "x")',
      'file::rename("beside/secret", "mine")',
      'file::remove("beside/secret")',
    ]);
    answers.splice(3, 1);
    for (const a of answers) expect(a).toContain('--allow-');
    expect(readdirSync(path.join(top, 'out')).sort()).toEqual(['deep', 'secret']);
  });

  it('is not told of: nobody learns what exists there', async () => {
    symlinkSync('../out', inner('beside'));
    const [a, b, c, d] = await said([
      'file::exists("beside/secret")',
      'file::exists("beside/nothing")',
      'file::exists("beside/no/thing")',
      'file::exists("../no/thing")',
    ]);
    for (const text of [a, b, c, d]) expect(text).toContain('--allow-read');
  });

  it('is used where links stay inside, also by way of ..', async () => {
    mkdirSync(inner('a/b/c'), { recursive: true });
    mkdirSync(inner('a/b/d'));
    writeFileSync(inner('a/b/d/f'), 'hi');
    symlinkSync('a/b/c', inner('c'));
    symlinkSync('c/../d', inner('d'));
    symlinkSync('d/new', inner('dangling'));
    await done(['file::write("dangling", "made")']);
    expect(await said(['file::read("d/f")', 'file::read("c/../d/new")', 'file::read("../in/d/f")'])).toEqual([
      'hi',
      'made',
      'hi',
    ]);
    expect(lstatSync(inner('dangling')).isSymbolicLink()).toBe(true);
  });

  it('never hangs on links that go round', async () => {
    symlinkSync('one', inner('two'));
    symlinkSync('two', inner('one'));
    symlinkSync('self/self', inner('self'));
    const answers = await said([
      'file::read("one")',
      'file::list("two/x")',
      'file::exists("self")',
      'file::write("self", "x")',
    ]);
    for (const a of answers) expect(a).toContain('too many symbolic links');
  });

  it('is not reached while somebody swaps a folder for a link', async () => {
    mkdirSync(inner('real'));
    writeFileSync(inner('real/secret'), 'own');
    const swapping = setInterval(() => {
      try {
        if (lstatSync(inner('real')).isSymbolicLink()) {
          rmSync(inner('real'));
          renameSync(inner('kept'), inner('real'));
        } else {
          renameSync(inner('real'), inner('kept'));
          symlinkSync('../out', inner('real'));
        }
      } catch {
        // The program may be in the way.
      }
    }, 0);
    const often = (line: string): string => `list::map(list::range(1, 300), |_| attempt(|| ${line}))`;
    const attempt = 'fun attempt(f : () -> string) -> string\n  try\n    f()\n  catch e\n    "{e}"\n  end\nend\n';
    const body = `std::print(${often('file::read("real/secret")')})\n  std::print(${often('"{file::write("real/secret", "own")}"')})`;
    const text = `require file\nrequire list\n\n${attempt}\nfun main()\n  ${body}\nend\n`;
    const { output: answers, end } = await runProgram(text, { folder, grants: WRITING });
    expect(end.failures).toEqual([]);
    clearInterval(swapping);
    expect(answers).toContain('"own"');
    expect(answers).not.toContain('"secret"');
    expect(readFileSync(outer('secret'), 'utf8')).toBe('secret');
    expect(readdirSync(path.join(top, 'out')).sort()).toEqual(['deep', 'secret']);
  });
});

describe('what was granted', () => {
  it('is the folder to read, for a program that was granted nothing more', async () => {
    writeFileSync(inner('f'), 'mine');
    const answers = await said(
      [
        'file::read("f")',
        'file::write("f", "x")',
        'file::remove("f")',
        'file::make_folder("g")',
        'file::rename("f", "g")',
      ],
      READING,
    );
    expect(answers[0]).toBe('mine');
    expect(answers[1]).toBe('FileError("f", "writing is not allowed; run with --allow-write=f")');
    for (const a of answers.slice(1)) expect(a).toContain('--allow-write');
    expect(readFileSync(inner('f'), 'utf8')).toBe('mine');
  });

  it('is nothing for an embedded program', async () => {
    const text =
      'require file\nrequire io\nfun main()\n  try\n    std::print(file::read("package.json"))\n  catch e\n    std::print(e)\n  end\n  try\n    std::print(io::read_line())\n  catch e\n    std::print(e)\n  end\nend\n';
    const told = async (grants: Partial<Grants>): Promise<string> => {
      let out = '';
      const vm = createVm({ grants, environment: { write: (more) => void (out += more) } });
      vm.spawnMain(load(vm, compile(text)));
      await vm.runUntilIdle();
      return out;
    };
    expect(await told({})).toMatch(/reading is not allowed[^]*reading standard input is not allowed/);
    expect(await told({ read: ['.'] })).toContain('"name": "quartz-lang"');
  });

  it('may be single files, also such as are not there yet', async () => {
    const grants = { ...READING, write: ['made.txt', '../out/deep'] };
    await done(
      ['file::write("made.txt", "1")', 'file::write("made.txt", "2")', 'file::write("../out/deep/x", "3")'],
      grants,
    );
    const answers = await said(
      ['file::write("made.txt.bak", "1")', 'file::write("../out/deeper", "1")', 'file::read("../out/deep/x")'],
      grants,
    );
    for (const a of answers) expect(a).toContain('not allowed');
    await done(['file::remove("made.txt")', 'file::remove("../out/deep/x")'], grants);
    expect([existsSync(inner('made.txt')), existsSync(outer('deep/x'))]).toEqual([false, false]);
  });

  it('is not made larger by what a program moves', async () => {
    mkdirSync(outer('deep/a'));
    const grants = { ...NO_GRANTS, write: [path.join(top, 'out/deep')] };
    writeFileSync(outer('deep/hidden'), 'hidden');
    const answers = await said([`file::rename("${outer('deep/hidden')}", "${outer('deep/a/x')}")`], grants);
    expect(answers[0]).toContain('--allow-read');
  });

  it('includes what is no file below any folder, where all is allowed', async () => {
    execFileSync('mkfifo', [inner('pipe')]);
    const all = { ...NO_GRANTS, read: true, write: true };
    const reader = import('node:fs/promises').then((fs) => fs.readFile(inner('pipe'), 'utf8'));
    await done(['file::write("/dev/null", "x")', 'file::write("pipe", "through")'], all);
    expect(await reader).toBe('through');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});

describe('what is removed', () => {
  it('is named: an empty path and the folder itself are refused', async () => {
    writeFileSync(inner('keep'), 'x');
    mkdirSync(inner('a'));
    const ways = ['', '.', './', 'a/..', '..', 'a/.'];
    const answers = await said(ways.flatMap((way) => [`file::remove("${way}")`, `file::rename("${way}", "b")`]));
    for (const a of answers) expect(a).toMatch(/the path is empty|the path ends in no name|not allowed/);
    const others = ['read', 'list', 'size', 'exists', 'is_folder', 'make_folder'].map((f) => `file::${f}("")`);
    for (const a of await said([...others, 'file::write("", "x")', 'file::append("", "x")']))
      expect(a).toBe('FileError("", "the path is empty")');
    expect(readdirSync(folder).sort()).toEqual(['a', 'keep']);
  });

  it('is the link, never what it leads to', async () => {
    mkdirSync(inner('real'));
    writeFileSync(inner('real/f'), 'keep');
    symlinkSync('real', inner('alias'));
    symlinkSync('real/f', inner('moved'));
    symlinkSync('../out', inner('beside'));
    symlinkSync('nothing', inner('dangling'));
    await done([
      'file::remove("alias")',
      'file::remove("dangling")',
      'file::remove("beside/")',
      'file::rename("moved", "m")',
    ]);
    expect(readdirSync(folder).sort()).toEqual(['m', 'real']);
    expect(lstatSync(inner('m')).isSymbolicLink()).toBe(true);
    expect(readFileSync(inner('real/f'), 'utf8')).toBe('keep');
    expect(existsSync(outer('secret'))).toBe(true);
  });

  it('is a folder with all in it, but for what its links lead to', async () => {
    mkdirSync(inner('tree/a/b/c'), { recursive: true });
    for (const name of ['x', 'a/y', 'a/b/z']) writeFileSync(inner(`tree/${name}`), name);
    symlinkSync('../../out', inner('tree/out'));
    symlinkSync(folder, inner('tree/a/up'));
    writeFileSync(inner('keep'), 'x');
    await done(['file::remove("tree")']);
    expect(readdirSync(folder)).toEqual(['keep']);
    expect(readdirSync(path.join(top, 'out')).sort()).toEqual(['deep', 'secret']);
    expect((await said(['file::remove("tree")']))[0]).toContain('there is no such file');
  });
});

describe('what is written', () => {
  it('keeps its mode, leaves nothing beside it, and is there whole', async () => {
    writeFileSync(inner('f'), 'old');
    for (const mode of [0o640, 0o755, 0o600]) {
      chmodSync(inner('f'), mode);
      await done([`file::write("f", "mode ${mode}")`]);
      expect(statSync(inner('f')).mode & 0o7777).toBe(mode);
      expect(readFileSync(inner('f'), 'utf8')).toBe(`mode ${mode}`);
    }
    await done(['file::write("fresh", "x")']);
    expect(statSync(inner('fresh')).mode & 0o777).toBe(0o666 & ~process.umask());
    expect(readdirSync(folder).sort()).toEqual(['f', 'fresh']);
  });

  it.skipIf(process.getuid?.() !== 0)('keeps its owner', async () => {
    writeFileSync(inner('f'), 'old');
    execFileSync('chown', ['1234:2345', inner('f')]);
    await done(['file::write("f", "new")']);
    expect([statSync(inner('f')).uid, statSync(inner('f')).gid]).toEqual([1234, 2345]);
    expect(readFileSync(inner('f'), 'utf8')).toBe('new');
  });

  it('replaces what a link leads to, not the link', async () => {
    writeFileSync(inner('f'), 'old');
    symlinkSync('f', inner('alias'));
    await done(['file::write("alias", "new")']);
    expect(lstatSync(inner('alias')).isSymbolicLink()).toBe(true);
    expect(readFileSync(inner('f'), 'utf8')).toBe('new');
  });

  it('goes into a pipe, which stays one', async () => {
    execFileSync('mkfifo', [inner('pipe')]);
    const reader = import('node:fs/promises').then((fs) => fs.readFile(inner('pipe'), 'utf8'));
    await done(['file::write("pipe", "through")']);
    expect(await reader).toBe('through');
    expect(lstatSync(inner('pipe')).isFIFO()).toBe(true);
  });
});

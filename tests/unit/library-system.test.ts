/** The library where it meets the system: published vectors of hashes, capabilities, what fails and what it says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NO_GRANTS } from '../../stdlib/capabilities.js';
import { type ProgramOptions, runProgram } from '../support/program.js';

const folder = mkdtempSync(path.join(tmpdir(), 'quartz-library-'));
afterAll(() => rmSync(folder, { recursive: true }));

const all = { ...NO_GRANTS, run: true, env: true };
const files = { ...NO_GRANTS, read: ['.'], write: ['.'] };

/** What a `main` of these lines prints; what it raises is printed as well. */
async function printed(requires: string, lines: readonly string[], options: ProgramOptions = {}): Promise<string[]> {
  const body = lines.map((line) => `  try\n    std::print(${line})\n  catch e\n    std::print(e)\n  end`);
  const text = `${requires
    .split(' ')
    .map((name) => `require ${name}\n`)
    .join('')}\nfun main()\n${body.join('\n')}\nend\n`;
  const ran = await runProgram(text, { folder, ...options });
  expect(ran.end.failures).toEqual([]);
  return ran.output.trimEnd().split('\n');
}

describe('crypto', () => {
  it('gives the published hashes', async () => {
    const of = (name: string): string => `bytes::to_hex(crypto::hash("${name}", b"abc"))`;
    expect(await printed('crypto bytes', ['crypto::sha256("abc")', of('sha1'), of('sha512'), of('sha384')])).toEqual([
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      'a9993e364706816aba3e25717850c26c9cd0d89d',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
      'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
    ]);
  });

  it('gives the keyed hash of RFC 4231, test case 2', async () => {
    const line = 'bytes::to_hex(crypto::hmac("sha256", b"Jefe", b"what do ya want for nothing?"))';
    expect(await printed('crypto bytes', [line])).toEqual([
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ]);
  });

  it('refuses what it cannot do, and never a wrong length', async () => {
    const said = await printed('crypto bytes', [
      'crypto::hash("sha257", b"")',
      'crypto::hmac("", b"", b"")',
      'crypto::random_bytes(-1)',
      'crypto::random_bytes(1048577)',
      'bytes::length(crypto::random_bytes(0))',
      'crypto::random_bytes(32) == crypto::random_bytes(32)',
      'crypto::equal(b"abc", b"ab")',
      'crypto::equal(b"", b"")',
    ]);
    expect(said[0]).toContain('there is no hash called sha257; there are sha256');
    expect(said[1]).toContain('there is no hash called');
    expect(said.slice(2)).toEqual(['OutOfRange', 'OutOfRange', '0', 'false', 'false', 'true']);
  });
});

describe('process', () => {
  it('runs a program without a shell, with input, output and code', async () => {
    const said = await printed(
      'process',
      [
        'process::run("cat", [], "in\\n").output',
        'process::run("printf", ["%s", "$HOME; ls"], "").output',
        'process::run("sh", ["-c", "echo no >&2; exit 3"], "")',
      ],
      { grants: all },
    );
    expect(said).toEqual(['in', '', '$HOME; ls', 'Outcome{code: 3, output: "", errors: "no\\n"}']);
  });

  it('says what could not be started, or may not be', async () => {
    const line = ['process::run("no-such-program-here", [], "")'];
    expect((await printed('process', line, { grants: all }))[0]).toMatch(
      /^ProcessError\("no-such-program-here", "there is no such file/,
    );
    expect((await printed('process', line))[0]).toContain('run with --allow-run=no-such-program-here');
    const other = { ...NO_GRANTS, run: ['cat'] };
    expect((await printed('process', line, { grants: other }))[0]).toContain('--allow-run');
  });
});

describe('env', () => {
  it('shows what was granted and nothing else', async () => {
    expect(await printed('env', ['env::get("NOT_SET_ANYWHERE")'], { grants: all })).toEqual(['None']);
    expect((await printed('env', ['env::get("HOME")']))[0]).toContain('run with --allow-env=HOME');
    const one = { ...NO_GRANTS, env: ['LANG'] };
    expect((await printed('env', ['env::get("HOME")'], { grants: one }))[0]).toContain('--allow-env=HOME');
    expect((await printed('env', ['env::all()'], { grants: one }))[0]).not.toContain('HOME');
  });

  it('has no variable that is only what every object of the host has', async () => {
    const names = ['toString', '__proto__', 'constructor', 'hasOwnProperty', 'valueOf', '__defineGetter__'];
    const said = await printed('env', names.map((name) => `env::get("${name}")`), { grants: all }); // prettier-ignore
    expect(said).toEqual(names.map(() => 'None'));
    const granted = { ...NO_GRANTS, env: names };
    expect(await printed('env', ['env::all()', 'env::get("toString")'], { grants: granted })).toEqual(['#{}', 'None']);
  });
});

describe('names that every object of the host has', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];

  it('are keys like any others', async () => {
    const lines = names.flatMap((n) => [
      `map::get(map::set(#{"x": 1}, "${n}", 2), "${n}")`,
      `map::get(#{"x": 1}, "${n}")`,
      `json::parse("\\{\\"${n}\\": 1}")`,
      `regex::find(regex::compile("(?<${n}>a)?b"), "b")`,
      `string::upper("${n}")`,
    ]);
    const said = await printed('map json regex string', lines);
    expect(said).toEqual(
      names.flatMap((n) => [
        'Some(2)',
        'None',
        `Object(#{"${n}": Number(1.0)})`,
        'Some(Match{text: "b", start: 0, groups: [None]})',
        n.toUpperCase(),
      ]),
    );
  });
});

describe('no exception of the language', () => {
  it('is made of a name that every object of the host has', async () => {
    expect(await printed('crypto', ['crypto::hash("toString", b"")'])).toEqual([
      'HostError("crypto::hash: there is no hash called toString; there are sha256, sha384, sha512, sha1, md5")',
    ]);
  });
});

describe('file', () => {
  it('tells what fails', async () => {
    const said = await printed(
      'file',
      [
        'file::read("nothing.txt")',
        'file::read(".")',
        'file::write("sub/x.txt", "a")',
        'file::write("x.bin", "a")',
        'file::list("x.bin")',
        'file::size("x.bin")',
        'file::read("../../etc/passwd")',
        'file::read("a\\u{0}b")',
      ],
      { grants: files },
    );
    expect(said[0]).toBe('FileError("nothing.txt", "there is no such file or folder")');
    expect(said[1]).toBe('FileError(".", "it is a folder")');
    expect(said[2]).toBe('FileError("sub/x.txt", "there is no such file or folder")');
    expect(said[4]).toBe('FileError("x.bin", "a part of the path is not a folder")');
    expect(said[5]).toBe('1');
    expect(said[6]).toContain('--allow-read');
    expect(said[7]).toContain('FileError');
  });
});

describe('random', () => {
  it('reaches all of a wide range', async () => {
    const lines = Array.from({ length: 20 }, (_, i) => `draw(random::int(random::seeded(${i}), 0, 4503599627370495))`);
    const text = `require random\n\nfun draw(pair : (int, random::Random)) -> int\n  let (n, _) = pair\n  n\nend\n\nfun main()\n${lines
      .map((line) => `  std::print(${line})`)
      .join('\n')}\nend\n`;
    const numbers = (await runProgram(text)).output.trim().split('\n').map(Number);
    expect(numbers.filter((n) => n > 2 ** 32).length).toBeGreaterThan(15);
    expect(Math.max(...numbers)).toBeLessThan(2 ** 52);
  });

  it('has nothing between bounds that are the wrong way round', async () => {
    expect(await printed('random', ['random::int(random::seeded(1), 2, 1)'])).toEqual(['OutOfRange']);
    expect(await printed('random', ['random::pick(random::seeded(1), [])'])).toEqual(['OutOfRange']);
  });
});

describe('regex', () => {
  it('refuses patterns that are none', async () => {
    const said = await printed('regex', [
      'regex::matches(regex::compile("("), "")',
      'regex::find_all(regex::compile(""), "ab")',
    ]);
    expect(said[0]).toMatch(/^RegexError\(/);
    expect(said[1]!.match(/Match/g)).toHaveLength(3);
  });
});

describe('io', () => {
  it('reads lines whatever ends them', async () => {
    expect(await printed('io', ['io::read_lines()'], { stdin: 'a\r\nb\n\nc' })).toEqual(['["a", "b", "", "c"]']);
    expect(await printed('io', ['io::read_all()', 'io::read_line()'], { stdin: '' })).toEqual(['', 'None']);
  });
});

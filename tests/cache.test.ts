/** What is kept of compiled modules: used exactly while nothing that a module depends on shows anything else. */
import { chmodSync, statSync } from 'node:fs';
import path from 'node:path';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Built, type BuildOptions, build } from '../compiler/modules/build.js';
import { tableFinder } from '../compiler/modules/finder.js';
import { decodeEntry, encodeEntry } from '../compiler/modules/cache.js';
import { SourceFile } from '../compiler/source/source.js';
import { Reader } from '../runtime/bytecode/binary.js';
import { type Folder, eachInAFolder } from './support/cli.js';
import { library } from './support/compile.js';

let here: Folder;
eachInAFolder((folder) => (here = folder.ofUser()));

const MANIFEST = JSON.stringify({ name: 'shapes', version: '1.0.0' });

const DEEPEST = `type Pair = { left : int, right : int }

fun make(n)
  Pair{left: n, right: n}
end
`;
/** A conversation; checked only, so that what the cache gives does not depend on more than the checker. */
const TALK = `fun talk(p)
  p!Ping
  on Pong from p
  end
end
`;
const FRONT = `require talk

session Front(p)
  talk::talk(p)
end
`;
const BETWEEN = `require deepest

fun twice(n)
  deepest::make(n + n)
end
`;
const BACK = `require front

session Back(f)
  on Ping from f
    f!Pong
  end
end

fun main()
  let f = spawn front::Front(k)
  and k = spawn Back(f)
end
`;
const MAIN = `require between

fun main()
  std::print(between::twice(2).left)
end
`;

/** A new entry is a new file: entries are written beside and renamed. */
const entry = (name: string): number => statSync(path.join(here.path, `.quartz-cache/${name}.qzc`)).ino;

describe('the cache of a project', () => {
  beforeEach(async () => {
    here
      .write('quartz.json', MANIFEST)
      .write('deepest.qz', DEEPEST)
      .write('between.qz', BETWEEN)
      .write('main.qz', MAIN);
    expect(await here.run(['run'])).toMatchObject({ code: 0, out: '4\n', err: '' });
  });

  it('knows that a type reaches a module through one that does not name it', async () => {
    here.write('deepest.qz', DEEPEST.replaceAll('left', 'larger'));
    expect((await here.run(['check', 'main.qz'])).err).toContain('has no field `left`');
  });

  it('knows that a conversation reaches a module through one that does not hold it', async () => {
    here.write('talk.qz', TALK).write('front.qz', FRONT).write('back.qz', BACK);
    expect((await here.run(['check', 'back.qz'])).code).toBe(0);
    here.write('talk.qz', TALK.replace('  p!Ping\n  on Pong from p\n  end', '  on Pong from p\n    p!Ping\n  end'));
    const said = await here.run(['check', 'back.qz']);
    expect(said.code).toBe(1);
    expect(said.err).toMatch(/^error\[Q03/);
  });

  it('does not compile dependants again when only places changed', async () => {
    const before = [entry('deepest'), entry('between'), entry('main')];
    here.write('deepest.qz', `# A remark.\n\n${DEEPEST.replace('make(n)', 'make( n )')}`);
    expect(await here.run(['run'])).toMatchObject({ code: 0, out: '4\n', err: '' });
    expect(entry('deepest')).not.toBe(before[0]);
    expect([entry('between'), entry('main')]).toEqual(before.slice(1));
  });

  it('does not compile dependants again when only the inside of a function changed', async () => {
    const before = [entry('between'), entry('main')];
    here.write('deepest.qz', DEEPEST.replace('Pair{left: n, right: n}', 'Pair{left: n + 1, right: n}'));
    expect(await here.run(['run'])).toMatchObject({ code: 0, out: '5\n', err: '' });
    expect([entry('between'), entry('main')]).toEqual(before);
  });

  it('compiles dependants again when a type changed', async () => {
    const before = [entry('between'), entry('main')];
    here.write('deepest.qz', DEEPEST.replace('right : int', 'right : float').replace('right: n', 'right: 1.0'));
    expect(await here.run(['run'])).toMatchObject({ code: 0, out: '4\n' });
    expect(entry('between')).not.toBe(before[0]);
    expect(entry('main')).not.toBe(before[1]);
  });

  it('shows places in modules where they are now, also when those between were not compiled again', async () => {
    here.write('talk.qz', TALK).write('front.qz', FRONT).write('back.qz', BACK);
    await here.run(['check', 'back.qz']);
    const before = [entry('front'), entry('back')];
    here.write('talk.qz', `# One.\n# Two.\n${TALK}`);
    expect((await here.run(['check', 'back.qz'])).code).toBe(0);
    expect([entry('front'), entry('back')]).toEqual(before);
    here.write('back.qz', BACK.replace('on Ping from f\n    f!Pong', 'on Pong from f\n    f!Ping'));
    const said = await here.run(['check', 'back.qz']);
    expect(said.code).toBe(1);
    // `p!Ping` was on line 2.
    expect(said.err).toContain('talk.qz:4:3\n  |\n4 |   p!Ping\n');
    expect(said.err).not.toContain('talk.qz:2');
  });

  it('serves whoever stands in another folder', async () => {
    here.write('parts/crash.qz', 'fun main()\n  raise Failure("no")\nend\n');
    expect((await here.run(['run', 'parts/crash.qz'])).err).toContain('parts/crash.qz:2');
    expect((await here.inside('parts').run(['run', 'crash.qz'])).err).toContain('in main (crash.qz:2');
  });

  it('is not used by another compiler or for other options', async () => {
    const before = entry('main');
    expect((await here.run(['run', '--max-bound', '3'])).out).toBe('4\n');
    expect(entry('main')).not.toBe(before);
  });

  it('only saves time: a folder that cannot be written changes nothing', async () => {
    await here.run(['clean']);
    here.write('.quartz-cache', 'a file where a folder should be');
    expect(await here.run(['run'])).toMatchObject({ code: 0, out: '4\n', err: '' });
  });
});

describe('the cache of files outside of projects', () => {
  const program = 'fun main()\n  std::print("hello")\nend\n';

  it('is in the folder of this user for such things, and used the second time', async () => {
    const env = { XDG_CACHE_HOME: path.join(here.path, 'cache') };
    here.write('work/hello.qz', program);
    const work = here.inside('work');
    expect(await work.run(['run', 'hello.qz'], '', env)).toMatchObject({ code: 0, out: 'hello\n', err: '' });
    const kept = here.files('cache/quartz').filter((name) => name.endsWith('hello.qzc'));
    expect(kept).toHaveLength(1);
    // What the cache holds is what runs: another program under the entry's name shows it.
    expect(await work.run(['run', 'hello.qz'], '', env)).toMatchObject({ code: 0, out: 'hello\n', err: '' });
    work.write('hello.qz', program.replace('hello', 'changed'));
    expect(await work.run(['run', 'hello.qz'], '', env)).toMatchObject({ code: 0, out: 'changed\n', err: '' });
    expect(here.files('work')).toEqual(['hello.qz']);
  });

  it('is where QUARTZ_CACHE says, and nowhere if that is empty', async () => {
    const env = { HOME: here.path, QUARTZ_CACHE: '' };
    here.write('work/hello.qz', program);
    expect((await here.inside('work').run(['run', 'hello.qz'], '', env)).out).toBe('hello\n');
    expect(here.files('.cache')).toEqual([]);
    await here.inside('work').run(['run', 'hello.qz'], '', { ...env, QUARTZ_CACHE: path.join(here.path, 'kept') });
    expect(here.files('kept').filter((name) => name.endsWith('.qzc')).length).toBeGreaterThan(0);
  });

  it('keeps programs of one name in two folders apart', async () => {
    const env = { HOME: here.path };
    here.write('a/hello.qz', program).write('b/hello.qz', program.replace('hello', 'other'));
    for (let round = 0; round < 2; round++) {
      expect((await here.inside('a').run(['run', 'hello.qz'], '', env)).out).toBe('hello\n');
      expect((await here.inside('b').run(['run', 'hello.qz'], '', env)).out).toBe('other\n');
    }
  });

  it('says nothing of unused names itself, so they are told of again', async () => {
    here.write('quartz.json', MANIFEST).write('deepest.qz', DEEPEST.replace('make(n)', 'make(n, m)'));
    here.write('main.qz', 'require deepest\n\nfun main()\n  std::print(deepest::make(1, 2).left)\nend\n');
    expect(await here.run(['run', 'main.qz'])).toMatchObject({ code: 0, out: '1\n', err: '' });
    const first = await here.run(['check', 'main.qz']);
    expect(first).toMatchObject({ code: 0 });
    expect(first.err).toContain('warning[Q0115]: parameter `m` is never used');
    expect(await here.run(['check', 'main.qz'])).toEqual(first);
  });
});

describe('an entry that this user did not make', () => {
  const KEPT = '.quartz-cache/main.qzc';
  const KEY = '.user/quartz/key';
  const GOOD = 'fun main()\n  std::print("good")\nend\n';
  const BAD = 'fun main()\n  std::print(1 + "bad")\nend\n';

  /** For the source of a program that is rejected: the code of one that is not. */
  const forged = (): Uint8Array => {
    const entry = here.read(KEPT)!.subarray(0, -32);
    const r = new Reader(entry);
    r.text();
    const salt = r.text();
    return encodeEntry(
      salt,
      new SourceFile('main.qz', BAD),
      decodeEntry(salt, new SourceFile('main.qz', GOOD), entry)!,
    );
  };
  const proved = (name: string, entry: Uint8Array, key: Uint8Array): Uint8Array =>
    Buffer.concat([entry, hmac(sha256, key, Buffer.concat([Buffer.from(`${name}\0`), entry]))]);
  const ownKey = (): Uint8Array => Buffer.from(Buffer.from(here.read(KEY)!).toString().slice(-65, -1), 'hex');

  beforeEach(async () => {
    here.write('quartz.json', MANIFEST).write('main.qz', GOOD);
    expect(await here.run(['run'])).toMatchObject({ code: 0, out: 'good\n' });
    expect(statSync(path.join(here.path, KEY)).mode & 0o777).toBe(0o600);
  });

  it('is none, so a program that is rejected stays rejected', async () => {
    const entry = forged();
    here.write('main.qz', BAD);
    for (const planted of [
      entry,
      Buffer.concat([entry, here.read(KEPT)!.subarray(-32)]),
      Buffer.concat([entry, new Uint8Array(32)]),
      proved('main', entry, new Uint8Array(32)),
      proved('other', entry, ownKey()),
    ]) {
      here.write(KEPT, planted);
      expect((await here.run(['run'])).err).toContain('error[Q0201]');
    }
    here.write(KEPT, entry);
    for (const words of [['check', 'main.qz'], ['build']])
      expect((await here.run(words)).err).toContain('error[Q0201]');
    // With the user's own key, and under its name, it would be one: it is the proof that tells.
    here.write(KEPT, proved('main', entry, ownKey()));
    expect(await here.run(['run'])).toMatchObject({ code: 0, out: 'good\n' });
  });

  it('is made again by whoever has another key', async () => {
    const before = entry('main');
    expect(await here.run(['run'])).toMatchObject({ code: 0, out: 'good\n', err: '' });
    expect(entry('main')).toBe(before);
    const env = { XDG_CACHE_HOME: path.join(here.path, 'stranger') };
    expect(await here.run(['run'], '', env)).toMatchObject({ code: 0, out: 'good\n', err: '' });
    expect(entry('main')).not.toBe(before);
  });

  it('is not used where others can read the key, nor where there can be none', async () => {
    const before = entry('main');
    here.write('main.qz', GOOD.replace('good', 'better'));
    chmodSync(path.join(here.path, KEY), 0o644);
    // It is no secret any more: another takes its place.
    const old = ownKey();
    expect(await here.run(['run'])).toMatchObject({ code: 0, out: 'better\n', err: '' });
    expect(ownKey()).not.toEqual(old);
    expect(entry('main')).not.toBe(before);
    const now = entry('main');
    here.write('a-file', '');
    for (const env of [
      { XDG_CACHE_HOME: '/dev/null/home' },
      { XDG_CACHE_HOME: path.join(here.path, 'a-file') },
      { QUARTZ_CACHE: '' },
    ])
      expect(await here.run(['run'], '', env)).toMatchObject({ code: 0, out: 'better\n', err: '' });
    expect(entry('main')).toBe(now);
  });
});

describe('what a process has compiled', () => {
  const file = (name: string, text: string): SourceFile => new SourceFile(`${name}.qz`, text);
  const low = file('low', 'type Pair = { left : int, right : int }\nfun one()\n  1\nend\n');
  const high = file('high', 'require low\nfun two()\n  low::one() + low::one()\nend\n');
  const main = 'require high\nfun main()\n  std::print(high::two())\nend\n';
  const made = (files: Record<string, SourceFile>, options: BuildOptions = {}): Built =>
    build([{ name: 'main', file: files['main']! }], tableFinder(files, library), 'asm', options);
  const at = (built: Built, name: string): unknown => built.modules.find((m) => m.name === name);
  const hashes = (built: Built): string[] => built.images.map((i) => `${i.name} ${i.hash}`);

  it('is given again to another program, which comes out as without it', () => {
    const first = made({ low, high, main: file('main', main) });
    const second = made({ low, high, main: file('main', main) });
    expect(first.diagnostics).toEqual([]);
    for (const name of ['std', 'low', 'high']) expect(at(second, name)).toBe(at(first, name));
    expect(at(second, 'main')).not.toBe(at(first, 'main'));
    const fresh = made({ low: file('low', low.text), high: file('high', high.text), main: file('main', main) });
    expect(at(fresh, 'high')).not.toBe(at(first, 'high'));
    expect(hashes(fresh)).toEqual(hashes(first));
    expect(hashes(second)).toEqual(hashes(first));
  });

  it('is not where what is required is another, even if it shows the same, or was compiled another way', () => {
    const first = made({ low, high, main: file('main', main) });
    const other = file('low', low.text.replace('  1', '  7'));
    const second = made({ low: other, high, main: file('main', main) });
    expect(at(second, 'std')).toBe(at(first, 'std'));
    expect(at(second, 'high')).not.toBe(at(first, 'high'));
    const unsafe = made({ low, high, main: file('main', main) }, { unsafe: true });
    expect(at(unsafe, 'low')).not.toBe(at(first, 'low'));
    const bound = made({ low, high, main: file('main', main) }, { maxBound: 3 });
    expect(at(bound, 'high')).not.toBe(at(first, 'high'));
    expect(at(made({ low, high, main: file('main', main) }), 'high')).toBe(at(first, 'high'));
  });

  it('has its mistakes and its warnings again', () => {
    const wrong = file('low', 'fun one()\n  1 + "a"\nend\nfun unused_name(x)\n  let y = 1\n  2\nend\n');
    const codes = (): string[] =>
      made({ low: wrong, high, main: file('main', main) }, { unused: true }).diagnostics.map((d) => d.code);
    const before = codes();
    expect(before).toContain('Q0201');
    expect(codes()).toEqual(before);
    const warned = file('high', 'require low\nfun two()\n  let y = 1\n  low::one()\nend\n');
    const some = (unused: boolean): string[] =>
      made({ low, high: warned, main: file('main', main) }, { unused }).diagnostics.map((d) => d.code);
    expect([some(false), some(true), some(false)]).toEqual([[], some(true), []]);
    expect(some(true)).toHaveLength(1);
  });
});

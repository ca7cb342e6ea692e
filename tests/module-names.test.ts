/** One name is one file in a program, whatever the library has and whatever the cache remembers. */
import { describe, expect, it } from 'vitest';
import { type Folder, eachInAFolder } from './support/cli.js';

let here: Folder;
eachInAFolder((folder) => (here = folder));

const MANIFEST = JSON.stringify({ name: 'names', version: '1.0.0', entry: 'main.qz' });
const codes = (text: string): string[] => [...text.matchAll(/^(?:error|warning)\[(Q\d+)\]/gm)].map((m) => m[1]!);

const saysEverywhere = async (commands: readonly string[][], code: string): Promise<void> => {
  for (const words of commands) {
    const { code: exit, err, out } = await here.run(words);
    expect([words.join(' '), exit, codes(err + out)]).toEqual([words.join(' '), 1, [code]]);
  }
};

describe('what the cache remembers of modules that are gone or moved', () => {
  it('a required module has another name now', async () => {
    here.write('quartz.json', MANIFEST).write('part.qz', 'fun f(x)\n  x + 1\nend\n');
    here.write('main.qz', 'require part\nfun main()\n  std::print(part::f(1))\nend\ntest "t"\n  part::f(1)\nend\n');
    expect((await here.run(['build'])).code).toBe(0);
    expect(here.files('build')).toContain('part.qzb');
    here.write('other.qz', here.read('part.qz')!);
    await here.run(['check', 'main.qz']);
    here.delete('part.qz');
    await saysEverywhere([['check', 'main.qz'], ['build'], ['test'], ['run'], ['check', 'main.qz']], 'Q0103');
    expect(here.files('build')).not.toContain('part.qzb');
  });

  it('one that is required by one that is required', async () => {
    here.write('quartz.json', MANIFEST).write('deep.qz', 'fun f(x)\n  x + 1\nend\n');
    here.write('part.qz', 'require deep\nfun f(x)\n  deep::f(x)\nend\n');
    here.write('main.qz', 'require part\nfun main()\n  std::print(part::f(1))\nend\n');
    expect((await here.run(['run'])).code).toBe(0);
    here.delete('deep.qz');
    await saysEverywhere([['run'], ['check', 'main.qz'], ['build']], 'Q0103');
  });

  it('a circle of three is closed', async () => {
    here.write('quartz.json', MANIFEST).write('a.qz', 'fun f(x)\n  x\nend\n');
    here.write('b.qz', 'require a\nfun f(x)\n  a::f(x)\nend\n').write('c.qz', 'require b\nfun f(x)\n  b::f(x)\nend\n');
    here.write('main.qz', 'require c\nfun main()\n  std::print(c::f(1))\nend\n');
    expect((await here.run(['run'])).code).toBe(0);
    here.write('a.qz', 'require c\nfun f(x)\n  c::f(x)\nend\n');
    await saysEverywhere([['run'], ['check', 'main.qz'], ['check', 'a.qz']], 'Q0151');
  });
});

describe('two files of one name', () => {
  it('is an error for both, and each is looked at by itself', async () => {
    here.write('a-b.qz', 'fun main()\n  std::print(1 + "a")\nend\n').write('a_b.qz', 'fun main()\nend\n');
    await saysEverywhere([['check', 'a_b.qz', 'a-b.qz']], 'Q0112');
    expect(codes((await here.run(['check', 'a-b.qz', 'a_b.qz'])).err)).toEqual(['Q0112', 'Q0201']);
    await saysEverywhere([['check', 'a-b.qz']], 'Q0201');
    expect((await here.run(['check', 'a_b.qz'])).code).toBe(0);
    here.write('a-b.qz', 'require a_b\nfun main()\nend\n');
    await saysEverywhere([['check', 'a-b.qz']], 'Q0112');
    expect((await here.run(['check', 'a_b.qz', 'a_b.qz'])).code).toBe(0);
  });
});

describe('a file with the name of a library module', () => {
  it('is not what the library requires', async () => {
    here.write('string.qz', 'fun upper(s)\n  s ++ "!"\nend\n').write('std.qz', 'fun print(x)\n  x\nend\n');
    here.write('m.qz', 'require json\nfun main()\n  std::print(json::parse("1"))\nend\n');
    expect(await here.run(['run', 'm.qz'])).toMatchObject({ code: 0, out: 'Number(1.0)\n', err: '' });
  });

  it('is what the user requires, with a warning, and not both', async () => {
    here.write('string.qz', 'fun shout(s)\n  s ++ "!"\nend\n');
    here.write('m.qz', 'require string\nfun main()\n  std::print(string::shout("a"))\nend\n');
    const alone = await here.run(['run', 'm.qz']);
    expect([alone.code, alone.out, codes(alone.err)]).toEqual([0, 'a!\n', ['Q0113']]);
    here.write('m.qz', 'require json\nrequire string\nfun main()\n  std::print(string::shout("a"))\nend\n');
    const both = await here.run(['check', 'm.qz']);
    expect([both.code, codes(both.err + both.out)]).toEqual([1, ['Q0112']]);
    here.write('m.qz', 'require string\nrequire json\nfun main()\n  std::print(string::shout("a"))\nend\n');
    const turned = await here.run(['check', 'm.qz']);
    expect([turned.code, codes(turned.err + turned.out)]).toEqual([1, ['Q0113', 'Q0112']]);
  });

  it('cannot require the library module of its own name', async () => {
    here.write('test.qz', 'require test\ntest "x"\n  test::equal(1, 1)\nend\n');
    const said = await here.run(['test', 'test.qz']);
    expect([said.code, codes(said.err + said.out)]).toEqual([1, ['Q0151']]);
    expect(said.err + said.out).toContain('call test.qz something else');
  });
});

/** The command line as a user meets it: files, names, exit codes, mistakes. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Folder, eachInAFolder } from './support/cli.js';
import { root } from './support/compile.js';

const timer = readFileSync(path.join(root, 'examples/timer.qz'), 'utf8');
const TCP = `require net::tcp as tcp
require bytes

session Serve(p)
  let l = tcp::listen("127.0.0.1", 0)
  p!Port(tcp::port(l))
  let c = tcp::accept(l)
  tcp::write(c, tcp::read(c) ++ b"!")
  tcp::close_connection(c)
  tcp::close_listener(l)
end

fun main()
  let s = spawn Serve(self)
  on Port(n) from s
    let c = tcp::open("127.0.0.1", n)
    tcp::write(c, b"hello")
    std::print(bytes::to_string(tcp::read(c)))
    tcp::close_connection(c)
  end
end
`;

let here: Folder;
eachInAFolder((folder) => (here = folder));

const atLeastTen = (text: string): boolean => /^\d+\n$/.test(text) && Number(text) >= 10;

describe('quartz run', () => {
  it('runs the Timer program: one integer of at least 10, and nothing is left waiting', async () => {
    const said = await here.write('timer.qz', timer).run(['run', 'timer.qz']);
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(atLeastTen(said.out)).toBe(true);
  });

  it('runs what quartzc wrote, by file and by the name of its function', async () => {
    here.write('timer.qz', timer);
    expect(await here.run(['quartzc', 'timer.qz'])).toMatchObject({ code: 0, out: '', err: '' });
    expect(here.read('timer.qzb')).toBeDefined();
    for (const target of ['timer.qzb', 'main']) {
      const said = await here.run(['run', target]);
      expect(said).toMatchObject({ code: 0, err: '' });
      expect(atLeastTen(said.out)).toBe(true);
    }
  });

  it('lets a program talk over TCP only where that is allowed', async () => {
    here.write('tcp.qz', TCP);
    expect(await here.run(['run', '--allow-net', 'tcp.qz'])).toMatchObject({ code: 0, out: 'Some("hello!")\n' });
    const denied = await here.run(['run', 'tcp.qz']);
    expect(denied.code).toBe(1);
    expect(denied.err).toContain('--allow-net=127.0.0.1:0');
  });

  it('runs the bytecode that it wrote itself with no word for it', async () => {
    here.write('m.qz', readFileSync(path.join(root, 'examples/protocols/map-reduce.qz'), 'utf8'));
    expect((await here.run(['quartzc', 'm.qz'])).code).toBe(0);
    const source = await here.run(['run', 'm.qz']);
    expect(source.code).toBe(0);
    expect(await here.run(['run', 'm.qzb'])).toMatchObject({ code: 0, out: source.out });
    expect((await here.run(['run', '--trust', 'm.qzb'])).err).toContain("unknown option '--trust'");
  });

  it('prefers module main when several export the function, and lists them when there is none', async () => {
    here.write('a.qz', 'fun main()\n  std::print("a")\nend\n').write('b.qz', 'fun main()\n  std::print("b")\nend\n');
    const both = await here.run(['run', 'main']);
    expect(both).toMatchObject({ code: 1, out: '' });
    expect(both.err).toBe('error: several modules export main: a.qz, b.qz; name the file instead\n');
    here.write('main.qz', 'fun main()\n  std::print("main")\nend\n');
    expect(await here.run(['run', 'main'])).toMatchObject({ code: 0, out: 'main\n' });
  });

  it('says what is wrong with a target', async () => {
    expect(await here.run(['run', 'nothing'])).toMatchObject({
      code: 1,
      err: 'error: no module in this folder exports nothing\n',
    });
    expect(await here.run(['run', 'nothing.qz'])).toMatchObject({
      code: 1,
      err: 'error: there is no file nothing.qz\n',
    });
    expect(await here.run(['run', 'a b'])).toMatchObject({ code: 2 });
    expect(await here.run(['run'])).toMatchObject({ code: 2 });
    here.write('odd.qzb', 'hello');
    const odd = await here.run(['run', 'odd.qzb']);
    expect(odd).toMatchObject({ code: 1, err: 'error: odd.qzb at byte 0: this is not Quartz bytecode\n' });
  });

  it('refuses compiled modules that require each other', async () => {
    for (const [name, other] of ['top left', 'left right', 'right left'].map((pair) => pair.split(' '))) {
      here.write(`${name!}.qza`, `module ${name!}\nrequire ${other!}\nfunction main < () -> void >:\n  close\n`);
      expect(await here.run(['asm', `${name!}.qza`])).toMatchObject({ code: 0 });
    }
    expect(await here.run(['run', 'top.qzb'])).toMatchObject({
      code: 1,
      err: 'error: left requires right requires left: modules cannot require each other in a circle\n',
    });
  });

  it('gives a program its words and its exit code', async () => {
    here.write('words.qz', 'fun main(args)\n  std::print(args)\n  std::exit(3)\nend\n');
    expect(await here.run(['run', 'words.qz', 'one', '--two'])).toMatchObject({ code: 3, out: '["one", "--two"]\n' });
  });

  it('fails with a trace when a thread fails', async () => {
    here.write('fails.qz', 'fun half(n)\n  1 / n\nend\n\nfun main()\n  let x = half(0)\n  std::print(x)\nend\n');
    const said = await here.run(['run', 'fails.qz']);
    expect(said.code).toBe(1);
    expect(said.err).toContain('DivideByZero');
    expect(said.err).toContain('fails.qz:2');
    expect(said.err).toContain('fails.qz:6');
  });

  it('refuses a rejected program, unless told not to', async () => {
    here.write('deadlock.qz', readFileSync(path.join(root, 'tests/errors/timer/deadlock.qz'), 'utf8'));
    const refused = await here.run(['run', 'deadlock.qz']);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('error[Q0301]');
    const forced = await here.run(['run', '--unsafe', 'deadlock.qz']);
    expect(forced.code).toBe(1);
    expect(forced.err).toContain('stuck');
  });
});

describe('quartz check and types', () => {
  it('prints the signatures of the Timer program exactly', async () => {
    const said = await here.write('timer.qz', timer).run(['types', 'timer.qz']);
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toBe(
      [
        'Timer : exists S. [s : S] -> ?s{Start ~> ?s{Stop ~> !s{Took(int) ~> End}}}',
        'P     : exists Q. (q : Q) -> [t : Timer] -> !t{Start ~> !q{Ping ~> ?q{Pong ~> !t{Stop ~> ?t{Took(int) ~> End}}}}}',
        'Q     : exists P. (p : P) -> ?p{Ping ~> !p{Pong ~> End}}',
        'main  : () -> void',
        '',
      ].join('\n'),
    );
  });

  it('reports as JSON with ranges of the Language Server Protocol, and as SARIF', async () => {
    here.write('bad.qz', 'fun main()\n  std::print(oops)\nend\n');
    const json = await here.run(['check', '--format', 'json', 'bad.qz']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject([
      {
        code: 'Q0101',
        severity: 'error',
        file: 'bad.qz',
        range: { start: { line: 1, character: 13 }, end: { line: 1, character: 17 } },
      },
    ]);
    const sarif = await here.run(['check', '--format', 'sarif', 'bad.qz']);
    expect(JSON.parse(sarif.out)).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          results: [
            { ruleId: 'Q0101', locations: [{ physicalLocation: { region: { startLine: 2, startColumn: 14 } } }] },
          ],
        },
      ],
    });
    expect(JSON.parse((await here.write('ok.qz', timer).run(['check', '--format', 'json', 'ok.qz'])).out)).toEqual([]);
  });

  it('warns of names that nobody uses, also in JSON, and finds no fault; `run` is silent about them', async () => {
    here.write('loose.qz', 'require list\nfun main(args)\n  let x = 1\n  std::print("ran")\nend\n');
    const checked = await here.run(['check', '--format', 'json', 'loose.qz']);
    expect(checked.code).toBe(0);
    expect(JSON.parse(checked.out)).toMatchObject([
      {
        code: 'Q0117',
        severity: 'warning',
        range: { start: { line: 0, character: 0 }, end: { line: 0, character: 12 } },
      },
      {
        code: 'Q0115',
        severity: 'warning',
        range: { start: { line: 1, character: 9 }, end: { line: 1, character: 13 } },
      },
      {
        code: 'Q0114',
        severity: 'warning',
        range: { start: { line: 2, character: 6 }, end: { line: 2, character: 7 } },
      },
    ]);
    expect(await here.run(['run', 'loose.qz'])).toMatchObject({ code: 0, out: 'ran\n', err: '' });
  });

  it('checks several files, and standard input', async () => {
    here.write('timer.qz', timer).write('bad.qz', 'fun main()\n  1 +\nend\n');
    const said = await here.run(['check', 'timer.qz', 'bad.qz']);
    expect(said.code).toBe(1);
    expect(said.err).toContain('bad.qz:');
    expect(await here.run(['check', '-'], timer)).toMatchObject({ code: 0 });
  });
});

describe('quartzc', () => {
  it('stops after a stage and prints it', async () => {
    here.write('timer.qz', timer);
    const emit = async (stage: string): Promise<string> =>
      (await here.run(['quartzc', '--emit', stage, 'timer.qz'])).out;
    expect(await emit('tokens')).toContain('Timer');
    expect(await emit('ast')).toContain('session');
    expect(await emit('types')).toContain('?s{Start');
    expect((await emit('protocol')).length).toBeGreaterThan(100);
    expect(await emit('asm')).toContain('send_msg(1)');
  });

  it('compiles standard input to standard output, the same bytes as from a file', async () => {
    const piped = await here.run(['quartzc', '-', '-o', '-'], timer);
    expect(piped.code).toBe(0);
    here.write('piped.qzb', piped.bytes);
    expect(atLeastTen((await here.run(['run', 'piped.qzb'])).out)).toBe(true);
  });

  it('writes nothing for a program with errors, and says 2 for a wrong command line', async () => {
    here.write('bad.qz', 'fun main()\n  oops()\nend\n');
    expect(await here.run(['quartzc', 'bad.qz'])).toMatchObject({ code: 1 });
    expect(here.read('bad.qzb')).toBeUndefined();
    expect(await here.run(['quartzc'])).toMatchObject({ code: 2 });
    expect(await here.run(['quartzc', '--emit', 'soup', 'bad.qz'])).toMatchObject({ code: 2 });
    expect(await here.run(['quartzc', '-'], timer)).toMatchObject({ code: 2 });
    expect(await here.run(['quartzc', '-o', 'x', 'a.qz', 'b.qz'])).toMatchObject({ code: 2 });
    expect((await here.run(['chekc', 'a.qz'])).err).toContain('check');
  });

  it('--check writes nothing', async () => {
    expect(await here.write('timer.qz', timer).run(['quartzc', '--check', 'timer.qz'])).toMatchObject({ code: 0 });
    expect(here.read('timer.qzb')).toBeUndefined();
  });
});

describe('quartz asm and dis', () => {
  it('are inverse of each other on compiled code', async () => {
    here.write('timer.qz', timer);
    await here.run(['quartzc', 'timer.qz']);
    const text = (await here.run(['dis', 'timer.qzb'])).out;
    here.write('again.qza', text);
    expect(await here.run(['asm', 'again.qza'])).toMatchObject({ code: 0, err: '' });
    expect(here.read('again.qzb')).toEqual(here.read('timer.qzb'));
    expect(atLeastTen((await here.run(['run', 'again.qza'])).out)).toBe(true);
  });

  it('name the line of a mistake', async () => {
    here.write('bad.qza', 'function main < () -> void >:\n  pusj 1\n');
    const said = await here.run(['asm', 'bad.qza']);
    expect(said.code).toBe(1);
    expect(said.err).toContain('bad.qza:2:3');
    expect(said.err).toContain('push');
  });
});

describe('help', () => {
  it('about a command that does not exist says so, with one that does', async () => {
    expect(await here.run(['help', 'chek'])).toMatchObject({
      code: 2,
      out: '',
      err: 'error: there is no command chek; did you mean `check`? (`quartz --help` lists all)\n',
    });
    expect((await here.run(['help', 'check'])).out).toContain('quartz check');
  });

  it('is there for everything, with examples', async () => {
    const words =
      'run;serve;test;check;types;protocol check;protocol show;protocol global;asm;dis;bind;new;build;clean;grumpy;grumpy asm;grumpy run;grumpy dis;repl;node;explain';
    for (const command of words.split(';')) {
      const said = await here.run([...command.split(' '), '--help']);
      expect(said.code).toBe(0);
      expect(said.out).toContain('Example');
    }
    expect((await here.run(['--help'])).out).toContain('run');
    expect((await here.run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

/**
 * `quartz test` comes to an end, and says what a test came to: whatever a test has left behind is stopped, what it waits for is
 * named, folders of its own are gone; timers that strike early are tried.
 */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { difference } from '../stdlib/test.host.js';
import { eachInAFolder, type Folder, type Said } from './support/cli.js';

let here: Folder;
eachInAFolder((folder) => (here = folder));

const SESSIONS = `require test
require file
require net::tcp as tcp
require net::http as http

session Ticker()
  std::wait(10)
  loop
end
session Service(n)
  on Get from c
    c!Value(n)
    loop(n)
  end
end
session Accepts(listener)
  let c = tcp::accept(listener)
  tcp::close_connection(c)
  loop(listener)
end
session Serves(server)
  let e = http::accept(server)
  http::respond(e, http::text(200, "hi"))
  loop(server)
end
session Divides(n)
  std::print(1 / n)
end
session Silent(p)
  on Never from p
    p!Gone
  end
end
fun ask(service)
  let c = connect service
  c!Get
  on Value(n) from c
    n
  end
end
`;

const testing = (tests: string, ...flags: string[]): Promise<Said> =>
  here.write('t.qz', SESSIONS + tests).run(['test', '--allow-net', ...flags, 't.qz']);

/** The lines below each title. */
const parts = (said: Said): Record<string, string[]> =>
  Object.fromEntries(
    said.err
      .split('FAILED t: ')
      .slice(1)
      .map((part) => part.trimEnd().split('\n'))
      .map(([title, ...lines]) => [title!, lines]),
  );

describe('a test is over when its own thread is', () => {
  it('whatever it leaves behind, which is no failure', async () => {
    const said = await testing(`
test "services, tickers and listeners"
  let s = spawn Service(7)
  spawn Ticker
  let l = tcp::listen("127.0.0.1", 0)
  spawn Accepts(l)
  test::equal(ask(s), 7)
end
test "a server that is closed"
  let server = http::listen("127.0.0.1", 0)
  spawn Serves(server)
  test::equal(http::get("http://127.0.0.1:{http::port(server)}/").status, 200)
  http::close_server(server)
end
test "an hour beside a listener"
  let l = tcp::listen("127.0.0.1", 0)
  spawn Accepts(l)
  std::wait(3600000)
end
`);
    expect(said).toMatchObject({ code: 0, out: '3 passed, 0 failed\n', err: '' });
  });

  it('and what went wrong until then is told', async () => {
    const said = await testing(`
test "a failed assertion"
  spawn Ticker
  let l = tcp::listen("127.0.0.1", 0)
  spawn Accepts(l)
  test::equal([1, 2], [1, 3])
end
test "a thread that failed"
  spawn Divides(0)
end
test "an end of the program"
  std::exit(0)
end
`);
    expect(said).toMatchObject({ code: 1, out: '0 passed, 3 failed\n' });
    const told = parts(said);
    expect(told['a failed assertion']!.slice(0, 4)).toEqual([
      '  expected [1, 3]',
      '  but got  [1, 2]',
      '               ^',
      expect.stringMatching(/^ {4}in equal \(stdlib\/test\.qz:\d+\)$/) as string,
    ]);
    expect(told['a thread that failed']![0]).toBe('  failed: thread 2 (Divides) ended with DivideByZero');
    expect(told['an end of the program']).toEqual(['  std::exit(0) ended the program before the test came to its end']);
  });

  it('or when its time is up: then what is left is named, with what it waits for', async () => {
    const said = await testing(
      `
test "waits for nobody"
  let l = tcp::listen("127.0.0.1", 0)
  spawn Ticker
  spawn Service(1)
  let c = tcp::accept(l)
  tcp::close_connection(c)
end
test "computes"
  var n = 0
  while n >= 0
    n = 1 - n
  end
end
test "sleeps for ever, in virtual time"
  while true
    std::wait(60000)
  end
end
`,
      '--timeout',
      '0.5',
    );
    expect(said).toMatchObject({ code: 1, out: '0 passed, 3 failed\n' });
    const told = parts(said);
    const [first, own, ...others] = told['waits for nobody']!;
    expect(first).toMatch(/^ {2}it is not over after 0\.5 s(?: \([\d.]+ s by its own clock\))?; what is left:$/);
    expect(own).toBe('    the test itself waits for net::tcp::accept in test waits for nobody (t.qz:46)');
    expect(others[0]).toMatch(/^ {4}thread 2 \(Ticker\) (goes on|waits for \d+ ms to pass) in Ticker \(t\.qz:[67]\)$/);
    expect(others[1]).toBe('    thread 3 (Service) waits for a client that says Get in Service (t.qz:11)');
    expect(told['computes']![1]).toMatch(/^ {4}the test itself goes on in test computes \(t\.qz:\d\d\)$/);
    expect(told['sleeps for ever, in virtual time']![0]).toContain('it is not over after 0.5 s (');
  });

  it('one that waits for what cannot come is stuck at once', async () => {
    const said = await testing(
      `
test "stuck"
  let s = spawn Silent(self)
  on Gone from s
    std::print("?")
  end
end
`,
      '--unsafe',
    );
    expect(said).toMatchObject({ code: 1, out: '0 passed, 1 failed\n' });
    expect(parts(said)['stuck']).toEqual([
      '  stuck: thread 1 (test stuck) waits for Gone from Silent (thread 2) in test stuck (t.qz:44)',
      '  stuck: thread 2 (Silent) waits for Never from test stuck (thread 1) in Silent (t.qz:30)',
    ]);
  });
});

describe('what a test may use', () => {
  it('conditions that come to hold, folders and ports of its own', async () => {
    const said = await testing(`
test "in the end"
  let s = spawn Service(3)
  var n = 0
  test::eventually(||
    n = n + 1
    if n < 3
      raise Failure("too early")
    end
    n * ask(s) > 100
  end)
end
test "never"
  test::eventually_within(300, || 1 / (1 - 1) == 1)
end
test "folders"
  let one = test::temp_folder()
  let two = test::temp_folder()
  test::not_equal(one, two)
  file::write("{one}/x", "kept")
  test::equal(file::read("{one}/x"), "kept")
  test::equal(file::list(two), [])
  std::print(one)
  test::check(false, "it fails")
end
test "elsewhere"
  test::raises(|| file::write("elsewhere", "x"), "FileError")
end
test "ports"
  let port = test::free_port()
  let l = tcp::listen("127.0.0.1", port)
  spawn Accepts(l)
  test::equal(tcp::read(tcp::open("127.0.0.1", port)), b"")
end
`);
    expect(said, said.err).toMatchObject({ code: 1, out: '3 passed, 2 failed\n' });
    const told = parts(said);
    expect(told['never']![0]).toBe('  it did not come to hold within 300 ms: at last it raised DivideByZero');
    const folder = told['folders']!.at(-1)!.replace(/^ {2}\| /, '');
    expect(folder).toMatch(/\/1$/);
    expect(existsSync(folder)).toBe(false);
    expect(existsSync(folder.slice(0, -2))).toBe(false);
    const outside = await here
      .write('main.qz', 'require test\nfun main()\n  test::temp_folder()\nend\n')
      .run(['run', 'main.qz']);
    expect(outside.err).toContain('temporary folders are for tests');
  });

  it.each([
    ['[3]', '[2]', 'expected 2\nbut got  3\n         ^'],
    ['["ab"]', '["abcd"]', 'expected "abcd"\nbut got  "ab"\n            ^'],
    ['[[1, 2, 3]]', '[[1, 3]]', 'expected [1, 3]\nbut got  [1, 2, 3]\n             ^^^'],
    ['["a\nb"]', '["a\nc"]', 'expected "a\\nc"\nbut got  "a\\nb"\n             ^'],
    ['["🚀x"]', '["🚀y"]', 'expected "🚀y"\nbut got  "🚀x"\n           ^'],
  ])('difference of %j and %j', (actual, expected, text) => {
    expect(difference(actual, expected)).toBe(text);
  });

  it('of long values shows what is around the difference', () => {
    const long = (c: string): string => `["${'a'.repeat(500)}${c}${'b'.repeat(500)}"]`;
    const [expected, got, marks] = difference(long('x'), long('y')).split('\n');
    expect(expected!.length).toBeLessThan(180);
    expect(expected!.indexOf('y')).toBe(got!.indexOf('x', 9));
    expect(marks!.indexOf('^')).toBe(got!.indexOf('x', 9));
    expect(got).toMatch(/^but got {2}…a+xb+…$/);
  });
});

const RACES = `
session Late(p, pause)
  on Work(n) from p
    std::wait(pause)
    p!Result(n)
  end
end
fun work(pause)
  let w = spawn Late(self, pause)
  w!Work(5)
  on Result(n) from w
    n
  or after 100
    drop w
    0
  end
end
test "the answer comes before the timeout"
  test::equal(work(50), 5)
end
test "the answer comes after the timeout"
  test::equal(work(150), 0)
end
test "nothing depends on time"
  std::wait(5)
  test::equal(ask(spawn Service(1)), 1)
end
test "fails at once"
  spawn Ticker
  let l = tcp::listen("127.0.0.1", 0)
  spawn Accepts(l)
  test::equal(1, 2)
end
`;

describe('under many schedules', () => {
  it('time may go on before what is ready is done, and a failure of the first run is told', async () => {
    const said = await testing(RACES, '--explore', '40');
    expect(said).toMatchObject({ code: 1, out: expect.stringMatching(/\n1 passed, 3 failed\n$/) as string });
    const told = parts(said);
    expect(told['the answer comes before the timeout']!.join('\n')).toMatch(/clock +time goes on to 100 ms/);
    expect(told['fails at once']!.join('\n')).toContain('it fails without any; the schedule, shortened:');
    const again = /again: quartz (.*)$/m.exec(told['the answer comes after the timeout']!.join('\n'))![1]!;
    const words = [...again.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2]!);
    expect(words.at(-1)).toMatch(/(^|,)0/);
    expect((await here.run(words)).err).toContain('expected 0\n  but got  5');
  });

  it('a run that does not come to its end is a failure', async () => {
    const said = await testing(
      'test "accepts"\n  let l = tcp::listen("127.0.0.1", 0)\n  let c = tcp::accept(l)\n  tcp::close_connection(c)\nend\n',
      ...['--explore', '5', '--timeout', '0.5'],
    );
    expect(said).toMatchObject({ code: 1, out: '0 passed, 1 failed\n' });
    expect(parts(said)['accepts']!.join('\n')).toContain('the test itself waits for net::tcp::accept in test accepts');
  });
});

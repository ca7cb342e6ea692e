/**
 * Waits for what is outside of the program: what a host function awaits stands beside its declaration, and the verdict of
 * whoever waits for a thread that calls it says so, however the call is come to.
 */
import { describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { progressOf } from '../../compiler/protocol/compose/progress.js';
import { compileText } from '../support/compile.js';

function verdicts(text: string, others: Readonly<Record<string, string>> = {}): Record<string, string> {
  const built = compileText(text, { stage: 'protocol', others });
  expect(built.diagnostics.filter(isError)).toEqual([]);
  const compositions = built.modules.at(-1)?.protocols?.compositions ?? [];
  return Object.fromEntries(compositions.map((c) => [c.cluster.name, progressOf(c)]));
}

/** A thread that does something, then answers; and `main`, which waits for the answer. */
const worker = (deed: string, more = ''): string =>
  `require io\nrequire list\n${more}\nsession W(p)\n${deed}\n  p!Done\nend\nfun main()\n  let w = spawn W(self)\n  on Done from w\n  end\nend\n`;

const STDIN = expect.stringMatching(/^depends on outside: standard input at /);

describe('a thread that waits for standard input before it answers', () => {
  it.each([
    ['itself', '  io::read_line()', ''],
    ['in a function', '  ask()', 'fun ask()\n  io::read_line()\nend'],
    ['in a function of the library', '  io::read_lines()', ''],
    ['in a closure', '  let f = || io::read_all()\n  f()', ''],
    ['in a closure given to a function', '  list::each([1], |x| std::print(io::read_line()))', ''],
    ['in a function used as a value', '  let f = io::read_line\n  f()', ''],
    ['in a local function', '  fun f()\n    io::read_line()\n  end\n  f()', ''],
    ['in a comprehension', '  let xs = [io::read_line() for i in 1..2]', ''],
    ['in a text', '  std::print("{io::read_line()}")', ''],
    ['sometimes', '  if std::get_time_ms() > 5\n    io::read_line()\n  end', ''],
    ['in a handler', '  try\n    raise Overflow\n  catch e\n    io::read_line()\n  end', ''],
    ['in a function that takes an end', '  tell(p)', 'fun tell(q)\n  io::read_line()\n  q!More\nend'],
    ['as another session', '  Other(p)', 'session Other(p)\n  io::read_line()\n  p!Done\nend'],
  ])('%s', (name, deed, more) => {
    const text = name.startsWith('as another')
      ? worker(deed, more).replace(`${deed}\n  p!Done`, deed)
      : name.includes('takes an end')
        ? worker(deed, more).replace('on Done', 'on More from w\n  end\n  on Done')
        : worker(deed, more);
    expect(verdicts(text)).toEqual({ 'main, W': STDIN });
  });

  it('in another module, whose interface says so', () => {
    const lib = 'require io\nfun ask()\n  case io::read_line()\n  when Some(s) then s\n  when None then ""\n  end\nend';
    const text = worker('  lib::ask()').replace('require io', 'require lib');
    expect(verdicts(text, { lib })).toEqual({ 'main, W': STDIN });
  });

  it('and through others that wait for it', () => {
    const text =
      'require io\nsession Reader(p)\n  io::read_line()\n  p!Line\nend\nsession Middle(p)\n  let r = spawn Reader(self)\n  on Line from r\n    p!Done\n  end\nend\nfun main()\n  let m = spawn Middle(self)\n  on Done from m\n  end\nend\n';
    expect(verdicts(text)).toEqual({ 'Middle, Reader': STDIN, 'main, Middle': STDIN });
  });
});

describe('services', () => {
  const ask =
    'fun ask(s)\n  let c = connect s\n  c!Get\n  on Val from c\n  end\nend\nfun main()\n  ask(spawn S)\nend\n';

  it('that read before they accept, or before they answer', () => {
    const before = `require io\nsession S()\n  io::read_line()\n  Serve()\nend\nsession Serve()\n  on Get from c\n    c!Val\n    loop\n  end\nend\n`;
    const serve = `${before.replace('session S()', 'session Start()').replace('  Serve()\nend\n', '  let s = spawn Serve\n  ask(s)\nend\n')}`;
    const between = `require io\nsession S()\n  on Get from c\n    io::read_line()\n    c!Val\n    loop\n  end\nend\n${ask}`;
    const after = `require io\nsession S()\n  on Get from c\n    c!Val\n    io::read_line()\n    loop\n  end\nend\n${ask}`;
    expect(verdicts(between)).toEqual({ 'ask, S': STDIN });
    expect(verdicts(after)).toEqual({ 'ask, S': STDIN });
    // Who reads before the service is there keeps no client of it waiting.
    expect(verdicts(serve + ask.replace('spawn S', 'spawn Serve'))).toEqual({ 'ask, Serve': 'proved' });
  });

  it('that wait for a thread which reads', () => {
    const text = `require io\nsession Reader(p)\n  io::read_line()\n  p!Line\nend\nsession S()\n  on Get from c\n    c!Val\n    let r = spawn Reader(self)\n    on Line from r\n    end\n    loop\n  end\nend\n${ask}`;
    expect(verdicts(text)).toEqual({ 'S, Reader': STDIN, 'ask, S': STDIN });
  });
});

describe('an end on its way', () => {
  const main = 'fun main()\n  let b = spawn Boss\n  let c = connect b\n  c!Ask\n  on Answer from c\n  end\nend\n';

  it('to a thread that reads before it takes it', () => {
    const text = `require io\nsession Helper(b)\n  io::read_line()\n  on Take(c) from b\n    c!Answer\n  end\nend\nsession Boss()\n  on Ask from c\n    let h = spawn Helper(self)\n    h!Take(c)\n    loop\n  end\nend\n${main}`;
    expect(verdicts(text)).toEqual({ 'Boss, Helper': STDIN, 'main, Boss': STDIN });
  });

  it('to a service that reads before it accepts', () => {
    const text = `require io\nsession Desk()\n  on Take(c) from x\n    c!Answer\n    io::read_line()\n    loop\n  end\nend\nsession Boss()\n  let d = spawn Desk\n  on Ask from c\n    d!Take(c)\n    loop\n  end\nend\n${main}`;
    expect(verdicts(text)).toEqual({ 'Boss, Desk': STDIN, 'main, Boss': STDIN });
  });
});

describe('who watches a thread that reads', () => {
  it('waits for the outside too', () => {
    const text =
      'require io\nsession Reader()\n  io::read_line()\nend\nfun main()\n  let r = spawn Reader\n  watch r\n  on Down(e) from r\n  end\nend\n';
    expect(verdicts(text)).toEqual({ 'main, Reader': STDIN });
  });
});

describe('what is not outside, or keeps nobody waiting', () => {
  it('time', () => {
    expect(verdicts(worker('  std::wait(10)'))).toEqual({ 'main, W': 'proved' });
  });

  it('a closure that reads, which another thread runs', () => {
    const text = worker('  list::each([1], |x| std::print(x))').replace(
      'fun main()\n',
      'session Alone(f)\n  f()\nend\nfun main()\n  spawn Alone(|| io::read_line())\n',
    );
    expect(verdicts(text)).toEqual({ 'main, W': 'proved' });
  });

  it('reading after the last word', () => {
    const text = worker('').replace('  p!Done\n', '  p!Done\n  io::read_line()\n');
    expect(verdicts(text)).toEqual({ 'main, W': 'proved' });
  });

  it('reading in a thread that nobody waits for', () => {
    const text = worker('').replace(
      'fun main()\n',
      'session Alone()\n  io::read_line()\nend\nfun main()\n  spawn Alone\n',
    );
    expect(verdicts(text)).toEqual({ 'main, W': 'proved' });
  });
});

describe('declarations', () => {
  const program = (clause: string): string =>
    `extern async fun poll() -> int${clause} from "./poll.js"\nsession W(p)\n  poll()\n  p!Done\nend\nfun main()\n  let w = spawn W(self)\n  on Done from w\n  end\nend\n`;

  it('say what is awaited, or that every call returns; else nothing is known', () => {
    expect(verdicts(program(' awaits "the post"'))).toEqual({
      'main, W': 'depends on outside: the post at W (line 3)',
    });
    expect(verdicts(program(''))).toEqual({
      'main, W': 'depends on outside: an answer of main::poll at W (line 3)',
    });
    expect(verdicts(program(' always returns'))).toEqual({ 'main, W': 'proved' });
  });

  it('have no such clause where the call is not asynchronous', () => {
    const text = program(' always returns').replace('async ', '');
    expect(compileText(text, { stage: 'protocol' }).diagnostics.filter(isError)).not.toEqual([]);
  });
});

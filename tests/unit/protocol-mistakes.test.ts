/** Mistakes in small programs: each is one error at the right line, with what a person needs to see. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { run } from '../support/protocols.js';

const timer = readFileSync(new URL('../../examples/timer.qz', import.meta.url), 'utf8');

function changed(from: string, to: string): string {
  expect(timer).toContain(from);
  return timer.replace(from, to);
}

describe('the Timer program with a mistake', () => {
  it('a label renamed on one side', () => {
    const { found, diagnostics } = run(changed('p!Pong', 'p!Pang'));
    expect(found).toEqual(['error Q0302 26']);
    expect(diagnostics[0]).toMatchObject({
      message: 'Q sends Pang to P, but P is waiting for Pong there',
      hints: ['did you mean `Pong`?'],
      figure: [
        '       P              Q',
        '       |- Ping ------>|',
        '       |x------ Pang -|',
        '       |              |',
        ' waits for Pong   has ended',
      ],
    });
  });

  it('a message left out', () => {
    const { found, diagnostics } = run(changed('    t!Stop\n', ''));
    expect(found).toEqual(['error Q0301 16']);
    expect(diagnostics[0]!.message).toBe(
      'P is waiting for Took from Timer, and Timer is waiting for Stop from P: nobody can go on',
    );
    expect(diagnostics[0]!.labels).toHaveLength(1);
  });

  it('waiting before sending: the schedule is drawn', () => {
    const { found, diagnostics } = run(changed('  q!Ping\n  on Pong from q\n', '  on Pong from q\n    q!Ping\n'));
    expect(found).toEqual(['error Q0301 14']);
    expect(diagnostics[0]).toMatchObject({
      message: 'P is waiting for Pong from Q, and Q is waiting for Ping from P: nobody can go on',
      figure: ['       P                Q', '       |                |', ' waits for Pong   waits for Ping'],
    });
  });

  it('a peer used after the protocol with it is over', () => {
    const more = run(changed('      std::print(ms)\n', '      std::print(ms)\n      q!Ping\n'));
    expect(more.found).toEqual(['error Q0303 19']);
    expect(more.diagnostics[0]!.message).toBe('P sends Ping to Q, but Q has ended');
    const wait = run(changed('      std::print(ms)\n', '      std::print(ms)\n      on Pong from q\n      end\n'));
    expect(wait.found).toEqual(['error Q0301 19']);
    expect(wait.diagnostics[0]!.message).toBe('P is waiting for Pong from Q, but Q has ended');
  });
});

const worker = 'session W(p)\n  on Go from p\n  end\nend\n';

describe('linearity', () => {
  it.each([
    [
      'used after it was given away',
      `session B()\n  w = spawn T(self)\n  c = spawn W(self)\n  w!Take(c)\n  c!Go\nend\nsession T(b)\n  on Take(c) from b\n    c!Go\n  end\nend\n${worker}`,
      'Q0310 5',
      '`c` was given away and cannot be used any more',
    ],
    [
      'used after it was given to a spawn',
      `session B()\n  c = spawn W(self)\n  d = spawn V(c)\n  c!Go\nend\nsession V(c)\n  c!Go\nend\n${worker}`,
      'Q0310 4',
      '`c` was given to a new thread and cannot be used any more',
    ],
    [
      'used after drop',
      `session B()\n  c = spawn W(self)\n  drop c\n  c!Go\nend\n${worker}`,
      'Q0310 4',
      '`c` was dropped and cannot be used any more',
    ],
    [
      'used in a handler',
      `session B()\n  c = spawn W(self)\n  try\n    c!Go\n  catch e\n    c!Go\n  end\nend\n${worker}`,
      'Q0310 6',
      '`c` is lost here and cannot be used any more',
    ],
    [
      'used after its loss',
      `session B()\n  c = spawn W(self)\n  on Ok from c\n  or Down(r) from c\n    c!Go\n  end\nend\n${worker}`,
      'Q0310 5',
      '`c` is lost here and cannot be used any more',
    ],
    [
      'given away on one path only',
      `session B(n)\n  w = spawn T(self)\n  c = spawn W(self)\n  if n > 3\n    w!Take(c)\n  else\n    w!None\n  end\n  c!Go\nend\nsession T(b)\n  on Take(c) from b\n    c!Go\n  or None\n  end\nend\n${worker}`,
      'Q0310 9',
      '`c` was given away and cannot be used any more',
    ],
    [
      'sent over itself',
      'session M()\n  a = spawn P(self)\n  let b = a\n  a!Take(b)\nend\nsession P(a)\n  on Take(c) from a\n    c!Hi\n  end\nend\n',
      'Q0316 4',
      '`b` cannot be sent over itself',
    ],
  ])('%s', (_, program, where, message) => {
    const { found, diagnostics } = run(program);
    expect(found).toEqual([`error ${where}`]);
    expect(diagnostics[0]!.message).toBe(message);
  });

  it('an overwritten end: its peer waits for ever', () => {
    const { found, diagnostics } = run(
      `session P()\n  var w = spawn W(self)\n  w = spawn W(self)\n  w!Go\nend\n${worker}`,
    );
    expect(found).toEqual(['error Q0301 7']);
    expect(diagnostics[0]!.labels).toMatchObject([{ text: 'P does nothing with this link' }]);
  });

  it('an end left unfinished on one path', () => {
    const { found, diagnostics } = run(
      `session P(n)\n  w = spawn W(self)\n  if n > 3\n    close\n  end\n  w!Go\nend\n${worker}`,
    );
    expect(found).toEqual(['error Q0301 9']);
    expect(diagnostics[0]!.message).toBe('W is waiting for Go from P, but P has ended');
  });

  it('recursion with ends outside tail position shows the cycle', () => {
    const { found, diagnostics } = run(
      `fun f(q, n)\n  if n > 0\n    g(q, n - 1)\n    q!X\n  end\nend\nfun g(q, n)\n  f(q, n)\n  q!Y\nend\nsession P()\n  w = spawn W(self)\n  f(w, 3)\nend\n${worker}`,
    );
    expect(found.every((f) => f.startsWith('error Q0314'))).toBe(true);
    expect(diagnostics[0]!.message).toBe(
      'the protocol would not be regular: `f` calls `g` calls `f` outside tail position',
    );
  });
});

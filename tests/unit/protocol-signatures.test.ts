import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { run } from '../support/protocols.js';

const timer = readFileSync(new URL('../../examples/timer.qz', import.meta.url), 'utf8');

/** The signature of the first session or function of a program. */
const first = (program: string): string => run(program).signatures[0]!.replace(/^\S+ +: /, '');

describe('signatures', () => {
  it('prints the four of the Timer program exactly', () => {
    expect(run(timer, 'timer').signatures).toEqual([
      'Timer : exists S. [s : S] -> ?s{Start ~> ?s{Stop ~> !s{Took(int) ~> End}}}',
      'P     : exists Q. (q : Q) -> [t : Timer] -> !t{Start ~> !q{Ping ~> ?q{Pong ~> !t{Stop ~> ?t{Took(int) ~> End}}}}}',
      'Q     : exists P. (p : P) -> ?p{Ping ~> !p{Pong ~> End}}',
      'main  : () -> void',
    ]);
  });

  it.each([
    [
      'a loop',
      'session L(p)\n on More(n) from p\n  p!Got(n + 1)\n  loop\n or Done\n end\nend\n',
      'exists P. (p : P) -> rec X. ?p{More(int) ~> !p{Got(int) ~> X}, Done ~> End}',
    ],
    [
      'a choice of sends',
      'session L(p)\n if 1 > 2\n  p!A\n else\n  p!B(1)\n end\nend\n',
      'exists P. (p : P) -> !p{A ~> End, B(int) ~> End}',
    ],
    [
      'a choice before waits stays a choice',
      'session L(p)\n if 1 > 2\n  on A from p\n  end\n else\n  on B from p\n  end\n end\nend\n',
      'exists P. (p : P) -> (?p{A ~> End} | ?p{B ~> End})',
    ],
    [
      'several peers',
      'session L(p, q)\n on A from p\n or B from q\n  loop\n end\nend\n',
      'exists P. exists Q. (p : P) -> (q : Q) -> rec X. ?{p.A ~> End, q.B ~> X}',
    ],
    [
      'a timeout',
      'session L(p)\n on A from p\n or after 10\n  p!Late\n end\nend\n',
      'exists P. (p : P) -> ?p{A ~> End, after ~> !p{Late ~> End}}',
    ],
    [
      'a service',
      'session S()\n on Get from c\n  c!Val(1)\n  loop\n end\nend\n',
      'rec X. exists C. ?c{Get ~> !c{Val(int) ~> X}}',
    ],
    [
      'a helper that returns in the middle',
      'fun greet(q)\n q!Hello\n on Hi from q\n end\nend\n',
      'exists Q. (q : Q) -> !q{Hello ~> ?q{Hi ~> Ret}}',
    ],
    [
      'ends renamed by a loop',
      'session S(a, b)\n a!Hi\n b!Ho\n loop(b, a)\nend\n',
      'exists A. exists B. (a : A) -> (b : B) -> rec X. !a{Hi ~> !b{Ho ~> !b{Hi ~> !a{Ho ~> X}}}}',
    ],
    [
      'a parameter of data',
      'session S(n, q)\n q!Count(n + 1)\nend\n',
      'exists Q. (n : int) -> (q : Q) -> !q{Count(int) ~> End}',
    ],
    [
      'a tail call',
      'session S(q)\n q!A\n T(q)\nend\nsession T(p)\n p!B\n loop\nend\n',
      'exists Q. (q : Q) -> !q{A ~> rec X. !q{B ~> X}}',
    ],
    [
      'a lost peer',
      'session S(q)\n on A from q\n or Down(r) from q\n end\nend\n',
      'exists Q. (q : Q) -> ?q{A ~> End, Down ~> End}',
    ],
    ['a function of data', 'fun inc(n)\n n + 1\nend\n', '(int) -> int'],
  ])('%s', (_, program, wanted) => {
    expect(first(program)).toBe(wanted);
  });

  it('`close` ends the thread even inside a session called in the middle', () => {
    const program = 'session Sub(q)\n on A from q\n  close\n or B\n end\nend\nsession P(q)\n Sub(q)\n q!More\nend\n';
    expect(run(program).signatures[1]).toBe('P   : exists Q. (q : Q) -> ?q{A ~> End, B ~> !q{More ~> End}}');
  });

  it('inlines helpers and sessions called in the middle', () => {
    const program = `fun greet(q)
  q!Hello
  on Hi from q
  end
end
session Sub(q)
  on A from q
    loop
  or B
  end
end
session P()
  w = spawn W(self)
  greet(w)
  Sub(w)
  w!Bye
end
session W(p)
  on Hello from p
    p!Hi
  end
  p!A
  p!B
  on Bye from p
  end
end
`;
    const { signatures, found } = run(program);
    expect(signatures[2]).toBe('P     : [w : W] -> !w{Hello ~> ?w{Hi ~> rec X. ?w{A ~> X, B ~> !w{Bye ~> End}}}}');
    expect(found).toEqual([]);
  });
});

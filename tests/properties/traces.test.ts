/**
 * Following a run along the automata of the program it is of never goes wrong (which every test of a whole program looks at);
 * along those of another program it does, at the first deed in which they differ.
 */
import { describe, expect, it } from 'vitest';
import { compileText } from '../support/compile.js';
import { followSpec, expectations, fromBytes } from '../support/spec.js';
import type { Followed } from '../support/traces.js';

/** Runs one program along what the checker says of another. */
function along(program: string, other: string): Followed {
  const { images } = compileText(program, { options: { unsafe: true } });
  const built = compileText(other, { options: { unsafe: true } });
  return followSpec(fromBytes(images), { expected: expectations(program), built }, 0);
}

const program = `require thread
session Child(p)
  p!Hello(1)
  on Go from p
    p!Bye
  end
end
session Door()
  on Ring from guest
    guest!Open
    loop
  or Knock from guest
    loop
  end
end
session Mute()
  ()
end
fun ask(door)
  let d = connect door
  d!Ring
  on Open from d
    7
  end
end
fun take(c)
  on Hello(n) from c
    n
  end
end
fun main()
  let door = spawn Door
  door!Knock
  let c = spawn Child(self)
  let n = take(c) + ask(door)
  try
    if n > 7
      raise Failure("no")
    end
    std::print(n)
  catch e
    std::print(n + 1)
  end
  c!Go
  on Bye from c
    std::print(n)
  end
  let ws = [spawn Child(self) for i in 1..2]
  for i in 1..2
    on Hello(k) from any w in ws
      w!Go
      on Bye from w
        std::print(k)
      end
    end
  end
  drop ws
  let m = spawn Mute
  watch m
  on Down(why) from m
    std::print("gone")
  end
  let d = connect door
  drop d
end
`;

const changes: readonly (readonly [string, RegExp, string, string])[] = [
  ['a send that is not there', /p!Bye/, '()', 'send Bye in Child'],
  ['another label', /p!Hello\(1\)/, 'p!Hallo(1)', 'send Hello in Child'],
  ['a receive that is not there', /on Go from p\n {4}p!Bye\n {2}end/, 'p!Bye', 'receive Go in Child'],
  ['a label that is not awaited', /on Ring from guest/, 'on Rang from guest', 'accept Ring in Door'],
  ['a cast that is not there', /door!Knock/, '()', 'cast Knock in main'],
  ['another session', /let m = spawn Mute/, 'let m = spawn Door', 'spawn Mute in main'],
  ['a call that is not there', /\+ ask\(door\)/, '+ 0', 'waits in main::ask'],
  ['a connection that is not there', /let d = connect door\n {2}drop d/, '()', 'connect in main'],
  ['a link that is not dropped', /drop d/, 'd!Ring\n  on Open from d\n  end', 'drop in main'],
  ['more to say', /p!Bye/, 'p!Bye\n    p!Bye', 'ends where Child is not at its end'],
  ['a thread that is not watched', /on Down\(why\) from m\n.*\n {2}end/, '()', 'watched in main'],
];

describe('a run', () => {
  it('is on paths of the automata of its program', () => {
    const { wrong, deeds } = along(program, program);
    expect(wrong).toBeUndefined();
    expect(deeds).toBeGreaterThan(25);
  });

  it.each(changes)('is not on paths of those of a program with %s', (_, from, to, said) => {
    const other = program.replace(from, to);
    expect(other).not.toBe(program);
    expect(along(program, other).wrong).toContain(said);
  });
});

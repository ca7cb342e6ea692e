/**
 * Every way out of every form of the language, with `finally` blocks around and inside: what the machine then does is on a path
 * of the checker's automaton, and it ends where that one ends. All ways out of one form are sessions of one program.
 */
import { describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { compileText } from '../support/compile.js';
import { expectations, followSpec, verifyAll } from '../support/spec.js';

/** Ways out, each taken if `n` is positive. `Once` is a session to go on as. */
const exits: Readonly<Record<string, string>> = {
  'the end': '()',
  return: 'return',
  break: 'break',
  continue: 'continue',
  loop: 'loop(p, n - 1)',
  close: 'close',
  raise: 'raise Failure("x")',
  fail: 'fail Overflow',
  'a tail call': 'Once(p)',
  'a failing call': 'fails(n)',
};
const ofLoops = ['break', 'continue'];
const ofSessions = ['loop', 'close', 'fail', 'a tail call'];

/** Links of their own for what is said in a body (b), a handler (h), a `finally` (f) and behind (d); what waits waits for r or s. */
const links = `${['b', 'h', 'f', 'd'].map((x) => `let ${x} = spawn Sink(self)\n`).join('')}${['r', 's'].map((x) => `let ${x} = spawn Source(self)\n`).join('')}`;

/** Where the way out lies among `try`s. */
const regions: Readonly<Record<string, (exit: string) => string>> = {
  'no try inside': (exit) => `b!B\n${exit}\nb!C`,
  finally: (exit) => `try\nb!B\n${exit}\nb!C\nfinally\nf!F\nend\nd!D`,
  'catch and finally': (exit) => `try\nb!B\n${exit}\ncatch Failure(_)\nh!H\nfinally\nf!F\nend\nd!D`,
  handler: (exit) => `try\nfails(1)\ncatch Failure(_)\nh!H\n${exit}\nh!C\nfinally\nf!F\nend\nd!D`,
  'handler without finally': (exit) => `try\nb!B\nfails(1)\ncatch _\nh!H\n${exit}\nh!C\nend\nd!D`,
  'finally of its own': (exit) => `try\nb!B\nfinally\nf!F\n${exit}\nf!C\nend\nd!D`,
  'finally in finally': (exit) =>
    `try\ntry\nb!B\n${exit}\nfinally\ntry\nf!F\nfinally\nh!E\nend\nend\nb!C\nfinally\nd!H\nend\nd!D`,
  'finally in a branch of a wait': (exit) =>
    `try\non Go from r\nb!B\n${exit}\nb!C\nor Down(_) from r\nb!D\nend\nfinally\nf!F\non Go from s\nf!H\nend\nend\nd!D`,
};

interface Form {
  readonly around: (inside: string) => string;
  /** Where the exit is inside a body of its own; given its text, the item to be written beside. */
  readonly item?: (name: string, inside: string) => string;
  readonly loops?: boolean;
  readonly plain?: boolean;
}
const alike = (head: string, end = 'end'): Form => ({ around: (x) => `${head}\n${x}\n${end}` });
const forms: Readonly<Record<string, Form>> = {
  'nothing around': { around: (x) => x },
  if: alike('if n > -5'),
  case: alike('case n\nwhen _'),
  on: alike('let t = spawn Source(self)\non Go from t'),
  'on a timeout': alike('let m = spawn Mute(self)\non Go from m\nor after 0', 'end\ndrop m'),
  while: { ...alike('var k = 0\nwhile k < 2\nk = k + 1'), loops: true },
  'for a range': { ...alike('for i in 1..2'), loops: true },
  'for a list': { ...alike('for i in [1, 2]'), loops: true },
  'for a pool': { ...alike('let ws = [spawn Mute(self) for i in 1..2]\nfor w in ws\nw!Stop'), loops: true },
  'serve a pool': {
    ...alike('let ws = [spawn Source(self) for i in 1..2]\nserve w in ws\non Go from w\nend\ndrop w'),
    loops: true,
  },
  take: alike('let ws = [spawn Mute(self)]\ntake w in ws\nw!Stop', 'else\np!D\nend\ndrop ws'),
  try: alike('try', 'catch Failure(_)\np!H\nend'),
  handler: alike('try\nraise Overflow\ncatch _', 'end'),
  comprehension: alike('let xs = [case i\nwhen _', '1\nend for i in 1..2]\nstd::print(xs)'),
  'an operand': alike('std::print((1, case n\nwhen _', '2\nend))'),
  'a session in the middle': { around: () => '', item: (name, inside) => `session ${name}(p, n)\n${inside}\np!E\nend` },
  'a helper': { around: () => '', item: (name, inside) => `fun ${name}(p, n)\n${inside}\np!E\nend`, plain: true },
  'a closure': { around: (x) => `let g = |n|\n${x}\nend\ng(n)`, plain: true },
  'a local function': { around: (x) => `fun g(n)\n${x}\nend\ng(n)`, plain: true },
};

const labels = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
const common = `session Sink(a)
${labels.map((l, i) => `  ${i === 0 ? 'on' : 'or'} ${l} from a\n    loop`).join('\n')}
  or Down(_) from a
  end
end
session Source(a)
  a!Go
end
session Mute(a)
  on Stop from a
  or Down(_) from a
  end
end
session Once(p)
  p!E
end
# Uses what it has given up: then nothing is composed, which is no matter here.
session Wrong(p)
  drop p
  p!A
end
fun fails(n)
  if n > 0
    raise Failure("call")
  end
end
`;

interface Written {
  readonly text: string;
  readonly count: number;
}

/** Of the places among `try`s each way out of each form gets every third, another one each time; with `LEAVING=all` all of them. */
const STEP = process.env['LEAVING'] === 'all' ? 1 : 3;

/** All ways out of one form, each in a session that is started with it taken and not taken. */
function program(form: Form): Written {
  let turn = Object.values(forms).indexOf(form);
  const items: string[] = [];
  const names: string[] = [];
  for (const [exitName, exit] of Object.entries(exits)) {
    if (ofLoops.includes(exitName) && form.loops !== true) continue;
    if (ofSessions.includes(exitName) && form.plain === true) continue;
    for (const region of Object.values(regions)) {
      if (turn++ % STEP !== 0) continue;
      const name = `A${names.length}`;
      const mid = form.item === undefined ? undefined : `${form.plain === true ? 'm' : 'M'}${names.length}`;
      const inside = `${links}${region(`if n > 0\n${exit}\nend`)}`;
      if (mid !== undefined) items.push(form.item!(mid, inside));
      const core = mid === undefined ? form.around(inside) : `${mid}(p, n)`;
      names.push(name);
      items.push(
        `session ${name}(p, n)\nlet g = spawn Sink(self)\nlet e = spawn Sink(self)\n` +
          `try\n${core}\np!A\nfinally\ng!G\nend\ne!E\nend`,
      );
    }
  }
  const started = names.map((name) => `fun start_${name}(n)\nlet b = spawn ${name}(a, n)\nand a = spawn Sink(b)\nend`);
  const calls = names.flatMap((name) => [0, 1].map((n) => `start_${name}(${n})`));
  return {
    text: `${common}${[...items, ...started].join('\n')}\nfun main()\n${calls.join('\n')}\nend\n`,
    count: names.length,
  };
}

describe('the machine leaves as the checker says', () => {
  it.each(Object.keys(forms))('%s', (name) => {
    const { text, count } = program(forms[name]!);
    const built = compileText(text, { options: { unsafe: true } });
    // What the protocol pass rejects runs all the same; anything else would be a mistake of this test.
    const wrong = built.diagnostics.filter((d) => isError(d) && !/^Q03/.test(d.code));
    expect(wrong.map((d) => `${d.code} ${d.message}`)).toEqual([]);
    expect(count).toBeGreaterThan(9);
    const modules = verifyAll(built.images, 'compiler');
    for (const seed of [0, 1]) {
      const followed = followSpec(modules, { expected: expectations(text), built }, seed, 1_000_000);
      expect(followed.wrong).toBeUndefined();
      expect(followed.deeds).toBeGreaterThan(count * 4);
    }
  });
});

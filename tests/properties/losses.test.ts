/**
 * What the peers of a thread learn when an exception leaves a `try`: every form that may fail, inside every `try` that the
 * exception may pass, on both engines. One rule: whoever talks with an end that the body mentions learns the exception that left
 * the body, then and there; and a failure that some peer was told is not told as one that nobody learnt of.
 */
import { expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { Vm } from '../../runtime/vm.js';
import { compileText } from '../support/compile.js';
import { pureHosts } from '../support/hosts.js';
import { World, load, main } from '../support/nodes.js';
import { runSpec, verifyAll } from '../support/spec.js';

/** What the failing body does with `boss`, or with `ws`, a pool of two members; it ends with an exception as `n` is 3. */
const bodies: Readonly<Record<string, string>> = {
  'says something': 'boss!Got\nburst(n)\nboss!Fin',
  'fails before it talks': 'burst(n)\nboss!Got\nboss!Fin',
  'waits first': 'boss!Ask\non Answer(k) from boss\nburst(k)\nend\nboss!Fin',
  'a branch of several': 'on Ready from m\nburst(n)\ndrop m\nor Down(_) from m\nend\nboss!Fin',
  'a function with the end': 'talk(boss, n)',
  'a function with a try of its own': 'careful(boss, n)',
  'a session in the middle': 'Talking(boss, n)',
  'the machine raises': 'boss!Got\nstd::print(1 / (n - 3))\nboss!Fin',
  'a branch of serve': 'serve w in ws\non Ready from w\nburst(n)\nend\ndrop w\nend\nboss!Fin',
  'serve, with what is beside': 'serve w in ws\non Ready from w\nboss!Got\nburst(n)\nend\ndrop w\nend\nboss!Fin',
  'from any':
    'let done = pool()\non Ready from any w in ws\nput w in done\nburst(n)\nend\ndrop done\ndrop ws\nboss!Fin',
  'from any, not put back': 'on Ready from any w in ws\nburst(n)\ndrop w\nend\ndrop ws\nboss!Fin',
  take: 'take w in ws\nburst(n)\ndrop w\nelse\nend\ndrop ws\nboss!Fin',
  'for a pool': 'for w in ws\nburst(n)\ndrop w\nend\nboss!Fin',
  'a closure': 'boss!Got\nlet f = |x| burst(x)\nf(n)\nboss!Fin',
};

/** A `try` around the body, and whether the failure of the thread, if it fails, has been told to some peer. */
const ways: Readonly<Record<string, { readonly around: (body: string) => string; readonly ends?: string }>> = {
  'no try': { around: (x) => x },
  finally: { around: (x) => `try\n${x}\nfinally\nstd::print("finally")\nend` },
  'a catch that does not match': { around: (x) => `try\n${x}\ncatch Other\nstd::print("never")\nend` },
  'catch and finally': { around: (x) => `try\n${x}\ncatch Other\nfinally\nstd::print("finally")\nend` },
  'two of them': { around: (x) => `try\ntry\n${x}\nfinally\nstd::print("in")\nend\nfinally\nstd::print("out")\nend` },
  'raised again': { around: (x) => `try\n${x}\ncatch e\nraise e\nend` },
  'kept and raised later': {
    around: (x) => `let kept = try\n${x}\nOther\ncatch e\ne\nend\nstd::print("later")\nraise kept`,
  },
  'finally lets another link go': {
    around: (x) => `let other = spawn Apart(self)\ntry\n${x}\nfinally\ndrop other\nend`,
  },
  'finally fails and comes through it': {
    around: (x) =>
      `let other = spawn Apart(self)\ntry\n${x}\nfinally\ntry\nother!Go\nraise Other\ncatch Other\nend\nend`,
  },
  caught: { around: (x) => `try\n${x}\ncatch Bad(_)\nstd::print("caught")\ncatch DivideByZero\nend`, ends: '' },
  'fails otherwise in a handler': { around: (x) => `try\n${x}\ncatch _\nraise Other\nend`, ends: 'Other' },
  'fails otherwise in finally': { around: (x) => `try\n${x}\nfinally\nraise Other\nend`, ends: 'Other' },
};

/** So many of them are sessions of one program. */
const TOGETHER = 4;
type Way = (typeof ways)[string];
const parts: readonly (readonly Way[])[] = Array.from(
  { length: Math.ceil(Object.keys(ways).length / TOGETHER) },
  (_, k) => Object.values(ways).slice(k * TOGETHER, (k + 1) * TOGETHER),
);

/** What the body needs of its own: the members of `ws`, or `m`. */
const before = (body: string, i: number): string =>
  body.includes('ws')
    ? `let ws = [spawn Member(self, ${i}) for _k in 1..2]\n`
    : body.includes(' m')
      ? `let m = spawn Member(self, ${i})\n`
      : '';

/** One program for a body: a session with each `try` around it, and somebody who talks with it. */
const program = (body: string, some: readonly Way[]): string => `exception Bad(int)
exception Other(int)
fun burst(n)
  if n > 0
    raise Bad(n)
  end
end
fun talk(b, n)
  b!Got
  burst(n)
  b!Fin
end
fun careful(b, n)
  try
    b!Got
    burst(n)
    b!Fin
  finally
    std::print("careful")
  end
end
session Talking(b, n)
  b!Got
  burst(n)
  b!Fin
end
session Member(b, i : int)
  b!Ready
  on Go from b
  or Down(e) from b
    std::print("member {i}: {e}")
  end
end
session Apart(b)
  on Go from b
    loop
  or Down(_) from b
  end
end
${some.map(({ around }, i) => `session W${i}(boss, n : int)\n${before(body, i)}${around(body).replaceAll('Other', `Other(${i})`)}\nend`).join('\n')}
session Talk(w, i : int)
  on Ask from w
    w!Answer(3)
    loop
  or Got from w
    loop
  or Fin from w
    std::print("fin")
  or Down(e) from w
    std::print("boss {i}: {e}")
  end
end
${some.map((_, i) => `session Boss${i}()\nlet w = spawn W${i}(self, 3)\nTalk(w, ${i})\nend`).join('\n')}
fun main()
${some.map((_, i) => `spawn Boss${i}`).join('\n')}
end
`;

/** The lines that a failure of the body must bring: of each end that it mentions, and of the members of a pool. */
const expected = (body: string, some: readonly Way[], e: string): string[] =>
  some.flatMap((_, i) => {
    const members = body.includes('ws') ? 2 : body.includes(' m') ? 1 : 0;
    return [`boss ${i}: ${e}`, ...Array<string>(members).fill(`member ${i}: ${e}`)];
  });

const cases = Object.entries(bodies).flatMap(([name, body]) => parts.map((some, k) => ({ name, k, body, some })));

it.each(cases)('$name ($k)', async ({ body, some }) => {
  const { images, diagnostics } = compileText(program(body, some));
  expect(diagnostics.filter(isError).map((d) => d.message)).toEqual([]);
  const e = body.includes(' / ') ? 'DivideByZero' : 'Bad(3)';
  const otherwise = some.flatMap(({ ends }, i) => (ends === 'Other' ? [`Other(${i})`] : []));
  for (const engine of ['interpreter', 'compiled'] as const) {
    const { output, failures, stuck } = await runSpec(verifyAll(images, 'none'), 'main', engine);
    expect(output.filter((l) => /^(boss|member) /.test(l)).sort(), engine).toEqual(expected(body, some, e).sort());
    expect({ failures: [...failures].sort(), stuck }, engine).toEqual({ failures: otherwise.sort(), stuck: [] });
  }
});

/** A thread that rests in its `finally`, after a peer was told and before it fails. */
const resting = (rest: string): string => `require std
require node
require thread
exception Bad(int)
session W(boss, n : int)
  let other = spawn Apart(self)
  try
    boss!Got
    std::print(1 / n)
    boss!Fin
  finally
    drop other
    ${rest}
    std::print("later")
  end
end
session Apart(b)
  on Go from b
  or Down(_) from b
  end
end
fun main()
  let w = spawn W(self, 0)
  on Got from w
    on Fin from w
    or Down(e) from w
      std::print(e)
    end
  end
end
`;

it('a snapshot knows what peers were told', () => {
  const { images } = compileText(resting('std::wait(100)'));
  const modules = verifyAll(images, 'none');
  const out: string[] = [];
  const options = { environment: { write: (t: string) => void out.push(t), now: () => 0 }, virtualTime: true };
  const vm = new Vm({ ...options, hosts: pureHosts() });
  vm.spawnMain(modules.map((m) => vm.load(m)).at(-1)!, 'main');
  while (out.length === 0) vm.run(100);
  expect(out.join('')).toBe('DivideByZero\n');
  const again = [...modules];
  const back = Vm.restore(vm.snapshot(), () => again.shift()!, { ...options, hosts: pureHosts() });
  return back.runUntilIdle().then((end) => {
    expect(out.join('')).toBe('DivideByZero\nlater\n');
    expect(end.failures).toEqual([]);
  });
});

it('a thread that moves knows what its peers were told', async () => {
  const w = new World();
  const [a, b] = [w.place('a'), w.place('b')];
  load(a.vm, resting('thread::migrate(self, node::connect("b"))'));
  main(a);
  await w.settle();
  expect(a.out.join('')).toBe('DivideByZero\n');
  expect(b.out.join('')).toBe('later\n');
  expect([a, b].map((p) => p.vm.end().failures)).toEqual([[], []]);
});

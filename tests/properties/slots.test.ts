/** A small part of the search of `tests/fuzz/slots.ts`; and that a slot which holds something else is seen. */
import { describe, expect, it } from 'vitest';
import { Judge } from '../../runtime/judge/frames.js';
import { list } from '../../runtime/values/list.js';
import { makeData, Float, Partial, tupleConstructor, type Value } from '../../runtime/values/value.js';
import { SOME, exception } from '../../runtime/values/exceptions.js';
import { End } from '../../runtime/process/link.js';
import { Vm } from '../../runtime/vm.js';
import { compileText } from '../support/compile.js';
import { restingFrames } from '../support/oracle.js';
import { randomProgram } from '../support/random-programs.js';
import { randomSource } from '../support/random-sources.js';
import { verifyAll } from '../support/spec.js';
import { look, type Looked, programsIn } from '../fuzz/slots.js';

const nothing = (): Looked => ({ programs: 0, instructions: 0, known: 0, wrong: [] });

describe('every slot of the newest frame holds what the verifier says', () => {
  it.each(['closures', 'pools', 'threads'])('in the programs of tests/spec/%s', (folder) => {
    const so = nothing();
    for (const { name, text } of programsIn(`tests/spec/${folder}`)) look(name, text, 600, so);
    expect(so.wrong).toEqual([]);
    expect(so.programs).toBeGreaterThan(4);
    expect(so.known).toBeGreaterThan(so.programs * 10);
  });

  // As `npm run fuzz -- slots` looks at all of them: here only at where generic frames, services and what leaves a thread are.
  it.each(['tests/spec/leaving', 'tests/spec/functions', 'examples'])('in the programs of %s', (folder) => {
    const so = nothing();
    for (const { name, text } of programsIn(folder)) look(name, text, 400, so);
    expect(so.wrong).toEqual([]);
    expect(so.programs).toBeGreaterThan(3);
  });

  it('in random programs', () => {
    const so = nothing();
    for (let seed = 1; seed <= 6; seed++) {
      look(`random source ${seed}`, randomSource(seed), 1500, so);
      look(`random program ${seed}`, randomProgram(seed).text, 1500, so);
    }
    // A closure that is called where it was sent to, and one in code that only the compiler knows.
    for (const seed of [5056, 5064]) look(`random program ${seed}`, randomProgram(seed).text, 1500, so);
    expect(so.wrong).toEqual([]);
    expect(so.known).toBeGreaterThan(1500);
  });
});

const TEXT = `
type Point = { x : int, y : int }
type Shape = Dot(Point) | Named(string, list<int>)
exception Odd(int)

fun keep(p : Point, s : Shape, m : map<string, float>, f : (int) -> string, e : exn, o : option<(int, bool)>, xs : list<a>, g : (a) -> int)
  wait()
  std::print("{p} {s} {m} {f(1)} {e} {o} {xs}")
  for x in xs
    std::print(g(x))
  end
end

fun wait()
  std::wait(1)
end

fun other(n : string) -> string
  n
end

fun main()
  let p = Point{x: 1, y: 2}
  keep(p, Named("a", [1]), #{"a": 1.0}, |n| "{n}", Odd(1), Some((1, true)), [p], |q| q.x)
end
`;

describe('a slot that holds something else', () => {
  const { images } = compileText(TEXT);
  const vm = new Vm({ virtualTime: true });
  const module = verifyAll(images, 'compiler')
    .map((m) => vm.load(m))
    .at(-1)!;
  const t = vm.spawnMain(module);
  for (let i = 0; i < 200 && t.waiting === null; i++) vm.run(1);
  const frames = restingFrames(t);
  const at = frames.findIndex((f) => f.site.fn.name === 'keep');
  const judge = new Judge(() => vm.modules);
  const [p, s, m, f, e, o, xs, g] = frames[at]!.slots;
  const made = (name: string, ...fields: Value[]): Value =>
    makeData(
      module.constructors.find((c) => c.name === name)!,
      fields,
    );
  const changed = (...slots: Value[]): string | null =>
    judge.frames(frames.map((frame, i) => (i === at ? { ...frame, slots } : frame)), undefined, t); // prettier-ignore
  const other = new Partial(
    module.functions.find((x) => x.name === 'other')!,
    [],
  );

  it('is none where everything is as it was', () => expect(changed(p, s, m, f, e, o, xs, g)).toBeNull());

  it.each<[string, () => (string | null)[]]>([
    ['a record', () => [changed(made('Point', 1, 'y'), s, m, f, e, o, xs, g), changed(s, s, m, f, e, o, xs, g)]],
    [
      'a variant, and what lies in it',
      () => [
        changed(p, made('Dot', made('Point', 'x', 1)), m, f, e, o, xs, g),
        changed(p, made('Named', 'a', list([1, 'b'])), m, f, e, o, xs, g),
      ],
    ],
    ['a map', () => [changed(p, s, list([]), f, e, o, xs, g)]],
    ['a function of another type', () => [changed(p, s, m, other, e, o, xs, g), changed(p, s, m, g, e, o, xs, g)]],
    ['an exception', () => [changed(p, s, m, f, made('Odd', 'x'), o, xs, g), changed(p, s, m, f, s, o, xs, g)]],
    ['an exception of the machine', () => [changed(p, s, m, f, exception('HostError', 1), o, xs, g)]],
    [
      'an option',
      () => [
        changed(p, s, m, f, e, makeData(SOME, [1]), xs, g),
        changed(p, s, m, f, e, makeData(SOME, [makeData(tupleConstructor(2), [1, 1])]), xs, g),
      ],
    ],
    // What the variable `a` stands for is one type for all slots.
    ['a list of what its function does not take', () => [changed(p, s, m, f, e, o, list([1]), g)]],
    ['an int where a float should be', () => [changed(p, s, new Float(1), f, e, o, xs, g)]],
  ])('is seen: %s', (_, all) => {
    for (const why of all()) expect(why).toMatch(/^slot \d of keep is .* and holds something else$/);
  });
});

const SERVED = `
session Worker(p, n)
  for i in 1..n
    p!Part(i)
  end
  p!Rest
  on Go from p
    std::print("go")
  end
end

fun main()
  let ws = pool()
  put spawn Worker(self, 1) with 10 in ws
  let done = pool()
  serve w in ws
    on Part(n) from w
      std::wait(n)
    or Rest from w
      put w in done
      std::wait(99)
    end
  end
  for w in done
    w!Go
  end
end
`;

describe('where paths are followed apart', () => {
  /** What is said of the frame of `main` at its n-th rest in `serve`, with this beside the member of the pool. */
  const judged = (n: number, datum: Value): string | null => {
    const { images } = compileText(SERVED);
    const vm = new Vm({ virtualTime: true });
    const module = verifyAll(images, 'none')
      .map((m) => vm.load(m))
      .at(-1)!;
    const t = vm.spawnMain(module);
    const member = (): End | undefined =>
      restingFrames(t)
        .at(-1)
        ?.slots.find((v): v is End => v instanceof End && v.extra !== null);
    for (let i = 0, rested = false; i < 2000 && n > 0; i++) {
      vm.run(1);
      const rests = t.waiting !== null && member() !== undefined;
      if (rests && !rested) n--;
      rested = rests;
    }
    expect(n).toBe(0);
    member()!.extra!.datum = datum;
    return new Judge(() => vm.modules).frames(restingFrames(t), undefined, t);
  };

  it('what lies beside an end is what it is on the way that its flag tells', () => {
    expect(judged(1, 10)).toBeNull();
    expect(judged(1, 'x')).toMatch(/what came with an end of main is something else/);
  });
});

/**
 * A node that knows the secret and lies: threads whose frames hold what their code never put there are refused, go on where
 * they were, and honest ones are taken.
 */
import { describe, expect, it } from 'vitest';
import type { CodeProgram } from '../../runtime/engine/program.js';
import { STATUS } from '../../runtime/link/frame.js';
import type { Thread } from '../../runtime/process/thread.js';
import { list } from '../../runtime/values/list.js';
import { Cons, Float, NIL, Partial, isData, makeData } from '../../runtime/values/value.js';
import type { Value } from '../../runtime/values/value.js';
import { World, load, main, type Place } from '../support/nodes.js';

interface FrameWords {
  readonly words: unknown[];
  readonly at: number;
  readonly depth: number;
}

const framesOf = (t: Thread): FrameWords[] =>
  [...(t.program as CodeProgram).frames()].map(({ site, words, at }) => ({
    words: words as unknown[],
    at,
    depth: site.depth,
  }));

/** Two nodes that are connected; the program waits on the first. */
async function waiting(text: string): Promise<{ world: World; a: Place; b: Place; thread: Thread }> {
  const world = new World();
  const [a, b] = [world.place('a'), world.place('b')];
  for (const p of [a, b]) load(p.vm, text);
  void a.node.connect('b');
  const thread = main(a);
  await world.settle();
  return { world, a, b, thread };
}

async function sent(world: World, a: Place, thread: Thread): Promise<number> {
  let status = -1;
  a.node.moving.migrate(thread, 'b', false, (s) => (status = s));
  await world.settle();
  return status;
}

const PROGRAM = `
fun inner(n : int, name : string, xs : list<int>, f : (int) -> int, o : option<string>, p : (int, bool), x : float) -> int
  var total = 0
  let add = |m| total = total + m
  std::wait(600000)
  std::print(name)
  std::print(xs)
  std::print(o)
  std::print(p)
  std::print(x)
  add(n)
  add(f(n))
  total
end

fun outer(k : int) -> int
  let label = "out{k}"
  let r = inner(k, "inner", [1, 2], |m| m + k, Some("s"), (1, true), 2.5)
  std::print(label)
  std::print(r + 1)
  r
end

fun main()
  outer(20)
end
`;
const OUTPUT = ['inner', '[1, 2]', 'Some("s")', '(1, true)', '2.5', 'out20', '61'];

/** Values that are not of the type of the given one, on the surface or below. */
function wrongFor(v: Value): Value[] {
  const all: Value[] = [7, 'no', true, NIL, new Float(1)].filter(
    (w) => typeof w !== typeof v || v === null || (w as object).constructor !== (v as unknown as object).constructor,
  );
  if (v instanceof Cons) all.push(list(['text']));
  if (isData(v) && v.ctor.name === 'Some') all.push(makeData(v.ctor, [5]));
  if (isData(v) && v.ctor.kind === 'tuple') all.push(makeData(v.ctor, [1, 2]));
  if (v instanceof Partial && v.args.length === 1) all.push(new Partial(v.fn, ['captured']), new Partial(v.fn, []));
  return all;
}

describe('a thread whose slots were changed', () => {
  it('is refused whatever slot of whatever frame it is, and taken as it was', async () => {
    const { world, a, b, thread } = await waiting(PROGRAM);
    let tried = 0;
    for (const { words, at, depth } of framesOf(thread)) {
      for (let i = at + 1; i <= at + depth; i++) {
        const honest = words[i] as Value;
        if (honest === undefined) continue;
        for (const wrong of wrongFor(honest)) {
          words[i] = wrong;
          expect([i - at, wrong, await sent(world, a, thread)]).toEqual([i - at, wrong, STATUS.context]);
          tried++;
        }
        words[i] = honest;
      }
    }
    expect(tried).toBeGreaterThan(40);
    expect(b.events.filter((e) => e.includes('holds something else'))).toHaveLength(tried);
    expect(await sent(world, a, thread)).toBe(STATUS.ok);
    world.now = 700_000;
    await world.settle();
    expect(b.out.map((s) => s.trim())).toEqual(OUTPUT);
    expect(a.out).toEqual([]);
  });

  it('is refused if its frames do not call each other', async () => {
    const { world, a, b, thread } = await waiting(`
fun number(n : int) -> int
  if n > 0 then number(n - 1) + 0 else wait(n) + 3 end
end

fun text(n : int) -> string
  if n > 0 then text(n - 1) ++ "" else "t{wait(n)}" end
end

fun nothing(n : int)
  std::wait(600000)
  if n > 0 then nothing(n - 1) end
end

fun wait(n : int) -> int
  std::wait(600000)
  if n > 0 then wait(n - 1) else n end
end

fun main()
  spawn Other(1)
  spawn Other(2)
  std::print(number(1) + 1)
end

session Other(n : int)
  if n == 1
    std::print(text(1))
  else
    nothing(0)
  end
  std::print(n)
end
`);
    const threads = [...a.vm.scheduler.threads].filter((t) => t !== thread);
    // wait < number(0) < number(1) < main; wait < text(0) < text(1) < Other(1); nothing(0) < Other(2)
    const [number, text, nothing] = [thread, ...threads].map(framesOf) as [FrameWords[], FrameWords[], FrameWords[]];
    expect([number, text, nothing].map((f) => f.map((x) => x.depth))).toEqual([
      [1, 1, 1, 0],
      [1, 2, 1, 1],
      [1, 1],
    ]);
    const pretends = async (frame: FrameWords, other: FrameWords): Promise<number> => {
      const honest = frame.words[frame.at];
      frame.words[frame.at] = other.words[other.at];
      const status = await sent(world, a, thread);
      frame.words[frame.at] = honest;
      return status;
    };
    // A caller that waits for a text, one that waits for nothing, a session in the middle.
    expect(await pretends(number[2]!, text[2]!)).toBe(STATUS.context);
    expect(await pretends(number[1]!, nothing[1]!)).toBe(STATUS.context);
    expect(await pretends(number[1]!, text[3]!)).toBe(STATUS.context);
    expect(await sent(world, a, thread)).toBe(STATUS.ok);
    world.now = 700_000;
    await world.settle();
    expect(b.out.map((s) => s.trim())).toEqual(['4']);
    expect(a.out.map((s) => s.trim()).sort()).toEqual(['1', '2', 't0']);
  });
});

/** B7 and B9 beyond the guide's programs: foreign modules, bindings, values at the border, the debugger, machines side by side. */
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompileError, compile, createVm, Debugger, load, Peer, type PlainFunctions } from '../index.js';
import { type Folder, eachInAFolder } from './support/cli.js';

let here: Folder;
eachInAFolder((folder) => (here = folder));

async function outputOf(
  text: string,
  main: PlainFunctions = {},
  engine: 'interpreter' | 'compiled' = 'interpreter',
): Promise<string> {
  let out = '';
  const vm = createVm({ engine, functions: { main }, environment: { write: (s) => void (out += s) } });
  vm.spawnMain(load(vm, compile(text)));
  const end = await vm.runUntilIdle();
  return out + end.failures.map((f) => `${f.message}\n`).join('');
}

describe('B7 extern functions from a module of the user', () => {
  const SHA = `
extern fun sha(s : string) -> string from "./lib/sha.mjs"
extern async fun slow(n : int) -> int from "./lib/sha.mjs"
extern fun wrong() -> list<int> from "./lib/sha.mjs"

fun main()
  std::print(sha("abc"))
  std::print(slow(1))
  try
    std::print(wrong())
  catch HostError(why)
    std::print(why)
  end
end
`;
  const MODULE = `
import { createHash } from 'node:crypto';
export const sha = (s) => createHash('sha1').update(s).digest('hex');
export const slow = async (n) => n + 1;
export const wrong = () => [1, 'two'];
`;

  it('are loaded from beside the source, and a wrong result is a HostError', async () => {
    here.write('src/hash.qz', SHA).write('src/lib/sha.mjs', MODULE);
    for (const engine of ['interpreter', 'compiled']) {
      expect(await here.run(['run', '--allow-host', '--engine', engine, 'src/hash.qz'])).toEqual({
        code: 0,
        out: 'a9993e364706816aba3e25717850c26c9cd0d89d\n2\nhash::wrong: "two" is not int\n',
        err: '',
        bytes: new Uint8Array(),
      });
    }
  });

  it('are loaded only as far as a flag allows', async () => {
    here.write('src/hash.qz', SHA).write('src/lib/sha.mjs', MODULE).write('other/sha.mjs', MODULE);
    const refused = (flags: string[]): Promise<unknown> => here.run(['run', ...flags, 'src/hash.qz']);
    for (const flags of [[], ['--allow-read'], ['--allow-write', '--allow-run'], ['--allow-host=other']])
      expect(await refused(flags)).toMatchObject({
        code: 1,
        out: '',
        err: 'error: module hash takes functions from "./lib/sha.mjs": loading host modules is not allowed; run with --allow-host=src/lib/sha.mjs\n',
      });
    for (const flag of ['--allow-host=src', '--allow-host=other,src/lib/sha.mjs'])
      expect(await here.run(['run', flag, 'src/hash.qz'])).toMatchObject({ code: 0 });
    symlinkSync('../other/sha.mjs', path.join(here.path, 'src/led.mjs'));
    here.write('src/led.qz', SHA.replaceAll('./lib/sha.mjs', './led.mjs'));
    expect(await here.run(['run', '--allow-host=src', 'src/led.qz'])).toMatchObject({ code: 1, out: '' });
  });

  it('that are not there, or not functions, are refused in plain words before anything runs', async () => {
    here.write('hash.qz', SHA);
    expect(await here.run(['run', 'hash.qz'])).toMatchObject({
      code: 1,
      out: '',
      err: 'error: module hash takes functions from "./lib/sha.mjs", but there is no file lib/sha.mjs\n',
    });
    here.write('lib/sha.mjs', 'export const sha = 1;');
    expect((await here.run(['run', '--allow-host=lib', 'hash.qz'])).err).toBe(
      'error: ./lib/sha.mjs exports no function sha, which module hash needs\n',
    );
    here.write('odd.qz', 'extern fun rm(s : string) from "node:fs"\n\nfun main()\n  rm("x")\nend\n');
    expect((await here.run(['run', 'odd.qz'])).err).toContain('only ./ and ../ paths are possible');
    here.write('bare.qz', 'extern fun f()\n\nfun main()\n  f()\nend\n');
    expect((await here.run(['run', 'bare.qz'])).err).toBe('error: the host has no function bare::f\n');
  });
});

describe('B9 quartz bind', () => {
  const SHAPES = `
extern type Canvas
type Point = { x : int, y : int }
type Shape = Circle(Point, float) | Empty

## Draws it.
extern fun draw(canvas : Canvas, s : Shape) -> result<int, string> from "./draw.js"
extern async fun later(ms : int) from "./draw.js"
extern fun pick(xs : list<a>, otherwise : a) -> option<a> from "./draw.js"
extern fun table() -> map<string, (int, bytes)> from "./draw.js"
`;

  it('writes the interface that the host module must have, and TypeScript accepts a module that has it', async () => {
    const said = await here.write('shapes.qz', SHAPES).run(['bind', 'shapes.qz']);
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toBe(`/** What module shapes needs from its host. Written by quartz bind. */
export type Canvas = object;
export interface Point {
  readonly x: number;
  readonly y: number;
}
export type Shape =
  | { readonly tag: 'Circle'; readonly fields: readonly [Point, number] }
  | { readonly tag: 'Empty'; readonly fields: readonly [] };
export type ShapesHost = {
  /** Draws it. */
  draw(canvas: Canvas, s: Shape): { readonly ok: number } | { readonly err: string };
  later(ms: number): Promise<void> | void;
  pick<A>(xs: readonly (A)[], otherwise: A): { readonly some: A } | undefined;
  table(): ReadonlyMap<string, readonly [number, Uint8Array]>;
};
`);
    const use = (draw: string): number => {
      const text = `${said.out}\nexport const host: ShapesHost = { draw: ${draw}, later: async () => {}, pick: (xs, o) => ({ some: xs[0] ?? o }), table: () => new Map() };
type Functions = Readonly<Record<string, Readonly<Record<string, (...args: never[]) => unknown>>>>;
export const functions: Functions = { shapes: host };`;
      const file = ts.createSourceFile('h.ts', text, ts.ScriptTarget.ES2022, true);
      const options: ts.CompilerOptions = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022 };
      const host = ts.createCompilerHost(options);
      const { getSourceFile } = host;
      host.getSourceFile = (name, ...rest) => (name === 'h.ts' ? file : getSourceFile(name, ...rest));
      const program = ts.createProgram(['h.ts'], options, host);
      return program.getSemanticDiagnostics(file).length + program.getSyntacticDiagnostics(file).length;
    };
    expect(use('(on, s) => ({ ok: s.tag === "Circle" ? s.fields[0].x : 0 })')).toBe(0);
    expect(use('(on, s) => 7')).toBe(1);
  });

  it('refuses a module with errors', async () => {
    here.write('bad.qz', 'extern fun f(x : Nope) -> int\n');
    expect(await here.run(['bind', 'bad.qz'])).toMatchObject({ code: 1, out: '' });
  });
});

describe('B7 values at the border', () => {
  const echo = `
extern fun echo(x : (int, float, bool, string, list<option<int>>, map<string, float>)) -> (int, float, bool, string, list<option<int>>, map<string, float>)
extern fun give() -> (int, float, bool, string, list<option<int>>, map<string, float>)

fun main()
  std::print(echo(give()) == give())
end
`;

  it('come back as they went', async () => {
    const values = fc.tuple(
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.string({ unit: 'grapheme' }),
      fc.array(fc.option(fc.integer(), { nil: undefined })),
      fc.array(fc.tuple(fc.string(), fc.integer())).map((all) => new Map(all)),
    );
    await fc.assert(
      fc.asyncProperty(values, async (given) => {
        expect(await outputOf(echo, { give: () => given, echo: (x: unknown) => x })).toBe('true\n');
      }),
      { seed: 11, numRuns: 15 },
    );
  });

  it.each([
    ['int', [1.5, 2 ** 53, '1', null, 1n, NaN]],
    ['float', ['1', undefined]],
    ['string', [1, '\ud800', ['a']]],
    ['bool', [0, 'true']],
    ['bytes', ['abc', [1, 2]]],
    ['list<int>', [[1, '2'], 5, new Set([1])]],
    ['option<int>', ['x', 0.5]],
    ['result<int, string>', [{ ok: 'x' }, {}, { ok: 1, err: 'both' }, 1]],
    ['(int, int)', [[1], [1, 2, 3], [1, 'x']]],
    ['map<string, int>', [{ a: 1 }, new Map([[1, 1]])]],
    ['P', [{ x: 1 }, { x: 1, y: 'z' }, 7, { tag: 'P' }]],
    [
      'S',
      [
        { tag: 'Triangle', fields: [] },
        { tag: 'Circle', fields: [] },
        { tag: 'Circle', fields: ['r'] },
      ],
    ],
  ])('%s: what is none is a HostError and never a value', async (type, wrong) => {
    const text = `
type P = { x : int, y : int }
type S = Circle(float) | Square
extern fun give() -> ${type}

fun main()
  let known = [P{x: 1, y: 2}.x]
  let shapes = [Circle(1.0), Square]
  try
    let given = give()
    std::print("accepted {given}")
  catch HostError(why)
    std::print("HostError")
  end
end
`;
    for (const value of wrong) expect(await outputOf(text, { give: () => value })).toBe('HostError\n');
  });

  it('records and variants are made by the host, extern types are passed through', async () => {
    const text = `
extern type Counter
type P = { x : int, y : int }
type S = Circle(float) | Square(P)
extern fun counter() -> Counter
extern fun next(c : Counter) -> int
extern fun shape(p : P) -> S

fun main()
  let c = counter()
  std::print((next(c), next(c)))
  case shape(P{x: 3, y: 4})
  when Square(p) then std::print(p.x + p.y)
  when Circle(r) then std::print(r)
  end
end
`;
    const made = { n: 0 };
    const functions: PlainFunctions = {
      counter: () => made,
      next: (c: typeof made) => ++c.n,
      shape: (p: { x: number; y: number }) => ({ tag: 'Square', fields: [{ x: p.x * 10, y: p.y }] }),
    };
    for (const engine of ['interpreter', 'compiled'] as const) {
      made.n = 0;
      expect(await outputOf(text, functions, engine)).toBe('(1, 2)\n34\n');
    }
  });

  it('a promise from a function that is not async, and a throw, are HostErrors', async () => {
    const text = 'extern fun f() -> int\n\nfun main()\n  std::print(f())\nend\n';
    expect(await outputOf(text, { f: async () => 1 })).toContain('HostError');
    expect(
      await outputOf(text, {
        f: () => {
          throw new Error('no luck');
        },
      }),
    ).toContain('no luck');
  });
});

describe('B9 sessions and the host', () => {
  it('a dropped link is a loss to the session, a failing session one to the host', async () => {
    let out = '';
    const vm = createVm({ environment: { write: (s) => void (out += s) } });
    const module = load(
      vm,
      compile(`
exception Refusal(string)

session Picky(c)
  on Ask(n : int) from c
    if n < 0
      fail Refusal("negative")
    end
    c!Answer(n * 2)
    loop
  or Down(why) from c
    std::print(why)
  end
end
`),
    );
    const first = Peer.open(vm, module, 'Picky');
    first.send('Ask', 4);
    expect(() => first.send('Ask', 5)).toThrow('may not be sent now');
    vm.runReady();
    expect(first.take()).toEqual({ label: 'Answer', values: [8] });
    first.drop();
    await vm.runUntilIdle();
    expect(out).toBe('Dropped\n');
    const second = Peer.open(vm, module, 'Picky');
    second.send('Ask', -1);
    const answer = second.receive();
    answer.catch(() => undefined);
    vm.runReady();
    await expect(answer).rejects.toThrow('Refusal("negative")');
    expect((await vm.runUntilIdle()).failures).toEqual([]);
  });

  it('a rejected program is an error with its diagnostics', () => {
    expect(() => compile('fun main()\n  oops()\nend\n')).toThrow(CompileError);
    expect(() =>
      compile({ a: 'require b\nfun main()\n  b::f()\nend\n', b: 'fun f()\n  1\nend\n' }, { name: 'a' }),
    ).not.toThrow();
  });
});

describe('B9 the debugger', () => {
  const text = `fun twice(n : int)
  let doubled = n + n
  doubled + 0
end

session Worker(boss)
  on Job(n : int) from boss
    let made = twice(n)
    boss!Done(made)
  end
end

fun main()
  w = spawn Worker(self)
  w!Job(21)
  on Done(n) from w
    std::print(n)
  end
end
`;

  it('stops at a line, shows threads and slots, and the program does what it does without', () => {
    let out = '';
    const vm = createVm({ environment: { write: (s) => void (out += s) } });
    vm.spawnMain(load(vm, compile(text)));
    const debug = new Debugger(vm);
    expect(() => debug.breakAt({})).toThrow();
    debug.breakAt({ line: 9 });
    const stop = debug.run();
    expect(stop).toMatchObject({ reason: 'breakpoint', place: { function: 'Worker', line: 9, file: 'main.qz' } });
    const worker = stop.place!.thread;
    const slots = debug.frames(worker)[0]!.slots;
    // A `let` that is used once stays on the operand stack, without its name.
    expect(slots.map((s) => s.text)).toContain('42');
    expect(slots.find((s) => s.name === 'boss')?.text).toBe('<end>');
    expect(
      debug
        .threads()
        .map((t) => t.status)
        .sort(),
    ).toEqual(['ready', 'waiting']);
    expect(out).toBe('');
    expect(debug.run().reason).toBe('idle');
    expect(out).toBe('42\n');
  });

  describe('steps', () => {
    const nested = `fun half(n : int)
  n / 2
end

fun sum(n : int) -> int
  if n == 0
    0
  else
    n + sum(n - 1)
  end
end

fun both(a : int)
  let x = sum(a)
  let y = half(x)
  x + y
end

fun main()
  std::print(both(10))
  std::print(half(8))
end
`;
    const started = (
      text: string,
    ): { debug: Debugger; main: number; vm: ReturnType<typeof createVm>; out: string[] } => {
      const out: string[] = [];
      const vm = createVm({ environment: { write: (s) => void out.push(s.trim()) } });
      const main = vm.spawnMain(load(vm, compile(text))).id;
      return { debug: new Debugger(vm), main, vm, out };
    };
    const names = (debug: Debugger, thread: number): string =>
      debug
        .frames(thread)
        .map((f) => f.function)
        .join(' ');

    it('over calls, and out of them', () => {
      const { debug, main, out } = started(nested);
      const breakpoint = debug.breakAt({ function: 'both' });
      expect(debug.run().place).toMatchObject({ function: 'both', line: 14 });
      debug.clear(breakpoint);
      // Over a recursion ten calls deep, then over a call whose code stands in its caller's.
      expect(debug.stepOver(main)).toMatchObject({ reason: 'step', place: { function: 'both', line: 15 } });
      expect(debug.stepOver(main)).toMatchObject({ reason: 'step', place: { function: 'both', line: 16 } });
      expect(names(debug, main)).toBe('both main');
      expect(debug.stepOut(main)).toMatchObject({ reason: 'step', place: { function: 'main', line: 20 } });
      expect(out).toEqual([]);
      expect(debug.stepOver(main)).toMatchObject({ reason: 'step', place: { function: 'main', line: 21 } });
      expect(out).toEqual(['82']);
      // The outermost has no caller: until it ends.
      expect(debug.stepOut(main)).toEqual({ reason: 'step', place: undefined });
      expect(out).toEqual(['82', '4']);
      expect(debug.stepOver(main)).toEqual({ reason: 'step', place: undefined });
    });

    it('into a recursion, over the rest of it, and out level by level', () => {
      const { debug, main } = started(nested);
      const breakpoint = debug.breakAt({ line: 6 });
      for (let depth = 1; depth <= 3; depth++) {
        expect(debug.run()).toMatchObject({ reason: 'breakpoint', place: { function: 'sum', line: 6 } });
        expect(names(debug, main)).toBe(`${'sum '.repeat(depth)}both main`);
      }
      debug.clear(breakpoint);
      expect(debug.stepOver(main).place).toMatchObject({ function: 'sum', line: 9 });
      // Seven more calls and their returns are one step.
      expect(debug.stepOver(main).place?.function).toBe('sum');
      expect(names(debug, main)).toBe('sum sum both main');
      expect(debug.stepOut(main).reason).toBe('step');
      expect(names(debug, main)).toBe('sum both main');
      expect(debug.stepOut(main).place?.function).toBe('both');
    });

    it('a breakpoint stops them, in a function whose code stands in its caller too', () => {
      const { debug, main } = started(nested);
      debug.breakAt({ function: 'half' });
      expect(debug.stepOver(main)).toMatchObject({ reason: 'breakpoint', place: { function: 'half', line: 2 } });
      expect(names(debug, main)).toBe('half both main');
      expect(debug.stepOut(main)).toMatchObject({ reason: 'step', place: { function: 'both' } });
      expect(debug.run()).toMatchObject({ reason: 'breakpoint', place: { function: 'half', line: 2 } });
      expect(names(debug, main)).toBe('half main');
    });

    it('end where the thread waits for ever, or runs for ever', () => {
      const waiting = started(text.replace('w!Job(21)', 'w!Job(21); std::wait(1000000)'));
      waiting.debug.breakAt({ function: 'main' });
      const spinning = started(
        'fun spin(n : int)\n  spin(n + 1)\nend\n\nfun main()\n  spin(0)\n  std::print(1)\nend\n',
      );
      expect(spinning.debug.stepOver(spinning.main, 1000).reason).toBe('limit');
      expect(waiting.debug.stepOut(waiting.main).reason).toBe('idle');
    });
  });

  it('counts the same instructions as run(n)', () => {
    const plain = createVm();
    plain.spawnMain(load(plain, compile(text)));
    const used = 1_000_000 - plain.run(1_000_000);
    const watched = createVm();
    watched.spawnMain(load(watched, compile(text)));
    const debug = new Debugger(watched);
    expect(debug.run(used - 1).reason).toBe('limit');
    expect(watched.scheduler.live).toBeGreaterThan(0);
    debug.step();
    expect(debug.step().reason).toBe('idle');
    expect(watched.scheduler.live).toBe(0);
  });
});

/**
 * Functions of the host that say one thing and give another: a lie is a HostError, never a value of a type it does not have.
 * Each host here keeps what it is given and gives it back where the program expects something else.
 */
import { describe, expect, it } from 'vitest';
import { compile, createVm, load } from '../../index.js';
import type { PlainFunctions } from '../../index.js';

/** What `main` of a program prints, with functions of the host in module `main`. */
async function printed(text: string, main: PlainFunctions): Promise<string> {
  let out = '';
  const vm = createVm({ functions: { main }, environment: { write: (t) => (out += t) } });
  vm.spawnMain(load(vm, compile(text, { unsafe: true })));
  const end = await vm.runUntilIdle();
  return out + end.failures.map((f) => `${f.message}\n`).join('');
}

/** Keeps the first thing it is given, and gives it ever after. */
function keeper(): { keep: (x: never) => undefined; give: () => unknown } {
  const kept: unknown[] = [];
  return { keep: (x) => void kept.push(x), give: () => kept[0] };
}

describe('functions of the host of another module', () => {
  it('are called through it, and make its data', async () => {
    let out = '';
    const lib =
      'type Shape = Circle(float) | Empty\nextern fun make(r : float) -> Shape\nextern fun twice(n : int) -> int\n';
    const functions = { lib: { make: (r: number) => ({ tag: 'Circle', fields: [r] }), twice: (n: number) => 2 * n } };
    for (const main of ['std::print(lib::twice(4))', 'std::print(lib::make(1.5))']) {
      const vm = createVm({ functions: functions as never, environment: { write: (t) => (out += t) } });
      vm.spawnMain(load(vm, compile({ lib, main: `require lib\nfun main()\n  ${main}\nend\n` })));
      await vm.runUntilIdle();
    }
    expect(out).toBe('8\nCircle(1.5)\n');
  });
  it('give data of a third, made by the host', async () => {
    let out = '';
    const functions = { main: { give: () => [{ tag: 'Empty', fields: [] }] } };
    const vm = createVm({ functions, environment: { write: (t) => (out += t) } });
    const sources = {
      lib: 'type Shape = Circle(float) | Empty\n',
      main: 'require lib\nextern fun give() -> list<lib::Shape>\nfun main()\n  std::print(give())\nend\n',
    };
    vm.spawnMain(load(vm, compile(sources)));
    await vm.runUntilIdle();
    expect(out).toBe('[Empty]\n');
  });
});

describe('values of a type that the caller chooses', () => {
  const PICK = 'extern fun pick(xs : list<a>, otherwise : a) -> option<a>\n';
  it.each<[string, (xs: unknown[], o: unknown) => unknown, string]>([
    ['one of those that went in', (xs) => ({ some: xs[1] }), '13\n'],
    ['none', () => undefined, '1\n'],
    ['another of the same type', () => ({ some: 77 }), 'HostError: main::pick gave a value that is not of type option<a>\n'],
    ['one of another type', () => ({ some: 'x' }), 'HostError: main::pick gave a value that is not of type option<a>\n'],
  ])('%s', async (_, pick, wanted) =>
    expect(await printed(`${PICK}fun main()\n  case pick([5, 12], 3)\n  when Some(n) then std::print(n + 1)\n  when None then std::print(1)\n  end\nend\n`, { pick: pick as never })).toBe(wanted)); // prettier-ignore

  it('of an earlier call are of another type now', async () => {
    const text = `extern fun same(x : a) -> a\nfun main()\n  std::print(same(1) + 1)\n  std::print(same("x") ++ "!")\nend\n`;
    const kept: unknown[] = [];
    const same = (x: unknown): unknown => (kept.push(x), kept[0]);
    expect(await printed(text, { same: same as never })).toBe(
      '2\nHostError: main::same gave a value that is not of type a\n',
    );
  });
  it('cannot change places', async () => {
    const text = `extern fun swap(x : a, y : b) -> (a, b)\nfun main()\n  let (n, s) = swap(1, "x")\n  std::print(n + 1)\n  std::print(s)\nend\n`;
    expect(await printed(text, { swap: ((x: unknown, y: unknown) => [y, x]) as never })).toMatch(/^HostError/);
    expect(await printed(text, { swap: ((x: unknown, y: unknown) => [x, y]) as never })).toBe('2\nx\n');
  });
  it('in data of the program, which the host makes', async () => {
    const text = `type Box<a> = { value : a, note : string }\nextern fun box(x : a) -> Box<a>\nfun main()\n  let b = box(20)\n  std::print(b.value + 1)\n  std::print(b.note)\nend\n`;
    expect(await printed(text, { box: ((x: unknown) => ({ value: x, note: 'n' })) as never })).toBe('21\nn\n');
    expect(await printed(text, { box: (() => ({ value: 'y', note: 'n' })) as never })).toMatch(/^HostError/);
  });
  it('also when they come later', async () => {
    const text = `extern async fun later(x : a) -> list<a>\nfun main()\n  std::print(later(2))\nend\n`;
    expect(await printed(text, { later: (async (x: unknown) => [x, x]) as never })).toBe('[2, 2]\n');
    expect(await printed(text, { later: (async (x: unknown) => [x, true]) as never })).toMatch(/^HostError/);
  });
});

describe('data with arguments', () => {
  const boxes = (give: string, use: string): string =>
    `type Box<a> = Box(a)\nextern fun keep(b : Box<int>)\nextern fun give() -> ${give}\nfun main()\n  keep(Box(7))\n  ${use}\nend\n`;
  it('comes back as it went in', async () => {
    expect(await printed(boxes('Box<int>', 'let Box(n) = give()\n  std::print(n + 1)'), keeper() as never)).toBe('8\n');
  });
  it('and as nothing else', async () => {
    expect(
      await printed(boxes('Box<string>', 'let Box(s) = give()\n  std::print(s ++ "!")'), keeper() as never),
    ).toMatch(/^HostError/);
    expect(
      await printed(boxes('list<Box<string>>', 'std::print(give())'), {
        keep: keeper().keep,
        give: (() => [1]) as never,
      } as never),
    ).toMatch(/^HostError/);
  });
});

describe('functions', () => {
  const text = (type: string, use: string): string =>
    `extern fun keep(f : (int) -> int)\nextern fun give(f : ${type}) -> ${type}\nfun main()\n  keep(|n| n * 2)\n  ${use}\nend\n`;
  it('come back as they went in', async () => {
    const { keep, give } = keeper();
    expect(await printed(text('(int) -> int', 'std::print(give(|n| n)(4))'), { keep, give } as never)).toBe('8\n');
  });
  it('and as nothing else', async () => {
    const { keep, give } = keeper();
    const use = 'std::print(give(|s| s ++ "!")("x") ++ "?")';
    expect(await printed(text('(string) -> string', use), { keep, give } as never)).toMatch(/^HostError/);
  });
});

describe('references', () => {
  const SESSIONS = `require thread
session Adder
  on Add(n : int) from c
    c!Sum(n + 1)
    loop
  end
end
session Namer
  on Name(s : string) from c
    c!Named(s ++ "!")
    loop
  end
end
`;
  const told = (give: string, use: string): string =>
    `${SESSIONS}extern fun keep(s : service<!{Add(int) ~> ?{Sum(int) ~> End}}>)\nextern fun give() -> ${give}\nfun main()\n  keep(spawn Adder)\n  ${use}\nend\n`;
  it('to a service come back as they went in, also later', async () => {
    const use = 'let a = connect give()\n  a!Add(1)\n  on Sum(n) from a\n    std::print(n)\n  end';
    expect(await printed(told('service<!{Add(int) ~> ?{Sum(int) ~> End}}>', use), keeper() as never)).toBe('2\n');
  });
  it('and as no other service, and are not made by the host', async () => {
    const use = 'let a = connect give()\n  a!Name("x")\n  on Named(s) from a\n    std::print(s)\n  end';
    const type = 'service<!{Name(string) ~> ?{Named(string) ~> End}}>';
    expect(await printed(told(type, use), keeper() as never)).toMatch(/^HostError/);
    expect(await printed(told(type, use), { keep: () => undefined, give: () => ({}) } as never)).toMatch(/^HostError/);
  });
  it('are threads to whoever asks for no more', async () => {
    expect(await printed(told('thread', 'std::print(thread::info(give()).status)'), keeper() as never)).toBe('ready\n');
    expect(
      await printed(told('thread', 'thread::kill(give())'), { keep: () => undefined, give: () => ({}) } as never),
    ).toMatch(/^HostError/);
    expect(
      await printed(told('thread', 'thread::kill(give())'), { keep: () => undefined, give: () => 3 } as never),
    ).toMatch(/^HostError/);
  });
});

/** Names that nobody uses: what is warned of and where, what is not, and that the project's own programs have none. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../compiler/modules/build.js';
import type { Finder } from '../../compiler/modules/finder.js';
import { SourceFile } from '../../compiler/source/source.js';
import { library, root } from '../support/compile.js';

/** `line:column code name` of each warning; there are no other modules than those given. */
function found(text: string, others: Readonly<Record<string, string>> = {}, isGenerated = false): string[] {
  const table = new Map(
    Object.entries({ ...others, main: text }).map(([name, t]) => [name, new SourceFile(`${name}.qz`, t, isGenerated)]),
  );
  return warnings(table.get('main')!, { ...NOTHING, source: (name) => table.get(name) });
}

function warnings(file: SourceFile, finder: Finder): string[] {
  const { diagnostics } = build([{ name: 'main', file }], finder, 'types', { unused: true, salt: 'kept' });
  return diagnostics.map(({ span, code }) => {
    const { line, character } = span!.file.position(span!.start);
    return `${line + 1}:${character + 1} ${code} ${span!.file.text.slice(span!.start, span!.end)}`;
  });
}

const NOTHING = { names: () => [], cached: () => undefined, keep: () => undefined };

describe('locals', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['let', 'fun f()\n  let x = 1\nend', ['2:7 Q0114 x']],
    ['a group', 'fun f()\n  let a = 1 and b = 2\n  a\nend', ['2:17 Q0114 b']],
    ['what only shadows', 'fun f()\n  let x = 1\n  let x = x + 1\nend', ['3:7 Q0114 x']],
    ['what is shadowed unread', 'fun f()\n  let x = 1\n  let x = 2\n  x\nend', ['2:7 Q0114 x']],
    ['a variable that is only assigned', 'fun f()\n  var x = 1\n  x = 2\nend', ['2:7 Q0114 x']],
    ['a variable that a closure assigns', 'fun f()\n  var x = 1\n  || x = 2\nend', ['2:7 Q0114 x']],
    ['a variable bound by assigning', 'fun f()\n  x = 1\nend', ['2:3 Q0114 x']],
    ['a function inside', 'fun f()\n  fun g()\n    1\n  end\nend', ['2:7 Q0114 g']],
    ['a function that calls itself', 'fun f()\n  fun g()\n    g()\n  end\nend', ['2:7 Q0114 g']],
    ['tuples', 'fun f(p)\n  let (a, b) = p\n  b\nend', ['2:8 Q0114 a']],
    ['fields', 'type P = { x : int, y : int }\nfun f(p)\n  let P{x, y: z} = p\nend', ['3:9 Q0114 x', '3:15 Q0114 z']],
    [
      'lists',
      'fun f(p)\n  case p\n  when [a, ..rest] then 1\n  else 2\n  end\nend',
      ['3:9 Q0114 a', '3:14 Q0114 rest'],
    ],
    [
      'alternatives, once',
      'type T = A(int) | B(int)\nfun f(p)\n  case p\n  when A(n) | B(n) then 1\n  end\nend',
      ['4:10 Q0114 n'],
    ],
    ['handlers', 'fun f()\n  try\n    1\n  catch e\n    2\n  end\nend', ['4:9 Q0114 e']],
    ['loops', 'fun f()\n  for i in 1..3\n    ()\n  end\nend', ['2:7 Q0114 i']],
    ['comprehensions', 'fun f()\n  [0 for i in 1..3 for j in [i]]\nend', ['2:24 Q0114 j']],
    ['what a message carries', 'session S(p)\n  on Go(n) from p\n  end\nend', ['2:9 Q0114 n']],
    ['the reason of a loss', 'session S(p)\n  on Go from p\n  or Down(r) from p\n  end\nend', ['3:11 Q0114 r']],
    [
      'data of pools',
      'session S(p)\n  let ws = pool()\n  put p with 1 in ws\n  take (w, d) in ws\n    w!A\n  end\nend',
      ['4:12 Q0114 d'],
    ],
    ['in tests', 'test "t"\n  let x = 1\nend', ['2:7 Q0114 x']],
    ['in constants', 'let c = [1 for i in 1..2]', ['1:16 Q0114 i']],
  ];
  it.each(cases)('%s', (_, text, wanted) => expect(found(text)).toEqual(wanted));

  const silent: readonly (readonly [string, string])[] = [
    ['with an underscore', 'fun f(_a)\n  let _x = 1\n  for _ in 1..2\n    ()\n  end\nend'],
    ['read by a closure', 'fun f()\n  let x = 1\n  || x\nend'],
    ['read by its own new value', 'fun f()\n  var x = 1\n  x = x + 1\nend'],
    ['read by a guard', 'fun f(p)\n  case p\n  when n if n > 1 then 1\n  else 2\n  end\nend'],
    ['read by a hole', 'fun f(x)\n  "{x}"\nend'],
    ['clients', 'session Log()\n  on Say from c\n    loop\n  end\nend'],
    [
      'members that were named to wait for any',
      'session S(p)\n  let ws = pool()\n  put p in ws\n  on A from any w in ws\n  end\n  drop ws\nend',
    ],
    [
      'a peer that is awaited without its name',
      'session A(p)\n  p!Hi\nend\nfun main()\n  let a = spawn A(self)\n  on Hi\n  end\nend',
    ],
    [
      'names of a group',
      'session A(b)\n  b!Hi\nend\nsession B(a)\n  on Hi from a\n  end\nend\nfun main()\n  let a = spawn A(b)\n  and b = spawn B(a)\nend',
    ],
  ];
  it.each(silent)('not %s', (_, text) => expect(found(text)).toEqual([]));
});

describe('parameters', () => {
  it.each<readonly [string, string, readonly string[]]>([
    ['of functions', 'fun f(a, b)\n  b\nend', ['1:7 Q0115 a']],
    ['of sessions', 'session S(p, n)\n  p!A\nend', ['1:14 Q0115 n']],
    [
      'that only `loop` passes on as they are',
      'session S(p, n)\n  on A from p\n    loop\n  end\nend',
      ['1:14 Q0115 n'],
    ],
    ['of closures', 'fun f()\n  |x, y| x\nend', ['2:7 Q0115 y']],
    ['of functions inside', 'fun f()\n  fun g(n)\n    1\n  end\n  g\nend', ['2:9 Q0115 n']],
    ['of patterns', 'fun f((a, b))\n  a\nend', ['1:11 Q0115 b']],
    ['of `main`', 'fun main(args)\nend', ['1:10 Q0115 args']],
    ['not of functions of the host', 'extern fun f(a : int) -> int from "./f.js"', []],
  ])('%s', (_, text, wanted) => expect(found(text)).toEqual(wanted));
});

describe('private items', () => {
  it.each<readonly [string, string, readonly string[]]>([
    ['functions', 'fun _f()\n  1\nend', ['1:5 Q0116 _f']],
    ['that mention each other', 'fun _f()\n  _g()\nend\nfun _g()\n  _f()\nend', ['1:5 Q0116 _f', '4:5 Q0116 _g']],
    ['sessions', 'session _S(p)\n  p!A\nend', ['1:9 Q0116 _S']],
    ['types', 'type _T = A | B', ['1:6 Q0116 _T']],
    ['constants', 'let _c = 1', ['1:5 Q0116 _c']],
    ['exceptions', 'exception _E(int)', ['1:11 Q0116 _E']],
    ['protocols', 'protocol _P\n  role A : !B{Hi ~> End}\n  role B : ?A{Hi ~> End}\nend', ['1:10 Q0116 _P']],
    ['not what others see', 'fun f()\n  1\nend\nsession S(p)\n  p!A\nend\nlet c = 1\ntype T = A\nexception E', []],
    ['not `main`', 'fun main()\nend', []],
    ['not what tests use', 'fun _f()\n  1\nend\ntest "t"\n  assert(_f() == 1)\nend\nfun assert(b)\n  b\nend', []],
    ['not what is used through others', 'let _c = 1\nfun _f()\n  _c\nend\nfun g()\n  _f()\nend', []],
    ['not types by their constructors', 'type _T = A | B\nfun f()\n  A\nend', []],
    ['not types in signatures', 'type _T = A | B\nfun f(t : _T)\n  t\nend', []],
    ['not records that are built', 'type _R = { x : int }\nfun f()\n  _R{x: 1}\nend', []],
    [
      'not sessions of annotations',
      'session _A(p)\n  p!Hi\nend\nsession B(p) : ?p{Take(_A) ~> End}\n  on Take(x) from p\n    drop x\n  end\nend',
      [],
    ],
    [
      'not roles',
      'protocol _P\n  role A : !B{Hi ~> End}\n  role B : ?A{Hi ~> End}\nend\nsession S(b) : _P.A(b)\n  b!Hi\nend',
      [],
    ],
  ])('%s', (_, text, wanted) => expect(found(text).filter((m) => / Q0116 | Q0114 /.test(m))).toEqual(wanted));
});

describe('requires', () => {
  const others = {
    list: 'fun sum(xs)\n  xs\nend',
    geo: 'type Shape = Circle(float)\nfun area(Circle(r))\n  r\nend',
    'net::tools': 'fun dial()\n  1\nend',
  };
  it.each<readonly [string, string, readonly string[]]>([
    ['that nothing is used of', 'require list\nfun f()\n  1\nend', ['1:1 Q0117 require list']],
    ['under another name', 'require list as l\nfun f()\n  1\nend', ['1:1 Q0117 require list as l']],
    ['with the first part of another name', 'require net::tools\nfun f()\n  1\nend', ['1:1 Q0117 require net::tools']],
    ['used for a function', 'require list\nfun f()\n  list::sum([1])\nend', []],
    ['used by another name', 'require net::tools as t\nfun f()\n  t::dial()\nend', []],
    ['used for a type', 'require geo\nfun f(s : geo::Shape)\n  s\nend', []],
    ['used in a pattern', 'require geo\nfun f(s)\n  case s\n  when geo::Circle(_) then 1\n  end\nend', []],
  ])('%s', (_, text, wanted) => expect(found(text, others)).toEqual(wanted));
});

it('modules below are warned of too', () => {
  expect(found('require lib\nfun f()\n  lib::g(1)\nend', { lib: 'fun g(x)\n  1\nend' })).toEqual(['1:7 Q0115 x']);
});

it('what a translator wrote is not asked about', () => {
  expect(found('fun f(a)\n  let x = 1\nend', {}, true)).toEqual([]);
});

it('nothing is said beside errors, nor where it is not asked for', () => {
  expect(found('fun f(a)\n  1 + "b"\nend').some((m) => m.includes('Q011'))).toBe(false);
  const file = new SourceFile('main.qz', 'fun f(a)\n  1\nend');
  const finder = { ...NOTHING, source: () => file };
  expect(build([{ name: 'main', file }], finder, 'types').diagnostics).toEqual([]);
});

describe('the project itself', () => {
  const programs = ['stdlib', 'examples', 'bench/programs'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.qz'))
      .map((name) => path.join(folder, name)),
  );
  const pages = ['tour', 'guarantees', 'protocols', 'determinism', 'observing'].flatMap((page) => {
    const text = readFileSync(path.join(root, `docs/${page}.md`), 'utf8');
    return [...text.matchAll(/^```quartz\n([\s\S]*?)^```$/gm)].map(
      (m) => [`docs/${page}.md:${text.slice(0, m.index).split('\n').length}`, m[1]!] as const,
    );
  });
  const kept = new Map<string, Uint8Array>();
  const finder: Finder = {
    ...library,
    cached: (name) => kept.get(name),
    keep: (name, bytes) => void (name === 'main' || kept.set(name, bytes)),
  };
  beforeAll(() => {
    const all = readdirSync(path.join(root, 'stdlib')).filter((name) => name.endsWith('.qz') && name !== 'std.qz');
    const text = all.map((name) => `require ${path.basename(name, '.qz')}\n`).join('');
    build([{ name: 'main', file: new SourceFile('main.qz', text) }], finder, 'asm', { salt: 'kept' });
  });

  it.each([...programs.map((p) => [p, readFileSync(path.join(root, p), 'utf8')] as const), ...pages])(
    '%s names nothing in vain',
    (_, text) =>
      expect(warnings(new SourceFile('main.qz', text), finder).filter((m) => / Q011[4-7] /.test(m))).toEqual([]),
  );
});

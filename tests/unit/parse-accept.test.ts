/** What the grammar takes and refuses, construct by construct, with the shape of the tree where it is in doubt. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { textOf, SourceFile } from '../../compiler/source/source.js';
import type { FunItem, Module } from '../../compiler/ast/ast.js';
import { parse } from '../../compiler/parse/parse.js';

function accepted(text: string): Module {
  const { module, diagnostics } = parse(new SourceFile('t.qz', text));
  expect(diagnostics.map((d) => `${d.code} ${d.message} at ${d.span!.start}`)).toEqual([]);
  return module;
}

const refused = (text: string): void => {
  expect(parse(new SourceFile('t.qz', text)).diagnostics.length).toBeGreaterThan(0);
};

const inFun = (body: string): string => `fun main\n${body}\nend\n`;

/** The statements of a body, as they are written. */
const statements = (body: string): readonly string[] =>
  (accepted(inFun(body)).items[0] as FunItem).body.statements.map((statement) => textOf(statement.span));

describe('the first programs', () => {
  test('the Timer example has three sessions and main', () => {
    const text = readFileSync(new URL('../../examples/timer.qz', import.meta.url), 'utf8');
    expect(accepted(text).items.map((item) => item.kind)).toEqual(['session', 'session', 'session', 'fun']);
  });

  test('a file may be wrapped in a module', () => {
    const module = accepted(
      'module Chat\nrequire Prelude\n\nsession Server\n  on Start from c\n    c!Ok\n    loop\n  end\nend\n\n' +
        'session Client (target : Server)\n  target!Start\n  on Ok from target\n  or Err(s) from target\n  end\nend\n' +
        'fun main\n  spawn Server\nend\nend\n',
    );
    expect(module.wrapper?.text).toBe('Chat');
    expect(module.items.map((item) => item.kind)).toEqual(['require', 'session', 'session', 'fun']);
  });

  test.each(['', '\n\n', '# only a comment', '\ufeff', 'module M\nend', ';;'])('%j holds no items', (text) => {
    expect(accepted(text).items).toEqual([]);
  });

  test.each([
    ['indented', '  fun main\n    1\n  end\n  fun g\n  end\n', 2],
    ['not indented', 'fun main\nlet x = 1\nif x\nf()\nend\nx\nend\nfun g\nend\n', 2],
    ['local functions in the first column', 'fun main\nfun f(x)\nx\nend\nfun g(x)\nx\nend\nf(1)\nend\nlet a = 1\n', 2],
    ['on one line', 'fun f; 1; end; fun g; 2; end', 2],
    ['with carriage returns', 'fun main\r\n  f(1,\r\n    2)\r\nend\r\n', 1],
    ['after a byte order mark', '\ufefffun f\nend\nfun g\nend\n', 2],
    ['with item words in a raw string', 'fun f\n  """\nsession A\nfun g\n"""\nend\nfun h\nend\n', 2],
    ['indented in a module', 'module M\n  fun f\n  end\n\n  fun g\n  end\nend\n', 2],
  ])('a file %s', (_what, text, count) => {
    expect(accepted(text).items.length).toBe(count);
  });
});

describe('lines', () => {
  test.each<[string, string[]]>([
    ['a\nb', ['a', 'b']],
    ['f(1,\n  2\n)', ['f(1,\n  2\n)']],
    ['(a\n  + b\n  - c)', ['a\n  + b\n  - c']],
    ['a +\n  b', ['a +\n  b']],
    ['a\n- b', ['a', '- b']],
    ['f\n(a)', ['f', 'a']],
    ['f\n[a]', ['f', '[a]']],
    ['f\n|x| x', ['f', '|x| x']],
    ['xs\n  |> f(1)\n\n  # why\n  |> g', ['xs\n  |> f(1)\n\n  # why\n  |> g']],
    ['let p = spawn P(q)\nand q = spawn Q(p)\np', ['let p = spawn P(q)\nand q = spawn Q(p)', 'p']],
    ['let p\n  = 3\np', ['let p\n  = 3', 'p']],
    ['let p\n  : int = 3\np', ['let p\n  : int = 3', 'p']],
    ['let x =\n  1\nend\nx', ['let x =\n  1\nend', 'x']],
    ['x =\n  1\nend\nx', ['x =\n  1\nend', 'x']],
    ['let x = if a\n 1\nelse\n 2\nend\nx', ['let x = if a\n 1\nelse\n 2\nend', 'x']],
    ['if a then b else c end; d', ['if a then b else c end', 'd']],
    ['let f = |x| x + 1 |> g\nf', ['let f = |x| x + 1 |> g', 'f']],
    ['let f = || t!Go\nf()', ['let f = || t!Go', 'f()']],
    ['a || b', ['a || b']],
    ['f(|| a || b)', ['f(|| a || b)']],
    ['a!=b', ['a!=b']],
    ['p!Lab\n(a)', ['p!Lab', 'a']],
    ['f(|x|\n  let y = x\n  -y\nend, 2)', ['f(|x|\n  let y = x\n  -y\nend, 2)']],
    ['loop\n(a)', ['loop', 'a']],
    ['xs[0]\n[1]', ['xs[0]', '[1]']],
    ['x # why\ny', ['x', 'y']],
    ['fun g(x)\n  x\nend\ng(1)', ['fun g(x)\n  x\nend', 'g(1)']],
    ['a; ; b', ['a', 'b']],
  ])('%j', (body, expected) => {
    expect(statements(body)).toEqual(expected);
  });
});

const BODIES: readonly string[] = [
  'case f(x)\nwhen Success(f)\n  f\nelse\n  0\nend',
  'let g = |a, b| a + b\nlet h = |a|\n  a\nend',
  'on Msg(args) from who\n  1\nor Msg2(a, b)\n  2\nor Msg3\nend',
  'let x = 1; let y = 2; x + y',
  'if a\n  b\nelif c\n  d\nelse\n  e\nend',
  'while a; b; end',
  'case e when Some(x) if x > 0 then x when [a, ..rest]\n a\nelse 0 end',
  'let after = 1\nlet any = after\nput = 2\ntake(x)\nserve\nlet in_ = put\nlet with = then + of\ndrop(p)\nconnect(x)',
  'x = 1 # comment\n#\n## doc\nlet m = #{"a": 1, # one\n  "b": 2}\n#{}',
  'let a = watch\nand b = [drop for x in put if take]\nlet c = |x| connect',
  'let test = role + as + async\nlet rec = exists + forall + pool',
  'let (a, b) = pair\nlet xs : list<int> = []\nvar n = 0\nn = n + 1\nlet u = ()',
  'let p = Point{x: 1, y: 2}\nlet q = Point{p | x: 3}\np.x + q.y\nlet r = m::Point{f(a || b) | x: 1}',
  'let p = Point{\n  x: 1,\n  y: 2,\n}\nf(\n  1,\n)\n[\n  1,\n]\n(\n  1,\n  2,\n)',
  'let s = "took {ms} ms {f("in {a}", #{"k": 1})} \\{ \\n \\u{1F600}"\nlet t = """raw { " \n""" ++ "x"',
  'not a && b || c == d\n-x * -3 % 2\n1..n\nfor i in 1..n\n  break\nend\nwhile true\n  continue\nend',
  '[x * x for x in xs if x > 0]\n[\n  (a, b) for a in as_\n  for b in bs\n]',
  '[x, ..xs]\n[..xs, ..ys,\n  1]\n[..f(x)]',
  'xs[i]\nxs[i][j]\nm["a"].b[0](1)\nxs[\n  i + 1\n]',
  'let add = |x, (y, z) | x + y\nadd(1)(2)\n|x|\n  x\nend\n|x| |y| x + y',
  'try\n  f()\ncatch NotFound(k)\n  k\ncatch e\n  raise e\nfinally\n  g()\nend\nraise NotFound("k")\nreturn\nreturn 1',
  'case e\nwhen -1\n 1\nwhen "a" then 2\nwhen (Some(_), Point{x: 1, y})\n 3\nwhen []\n 4\nwhen m::Leaf\n 5\nend',
  'case e\nwhen A | B\n 1\nwhen Some(1 | 2) | None\n 2\nwhen [A | B, ..]\n 3\nwhen 1 |\n  2\n 4\nwhen b"a" | """x"""\n 5\nend',
  'f(if a then b else c end, case x when 1 then 2 end)\nlet r = try\n f()\ncatch Overflow\n -1\nend',
  'let a = 1_000\nlet b = 0xff + 0XF_F\nlet c = 1e9 + 1.5 + 1.5e-3 + 1E+2\nlet d = b"\\x00a\\n\\"é"',
  'let f = |x| x = 1\nlet g = |x| raise x\nlet h = |w| put w in ws\nlet i = |w| drop w',
  'take w in ws\n  w!Go\nelse\n  close\nend\ntake (w, d) in ws\n  w!Go(d)\nend',
  'let a = x\n|> f\nlet b = (x\n  |> f)',
  'let _ = 1\nlet _x = _X\nlet __a = 1',
  'let f = |x : int, y : list<string>| x',
  'let z = a && # comment\n  b',
  'if a then if b then c end end',
];

const FILES: readonly string[] = [
  'session S\n  loop(1, 2)\nend',
  'session S\n  spawn S(true, false)\n  close\nend',
  'require std\nrequire net::http as http\nfun area(r)\nend\nfun f(x : int, g : (int) -> string) -> string\n"a"\nend',
  'type Shape = Circle(float) | Rect(float, float)\ntype Point = { x : int, y : int }\ntype Tree<a> = Leaf\n  | Node(Tree<a>, a, Tree<a>)\ntype Name = string\ntype F = (int) -> int',
  'type A =\n  | B\n  | C(int)\n\ntype D = {\n  x : int,\n}\n',
  'exception NotFound(string)\nexception Bad\nextern fun now() -> int\nextern async fun sleep(ms : int)\nextern type Handle\nextern type Box<a> from "./b.js"\nextern fun sha256(s : string) -> string from "./sha.js"',
  'let limit = 10\ntest "adds"\n  1 + 1 == 2\nend\nlet f = |x|\n  x\nend\nlet g =\n  1\nend',
  'fun main\nend',
  'fun main(args)\nend',
  'protocol Purchase\n  role Buyer  : !Seller{Title(string) ~> ?Seller{Quote(int) ~> !Seller{Ok ~> End, Quit ~> End}}}\n  role Seller : ?Buyer{Title(string) ~>\n    !Buyer{Quote(int) ~> ?Buyer{Ok ~> End, Quit ~> End}}}\nend\nsession Shop(b) : Purchase.Seller(b)\nend',
  'session S(s)\n  s!Label(a, b)\n  s!Label\n  on Ping(n) from q\n    drop q\n  or Stop\n    loop\n  or Cancel(why) from r\n    loop(1)\n  or Down(reason) from r\n    Other(q, 1)\n  or after 500\n    close\n  end\n  fail Boom("x")\nend',
  'session M\n  t = spawn Timer(self)\n  on Took(ms)\n    std::print(ms)\n  end\n  let c = connect server\n  server!Log("x")\n  spawn C(connect room, spawn Front)\n  let w = watch t\nend',
  'session Pools(ws : pool<!w{A ~> End}>)\n  let ps = pool()\n  put w in ps\n  put w with (1, d) in ps\n  put spawn W(self) in ps\n  for w in ps\n  end\n  for (w, d) in ps\n  end\n  on Done(r) from any w in ws\n    1\n  or Down(r) from any w in ws\n  end\n  serve w in ws\n    on A from w\n    end\n  end\n  drop ps\nend',
  'session Timer(s) : ?s{Start ~> End}\n  on Start from s; s!A; or Stop then s!B end\nend',
  'session Timer(s)\n  : ?s{Start ~> End}\nend',
];

const TYPES: readonly string[] = [
  '_0', 'T(a, b)', '(t1, t2) -> u', 'forall _0. t', 'forall _0 < ...?{A ~> End}. t', '[s : T] t', '(s : T) -> t', '(s : T)',
  'rec _1. t', '?w{Msg(T) ~> t, B ~> u}', '!w{A ~> Eps}', '() -> void', 'int -> int -> int', '?s<Start ~> !s<A ~> End>>',
  'exists S. [s : S] -> ?s{Start ~> ?s{Stop ~> !s{Took(int) ~> End}}}', '?{s.Ok ~> T, q.No ~> U}',
  'forall c < ...!{Start ~> ...?{Ok ~> Eps, Err(String) ~> Eps}}. rec self. [client : c] ?client{Start ~> !client{Ok ~> self, Err(String) ~> self}}',
  '(target : Server) -> !target{Start ~> ?target{Ok ~> Eps, Err(String) ~> Eps}}', '?s{A ~> T, after ~> U}',
  'map<string, list<int>>', 'pool<?w{Done(int) ~> End}>', 'service<!s{A ~> End}>', 'Purchase.Seller(b)', 'net::http::Request',
  'exists P. (p : P) ->\n    ?p{\n      Ping ~>\n        End,\n    }', '(int, string)', '()',
]; // prettier-ignore

describe('accepted', () => {
  test.each(BODIES)('body %j', (body) => void accepted(inFun(body)));
  test.each(FILES)('file %j', (text) => void accepted(text));
  test.each(TYPES)('type %j', (type) => void accepted(`session S(s) : ${type}\nend\n`));
});

const REFUSED_BODIES: readonly string[] = [
  'a\n+ b', 'f (a)', 'loop (a)', 'p!label', '1!Go', 'a b', 'let x = 1 let y = 2', 'if a b else c end', 'let end = 1', 'let or = 1',
  'f(a; b)', 'a < b < c', 'a == b != c', '1..2..3', '"a\\qb"', 'let x =', 'p ! Go(1) (2)', '"a\nb"', '"{"', 'on ping from q\nend',
  '1.', '1.x', 'Point {x: 1}', 'x = = 1', 'x.Y', '(a,)', '12ab', '0x', '1__0', '9007199254740992', 'b"\\xzz"', 'xs [0]',
  'case e\nwhen A f()\nend', '[a, ..]', 'let [a, ..r, ..s', 'let [..r, a] = x', 'for x xs\nend', '|x', '#{"a" 1}', 'f(1 2)', '"{a b}"',
  '|x| let y = 1', 'x |> ', 'spawn', 'on after 5\nend', 'take\n(w, d) in ws\nend', 'when', 'else', 'session S\nend', 'x\n= 1',
]; // prettier-ignore

const REFUSED_FILES: readonly string[] = [
  'fun main() 1 end', 'fun main\n1', 'session lower\nend', 'fun Upper\nend', 'fun f(x : )\nend', 'fun f\nend end', 'endx', 'x = 1',
  'let (a, b) = c', 'test adds\nend', 'test "a{b}"\nend', 'type t = int', 'end', 'module M\nfun f\nend\n', 'fun f\nend\nend',
  'session S\n  on A from q\n  on B from q\n  end\nend', 'session S\n  or A from q\n  end\nend', 'session S\n  on A from\n  end\nend',
  'session S : ?s{A -> End}\nend', 'session S : ?s{a ~> End}\nend', 'protocol P\n  A : End\nend', 'extern fun F()', '(', ')', '"', '@',
]; // prettier-ignore

describe('refused', () => {
  test.each(REFUSED_BODIES)('body %j', (body) => refused(inFun(body)));
  test.each(REFUSED_FILES)('file %j', (text) => refused(text));
});

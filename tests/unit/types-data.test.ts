/** Types of programs over plain data: a program, and the types that inference prints for it. */
import { describe, expect, it } from 'vitest';
import { check, messages, signatures, withModules } from '../support/types.js';

const infers = (cases: readonly (readonly [string, ...string[]])[]): void => {
  for (const [program, ...types] of cases)
    it(program.trim().split('\n').slice(0, 3).join(' ¶ '), () => {
      const { typing, diagnostics } = check(program);
      expect(messages(diagnostics)).toEqual([]);
      expect(signatures(typing)).toEqual(types);
    });
};

const SHAPE = 'type Shape = Circle(float) | Rect(float, float)\n';
const TREE = 'type Tree<a> = Leaf | Node(Tree<a>, a, Tree<a>)\n';
const POINT = 'type Point = { x : int, y : int }\n';

describe('functions', () =>
  infers([
    ['fun id(x); x; end', 'id : (a) -> a'],
    ['fun const2(x, y); x; end', 'const2 : (a, b) -> a'],
    ['fun compose(f, g); |x| f(g(x)); end', 'compose : ((a) -> b, (c) -> a) -> (c) -> b'],
    ['fun apply(f, x); f(x); end', 'apply : ((a) -> b, a) -> b'],
    ['fun nothing(); end', 'nothing : () -> void'],
    ['fun nothing; end', 'nothing : () -> void'],
    ['fun thunk(); || 1; end', 'thunk : () -> () -> int'],
    ['fun block(); |x|\n  let y = x + 1\n  y * 2\nend; end', 'block : () -> (int) -> int'],
    ['fun fact(n)\n  if n == 0 then 1\n  else n * fact(n - 1)\n  end\nend', 'fact : (int) -> int'],
    [
      'fun even(n)\n  if n == 0 then true\n  else odd(n - 1)\n  end\nend\nfun odd(n)\n  if n == 0 then false\n  else even(n - 1)\n  end\nend',
      'even : (int) -> bool',
      'odd : (int) -> bool',
    ],
    [
      'fun uses(); twice(|x| x + 1, 3); end\nfun twice(f, x); f(f(x)); end',
      'uses : () -> int',
      'twice : ((a) -> a, a) -> a',
    ],
    ['fun early(x)\n  if x > 3\n    return "big"\n  end\n  "small"\nend', 'early : (int) -> string'],
    ['fun never(); raise DivideByZero; end', 'never : () -> a'],
    ['fun main(args)\n  for a in args\n    std::print(a)\n  end\nend', 'main : (list<string>) -> void'],
    ['fun main; std::print(1); end', 'main : () -> void'],
    [
      'fun local\n  fun twice(f, x)\n    f(f(x))\n  end\n  (twice(|n| n + 1, 1), twice(|s| s ++ "", "a"))\nend',
      'local : () -> (int, string)',
    ],
    [
      'fun down\n  fun go(n)\n    if n == 0 then 0\n    else go(n - 1)\n    end\n  end\n  go(10)\nend',
      'down : () -> int',
    ],
  ]));

describe('let-polymorphism and the value restriction', () =>
  infers([
    ['fun poly\n  let i = |x| x\n  (i(1), i("a"))\nend', 'poly : () -> (int, string)'],
    ['fun empty\n  let l = []\n  (l ++ [1], l ++ ["a"])\nend', 'empty : () -> (list<int>, list<string>)'],
    ['fun none\n  let n = None\n  let m = [n, Some(1)]\n  [n, Some("a")]\nend', 'none : () -> list<option<string>>'],
    [
      'fun k(x, y); x; end\nfun part\n  let f = k(1)\n  (f("a"), f(2.0))\nend',
      'k : (a, b) -> a',
      'part : () -> (int, int)',
    ],
    ['fun same(x)\n  let y = x\n  y + 1\nend', 'same : (int) -> int'],
    ['fun capture(x)\n  let f = |y| (x, y)\n  (f(1), f("a"))\nend', 'capture : (a) -> ((a, int), (a, string))'],
    ['fun floats(x)\n  let add = |a, b| a + b\n  add(1.5, x)\nend', 'floats : (float) -> float'],
    [
      'let empty = []\nfun f; (empty ++ [1], empty ++ ["a"]); end',
      'empty : list<a>',
      'f : () -> (list<int>, list<string>)',
    ],
    ['let pick = |x, y| x', 'pick : (a, b) -> a'],
  ]));

describe('operators', () =>
  infers([
    ['fun add(x, y); x + y; end', 'add : (int, int) -> int'],
    ['fun add(x : float, y); x + y; end', 'add : (float, float) -> float'],
    ['fun half(x); x / 2.0; end', 'half : (float) -> float'],
    ['fun neg(x); -x; end', 'neg : (int) -> int'],
    ['fun neg(); -1.5; end', 'neg : () -> float'],
    ['fun rest(x); x % 2 == 0; end', 'rest : (int) -> bool'],
    ['fun less(x, y); x < y; end', 'less : (a, a) -> bool'],
    ['fun same(x, y); x == y && not (x != y); end', 'same : (a, a) -> bool'],
    ['fun cat(a, b); a ++ "!" ++ b; end', 'cat : (string, string) -> string'],
    ['fun cat(a); a ++ [1]; end', 'cat : (list<int>) -> list<int>'],
    ['fun cat(a); a ++ b"x"; end', 'cat : (bytes) -> bytes'],
    ['fun range(n); 1..n; end', 'range : (int) -> list<int>'],
    ['fun greet(name); "hi {name} {1 + 1}"; end', 'greet : (a) -> string'],
    ['fun add(x, y); x + y; end\nfun pipe(x); x |> add(1); end', 'add : (int, int) -> int', 'pipe : (int) -> int'],
    ['fun sum(xs)\n  var n = 0\n  for x in xs\n    n = n + x\n  end\n  n\nend', 'sum : (list<int>) -> int'],
    ['fun late(x)\n  let y = x ++ x\n  y ++ [1]\nend', 'late : (list<int>) -> list<int>'],
  ]));

describe('collections', () =>
  infers([
    ['fun f; (1, "a", true, 2.5, b"x", ()); end', 'f : () -> (int, string, bool, float, bytes, unit)'],
    ['fun f(x); [x, 1]; end', 'f : (int) -> list<int>'],
    ['fun f(x, xs); [x, ..xs]; end', 'f : (a, list<a>) -> list<a>'],
    ['fun f(k); #{k: 1}; end', 'f : (a) -> map<a, int>'],
    ['fun f(m : map<string, int>); m["a"]; end', 'f : (map<string, int>) -> int'],
    ['fun f(s : string); s[0]; end', 'f : (string) -> string'],
    ['fun f(s : bytes); s[0]; end', 'f : (bytes) -> int'],
    ['fun f(xs : list<a>) -> a\n  xs[0]\nend', 'f : (list<a>) -> a'],
    ['fun map(xs, f); [f(x) for x in xs]; end', 'map : (list<a>, (a) -> b) -> list<b>'],
    ['fun f(xs); [(x, y) for x in xs if x > 0 for y in 1..x]; end', 'f : (list<int>) -> list<(int, int)>'],
    ['fun f; [v + 1 for (k, v) in #{"a": 1}]; end', 'f : () -> list<int>'],
    ['fun f(s : string); [c for c in s]; end', 'f : (string) -> list<string>'],
    ['fun f(b : bytes); [c for c in b]; end', 'f : (bytes) -> list<int>'],
  ]));

describe('records and variants', () =>
  infers([
    [`${POINT}fun f(p); p.x; end`, 'f : (Point) -> int'],
    [`${POINT}fun f(p, d); Point{p | x: p.x + d}; end`, 'f : (Point, int) -> Point'],
    [`${POINT}fun f; Point{x: 1, y: 2}; end`, 'f : () -> Point'],
    [`${POINT}fun f(p)\n  let Point{x, y: h} = p\n  x + h\nend`, 'f : (Point) -> int'],
    ['type A = { x : int }\ntype B = { x : string }\nfun f(b : B); b.x; end', 'f : (B) -> string'],
    [
      'type A = { x : int }\ntype B = { x : string }\nfun f(b)\n  let n = b.x\n  let c = B{b | x: "z"}\n  n\nend',
      'f : (B) -> string',
    ],
    [
      'type Box<a> = { value : a }\nfun f(b); b.value; end\nfun g; (Box{value: 1}, Box{value: "a"}); end',
      'f : (Box<a>) -> a',
      'g : () -> (Box<int>, Box<string>)',
    ],
    [
      `${SHAPE}fun area(s)\n  case s\n  when Circle(r) then 3.14 * r * r\n  when Rect(w, h) then w * h\n  end\nend`,
      'area : (Shape) -> float',
    ],
    [`${SHAPE}fun f(rs); [Circle(r) for r in rs]; end`, 'f : (list<float>) -> list<Shape>'],
    ['fun id(x); x; end\nfun f; id(Some); end', 'id : (a) -> a', 'f : () -> (a) -> option<a>'],
    [
      `${TREE}fun size(t)\n  case t\n  when Leaf then 0\n  when Node(l, _, r) then size(l) + 1 + size(r)\n  end\nend`,
      'size : (Tree<a>) -> int',
    ],
    [
      `${TREE}fun insert(t, x)\n  case t\n  when Leaf then Node(Leaf, x, Leaf)\n  when Node(l, y, r) if x < y then Node(insert(l, x), y, r)\n  when Node(l, y, r) then Node(l, y, insert(r, x))\n  end\nend`,
      'insert : (Tree<a>, a) -> Tree<a>',
    ],
    [
      'type Id = int\ntype Pair<a> = (a, a)\nfun f(x : Id, p : Pair<Id>); (x + 1, p); end',
      'f : (int, (int, int)) -> (int, (int, int))',
    ],
    ['type Deep = Wide\ntype Wide = list<Small>\ntype Small = { n : int }\nfun f; 1; end', 'f : () -> int'],
  ]));

describe('patterns', () =>
  infers([
    [
      'fun head(xs)\n  case xs\n  when [x, ..rest] then Some(x)\n  when [] then None\n  end\nend',
      'head : (list<a>) -> option<a>',
    ],
    ['fun f(x)\n  case x\n  when 1 | 2 then "few"\n  else "many"\n  end\nend', 'f : (int) -> string'],
    ['fun f(r)\n  case r\n  when Ok(x) | Err(x) then x\n  end\nend', 'f : (result<a, a>) -> a'],
    ['fun f(p)\n  let (a, b) = p\n  (b, a)\nend', 'f : ((a, b)) -> (b, a)'],
    ['fun f((a, b), [c, ..d]); (a, b, c, d); end', 'f : ((a, b), list<c>) -> (a, b, c, list<c>)'],
    [
      'fun swap(x)\n  case x\n  when (a, b) if a > b then (b, a)\n  when other then other\n  end\nend',
      'swap : ((a, a)) -> (a, a)',
    ],
  ]));

describe('exceptions', () =>
  infers([
    ['fun safe(f)\n  try\n    Ok(f())\n  catch e\n    Err(e)\n  end\nend', 'safe : (() -> a) -> result<a, exn>'],
    [
      'exception NotFound(string)\nfun f(k)\n  try\n    raise NotFound(k)\n  catch NotFound(x)\n    x ++ "!"\n  catch DivideByZero | OutOfRange\n    ""\n  finally\n    std::print(k)\n  end\nend',
      'f : (string) -> string',
    ],
    ['exception E(int)\nlet stored = [E(1), DivideByZero, HostError("x")]', 'stored : list<exn>'],
    ['fun f\n  try\n    1\n  catch PeerLost(reason)\n    raise reason\n  end\nend', 'f : () -> int'],
  ]));

describe('annotations', () =>
  infers([
    ['fun first(x : a, y : b) -> a\n  x\nend', 'first : (a, b) -> a'],
    ['fun f(g : (int, string) -> bool); g(1, "a"); end', 'f : ((int, string) -> bool) -> bool'],
    ['fun f\n  let xs : list<string> = []\n  xs\nend', 'f : () -> list<string>'],
    ['fun f(t : thread, u : ()) -> void\n  u\nend', 'f : (thread, unit) -> void'],
    ['let x : option<int> = None', 'x : option<int>'],
    ['fun f\n  var xs : list<int> = []\n  xs = [1, ..xs]\n  xs\nend', 'f : () -> list<int>'],
    ['fun f(x); |y : int| x + y; end', 'f : (int) -> (int) -> int'],
  ]));

describe('indexing', () =>
  infers([
    ['fun get(m, k : string); m[k]; end', 'get : (map<string, a>, string) -> a'],
    ['fun get(m); m["a"] + 1; end', 'get : (map<string, int>) -> int'],
  ]));

describe('modules', () => {
  const env = withModules({
    shapes: `type Shape<a> = Dot | Line(a, a)\ntype P = { px : int }\nexception Bad(string)\nlet unit_line = Line(0, 1)\nfun len(s)\n  case s\n  when Dot then 0\n  when Line(a, b) then b - a\n  end\nend\nfun _secret(); 1; end`,
    'a::b': 'fun id(x); x; end',
  });
  const cases: readonly (readonly [string, ...string[]])[] = [
    ['require shapes\nfun f; shapes::len(shapes::unit_line); end', 'f : () -> int'],
    ['require shapes as s\nfun f(x); s::Line(x, x); end', 'f : (a) -> Shape<a>'],
    [
      'require shapes\nfun f(x)\n  case x\n  when shapes::Dot then None\n  when shapes::Line(a, _) then Some(a)\n  end\nend',
      'f : (Shape<a>) -> option<a>',
    ],
    ['require shapes\nfun f(x : shapes::P); x.px; end', 'f : (P) -> int'],
    ['require shapes\nfun f; shapes::P{px: 1}; end', 'f : () -> P'],
    ['require shapes\nfun f; raise shapes::Bad("x"); end', 'f : () -> a'],
    ['require a::b\nfun f; (a::b::id(1), a::b::id("x")); end', 'f : () -> (int, string)'],
    ['require a::b as ab\nfun f; ab::id; end', 'f : () -> (a) -> a'],
  ];
  for (const [program, ...types] of cases)
    it(program.split('\n').join(' ¶ '), () => {
      const { typing, diagnostics } = check(program, env);
      expect(messages(diagnostics)).toEqual([]);
      expect(signatures(typing)).toEqual(types);
    });
});

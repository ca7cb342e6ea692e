/** What inference says of broken programs over data: code, line, message; and that one mistake gives one message. */
import { describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { check, messages } from '../support/types.js';

const POINT = 'type Point = { x : int, y : int }\n';
const SHAPE = 'type Shape = Circle(float) | Rect(float, float)\n';

const cases: Record<string, readonly (readonly [string, ...string[]])[]> = {
  mismatches: [
    ['fun f(x)\n  x + "a"\nend', 'Q0201 2: `+` adds numbers, but this is a `string`'],
    ['fun f()\n  1 + 2.0\nend', 'Q0201 2: the right side of `+` is `float`, but `int` is wanted'],
    ['fun f()\n  true + 1\nend', 'Q0201 2: a number is wanted here, but this is `bool`'],
    ['fun f(x)\n  not x + 1\nend', 'Q0201 2: what follows `not` is `int`, but `bool` is wanted'],
    ['fun f()\n  if 1 then 2\n  end\nend', 'Q0201 2: this condition is `int`, but `bool` is wanted'],
    ['fun f()\n  while "a"\n  end\nend', 'Q0201 2: this condition is `string`, but `bool` is wanted'],
    [
      'fun f(c)\n  if c then 1\n  else "a"\n  end\nend',
      'Q0201 3: the value of this branch is `string`, but `int` is wanted',
    ],
    [
      'fun f(c)\n  case c\n  when 1 then 1\n  when 2 then "a"\n  else 3\n  end\nend',
      'Q0201 4: the value of this branch is `string`, but `int` is wanted',
    ],
    ['fun f()\n  [1, "a"]\nend', 'Q0201 2: this element is `string`, but `int` is wanted'],
    ['fun f()\n  [1, ..2]\nend', 'Q0201 2: what is spread here is `int`, but `list<int>` is wanted'],
    ['fun f()\n  #{"a": 1, 2: 2}\nend', 'Q0201 2: this key is `int`, but `string` is wanted'],
    ['fun f()\n  #{"a": 1, "b": ""}\nend', 'Q0201 2: this value is `string`, but `int` is wanted'],
    ['fun f()\n  1 ++ 2\nend', 'Q0201 2: `++` joins strings, lists or bytes, but this is `int`'],
    ['fun f()\n  1.0 .. 2\nend', 'Q0201 2: the left side of `..` is `float`, but `int` is wanted'],
    ['fun f()\n  1 == "a"\nend', 'Q0201 2: the right side of `==` is `string`, but `int` is wanted'],
    ['fun f() -> string\n  1\nend', 'Q0201 2: the value of `f` is `int`, but `string` is wanted'],
    ['fun f()\n  return 1\n  "a"\nend', 'Q0201 3: the value of `f` is `string`, but `int` is wanted'],
    ['fun f()\n  var x = 1\n  x = "a"\nend', 'Q0201 3: what is assigned to `x` is `string`, but `int` is wanted'],
    ['fun f()\n  let x : string = 1\nend', 'Q0201 2: this value is `int`, but `string` is wanted'],
    [
      'fun f()\n  let l = []\n  var v = l\n  v = [1]\n  v = ["a"]\nend',
      'Q0201 5: this element is `string`, but `int` is wanted',
    ],
    ['fun f(g)\n  g(1)\n  g("a")\nend', 'Q0201 3: the argument of `g` is `string`, but `int` is wanted'],
    ['fun f()\n  raise 3\nend', 'Q0201 2: what `raise` is given is `int`, but `exn` is wanted'],
    ['fun f(xs : list<int>)\n  xs["a"]\nend', 'Q0201 2: this index is `string`, but `int` is wanted'],
    ['let limit : string = 10', 'Q0201 1: the value of `limit` is `int`, but `string` is wanted'],
    [
      'fun f(x)\n  case x\n  when Some(y) then y\n  when 3 then 3\n  end\nend',
      'Q0201 4: this pattern is `int`, but `option<a>` is wanted',
    ],
    [
      'exception Bad(string)\nfun f()\n  raise Bad(1)\nend',
      'Q0201 3: what `Bad` is given is `int`, but `string` is wanted',
    ],
    ['fun f(x)\n  x(x)\nend', 'Q0205 2: this would have a type that contains itself'],
  ],
  'rigid annotations': [
    ['fun f(x : a) -> a\n  1\nend', 'Q0206 2: the annotation says `a` for any type, but here it has to be `int`'],
    ['fun f(x : a)\n  x + 1\nend', 'Q0206 2: the annotation says `a` for any type, but here it has to be a number'],
    ['fun f(x : a, y : b) -> a\n  y\nend', 'Q0206 2: the annotation says `a` for any type, but here it has to be `b`'],
  ],
  arity: [
    ['fun add(x, y)\n  x + y\nend\nfun g()\n  add(1, 2, 3)\nend', 'Q0202 5: `add` takes 2 arguments, but is given 3'],
    ['fun g()\n  (|x| x)(1, 2)\nend', 'Q0202 2: this function takes 1 argument, but is given 2'],
    ['fun f()\n  Some(1, 2)\nend', 'Q0202 2: `Some` takes 1 value, but is given 2 values'],
    ['fun f()\n  Ok()\nend', 'Q0202 2: `Ok` takes 1 value, but is given no values'],
    [
      `${SHAPE}fun f(s)\n  case s\n  when Rect(w) then w\n  else 0.0\n  end\nend`,
      'Q0202 4: `Rect` has 2 values, but this pattern gives it 1 value',
    ],
    ['fun f()\n  3(4)\nend', 'Q0213 2: `int` cannot be called: it is not a function'],
    ['fun main(a, b)\nend', 'Q0217 1: `main` takes nothing, or one list of strings: the command line'],
    ['fun f(x : list<int, int>)\n  0\nend', 'Q0207 1: the type `list` takes 1 argument, not 2 arguments'],
    ['type P<a> = { x : a }\nfun f(x : P)\n  0\nend', 'Q0207 2: the type `P` takes 1 argument, not 0 arguments'],
  ],
  fields: [
    [`${POINT}fun f(p : Point)\n  p.z\nend`, 'Q0203 3: `Point` has no field `z`'],
    [`${POINT}fun f()\n  Point{x: 1, y: 2, z: 3}\nend`, 'Q0203 3: `Point` has no field `z`'],
    [`${POINT}fun f()\n  Point{x: 1}\nend`, 'Q0204 3: this `Point` lacks `y`'],
    [`${POINT}fun f(Point{z})\n  0\nend`, 'Q0203 2: `Point` has no field `z`'],
    [`${POINT}fun f()\n  Point{x: 1, y: 2, x: 3}\nend`, 'Q0102 3: the field `x` is given twice'],
    ['fun f(p)\n  p.foo\nend', 'Q0203 2: no record type here has a field `foo`'],
    ['fun f(s : string)\n  s.length\nend', 'Q0203 2: `string` has no field `length`'],
    [
      'type A = { x : int }\ntype B = { x : int }\nfun f(p)\n  p.x\nend',
      'Q0211 4: nothing here tells which record type this is (`x` is a field of several)',
    ],
  ],
  'what is not decided': [
    ['fun f(a, b)\n  a ++ b\nend', 'Q0211 2: nothing here tells whether `++` joins strings, lists or bytes'],
    ['fun f(a, b)\n  a[b]\nend', 'Q0211 2: nothing here tells whether this is a list, a map, a string or bytes'],
    ['fun f(x : option<int>)\n  x[0]\nend', 'Q0212 2: `option<int>` cannot be indexed'],
    ['fun f()\n  for i in 10\n  end\nend', 'Q0212 2: `int` cannot be gone through with `for`'],
    ['fun f()\n  (|x| x) == (|x| x)\nend', 'Q0209 2: functions cannot be compared with `==`'],
    ['fun f(g)\n  [g] < [|x| x + 1]\nend', 'Q0209 2: functions cannot be compared with `<`'],
  ],
  declarations: [
    [
      'let a = b\nlet b = a',
      'Q0216 1: the constant `a` depends on itself',
      'Q0216 2: the constant `b` depends on itself',
    ],
    ['let a = f()\nfun f()\n  a\nend', 'Q0216 1: the constant `a` depends on itself'],
    ['type W = list<W>', 'Q0208 1: the type `W` stands for itself'],
  ],
  'one mistake, one message': [
    [
      'fun f()\n  let a = undefined_thing\n  a + 1\n  a ++ "x"\n  a.field\n  a[0]\nend',
      'Q0101 2: there is no name `undefined_thing` here',
    ],
    [
      'fun f()\n  let a = 1 + "x"\n  a ++ a\n  g(a)\nend\nfun g(x)\n  x\nend',
      'Q0201 2: `+` adds numbers, but this is a `string`',
    ],
    [
      'fun f(x)\n  missing(x) ++ missing(x)\nend',
      'Q0101 2: there is no name `missing` here',
      'Q0101 2: there is no name `missing` here',
    ],
    [
      'fun f()\n  1 + true\nend\nfun g()\n  "a" ++ 2\nend\nfun h(x : int)\n  x ++ ""\nend',
      'Q0201 2: the right side of `+` is `bool`, but `int` is wanted',
      'Q0201 5: the right side of `++` is `int`, but `string` is wanted',
      'Q0201 8: `++` joins strings, lists or bytes, but this is `int`',
    ],
  ],
};

for (const [group, table] of Object.entries(cases))
  describe(group, () => {
    for (const [program, ...wanted] of table)
      it(program.split('\n').slice(-4).join(' ¶ '), () => {
        expect(messages(check(program).diagnostics.filter(isError))).toEqual(wanted);
      });
  });

describe('both places', () => {
  it('names the place that fixed the other type', () => {
    const { diagnostics } = check('fun f()\n  var y = []\n  y = [1]\n  y = ["a"]\nend');
    const [label] = diagnostics[0]!.labels!;
    expect(label!.text).toBe('`int` because of this');
    expect(label!.span.file.position(label!.span.start).line).toBe(2);
  });

  it('suspects a misspelt type in a type variable', () => {
    const { diagnostics } = check('fun f(x : strin)\n  x ++ "a"\nend');
    expect(diagnostics[0]!.hints![0]).toBe('did you mean `string`?');
  });

  it('points at the annotation that wants the type', () => {
    const { diagnostics } = check('fun f(x) -> string\n  x + 1\nend');
    expect(diagnostics[0]!.labels!.map((l) => l.text)).toEqual(['by this annotation']);
  });

  it('points at the branch above', () => {
    const { diagnostics } = check('fun f(c)\n  if c then 1\n  else "a"\n  end\nend');
    expect(diagnostics[0]!.labels!.map((l) => l.text)).toEqual(['the branch above gives `int`']);
  });
});

describe('values that nobody uses', () => {
  const cases: readonly (readonly [string, ...string[]])[] = [
    ['fun f(x)\n  let y = x\n  -y\n  y\nend', 'Q0220 3: this value is not used'],
    ['fun f()\n  "a" == "b"\n  std::print(1)\nend', 'Q0220 2: this value is not used'],
    [
      'fun g(x, y)\n  x + y\nend\nfun f()\n  g(1)\n  g(1, 2)\nend',
      'Q0220 5: this call makes a function, which is not used',
    ],
    ['test "t"\n  1 == 1\nend', 'Q0220 2: this value is not used'],
    [
      'fun f(x)\n  case x\n  when None then ()\n  when Some(y) then std::print(y)\n  end\n  if x == None then std::print(1)\n  end\nend',
    ],
    ['fun f(g)\n  g(1)\n  g(2)\nend'],
  ];
  for (const [program, ...wanted] of cases)
    it(program.split('\n').slice(0, 5).join(' ¶ '), () => expect(messages(check(program).diagnostics)).toEqual(wanted));
});

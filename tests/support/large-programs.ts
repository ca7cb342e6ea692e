/**
 * Families of programs of any size, each long in one way: what the compiler is to take in a time that grows as they do.
 * Invariant: the text of `make(n)` grows as n does, and no text is nested in brackets or blocks deeper than a person writes.
 */

export interface Family {
  /** The text of the module. */
  readonly make: (n: number) => string;
  /** The code of the one error that is right for it, if one is. */
  readonly error?: string;
}

const rows = (n: number, text: (i: number) => string, glue = '\n'): string =>
  Array.from({ length: n }, (_, i) => text(i)).join(glue);

const program = (text: (n: number) => string, error?: string): Family => ({
  make: (n) => `${text(n)}\n`,
  ...(error !== undefined && { error }),
});
const items = (text: (n: number) => string, error?: string): Family =>
  program((n) => `${text(n)}\nfun main()\nend`, error);
/** Statements of `main`. */
const body = (text: (n: number) => string, error?: string, before = ''): Family =>
  program((n) => `${before}fun main()\n${text(n)}\nend`, error);
/** An expression that `main` prints. */
const value = (text: (n: number) => string, error?: string, before = ''): Family =>
  body((n) => `  std::print(${text(n)})`, error, before);

const ADD = 'fun g(x)\n  x + 1\nend\n';
const W = 'session W(p)\n  on Go from p\n  end\nend\n';
const ECHO = 'session Echo\n  on Ask from c\n    c!Told\n  end\n  loop\nend\n';

/** One expression or one line that is long. */
const EXPRESSIONS: Readonly<Record<string, Family>> = {
  pipes: value((n) => '1' + ' |> g'.repeat(n), undefined, ADD),
  'pipes, a line each': value((n) => '1' + '\n    |> g'.repeat(n), undefined, ADD),
  'pipes with closures': value((n) => '1' + ' |> (|x| x + 1)'.repeat(n)),
  additions: value((n) => rows(n, () => '1', ' + ')),
  'additions of variables': body((n) => `  let x = 1\n  std::print(${rows(n, () => 'x', ' + ')})`),
  'products and sums': value((n) => rows(n, (i) => `${i} * 2`, ' - ')),
  'joined strings': value((n) => rows(n, () => '"a"', ' ++ ')),
  'joined lists': value((n) => rows(n, (i) => `[${i}]`, ' ++ ')),
  ors: value((n) => rows(n, () => 'false', ' || ')),
  'ands of comparisons': value((n) => rows(n, (i) => `${i} < 7`, ' && ')),
  'ands in ors': body((n) => `  let b = true\n  if ${rows(n, () => 'b && b', ' || ')}\n    std::print(1)\n  end`),
  'calls of what was called': value((n) => 'g' + '(1)'.repeat(n), 'Q0213', ADD),
  'fields of fields': items((n) => `type T = { a : T }\nfun f(t : T)\n  t${'.a'.repeat(n)}\nend`),
  'indices of indices': body((n) => `  let s = "abc"\n  std::print(s${'[0]'.repeat(n)})`),
  'minus signs': value((n) => rows(n, () => '- ', '') + '1'),
  nots: value((n) => rows(n, () => 'not ', '') + 'true'),
  'a list': value((n) => `[${rows(n, String, ', ')}]`),
  'a map': value((n) => `#{${rows(n, (i) => `${i}: "a"`, ', ')}}`),
  'a tuple': body((n) => `  let t = (${rows(n, String, ', ')})\n  std::print(t)`),
  'a text with holes': body((n) => `  let x = 1\n  std::print("${rows(n, () => '{x}', ' ')}")`),
  'a comprehension of clauses': value((n) => `[1 ${rows(n, (i) => (i === 0 ? 'for x in [1]' : 'if x > 0'), ' ')}]`),
  'a call with arguments': program(
    (n) =>
      `fun f(${rows(n, (i) => `a${i}`, ', ')})\n  a0\nend\nfun main()\n  std::print(f(${rows(n, String, ', ')}))\nend`,
  ),
  'closures in a list': value(
    (n) => `list::length([${rows(n, (i) => `|x| x + ${i}`, ', ')}])`,
    undefined,
    'require list\n',
  ),
  'comparisons in a row': value((n) => rows(n, String, ' < '), 'Q0015'),
  'a type of arrows': items((n) => `fun f(g : ${'int -> '.repeat(n)}int)\n  1\nend`, 'Q0016'),
  'closures of closures': value((n) => `${'|x| '.repeat(n)}1`, 'Q0016'),
};

/** Cases and the patterns in them. */
const PATTERNS: Readonly<Record<string, Family>> = {
  'a case of strings': items(
    (n) => `fun f(x)\n  case x\n${rows(n, (i) => `  when "k${i}" then ${i}`)}\n  else -1\n  end\nend`,
  ),
  'a case of ints': items(
    (n) => `fun f(x)\n  case x\n${rows(n, (i) => `  when ${i} then ${i}`)}\n  else -1\n  end\nend`,
  ),
  'a case of pairs': items(
    (n) => `fun f(x)\n  case x\n${rows(n, (i) => `  when ("k${i}", _) then ${i}`)}\n  else -1\n  end\nend`,
  ),
  'a case of ten columns': items(
    (n) =>
      `fun f(x)\n  case x\n${rows(n, (i) => `  when ("k${i}"${', _'.repeat(9)}) then ${i}`)}\n  else -1\n  end\nend`,
  ),
  'a case of two columns of literals': items(
    (n) => `fun f(x)\n  case x\n${rows(n, (i) => `  when (${i}, ${i % 7}) then ${i}`)}\n  else -1\n  end\nend`,
  ),
  'a case of constructors': items(
    (n) =>
      `type T = ${rows(n, (i) => `C${i}`, ' | ')}\nfun f(x)\n  case x\n${rows(n, (i) => `  when C${i} then ${i}`)}\n  end\nend`,
  ),
  'a case of constructors with fields': items(
    (n) =>
      `type T = ${rows(n, (i) => `C${i}(int)`, ' | ')}\nfun f(x)\n  case x\n${rows(n, (i) => `  when C${i}(1) then ${i}\n  when C${i}(k) then k`)}\n  end\nend`,
  ),
  'a case of guards': items(
    (n) => `fun f(x)\n  case x\n${rows(n, (i) => `  when k if k > ${i} then ${i}`)}\n  else -1\n  end\nend`,
  ),
  'a case of lists': items(
    (n) => `fun f(x)\n  case x\n${rows(n, (i) => `  when [${i}, ..r] then r`)}\n  else []\n  end\nend`,
  ),
  alternatives: items((n) => `fun f(x)\n  case x\n  when ${rows(n, String, ' | ')} then 1\n  else -1\n  end\nend`),
  'a list pattern': items(
    (n) => `fun f(x)\n  case x\n  when [${rows(n, (i) => `a${i}`, ', ')}] then a0\n  else -1\n  end\nend`,
  ),
  'a tuple pattern': items((n) => `fun f(x)\n  let (${rows(n, (i) => `a${i}`, ', ')}) = x\n  a0 + 1\nend`),
  elifs: items(
    (n) => `fun f(x)\n  if x == 0\n    0\n${rows(n, (i) => `  elif x == ${i}\n    ${i}`)}\n  else\n    1\n  end\nend`,
  ),
  catches: items(
    (n) =>
      `${rows(n, (i) => `exception E${i}`)}\nfun f(x)\n  try\n    x()\n${rows(n, (i) => `  catch E${i}\n    ${i}`)}\n  end\nend`,
  ),
};

/** Many statements or bindings. */
const STATEMENTS: Readonly<Record<string, Family>> = {
  statements: body((n) => rows(n, (i) => `  std::print(${i})`)),
  lets: body((n) => rows(n, (i) => `  let x${i} = ${i}\n  std::print(x${i})`)),
  'lets, each of the last': body(
    (n) => `  let x0 = 1\n${rows(n, (i) => `  let x${i + 1} = x${i}`)}\n  std::print(x${n})`,
  ),
  'lets of one name': body((n) => `  let x = 1\n${rows(n, () => '  let x = x + 1')}\n  std::print(x)`),
  'names bound by =': body((n) => rows(n, (i) => `  x${i} = ${i}`)),
  assignments: body((n) => `  var x = 1\n${rows(n, (i) => `  x = x + ${i}`)}\n  std::print(x)`),
  ifs: body((n) => `  var x = 1\n${rows(n, (i) => `  if x > ${i}\n    x = x - 1\n  end`)}`),
  whiles: body((n) => `  var x = 1\n${rows(n, (i) => `  while x > ${i}\n    x = x - 1\n  end`)}`),
  tries: body((n) => rows(n, (i) => `  try\n    std::print(${i})\n  catch e\n    std::print(e)\n  end`)),
  'local functions': body(
    (n) =>
      `  fun f0(x)\n    x\n  end\n${rows(n, (i) => `  fun f${i + 1}(x)\n    f${i}(x)\n  end`)}\n  std::print(f${n}(1))`,
  ),
  'a closure over variables': body(
    (n) =>
      `${rows(n, (i) => `  let x${i} = ${i}`)}\n  let f = ||\n${rows(n, (i) => `    std::print(x${i})`)}\n  end\n  f()`,
  ),
  'closures over one variable': body(
    (n) => `  var x = 1\n${rows(n, (i) => `  let f${i} = || x + ${i}`)}\n  x = 2\n  std::print(f0())`,
  ),
  'variables captured': body((n) => `${rows(n, (i) => `  var x${i} = ${i}\n  let f${i} = || x${i}\n  x${i} = 1`)}`),
  comments: body((n) => rows(n, (i) => `  # ${i}`)),
  'a doc comment': program((n) => `${rows(n, (i) => `## ${i}`)}\nfun main()\nend`),
  'one line of statements': body((n) => `  ${rows(n, (i) => `std::print(${i})`, '; ')}`),
  'wrong names': body((n) => rows(n, (i) => `  std::print(word${i}x)`), 'Q0101', ''),
  'wrong names among many': program(
    (n) => `${rows(n, (i) => `fun word${i}()\n  1\nend`)}\nfun main()\n${rows(n, (i) => `  wird${i}()`)}\nend`,
    'Q0101',
  ),
  'wrong types': body((n) => rows(n, (i) => `  std::print(${i} + "a")`), 'Q0201'),
  'records told by their fields': program(
    (n) =>
      `${rows(n, (i) => `type R${i} = { a${i} : int }`)}\nfun main()\n  let f = |x| x.a0\n${rows(n, (i) => `  let f${i} = |x| x.a${i}`)}\n  std::print(f(R0{a0: 1}))\nend`,
  ),
};

/** Many items, each of them short. */
const ITEMS: Readonly<Record<string, Family>> = {
  functions: program((n) => `${rows(n, (i) => `fun f${i}(x)\n  x + ${i}\nend`)}\nfun main()\n  std::print(f0(1))\nend`),
  'functions, each calls the next': program(
    (n) =>
      `${rows(n, (i) => `fun f${i}(x)\n  f${i + 1}(x)\nend`)}\nfun f${n}(x)\n  x + 1\nend\nfun main()\n  std::print(f0(1))\nend`,
  ),
  'functions, each calls the last': program(
    (n) =>
      `fun f0(x)\n  x + 1\nend\n${rows(n, (i) => `fun f${i + 1}(x)\n  f${i}(x)\nend`)}\nfun main()\n  std::print(f${n}(1))\nend`,
  ),
  'generic functions, each calls the next': program(
    (n) =>
      `${rows(n, (i) => `fun f${i}(x, y)\n  f${i + 1}(y, x)\nend`)}\nfun f${n}(x, y)\n  (x, y)\nend\nfun main()\n  std::print(f0(1, "a"))\nend`,
  ),
  'functions in a ring': program(
    (n) =>
      `${rows(n, (i) => `fun f${i}(x)\n  if x > 0 then f${(i + 1) % n}(x - 1) else x end\nend`)}\nfun main()\n  std::print(f0(1))\nend`,
  ),
  'functions that loop by themselves': program(
    (n) =>
      `${rows(n, (i) => `fun f${i}(x)\n  if x > 0 then f${i}(x - 1) else x end\nend`)}\nfun main()\n  std::print(f0(1))\nend`,
  ),
  constants: items((n) => rows(n, (i) => `let x${i} = ${i}`)),
  'constants, each of the last': items((n) => `let x0 = 0\n${rows(n, (i) => `let x${i + 1} = x${i} + 1`)}`),
  records: items((n) => rows(n, (i) => `type R${i} = { a : int }`)),
  'a record of fields': items(
    (n) => `type R = { ${rows(n, (i) => `a${i} : int`, ', ')} }\nfun f(r : R)\n  R{r | a0: r.a1}\nend`,
  ),
  'types in types': items((n) => `${rows(n, (i) => `type T${i} = C${i}(T${i + 1})`)}\ntype T${n} = C${n}`),
  'aliases of aliases': items(
    (n) => `${rows(n, (i) => `type A${i} = A${i + 1}`)}\ntype A${n} = int\nfun f(x : A0)\n  x + 1\nend`,
  ),
  tests: items((n) => rows(n, (i) => `test "t${i}"\n  std::print(${i})\nend`)),
  exceptions: items((n) => rows(n, (i) => `exception E${i}(int)`)),
  'parameters of a type': items(
    (n) => `type T<${rows(n, (i) => `a${i}`, ', ')}> = C(${rows(n, (i) => `a${i}`, ', ')})`,
  ),
};

/** Threads, messages and ends. */
const SESSIONS: Readonly<Record<string, Family>> = {
  sends: program(
    (n) =>
      `session S(p)\n${rows(n, (i) => `  on M${i} from p\n  end`)}\nend\nfun main()\n  let a = spawn S(self)\n${rows(n, (i) => `  a!M${i}`)}\nend`,
  ),
  'questions and answers': program(
    (n) =>
      `session S(p)\n${rows(n, (i) => `  on M${i} from p\n    p!A${i}(1)\n  end`)}\nend\nfun main()\n  let a = spawn S(self)\n${rows(n, (i) => `  a!M${i}\n  on A${i}(x) from a\n    std::print(x)\n  end`)}\nend`,
  ),
  'branches of a wait': program(
    (n) =>
      `session S(p)\n  on M0 from p\n${rows(n, (i) => `  or M${i + 1}(x) from p\n    std::print(x)\n    loop`)}\n  end\nend\nfun main()\n  let a = spawn S(self)\n  a!M0\nend`,
  ),
  sessions: program(
    (n) =>
      `${rows(n, (i) => `session S${i}(p)\n  on M${i} from p\n  end\nend`)}\nfun main()\n  let a = spawn S0(self)\n  a!M0\nend`,
  ),
  'sessions, each goes on as the next': program(
    (n) =>
      `${rows(n, (i) => `session S${i}(p)\n  on M${i} from p\n    p!A${i}\n    S${i + 1}(p)\n  end\nend`)}\nsession S${n}(p)\n  p!Done\nend\nfun main()\n  let a = spawn S0(self)\n${rows(n, (i) => `  a!M${i}\n  on A${i} from a\n  end`)}\n  on Done from a\n  end\nend`,
  ),
  'sessions, each goes on as the last': program(
    (n) =>
      `session S0(p)\n  p!Done\nend\n${rows(n, (i) => `session S${i + 1}(p)\n  p!A\n  S${i}(p)\nend`)}\nfun take(p)\n  on A from p\n    take(p)\n  or Done from p\n  end\nend\nfun main()\n  let a = spawn S${n}(self)\n  take(a)\nend`,
  ),
  'sessions in a ring': program(
    (n) =>
      `${rows(n, (i) => `session S${i}(p)\n  on M from p\n    p!A\n    S${(i + 1) % n}(p)\n  or Stop from p\n  end\nend`)}\nfun main()\n  let a = spawn S0(self)\n  a!Stop\nend`,
  ),
  'spawns held at once': program(
    (n) => `${W}fun main()\n${rows(n, (i) => `  let w${i} = spawn W(self)`)}\n${rows(n, (i) => `  w${i}!Go`)}\nend`,
  ),
  'spawns one after the other': program(
    (n) => `${W}fun main()\n${rows(n, (i) => `  let w${i} = spawn W(self)\n  w${i}!Go`)}\nend`,
  ),
  'a pool filled by hand': program(
    (n) =>
      `${W}fun main()\n  let ws = pool()\n${rows(n, (i) => `  let w${i} = spawn W(self)\n  put w${i} in ws`)}\n  for w in ws\n    w!Go\n  end\nend`,
  ),
  'helpers in a row': program(
    (n) =>
      `session S(p)\n${rows(n, () => '  on Tick from p\n  end')}\nend\nfun h(p)\n  p!Tick\nend\nfun main()\n  let a = spawn S(self)\n${rows(n, () => '  h(a)')}\nend`,
  ),
  'helpers, each calls the next': program(
    (n) =>
      `session S(p)\n  on Tick from p\n  end\nend\n${rows(n, (i) => `fun h${i}(p)\n  h${i + 1}(p)\nend`)}\nfun h${n}(p)\n  p!Tick\nend\nfun main()\n  let a = spawn S(self)\n  h0(a)\nend`,
  ),
  'helpers, each sends and calls the next': program(
    (n) =>
      `session S(p)\n  on Tick from p\n    loop\n  or Tock from p\n  end\nend\n${rows(n, (i) => `fun h${i}(p)\n  p!Tick\n  h${i + 1}(p)\nend`)}\nfun h${n}(p)\n  p!Tock\nend\nfun main()\n  let a = spawn S(self)\n  h0(a)\nend`,
  ),
  'choices one after the other': program(
    (n) =>
      `session S(p)\n  on A from p\n    loop\n  or B from p\n    loop\n  or Stop from p\n  end\nend\nfun f(x, p)\n${rows(n, (i) => `  if x > ${i}\n    p!A\n  else\n    p!B\n  end`)}\n  p!Stop\nend\nfun main()\n  let a = spawn S(self)\n  f(1, a)\nend`,
  ),
  'waits one after the other, two branches each': program((n) =>
    `session S(p)\n${rows(n, (i) => `  if std::now() > ${i}\n    p!A\n  else\n    p!B\n  end`)}\nend\nfun main()\n  let a = spawn S(self)\n${rows(n, () => '  on A from a\n  or B from a\n  end')}\nend`.replaceAll(
      'std::now()',
      '3',
    ),
  ),
  'clients of a service': program(
    (n) =>
      `${ECHO}fun main()\n  let s = spawn Echo\n${rows(n, (i) => `  let c${i} = connect s\n  c${i}!Ask\n  on Told from c${i}\n  end`)}\nend`,
  ),
  services: program(
    (n) =>
      `${rows(n, (i) => `session E${i}\n  on Ask from c\n    c!Told\n  end\n  loop\nend`)}\nfun main()\n${rows(n, (i) => `  let s${i} = spawn E${i}\n  let c${i} = connect s${i}\n  c${i}!Ask\n  on Told from c${i}\n  end`)}\nend`,
  ),
  'a chain of delegations': program(
    (n) =>
      `session Last(p)\n  on Take(c) from p\n    c!Go\n  end\nend\n${W}${rows(n, (i) => `session D${i}(p)\n  on Take(c) from p\n    let n = spawn ${i === 0 ? 'Last' : `D${i - 1}`}(self)\n    n!Take(c)\n  end\nend`)}\nfun main()\n  let w = spawn W(self)\n  let d = spawn D${n - 1}(self)\n  d!Take(w)\nend`,
  ),
  timeouts: program(
    (n) =>
      `session S(p)\n  on Go from p\n  end\nend\nfun main()\n  let a = spawn S(self)\n${rows(n, (i) => `  on Down(r) from a\n    std::print(r)\n    return\n  or after ${i}\n  end`)}\n  a!Go\nend`,
  ),
  'loops that send': program(
    (n) =>
      `session S(p)\n  on A from p\n    loop\n  or Stop from p\n  end\nend\nfun main()\n  let a = spawn S(self)\n${rows(n, () => '  for i in 1..3\n    a!A\n  end')}\n  a!Stop\nend`,
  ),
  'a protocol of roles': items(
    (n) =>
      `protocol P\n${rows(n, (i) => `  role R${2 * i} : !R${2 * i + 1}{A ~> End}\n  role R${2 * i + 1} : ?R${2 * i}{A ~> End}`)}\nend`,
  ),
  protocols: items((n) => rows(n, (i) => `protocol P${i}\n  role A : !B{M ~> End}\n  role B : ?A{M ~> End}\nend`)),
  watches: program((n) => `${W}fun main()\n${rows(n, (i) => `  let w${i} = spawn W(self)\n  w${i}!Go`)}\nend`),
};

const doubling = (n: number, text: (i: number) => string): string => rows(n, text);

/** What is small as written and large as meant: a budget answers. */
const DOUBLING: Readonly<Record<string, Family>> = {
  'closures that double a type': body(
    (n) => `  let f0 = |x| (x, x)\n${doubling(n, (i) => `  let f${i + 1} = |y| f${i}(f${i}(y))`)}\n  std::print(1)`,
    'Q0221',
  ),
  'functions that double a type': items(
    (n) => `fun f0(x)\n  (x, x)\nend\n${doubling(n, (i) => `fun f${i + 1}(y)\n  f${i}(f${i}(y))\nend`)}`,
    'Q0221',
  ),
  'pairs of pairs': body(
    (n) => `  let x0 = 1\n${doubling(n, (i) => `  let x${i + 1} = (x${i}, x${i})`)}\n  std::print(1)`,
    'Q0221',
  ),
  'pairs of pairs of a parameter': items(
    (n) => `fun f(x0)\n${doubling(n, (i) => `  let x${i + 1} = (x${i}, x${i})`)}\n  x${n}\nend`,
    'Q0221',
  ),
  'aliases of pairs': items(
    (n) => `type A0 = int\n${doubling(n, (i) => `type A${i + 1} = (A${i}, A${i})`)}\nfun f(x : A${n})\n  1\nend`,
    'Q0221',
  ),
  'aliases of pairs of a parameter': items(
    (n) =>
      `type A0<a> = (a, a)\n${doubling(n, (i) => `type A${i + 1}<a> = A${i}<A${i}<a>>`)}\nfun f(x : A${n}<int>)\n  1\nend`,
    'Q0221',
  ),
  'helpers that call helpers twice': program(
    (n) =>
      `session S(p)\n  on Tick from p\n    loop\n  or Stop from p\n  end\nend\nfun h0(p)\n  p!Tick\nend\n${doubling(n, (i) => `fun h${i + 1}(p)\n  h${i}(p)\n  h${i}(p)\nend`)}\nfun main()\n  let a = spawn S(self)\n  h${n}(a)\n  a!Stop\nend`,
    'Q0322',
  ),
  'sums of sums of constructors': items(
    (n) =>
      `type B0 = { a : int }\n${doubling(n, (i) => `type B${i + 1} = { a : B${i}, b : B${i} }`)}\nfun f(x : B${n})\n  x.a\nend`,
  ),
};

/** All that grow by being long. */
export const LONG: Readonly<Record<string, Family>> = {
  ...EXPRESSIONS,
  ...PATTERNS,
  ...STATEMENTS,
  ...ITEMS,
  ...SESSIONS,
};
export { DOUBLING };

const nest = (n: number, open: string, inside: string, close: string): string =>
  open.repeat(n) + inside + close.repeat(n);

/** Nested in the text: taken or refused for that (Q0016), whatever the depth. */
export const DEEP: Readonly<Record<string, (n: number) => string>> = {
  parentheses: (n) => `fun main()\n  std::print(${nest(n, '(', '1', ')')})\nend\n`,
  'parentheses on the left': (n) => `fun main()\n  std::print(${nest(n, '(', '1', ' + 1)')})\nend\n`,
  'parentheses on the right': (n) => `fun main()\n  std::print(${nest(n, '1 + (', '1', ')')})\nend\n`,
  'parentheses between strings': (n) => `fun main()\n  std::print(${nest(n, '"a" ++ (', '"a"', ' ++ "b")')})\nend\n`,
  'conditions in conditions': (n) => `fun main()\n  std::print(${nest(n, 'true && (', 'true', ' || false)')})\nend\n`,
  lists: (n) => `fun main()\n  std::print(${nest(n, '[', '1', ']')})\nend\n`,
  tuples: (n) => `fun main()\n  std::print(${nest(n, '(1, ', '1', ')')})\nend\n`,
  maps: (n) => `fun main()\n  std::print(${nest(n, '#{1: ', '1', '}')})\nend\n`,
  options: (n) => `fun main()\n  std::print(${nest(n, 'Some(', '1', ')')})\nend\n`,
  calls: (n) => `fun g(x)\n  x + 1\nend\nfun main()\n  std::print(${nest(n, 'g(', '1', ')')})\nend\n`,
  indices: (n) => `fun f(xs : list<int>)\n  ${nest(n, 'xs[', '1', ']')}\nend\nfun main()\nend\n`,
  closures: (n) => `fun main()\n  let f = ${nest(n, '|x| ', '1', '')}\n  f(1)\n  std::print(2)\nend\n`,
  'closures in blocks': (n) => `fun main()\n  let f = ${nest(n, '|x|\n', '1', '\nend')}\n  std::print(2)\nend\n`,
  holes: (n) => `fun main()\n  std::print(${nest(n, '"{', '1', '}"')})\nend\n`,
  comprehensions: (n) => `fun main()\n  std::print(${nest(n, '[', '1', ' for x in [1]]')})\nend\n`,
  ifs: (n) => `fun main()\n${nest(n, 'if true\n', 'std::print(1)\n', 'end\n')}end\n`,
  'else ifs': (n) => `fun main()\n${nest(n, 'if true then 1 else ', '2', ' end')}\nend\n`,
  cases: (n) => `fun f(x)\n${nest(n, 'case x\nwhen 1 then ', '2', ' else 3 end')}\nend\nfun main()\nend\n`,
  'subjects of cases': (n) => `fun f(x)\n${nest(n, 'case ', 'x', ' when k then k\nend')}\nend\nfun main()\nend\n`,
  whiles: (n) => `fun main()\n${nest(n, 'while true\n', 'std::print(1)\n', 'end\n')}end\n`,
  fors: (n) => `fun main()\n${nest(n, 'for i in 1..2\n', 'std::print(1)\n', 'end\n')}end\n`,
  tries: (n) => `fun main()\n${nest(n, 'try\n', 'std::print(1)\n', 'catch e\nend\n')}end\n`,
  'finallies in tries': (n) => `fun main()\n${nest(n, 'try\n', 'std::print(1)\n', 'finally\nend\n')}end\n`,
  'lets in lets': (n) => `fun main()\n${nest(n, 'let x =\n', '1\n', 'end\n')}end\n`,
  'local functions': (n) => `fun main()\n${nest(n, 'fun f()\n', '1\n', 'end\n')}end\n`,
  waits: (n) => `session S(p)\n${nest(n, 'on A from p\n', 'p!B\n', 'end\n')}end\nfun main()\nend\n`,
  'waits in else branches': (n) =>
    `session S(p)\n${nest(n, 'on A from p\nif true then p!B else ', '1', '\n end\nend\n')}end\nfun main()\nend\n`,
  'patterns of options': (n) =>
    `fun f(x)\n  case x\n  when ${nest(n, 'Some(', 'y', ')')} then 1\n  else 2\n  end\nend\nfun main()\nend\n`,
  'patterns of lists': (n) =>
    `fun f(x)\n  case x\n  when ${nest(n, '[', 'y', ']')} then 1\n  else 2\n  end\nend\nfun main()\nend\n`,
  'types of lists': (n) => `fun f(x : ${nest(n, 'list<', 'int', '>')})\n  1\nend\nfun main()\nend\n`,
  'types of tuples': (n) => `fun f(x : ${nest(n, '(int, ', 'int', ')')})\n  1\nend\nfun main()\nend\n`,
  'types of functions': (n) => `fun f(x : ${nest(n, 'int -> ', 'int', '')})\n  1\nend\nfun main()\nend\n`,
  'types of functions of functions': (n) =>
    `fun f(x : ${nest(n, '(', 'int', ' -> int)')})\n  1\nend\nfun main()\nend\n`,
  'session types': (n) =>
    `session S(p) : ${nest(n, '!p{A ~> ', 'End', '}')}\n${'  p!A\n'.repeat(n)}end\nfun main()\nend\n`,
  'types that recur': (n) => `session S(p) : ${nest(n, 'rec X. ', '!p{A ~> End}', '')}\n  p!A\nend\nfun main()\nend\n`,
  roles: (n) =>
    `protocol P\n  role A : ${nest(n, '!B{M ~> ', 'End', '}')}\n  role B : ${nest(n, '?A{M ~> ', 'End', '}')}\nend\nfun main()\nend\n`,
  'services of services': (n) =>
    `fun f(x : ${nest(n, 'service<!{A(', 'int', ') ~> End}>')})\n  1\nend\nfun main()\nend\n`,
};

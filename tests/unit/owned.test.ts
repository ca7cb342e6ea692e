/** What is used up once: programs that take, keep, copy and forget it, each with the mistake that has to be found, or none. */
import { describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { renderAllText } from '../../compiler/diagnostics/render-text.js';
import { compileText } from '../support/compile.js';

const HEAD = `linear type Ticket "this ticket is never used" = Ticket(int)
type Msg = Take(Ticket) | Stop
type Box<a> = { v : a, n : int }
type Alias = Ticket
exception Bad(Ticket)
fun use(t : Ticket)
  case t
  when Ticket(n) then n
  end
end
fun make(n)
  Ticket(n)
end
`;

/** Name, the code of a mistake or nothing, and the program. */
const CASES: readonly (readonly [string, string, string])[] = [
  [
    'or pattern forgets',
    'Q0360',
    'type Two = A(Ticket) | B(Ticket)\nfun f(t)\n  case t\n  when A(_) | B(_) then 0\n  end\nend',
  ],
  [
    'or pattern binds',
    '',
    'type Two = A(Ticket) | B(Ticket)\nfun f(t)\n  case t\n  when A(x) | B(x) then use(x)\n  end\nend',
  ],
  ['else drops', 'Q0360', 'fun f(t : Ticket)\n  case t\n  when Ticket(n) if n > 3 then n\n  else 0\n  end\nend'],
  ['any drops', 'Q0360', 'fun f(t : Ticket)\n  case t\n  when _ then 0\n  end\nend'],
  ['else on Stop', '', 'fun f(m)\n  case m\n  when Take(t) then use(t)\n  else 0\n  end\nend'],
  ['else on Take', 'Q0360', 'fun f(m)\n  case m\n  when Stop then 1\n  else 0\n  end\nend'],
  ['partial', 'Q0362', 'fun two(t : Ticket, n)\n  use(t) + n\nend\nfun f()\n  let g = two(make(1))\n  g(2)\nend'],
  ['ignore generic', 'Q0360', 'fun ignore(_x)\n  0\nend\nfun f()\n  ignore(make(1))\nend'],
  ['ignore generic any', 'Q0360', 'fun ignore(_)\n  0\nend\nfun f()\n  ignore(make(1))\nend'],
  ['filter', 'Q0360', 'fun f(ts)\n  [use(t) for t in ts if true == false]\nend'],
  ['filter bad', 'Q0360', 'fun f(ts : list<Ticket>, c)\n  [use(t) for t in ts if c]\nend'],
  ['lambda forgets', 'Q0360', 'fun f()\n  let g = |t : Ticket| 0\n  g(make(1))\nend'],
  ['compose', '', 'fun compose(f, g)\n  |x| f(g(x))\nend\nfun f()\n  compose(use, make)(3)\nend'],
  ['poly let', 'Q0363', 'fun f()\n  let id = |x| x\n  use(id(make(1)))\nend'],
  ['exception', 'Q0363', 'fun f(t)\n  raise Bad(t)\nend'],
  [
    'if value',
    'Q0360',
    'fun f(c)\n  let x = make(1)\n  let z = make(2)\n  let y = if c then x else z end\n  use(y)\nend',
  ],
  ['short circuit', 'Q0360', 'fun f(c)\n  let x = make(1)\n  c && use(x) > 0\nend'],
  ['var closure', 'Q0362', 'fun f()\n  var x = make(1)\n  let g = || use(x)\n  x = make(2)\n  g()\nend'],
  ['alias', 'Q0360', 'fun f(x : Alias)\n  std::print(x)\nend\nfun g()\n  f(make(1))\nend'],
  ['box', 'Q0360', 'fun f()\n  let b = Box{v: make(1), n: 2}\n  b.n\nend'],
  ['box taken', '', 'fun f()\n  let Box{v: v, n: n} = Box{v: make(1), n: 2}\n  use(v) + n\nend'],
  ['box field out', 'Q0363', 'fun f()\n  let b = Box{v: make(1), n: 2}\n  use(b.v)\nend'],
  ['box partial pattern', 'Q0360', 'fun f()\n  let Box{n: n} = Box{v: make(1), n: 2}\n  n\nend'],
  [
    'box update',
    'Q0363',
    'fun f()\n  let b = Box{v: make(1), n: 2}\n  let Box{v: v} = Box{b | v: make(2)}\n  use(v)\nend',
  ],
  [
    'hub',
    'Q0363',
    'session Hub()\n  on Put(v) from c\n    drop c\n    Hub()\n  end\nend\nfun f()\n  let h = spawn Hub\n  h!Put(make(1))\nend',
  ],
  [
    'link payload',
    'Q0363',
    'session W(p)\n  on Put(_v) from p\n    p!Ok\n  end\nend\nfun f()\n  let w = spawn W(self)\n  w!Put(make(1))\n  on Ok from w\n    0\n  end\nend',
  ],
  [
    'link payload fine',
    '',
    'session W(p)\n  on Put(v) from p\n    p!Ok(v)\n  end\nend\nfun f()\n  let w = spawn W(self)\n  w!Put(make(1))\n  on Ok(v) from w\n    use(v)\n  end\nend',
  ],
  ['return in try finally', '', 'fun f(t)\n  try\n    return use(t)\n  finally\n    std::print("x")\n  end\nend'],
  ['return forgets', 'Q0360', 'fun f(c)\n  let t = make(1)\n  if c\n    return 0\n  end\n  use(t)\nend'],
  ['raise fine', '', 'fun f(c)\n  let t = make(1)\n  if c\n    raise Failure("x")\n  end\n  use(t)\nend'],
  ['while cond', 'Q0361', 'fun f()\n  let t = make(1)\n  while use(t) > 3\n    std::print("x")\n  end\nend'],
  [
    'while break',
    'Q0360',
    'fun f(c)\n  while true\n    let t = make(1)\n    if c\n      break\n    end\n    std::print(use(t))\n  end\nend',
  ],
  [
    'continue',
    'Q0360',
    'fun f(c)\n  for i in 1..3\n    let t = make(i)\n    if c\n      continue\n    end\n    std::print(use(t))\n  end\nend',
  ],
  [
    'mutual',
    'Q0360',
    'fun a(t, n)\n  if n == 0 then 0 else b(t, n - 1) end\nend\nfun b(t, n)\n  if n == 0 then use(t) else a(t, n - 1) end\nend',
  ],
  [
    'mutual ok',
    '',
    'fun a(t, n)\n  if n == 0 then use(t) else b(t, n - 1) end\nend\nfun b(t, n)\n  if n == 0 then use(t) else a(t, n - 1) end\nend',
  ],
  ['local fun captures', 'Q0362', 'fun f()\n  let t = make(1)\n  fun g()\n    use(t)\n  end\n  g()\nend'],
  ['local fun takes', '', 'fun f()\n  fun g(t)\n    use(t)\n  end\n  g(make(1))\nend'],
  ['constant', 'Q0363', 'let t = Ticket(1)\nfun f()\n  0\nend'],
  ['pipe', '', 'fun f()\n  make(1) |> use()\nend'],
  [
    'twice in a call',
    'Q0361',
    'fun two(a : Ticket, b : Ticket)\n  use(a) + use(b)\nend\nfun f()\n  let t = make(1)\n  two(t, t)\nend',
  ],
  ['tuple unused', 'Q0360', 'fun f()\n  let p = (make(1), 2)\n  0\nend'],
  ['let wildcard', 'Q0360', 'fun f()\n  let (_, n) = (make(1), 2)\n  n\nend'],
  ['statement drops', 'Q0360', 'fun f()\n  make(1)\n  0\nend'],
  [
    'loop without args',
    '',
    'session S(t, p)\n  on More from p\n    loop\n  or End from p\n    p!Done(use(t))\n  end\nend',
  ],
  [
    'loop without args gone',
    'Q0361',
    'session S(t, p)\n  p!Done(use(t))\n  on More from p\n    loop\n  or End from p\n    close\n  end\nend',
  ],
  [
    'close forgets',
    'Q0360',
    'session S(t, p)\n  on More from p\n    p!Done(use(t))\n  or End from p\n    close\n  end\nend',
  ],
  ['after', 'Q0360', 'session S(t, p)\n  on More from p\n    p!Done(use(t))\n  or after 100\n    p!Late\n  end\nend'],
  [
    'catch forgets new',
    'Q0360',
    'fun f(n)\n  let t = make(1)\n  try\n    1 / n\n  catch DivideByZero\n    return 0\n  end\n  use(t)\nend',
  ],
  [
    'finally uses lost',
    'Q0361',
    'fun f(n)\n  let t = make(1)\n  try\n    use(t) / n\n  finally\n    std::print(t)\n  end\nend',
  ],
  [
    'list rest',
    'Q0360',
    'fun f(ts : list<Ticket>)\n  case ts\n  when [t, ..] then use(t)\n  when [] then 0\n  end\nend',
  ],
  ['index', 'Q0363', 'fun f(ts : list<Ticket>)\n  use(ts[0])\nend'],
  [
    'spread',
    '',
    'fun g(ts)\n  case ts\n  when [] then 0\n  when [t, ..rest] then use(t) + g(rest)\n  end\nend\nfun f(ts)\n  g([make(1), ..ts])\nend',
  ],
  [
    'append',
    '',
    'fun g(ts)\n  case ts\n  when [] then 0\n  when [t, ..rest] then use(t) + g(rest)\n  end\nend\nfun f(ts)\n  g([make(1)] ++ ts)\nend',
  ],
  ['equality is a look', 'Q0360', 'fun f()\n  make(1) == make(1)\nend'],
  ['test raises closure', 'Q0362', 'fun run(f)\n  f()\nend\nfun f()\n  let t = make(1)\n  run(|| use(t))\nend'],
  [
    'while true serve',
    '',
    'fun f(next : (int) -> Ticket)\n  while true\n    let t = next(1)\n    std::print(use(t))\n  end\nend',
  ],
  [
    'nested try inner lost',
    '',
    'fun f(n)\n  let t = make(1)\n  try\n    try\n      use(t) / n\n    catch DivideByZero\n      0\n    end\n  catch e\n    1\n  end\nend',
  ],
  [
    'var in try',
    'Q0361',
    'fun f(n)\n  var t = make(1)\n  try\n    let _a = use(t)\n    t = make(2)\n    std::print(1 / n)\n  catch e\n    std::print(e)\n  end\n  use(t)\nend',
  ],
  [
    'group',
    '',
    'session A(b, t)\n  b!Take(t)\nend\nsession B(a)\n  on Take(t) from a\n    std::print(use(t))\n  end\nend\nfun f()\n  let t = make(1)\n  let a = spawn A(b, t)\n  and b = spawn B(a)\nend',
  ],
  [
    'option of held',
    'Q0360',
    'fun f(o)\n  case o\n  when Some(t) then use(t) > 0\n  when None then true\n  end\nend\nfun g()\n  let o = Some(make(1))\n  o == None\nend',
  ],
  ['map literal', 'Q0360', 'fun f()\n  let m = #{"a": make(1)}\n  0\nend'],
];

describe('what is used up once', () => {
  it.each(CASES)('%s %s', (_, code, text) => {
    const built = compileText(`${HEAD}${text}\nfun main()\n  0\nend\n`, { stage: 'protocol' });
    const codes = built.diagnostics.filter(isError).map((d) => d.code);
    if (code === '') expect(codes, renderAllText(built.diagnostics)).toEqual([]);
    else expect(codes).toContain(code);
  });

  it('is the same across modules, from what their interfaces say', () => {
    const tickets = `${HEAD}fun peek(t)\n  case t\n  when Ticket(n) then (Ticket(n), n)\n  end\nend
fun seen(t : Ticket)\n  std::print(t)\nend\nfun pass(x)\n  x\nend\nfun copy(x)\n  (x, x)\nend\n`;
    const main = (body: string): string[] =>
      compileText(`require tickets\nfun main()\n${body}\nend\n`, { stage: 'protocol', others: { tickets } })
        .diagnostics.filter(isError)
        .map((d) => d.code);
    expect(main('  let t = tickets::make(1)\n  tickets::seen(t)\n  tickets::use(tickets::pass(t))')).toEqual([]);
    expect(main('  let t = tickets::make(1)\n  tickets::seen(t)')).toEqual(['Q0360']);
    expect(main('  let t = tickets::make(1)\n  tickets::use(t) + tickets::use(t)')).toEqual(['Q0361']);
    expect(main('  let (a, b) = tickets::copy(tickets::make(1))\n  tickets::use(a) + tickets::use(b)')).toEqual([
      'Q0363',
    ]);
    expect(main('  case tickets::make(1)\n  when _ then 0\n  end')).toEqual(['Q0360']);
  });
});

/** Kinds of parameters, payloads of labels, services, pools, groups: what inference finds, and what it refuses. */
import { describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { serviceSessions } from '../../compiler/types/module/services.js';
import { check, messages, signatures } from '../support/types.js';

type Case = readonly [name: string, program: string, ...wanted: string[]];

const infers = (cases: readonly Case[]): void => {
  for (const [name, program, ...types] of cases)
    it(name, () => {
      const { typing, diagnostics } = check(program);
      expect(messages(diagnostics)).toEqual([]);
      expect(signatures(typing)).toEqual(types);
    });
};

const refuses = (cases: readonly Case[]): void => {
  for (const [name, program, ...wanted] of cases)
    it(name, () => expect(messages(check(program).diagnostics.filter(isError))).toEqual(wanted));
};

const ECHO = 'session Echo(s)\n  on A(n) from s\n    s!B(n)\n  end\nend\n';
const SERVER =
  'session Server(n)\n  on Get from c\n    c!Value(n)\n    loop\n  or Add(k) from c\n    loop(n + k)\n  end\nend\n';
const WORKER = 'session W(b)\n  on Job(n) from b\n    b!Done(n * 2)\n  or Stop from b\n  end\nend\n';

describe('kinds of parameters', () =>
  infers([
    ['an end is sent to or awaited', ECHO, 'Echo(end{!B(a), ?A(a)})'],
    ['data otherwise', 'session S(n)\n  std::print(n)\nend', 'S(a)'],
    ['a reference is connected', 'session S(r)\n  let c = connect r\n  c!A(1)\nend', 'S(service{!A(int)})'],
    ['a reference is stored', 'session S(r)\n  let xs = [r]\n  r!A\nend', 'S(service{!A})'],
    [
      'a reference is sent as data in a tuple',
      'session S(q, r)\n  r!A\n  q!Have((r, 1))\nend',
      'S(end{!Have((service{!A}, int))}, service{!A})',
    ],
    ['a reference by annotation', 'session S(r : service)\n  r!A\nend', 'S(service{!A})'],
    [
      'passed on, it is what the next one takes',
      `${ECHO}session T(s)\n  Echo(s)\nend`,
      'Echo(end{!B(a), ?A(a)})',
      'T(end{!B(a), ?A(a)})',
    ],
    ['a pool', 'session S(ws)\n  for w in ws\n    w!Bye\n  end\nend', 'S(pool{!Bye})'],
    ['a list', 'session S(ws)\n  for w in ws\n    std::print(w)\n  end\nend', 'S(list<a>)'],
    [
      'in a group that calls itself',
      'session A(s, n)\n  s!X(n)\n  B(s, n)\nend\nsession B(s, n)\n  on Y(m) from s\n    A(s, m + n)\n  end\nend',
      'A(end{!X(int), ?Y(int)}, int)',
      'B(end{!X(int), ?Y(int)}, int)',
    ],
    [
      'of functions too',
      'fun ask(q, n)\n  q!Ask(n)\n  on Re(x) from q\n    x\n  end\nend',
      'ask : (end{!Ask(a), ?Re(b)}, a) -> b',
    ],
    [
      'a watched thread',
      'session S(t)\n  watch t\n  on Down(why) from t\n    std::print(why)\n  end\nend',
      'S(thread)',
    ],
  ]));

describe('links through self', () =>
  infers([
    [
      'the Timer program',
      'session Timer(s)\n  on Start from s\n    s!Took(1)\n  end\nend\nsession P\n  t = spawn Timer(self)\n  t!Start\n  on Took(ms)\n    std::print(ms + 1)\n  end\nend',
      'Timer(end{!Took(int), ?Start})',
      'P()',
    ],
    [
      'each spawn has payload types of its own',
      `${ECHO}fun main\n  let a = spawn Echo(self)\n  let b = spawn Echo(self)\n  a!A(1)\n  b!A("x")\n  on B(n) from a\n    std::print(n + 1)\n  end\n  on B(s) from b\n    std::print(s ++ "")\n  end\nend`,
      'Echo(end{!B(a), ?A(a)})',
      'main : () -> void',
    ],
    [
      'a ring that spawns itself',
      'session Ring(l, n)\n  if n > 0\n    let r = spawn Ring(self, n - 1)\n    r!Token(n)\n    on Back(k) from r\n      l!Back(k + 1)\n    end\n  else\n    on Token(x) from l\n      l!Back(x)\n    end\n  end\nend',
      'Ring(end{!Back(int), ?Token(int)}, int)',
    ],
    [
      'a function may use an end',
      `${ECHO}fun use(e, n)\n  e!A(n)\n  on B(r) from e\n    r\n  end\nend\nfun main\n  let e = spawn Echo(self)\n  let r = use(e, "x")\n  std::print(r ++ "!")\nend`,
      'Echo(end{!B(a), ?A(a)})',
      'use : (end{!A(a), ?B(b)}, a) -> b',
      'main : () -> void',
    ],
  ]));

describe('services', () =>
  infers([
    ['offer what clients of all branches see', SERVER, 'Server(int) serves end{!Value(int), ?Get, ?Add(int)}'],
    [
      'spawn without self is a reference',
      `${SERVER}fun main\n  let s = spawn Server(0)\n  s!Add(1)\n  let c = connect s\n  c!Get\n  on Value(v) from c\n    std::print(v + 1)\n  end\nend`,
      'Server(int) serves end{!Value(int), ?Get, ?Add(int)}',
      'main : () -> void',
    ],
    [
      'a reference connects where an end is wanted',
      `${SERVER}session Client(s)\n  s!Get\n  on Value(v) from s\n    std::print(v)\n  end\nend\nfun main\n  let s = spawn Server(0)\n  spawn Client(s)\n  spawn Client(s)\n  std::print(s)\nend`,
      'Server(int) serves end{!Value(int), ?Get, ?Add(int)}',
      'Client(end{!Get, ?Value(a)})',
      'main : () -> void',
    ],
    [
      'a cell starts empty for each spawn',
      'session Cell(v)\n  on Put(x) from c\n    loop(Some(x))\n  or Get from c\n    c!Is(v)\n    loop\n  end\nend\nfun main\n  let a = spawn Cell(None)\n  let b = spawn Cell(None)\n  a!Put(1)\n  b!Put("x")\nend',
      'Cell(option<a>) serves end{!Is(option<a>), ?Put(a), ?Get}',
      'main : () -> void',
    ],
    [
      'self as a value',
      'session S\n  on Who from c\n    c!Me(self)\n    loop\n  or Log(s) from c\n    std::print(s ++ "")\n    loop\n  end\nend',
      'S() serves end{!Me(service), ?Who, ?Log(string)}',
    ],
    [
      'a parameter typed by the session it talks to',
      'session C(t : Server)\n  t!Start\n  on Ok(n) from t\n    std::print(n + 1)\n  end\nend\nsession Server\n  on Start from c\n    c!Ok(1)\n  end\nend\nfun main\n  spawn C(spawn Server)\n  std::print(1)\nend',
      'C(end{!Start, ?Ok(int)})',
      'Server() serves end{!Ok(int), ?Start}',
      'main : () -> void',
    ],
  ]));

describe('delegation', () =>
  infers([
    [
      'an end as payload',
      'session Broker\n  on Take(c) from boss\n    c!Hello("x")\n    boss!Ok\n  end\nend\nsession Client(x)\n  on Hello(s) from x\n    std::print(s)\n  end\nend\nfun main\n  let s = spawn Broker\n  let k = connect s\n  let c = spawn Client(self)\n  k!Take(c)\n  on Ok\n  end\nend',
      'Broker() serves end{!Ok, ?Take(end{!Hello(string)})}',
      'Client(end{?Hello(a)})',
      'main : () -> void',
    ],
    [
      'annotated where it is only passed on',
      'session Relay(boss, w)\n  on Take(c : !{Hello ~> End}) from boss\n    w!Take(c)\n  end\nend',
      'Relay(end{?Take(end{!Hello})}, end{!Take(end{!Hello})})',
    ],
  ]));

describe('groups', () =>
  infers([
    [
      'link pairs that name each other',
      'session P(q)\n  q!Ping(1)\n  on Pong(s) from q\n    std::print(s)\n  end\nend\nsession Q(p)\n  on Ping(n) from p\n    p!Pong("{n + 1}")\n  end\nend\nfun main\n  let p = spawn P(q)\n  and q = spawn Q(p)\nend',
      'P(end{!Ping(int), ?Pong(a)})',
      'Q(end{!Pong(string), ?Ping(int)})',
      'main : () -> void',
    ],
    [
      'may include the spawner',
      'session P(b, q)\n  q!Hi(1)\n  b!Done\nend\nsession Q(b, p)\n  on Hi(n) from p\n    b!Done\n  end\nend\nfun main\n  let p = spawn P(self, q)\n  and q = spawn Q(self, p)\n  on Done from p\n  end\n  on Done from q\n  end\nend',
      'P(end{!Done}, end{!Hi(int)})',
      'Q(end{!Done}, end{?Hi(a)})',
      'main : () -> void',
    ],
    [
      'give a reference where only one names the other',
      'session P(q)\n  watch q\n  on Down(r) from q\n    std::print(r)\n  end\nend\nsession Q(n)\n  std::print(n)\nend\nfun main\n  let p = spawn P(q)\n  and q = spawn Q(1)\nend',
      'P(thread)',
      'Q(a)',
      'main : () -> void',
    ],
  ]));

describe('pools', () =>
  infers([
    [
      'from a comprehension of spawns',
      `${WORKER}fun main\n  let ws = [spawn W(self) for i in 1..3]\n  for w in ws\n    w!Job(1)\n    on Done(r) from w\n      std::print(r + 1)\n    end\n  end\nend`,
      'W(end{!Done(int), ?Job(int), ?Stop})',
      'main : () -> void',
    ],
    [
      'put, take, any, with a datum',
      `${WORKER}fun main\n  let ws = pool()\n  for i in 1..3\n    let w = spawn W(self)\n    put w with "w{i}" in ws\n  end\n  on Done(r) from any w in ws\n    std::print(r + 1)\n  or Down(why) from any w in ws\n    std::print(why)\n  end\n  take (w, d) in ws\n    w!Stop\n    std::print(d ++ "")\n  else\n    std::print("none")\n  end\n  for (w, d) in ws\n    w!Stop\n    std::print(d ++ "")\n  end\nend`,
      'W(end{!Done(int), ?Job(int), ?Stop})',
      'main : () -> void',
    ],
    [
      'serve',
      'session S(ws)\n  serve w in ws\n    on Ask(n) from w\n      w!Re(n + 1)\n    end\n  end\nend',
      'S(pool{!Re(int), ?Ask(int)})',
    ],
  ]));

describe('payloads that disagree', () =>
  refuses([
    [
      'between a session and its spawner',
      `${ECHO}fun main\n  let e = spawn Echo(self)\n  e!A(1)\n  on B(s) from e\n    std::print(s ++ "")\n  end\nend`,
      'Q0201 10: `++` joins strings, lists or bytes, but this is `int`',
    ],
    [
      'in the Timer program',
      'session Timer(s)\n  on Start from s\n    s!Took("x")\n  end\nend\nsession P\n  t = spawn Timer(self)\n  t!Start\n  on Took(ms : int)\n    std::print(ms)\n  end\nend',
      'Q0210 9: the two sides of `Took` disagree about what it carries',
    ],
    [
      'in number',
      'session Timer(s)\n  s!Took()\nend\nfun main\n  t = spawn Timer(self)\n  on Took(ms)\n    std::print(ms)\n  end\nend',
      'Q0202 2: `Took` is sent with no values, but awaited with 1 value',
    ],
    [
      'in a group, once',
      'session S(s)\n  on Done(x) from s\n    std::print(x + 1)\n  end\nend\nsession R(s)\n  s!Done("x")\nend\nfun main\n  let s = spawn S(r)\n  and r = spawn R(s)\nend',
      'Q0210 2: the two sides of `Done` disagree about what it carries',
    ],
    [
      'within one session',
      'session A(b)\n  b!X(1)\n  b!X("a")\nend',
      'Q0210 3: the two sides of `X` disagree about what it carries',
    ],
    [
      'of one cell between two clients',
      'session Cell(v)\n  on Put(x) from c\n    loop(Some(x))\n  or Get from c\n    c!Is(v)\n    loop\n  end\nend\nfun main\n  let a = spawn Cell(None)\n  a!Put(1)\n  a!Put("x")\nend',
      'Q0210 12: the two sides of `Put` disagree about what it carries',
    ],
    [
      'through a function',
      `${SERVER}fun put(s : service, x)\n  s!Add(x)\nend\nfun main\n  put(spawn Server(1), "x")\nend`,
      'Q0201 13: argument 2 of `put` is `string`, but `int` is wanted',
    ],
    [
      'between a reference and an end',
      'session M\n  on Start(r) from c\n    r!Data(1)\n  end\nend\nsession N\n  on Data(n) from x\n    std::print(n)\n  end\nend\nfun main\n  let m = spawn M\n  m!Start(spawn N)\nend',
      'Q0210 13: the two sides of `Start` disagree about what it carries',
    ],
    [
      'with the annotation of the session',
      'session T(s) : ?s{Ask(int) ~> !s{Re(string) ~> End}}\n  on Ask(n) from s\n    s!Re(n)\n  end\nend',
      'Q0210 3: the two sides of `Re` disagree about what it carries',
    ],
  ]));

describe('ends are second-class', () => {
  const inMain = (statement: string): string =>
    `${ECHO}fun main\n  let e = spawn Echo(self)\n  ${statement}\n  std::print(1)\nend`;
  const END = 'Q0230 8: the end of a link cannot be used as data';
  refuses([
    ['in a tuple', inMain('let x = (e, 1)'), END],
    [
      'in a list beside data',
      inMain('let x = [1, e]'),
      'Q0201 8: this element is the end of a link, but `int` is wanted',
    ],
    ['in a variant', inMain('let x = Some(e)'), END],
    ['in a map', inMain('let x = #{1: e}'), END],
    [
      'in a record',
      `type R<a> = { f : a }\n${inMain('let x = R{f: e}').replace('fun main', 'fun main')}`,
      END.replace('8', '9'),
    ],
    ['in a string', inMain('let x = "{e}"'), END],
    ['in an exception', `exception E(int)\n${inMain('raise E(e)')}`, END.replace('8', '9')],
    ['compared', inMain('let x = e == e'), END, END],
    [
      'captured by a closure',
      inMain('let x = || e!A(1)'),
      'Q0231 8: `e` is the end of a link, which a closure or local function cannot use',
    ],
    [
      'captured by a wait in a closure',
      inMain('let x = |n|\n  on B(k) from e\n    n\n  end\n  end'),
      'Q0231 9: `e` is the end of a link, which a closure or local function cannot use',
    ],
    [
      'captured by a local function',
      inMain('fun g()\n  e!A(1)\n  end'),
      'Q0231 9: `e` is the end of a link, which a closure or local function cannot use',
    ],
    [
      'dropped in a closure',
      inMain('let x = || drop e'),
      'Q0231 8: `e` is the end of a link, which a closure or local function cannot use',
    ],
    [
      'given to a polymorphic function',
      `fun id(x)\n  x\nend\n${inMain('let x = id(e)')}`,
      'Q0230 11: the end of a link cannot be used as data',
    ],
    ['given to a function value', inMain('let f = |q| 1\n  f(e)'), 'Q0230 9: the end of a link cannot be used as data'],
    [
      'in a partial application',
      `fun tell(q, n)\n  q!A(n)\nend\n${inMain('let x = tell(e)')}`,
      'Q0231 11: `tell` takes an end or a pool, so it cannot be given only some of its arguments',
    ],
    [
      'a function of ends as a value',
      `fun tell(q)\n  q!A(1)\nend\n${inMain('let x = tell')}`,
      'Q0231 11: `tell` takes an end or a pool, so it cannot be used as a value',
    ],
    [
      'returned',
      `${ECHO}fun make()\n  let e = spawn Echo(self)\n  return e\nend`,
      'Q0230 8: the end of a link cannot be used as data',
    ],
    ['sent over itself', inMain('e!Take(e)'), 'Q0240 8: `e` is an end: it cannot be sent over its own link'],
    ['matched', inMain('case e\n  when 1 then 2\n  else 3\n  end'), END],
    [
      'a pool in a tuple',
      'fun f(x)\n  let ws = pool()\n  (ws, 1)\nend',
      'Q0230 3: a pool of ends cannot be used as data',
    ],
  ]);
});

describe('references and links', () =>
  refuses([
    [
      'a reference is not awaited',
      `${SERVER}fun main\n  let s = spawn Server(1)\n  on Value(v) from s\n  end\nend`,
      'Q0232 11: `s` is a reference: only an end of a link can be awaited',
    ],
    [
      'a parameter is not both',
      'session S(r)\n  let c = connect r\n  on X from r\n  end\n  c!Y\nend',
      'Q0232 3: `r` is a reference: only an end of a link can be awaited',
    ],
    [
      'nor the other way round',
      'session S(r)\n  on X from r\n  end\n  let c = connect r\nend',
      'Q0232 4: `connect` takes a reference to a service, but this is the end of a link already',
    ],
    [
      'self twice',
      'session S(a, b)\n  a!X\n  b!X\nend\nfun main\n  let s = spawn S(self, self)\nend',
      'Q0235 6: a spawn takes `self` once: two threads have at most one link',
    ],
    [
      'self where no peer is wanted',
      'session S(n)\n  std::print(n)\nend\nfun main\n  let s = spawn S(self)\nend',
      'Q0236 5: `self` makes a link here, but this parameter is not used as a peer',
    ],
    [
      'a member that is not named back',
      'session P(q)\n  q!A\nend\nsession Q\nend\nfun main\n  let p = spawn P(q)\n  and q = spawn Q\nend',
      'Q0238 7: `p` talks to `q`, but `q` does not name it back',
    ],
    [
      'two links in a pair',
      'session P(a, b)\n  a!X\n  b!X\nend\nsession Q(p)\n  on X from p\n  end\nend\nfun main\n  let p = spawn P(q, q)\n  and q = spawn Q(p)\nend',
      'Q0235 10: `p` and `q` would have more than one link',
    ],
    [
      'a thread without service is no peer',
      'session S\nend\nfun main\n  let s = spawn S\n  s!Log(1)\nend',
      'Q0233 5: `s` is `thread`, so nothing can be sent to it or awaited from it',
    ],
    [
      'data is no peer',
      'fun f()\n  let n = 1\n  n!A\nend',
      'Q0233 3: `n` is `int`, so nothing can be sent to it or awaited from it',
    ],
    [
      'a peer is no number',
      'fun f(n)\n  n!A\n  n + 1\nend',
      'Q0233 3: this is used as a peer of messages, but it is a number',
    ],
    ['a session is no value', 'session S\nend\nfun f()\n  S\nend', 'Q0234 4: `S` is a session, not a value'],
    [
      'a function does not become a session',
      'session S\nend\nfun f()\n  S()\nend',
      'Q0234 4: `S` is a session: a thread of its own is started with `spawn`',
    ],
    [
      'all arguments of a spawn',
      `${ECHO}fun main\n  let e = spawn Echo\nend`,
      'Q0202 7: `Echo` takes 1 argument, but is given 0',
    ],
    [
      'all arguments of a loop',
      'session S(a, b)\n  std::print(a + b)\n  loop(1)\nend',
      'Q0202 3: `S` takes 2 arguments, but is given 1',
    ],
    [
      'Down is not sent',
      'session S(s)\n  s!Down(1)\nend',
      'Q0215 2: `Down` is said by the machine when a peer is lost; it cannot be sent',
    ],
    [
      'self in a closure',
      'session S\n  on A from c\n    let f = || self\n  end\nend',
      'Q0219 3: `self` as a value stands in a closure or local function, which another thread could run',
    ],
    [
      'a wait whose peer is not clear',
      'session T(s)\n  s!R(1)\nend\nsession B\n  let a = spawn T(self)\n  let b = spawn T(self)\n  on R(x)\n  end\nend',
      'Q0239 7: it is not clear which peer sends `R`',
    ],
    ['a wait without any peer', 'session B\n  on R(x)\n  end\nend', 'Q0239 2: no peer in scope can send `R`'],
    [
      'a label that the declared type of a reference lacks',
      'type Room = { log : service<!{Log(string) ~> End}> }\nfun f(r : Room)\n  let l = r.log\n  l!Log(1)\nend',
      'Q0210 4: the two sides of `Log` disagree about what it carries',
    ],
  ]));

describe('tables for later passes', () => {
  it('says what each argument of a spawn passes', () => {
    const text = `${SERVER}session C(a, n, r)\n  a!Get\n  on Value(v) from a\n  end\n  let k = connect r\n  k!Add(n)\nend\nfun main\n  let s = spawn Server(1)\n  spawn C(s, 1, s)\n  std::print(1)\nend\n${ECHO}fun other\n  let e = spawn Echo(self)\n  e!A(1)\n  on B(n)\n  end\nend`;
    const { typing, diagnostics } = check(text);
    expect(messages(diagnostics)).toEqual([]);
    expect([...typing.spawnArgs.values()].sort()).toEqual([
      'connect',
      'data',
      'data',
      'data',
      'data',
      'reference',
      'self',
    ]);
    expect([...typing.sources.values()].map((l) => l.name)).toEqual(['e']);
  });

  it('marks members of a group', () => {
    const { typing } = check(
      'session P(q)\n  q!A\nend\nsession Q(p)\n  on A from p\n  end\nend\nfun main\n  let p = spawn P(q)\n  and q = spawn Q(p)\nend',
    );
    expect([...typing.spawnArgs.values()]).toEqual(['group', 'group']);
  });

  const of = (text: string, name: string) => {
    const { typing, diagnostics } = check(
      `${SERVER}session Other\n  on Add(k) from c\n    std::print(k + 1)\n  end\nend\n${text}`,
    );
    expect(messages(diagnostics.filter(isError))).toEqual([]);
    return serviceSessions([...typing.locals].find(([l]) => l.name === name)![1].scheme.type, typing.instances);
  };

  it('knows which services a reference may mean, through functions, lists, messages and branches', () => {
    const pick = 'fun pick(xs : list<a>)\n  xs[0]\nend\n';
    const one = { sessions: ['test::Server'], complete: true };
    expect(of(`${pick}fun main\n  let s = spawn Server(1)\n  let t = pick([s])\n  t!Add(1)\nend`, 't')).toEqual(one);
    expect(
      of(
        'session Hand(to)\n  to!Here(spawn Server(1))\nend\nfun main\n  let h = spawn Hand(self)\n  on Here(r : service) from h\n    r!Add(1)\n  end\nend',
        'r',
      ),
    ).toEqual(one);
    expect(
      of(
        'fun main(args)\n  let s = if args == [] then spawn Server(1)\n  else spawn Other\n  end\n  s!Add(1)\nend',
        's',
      ),
    ).toEqual({
      sessions: ['test::Server', 'test::Other'],
      complete: true,
    });
    expect(of('fun main\n  let s = spawn Server(1)\n  let link = connect s\n  link!Add(1)\nend', 'link')).toEqual(one);
  });

  it('knows of a parameter what calls in the module say', () => {
    expect(of('fun use(s : service)\n  s!Add(1)\nend', 's')).toEqual({ sessions: [], complete: 'here' });
    expect(
      of('fun use(s : service, n)\n  let all = [s, spawn Server(1)]\n  let t = all[n]\n  t!Add(1)\nend', 't'),
    ).toEqual({
      sessions: ['test::Server'],
      complete: 'here',
    });
    expect(
      of('fun use(s : service)\n  s!Add(1)\nend\nfun main(args)\n  use(spawn Server(1))\n  use(spawn Other)\nend', 's'),
    ).toEqual({ sessions: ['test::Server', 'test::Other'], complete: 'here' });
  });

  it('does not claim to know what declared types hold', () =>
    expect(
      of(
        'type Box = { it : service<!{Add(int) ~> End}> }\nfun main\n  let b = Box{it: spawn Server(1)}\n  let t = b.it\n  t!Add(1)\nend',
        't',
      )?.complete,
    ).toBe(false));
});

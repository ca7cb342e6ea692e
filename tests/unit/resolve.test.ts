/** What names mean, and what is said of names that mean nothing. */
import { describe, expect, it } from 'vitest';
import { parse } from '../../compiler/parse/parse.js';
import { resolve } from '../../compiler/resolve/resolve.js';
import { SourceFile } from '../../compiler/source/source.js';
import { messages, standard, withModules } from '../support/types.js';
import type { ModuleEnv } from '../../compiler/types/module/interface.js';

function resolved(text: string, env: ModuleEnv = standard()) {
  const { module, diagnostics } = parse(new SourceFile('test.qz', text));
  expect(messages(diagnostics)).toEqual([]);
  return resolve(module, 'test', env);
}

const local = (text: string, name: string) => resolved(text).resolution.locals.filter((l) => l.name === name);

describe('undefined and duplicate names', () => {
  const cases: readonly (readonly [string, readonly string[], string?])[] = [
    ['fun f()\n  fooo\nend\nfun foo()\n  0\nend', ['Q0101 2: there is no name `fooo` here'], 'did you mean `foo`?'],
    ['fun f(count)\n  cuont\nend', ['Q0101 2: there is no name `cuont` here'], 'did you mean `count`?'],
    ['fun f()\n  x\n  let x = 1\nend', ['Q0101 2: there is no name `x` here']],
    ['fun f()\n  if true\n    let x = 1\n  end\n  x\nend', ['Q0101 5: there is no name `x` here']],
    ['fun f()\n  let x = x\nend', ['Q0101 2: there is no name `x` here']],
    [
      'fun f()\n  Smoe(1)\nend',
      ['Q0101 2: there is no constructor, session or exception `Smoe` here'],
      'did you mean `Some`?',
    ],
    ['fun f()\n  std::prnt(1)\nend', ['Q0101 2: module `std` has no `prnt`'], 'did you mean `print`?'],
    ['fun f()\n  foo::bar()\nend', ['Q0103 2: there is no module `foo` here']],
    ['fun f(x : Foo)\n  x\nend', ['Q0101 1: there is no type `Foo` here']],
    [
      'fun f(x : strin)\n  x\nend',
      ['Q0223 1: `strin` is no type: it stands for any type here'],
      'did you mean `string`?',
    ],
    ['type T<a> = C(b)', ['Q0101 1: there is no type `b` here'], 'did you mean `a`?'],
    ['fun f()\n  q!Hello\nend', ['Q0101 2: there is no name `q` here']],
    ['fun f()\n  on A from q\n  end\nend', ['Q0101 2: there is no name `q` here']],
    ['fun f()\n  drop q\nend', ['Q0101 2: there is no name `q` here']],
    ['fun f(x, x)\n  x\nend', ['Q0102 1: `x` is bound twice in the same pattern']],
    ['fun f()\n  0\nend\nfun f()\n  1\nend', ['Q0102 4: `f` is defined twice in this module']],
    ['type A = X | Y\ntype B = X', ['Q0102 2: `X` is defined twice in this module']],
    [
      'session S\n  on A(c) from c\n    c!X\n  end\nend',
      ['Q0102 2: `c` names both the peer and what the message carries'],
    ],
    ['exception S\nsession S\nend', ['Q0102 2: `S` is defined twice in this module']],
    ['type S = S(int)\nfun f(x : S)\n  S(1)\nend', []],
    [
      'fun f(p)\n  case p\n  when (Some(a), _) | (_, None) then 1\n  end\nend',
      ['Q0106 3: the alternatives of this pattern do not bind the same names'],
    ],
  ];
  for (const [program, wanted, hint] of cases)
    it(program.split('\n').join(' ¶ '), () => {
      const { diagnostics } = resolved(program);
      expect(messages(diagnostics)).toEqual(wanted);
      if (hint !== undefined) expect(diagnostics[0]!.hints).toContain(hint);
    });
});

describe('things in the wrong place', () => {
  const cases: readonly (readonly [string, ...string[]])[] = [
    ['fun f()\n  break\nend', 'Q0109 2: `break` stands outside of `while`, `for` and `serve`'],
    [
      'fun f()\n  while true\n    let g = || continue\n  end\nend',
      'Q0109 3: `continue` stands outside of `while`, `for` and `serve`',
    ],
    ['fun f()\n  loop\nend', 'Q0109 2: `loop` stands outside of a session'],
    ['fun f()\n  close\nend', 'Q0109 2: `close` stands outside of a session'],
    ['fun f()\n  let x = 1\n  x = 2\nend', 'Q0105 3: `x` cannot be assigned: it is not a `var`'],
    ['fun f()\n  x = 1\n  x = 2\nend', 'Q0105 3: `x` cannot be assigned: it is not a `var`'],
    ['fun g()\n  0\nend\nfun f()\n  spawn Ok\nend', 'Q0104 5: `Ok` is a constructor, not a session'],
    [
      'fun f(x)\n  case x\n  when S then 1\n  end\nend\nsession S\nend',
      'Q0104 3: `S` is a session, not a constructor or exception',
    ],
    [
      'fun f()\n  let a = 1\n  and b = a\nend',
      'Q0110 3: a group binds threads that name each other: each right side must be a `spawn`',
    ],
    ['let me = self', 'Q0104 1: `self` has no meaning in a constant: no thread runs there'],
    [
      'protocol P\n  role A : !B{X ~> End}\n  role B : ?A{X ~> End}\nend\nsession S(b) : P.C(b)\nend',
      'Q0104 5: protocol `P` has no role `C`',
    ],
    [
      'fun client()\n  0\nend\nsession S\n  on A from client\n  end\nend',
      'Q0104 5: `client` is a function, not a peer',
    ],
  ];
  for (const [program, ...wanted] of cases)
    it(program.split('\n').join(' ¶ '), () => expect(messages(resolved(program).diagnostics)).toEqual(wanted));
});

describe('modules', () => {
  const env = withModules({ tools: 'fun go()\n  1\nend\nfun _hidden()\n  1\nend', 'net::http': 'fun get()\n  1\nend' });

  it('needs no require for std', () =>
    expect(messages(resolved('fun f()\n  std::print(1)\nend').diagnostics)).toEqual([]));

  it('asks for a require of a module that exists', () => {
    const { diagnostics } = resolved('fun f()\n  tools::go()\nend', env);
    expect(messages(diagnostics)).toEqual(['Q0103 2: there is no module `tools` here']);
    expect(diagnostics[0]!.hints).toEqual(['add `require tools` at the top of the file']);
  });

  it('keeps names that start with _ private', () =>
    expect(messages(resolved('require tools\nfun f()\n  tools::_hidden()\nend', env).diagnostics)).toEqual([
      'Q0108 3: `_hidden` is private to module `tools`',
    ]));

  it('knows aliases and whole paths', () => {
    const text = 'require net::http as http\nrequire tools\nfun f()\n  http::get() + tools::go()\nend';
    const { resolution, diagnostics } = resolved(text, env);
    expect(messages(diagnostics)).toEqual([]);
    expect(resolution.requires).toEqual(['std', 'net::http', 'tools']);
  });

  it('is silent about a module that was not found: the order of modules reported it', () =>
    expect(messages(resolved('require nowhere\nfun f()\n  nowhere::x(1)\nend').diagnostics)).toEqual([]));

  it('lets a module name itself', () =>
    expect(messages(resolved('fun f()\n  test::g()\nend\nfun g()\n  1\nend').diagnostics)).toEqual([]));
});

describe('locals', () => {
  it('marks what closures capture and what is assigned', () => {
    const [n] = local('fun f()\n  var n = 0\n  || n = n + 1\nend', 'n');
    expect(n).toMatchObject({ binder: 'var', mutable: true, captured: true, assigned: true });
    const [m] = local('fun f()\n  let m = 0\n  m + 1\nend', 'm');
    expect(m).toMatchObject({ binder: 'let', mutable: false, captured: false, assigned: false });
  });

  it('binds with `x = e` where there is no local x, and in its own block only', () => {
    const all = local('fun f()\n  if true\n    x = 1\n  else\n    x = 2\n  end\nend', 'x');
    expect(all.map((l) => l.binder)).toEqual(['assign', 'assign']);
  });

  it('assigns the captured variable of the body around', () => {
    const { resolution, diagnostics } = resolved('fun f()\n  var x = 1\n  let g = || x = 2\nend');
    expect(diagnostics).toEqual([]);
    expect(resolution.locals.filter((l) => l.name === 'x')).toHaveLength(1);
  });

  it('sees the names of a group in all of its right sides', () => {
    const text = 'session P(q)\nend\nfun main\n  let p = spawn P(q)\n  and q = spawn P(p)\nend';
    expect(messages(resolved(text).diagnostics)).toEqual([]);
  });

  it('gives one local to a name that all alternatives bind', () =>
    expect(local('fun f(r)\n  case r\n  when Ok(x) | Err(x) then x\n  end\nend', 'x')).toHaveLength(1));

  it('shadows in an inner scope', () =>
    expect(local('fun f(x)\n  let x = x + 1\n  x\nend', 'x').map((l) => l.binder)).toEqual(['param', 'let']));
});

describe('clients', () => {
  it('binds the name of a `from` that is not in scope, once for all branches of the wait', () => {
    const text = 'session S\n  on A from c\n    c!X\n  or B from c\n    c!Y\n  or C\n    c!Z\n  end\nend';
    const { diagnostics } = resolved(text);
    expect(diagnostics).toEqual([]);
    expect(local(text, 'c').map((l) => l.binder)).toEqual(['client']);
  });

  it('keeps a client out of scope after its branch', () =>
    expect(messages(resolved('session S\n  on A from c\n  end\n  c!X\nend').diagnostics)).toEqual([
      'Q0101 4: there is no name `c` here',
    ]));

  it('warns of a near miss of a name in scope', () => {
    const { diagnostics } = resolved('session S(buyer)\n  on A from byuer\n  end\nend');
    expect(diagnostics.map((d) => [d.code, d.severity])).toEqual([['Q0107', 'warning']]);
  });

  it('lists the locals of the body in scope at a wait without `from`', () => {
    const { resolution } = resolved('session S(a, b)\n  let f = |z| z\n  on X\n  end\nend');
    expect([...resolution.inScope.values()].map((ls) => ls.map((l) => l.name).sort())).toEqual([['a', 'b', 'f']]);
  });
});

/**
 * Compositions and their verdicts. The first part are programs that weaker rules accept and that get stuck; the second
 * part are their like that run.
 */
import { describe, expect, it } from 'vitest';
import { run, standard } from '../support/protocols.js';

const group = (...members: string[]): string =>
  `fun main()\n  let ${members.map((m) => `${m[0]!.toLowerCase()} = spawn ${m}`).join('\n  and ')}\nend\n`;

const FORK = 'session Fork()\n  on Acquire from c\n    c!Ok\n    on Release from c\n    end\n    loop\n  end\nend\n';
const acquire = (k: string, s: string): string => `  ${k} = connect ${s}\n  ${k}!Acquire\n  on Ok from ${k}\n  end\n`;

const TREE = `session T(s)
  v = spawn V(self)
  on X from s
    v!Ho
    on Y from v
    end
  or Y from v
    s!Hi
    on X from s
    end
  end
end
session V(t)
  on Ho from t
    t!Y
  end
end
`;

describe('programs that get stuck', () => {
  it('are rejected even where no run is found that shows it', () => {
    const { found, diagnostics } = run(
      `${TREE}session W(p)\n  p!Bye\nend\nsession S()\n  w = spawn W(self)\n  drop w\n  t = spawn T(self)\n  on Hi from t\n    t!X\n  end\nend\n`,
    );
    expect(found).toEqual(['error Q0304 3']);
    expect(diagnostics[0]!.message).toBe('T may wait here for ever: `s` and `v` may all be waiting for T');
  });

  it('three sessions in a tree, each link excused by a branch of the other', () => {
    const { found, diagnostics } = run(`${TREE}session S()
  t = spawn T(self)
  on Hi from t
    t!X
  end
end
`);
    expect(found).toEqual(['error Q0301 3']);
    expect(diagnostics[0]!.message).toBe(
      'S is waiting for Hi from T, T is waiting for X from S or Y from V, and V is waiting for Ho from T: nobody can go on',
    );
    expect(diagnostics[0]!.figure!.at(-1)).toContain('waits for X or Y');
  });

  it('a wait for a loss that never comes', () => {
    const program = (last: string): string =>
      `session P()\n  w = spawn W(self)\n  w!Go\n  on Down(r) from w\n  end\nend\nsession W(p)\n  on Go from p\n${last}  end\nend\n`;
    expect(run(program('')).found).toEqual(['error Q0301 4']);
    expect(run(program('    drop p\n')).found).toEqual([]);
    expect(run(program('    raise Overflow\n')).found).toEqual([]);
  });

  it('a path that waits for A only, against a peer that may need B', () => {
    const body = 'session P(q)\n  if 1 > 2\n    on A from q\n    end\n  else\n    on B from q\n    end\n  end\nend\n';
    expect(run(`${body}session Q(p)\n  p!A\nend\n${group('P(q)', 'Q(p)')}`).found).toEqual(['error Q0302 11']);
  });

  it('a spawner that is part of the circle', () => {
    const { found } = run(`session P(s, q)
  on X from q
    s!Done
  end
end
session Q(p, s)
  on Start from s
    p!X
  end
end
session Main()
  let p = spawn P(self, q)
  and q = spawn Q(p, self)
  on Done from p
    q!Start
  end
end
`);
    expect(found).toEqual(['error Q0301 14']);
  });

  it.each([
    ['a spawn argument', '  w = spawn W(q)\n', 'session W(q)\n  on Y from q\n  end\nend\n'],
    [
      'a payload',
      '  w = spawn W(self)\n  w!Take(q)\n',
      'session W(p)\n  on Take(c) from p\n    on Y from c\n    end\n  end\nend\n',
    ],
    ['a pool', '  let ws = pool()\n  put q in ws\n  for w in ws\n    on Y from w\n    end\n  end\n', ''],
  ])('an end of a group that leaves through %s', (_, lines, more) => {
    const { found } = run(
      `session P(q)\n  q!X\n${lines}end\nsession Q(p)\n  on X from p\n  end\n  p!Y\nend\n${more}${group('P(q)', 'Q(p)')}`,
    );
    expect(found.map((f) => f.slice(0, 11))).toEqual(['error Q0317']);
  });

  it('a delegated end whose taker does not finish it', () => {
    const { found, diagnostics } = run(`session Boss()
  w = spawn Worker(self)
  c = spawn Client(self)
  on Ask from c
    w!Take(c)
  end
end
session Worker(b)
  on Take(c) from b
    c!Answer(3)
  end
end
session Client(s)
  s!Ask
  on Answer(n) from s
    s!Thanks
  end
end
`);
    expect(found).toEqual(['error Q0303 16']);
    expect(diagnostics[0]!.message).toBe('Client sends Thanks to Worker, but Worker has ended');
  });
});

describe('progress that is not proved', () => {
  it('philosophers who take two forks one after the other', () => {
    const { found, verdicts } = run(
      `${FORK}session Phil(l : service, r : service)\n${acquire('a', 'l')}${acquire('b', 'r')}  a!Release\n  b!Release\nend\nfun main()\n  let f = spawn Fork()\n  let g = spawn Fork()\n  let a = spawn Phil(f, g)\n  let b = spawn Phil(g, f)\nend\n`,
    );
    expect(found).toEqual(['warning Q0330 16']);
    for (const v of verdicts) expect(v).toMatch(/^service Phil, Fork: safe; not proved: Phil waits \(line 16\)/);
  });

  it('a lock held while waiting for a child who waits for the lock', () => {
    const { verdicts } = run(
      `${FORK}session A(l : service)\n${acquire('k', 'l')}  b = spawn B(self, l)\n  on Done from b\n  end\n  k!Release\nend\nsession B(a, l : service)\n${acquire('k', 'l')}  k!Release\n  a!Done\nend\nfun main()\n  let l = spawn Fork()\n  let a = spawn A(l)\nend\n`,
    );
    expect(verdicts).toHaveLength(3);
    for (const v of verdicts) expect(v).toMatch(/safe; not proved: [AB] waits/);
  });

  it('a lock held while a function waits for the lock', () => {
    const { verdicts } = run(
      `${FORK}fun again(l : service)\n${acquire('k', 'l')}  k!Release\nend\nsession A(l : service)\n${acquire('k', 'l')}  again(l)\n  k!Release\nend\nfun main()\n  let l = spawn Fork()\n  let a = spawn A(l)\nend\n`,
    );
    expect(verdicts.some((v) => v.includes('A, Fork') && v.includes('not proved'))).toBe(true);
  });

  it('a service that waits for its child while the child connects to the service', () => {
    const { verdicts } = run(`session S()
  on Do from c
    w = spawn W(self, self)
    on Done from w
    end
    c!Ok
    loop
  end
end
session W(s, me : service)
  k = connect me
  k!Do
  on Ok from k
  end
  s!Done
end
session C(s : service)
  k = connect s
  k!Do
  on Ok from k
  end
end
fun main()
  let s = spawn S()
  let a = spawn C(s)
end
`);
    expect(verdicts).toHaveLength(3);
    for (const v of verdicts) expect(v).toContain('not proved');
  });

  const counter = 'session Counter()\n  on Get from c\n    c!Val(1)\n    loop\n  end\nend\n';

  it('a reference out of a list means what is put there', () => {
    const ask = (label: string): string =>
      `${counter}fun ask(s : service)\n  k = connect s\n  k!${label}\n  on Val(n) from k\n  end\nend\nfun main()\n  let s = spawn Counter()\n  for x in [s, s]\n    ask(x)\n  end\nend\n`;
    expect(run(ask('Get'))).toMatchObject({ found: [], verdicts: ['service ask, Counter: safe; proved'] });
    expect(run(ask('Nope')).found).toEqual(['error Q0302 9']);
  });

  it('a reference out of a declared type, of which nothing is known', () => {
    const text = `type Known = { it : service<!{Get ~> ?{Val(int) ~> End}}> }\n${counter}fun main()\n  let known = Known{it: spawn Counter}\n  let s = known.it\n  let k = connect s\n  k!Get\n  on Val(n) from k\n  end\nend\n`;
    expect(run(text).found).toEqual(['warning Q0331 11']);
  });

  it('a service that accepts Init once, then only Get', () => {
    const { found, verdicts } = run(`session Store()
  on Init from c
    c!Ok
  end
  Serve()
end
session Serve()
  on Get from c
    c!Val(1)
    loop
  end
end
session A(s : service)
  k = connect s
  k!Init
  on Ok from k
  end
end
fun main()
  let l = spawn Store()
  let a = spawn A(l)
  let b = spawn A(l)
end
`);
    expect(found).toEqual(['error Q0301 16']);
    expect(verdicts).toEqual([
      'service A, Store: safe; not proved: Store does not accept the same messages everywhere',
    ]);
  });

  it('a mall that accepts one creature and waits for a second', () => {
    const { verdicts } = run(`session Mall()
  on Meet from a
    on Meet from b
      a!Ok
      b!Ok
    end
    loop
  end
end
session C(m : service)
  k = connect m
  k!Meet
  on Ok from k
  end
end
fun main()
  let m = spawn Mall()
  let a = spawn C(m)
end
`);
    expect(verdicts).toEqual(['service C, Mall: safe; depends on outside: a client at Mall (line 3)']);
  });

  it('a group member that goes on only when a client comes', () => {
    const { verdicts } = run(
      `session P(q)\n  on Come from c\n    q!X\n  end\nend\nsession Q(p)\n  on X from p\n  end\nend\n${group('P(q)', 'Q(p)')}`,
    );
    expect(verdicts).toEqual(['group P, Q: safe; depends on outside: a client at P (line 2)']);
  });

  it('an endless loop that starves a third', () => {
    const { verdicts } = run(
      `session R(p)\n  p!More\n  loop\nend\nsession P(r, q)\n  on More from r\n    loop\n  or Done from r\n    q!Fin\n  end\nend\nsession Q(p)\n  on Fin from p\n  end\nend\n${group('R(p)', 'P(r, q)', 'Q(p)')}`,
    );
    expect(verdicts).toEqual(["group R, P, Q: safe; depends on: R and P's loop (line 2)"]);
  });

  it('a wait on several links that one of them brings on only when its loop ends', () => {
    const tree = TREE.replace('    t!Y\n  end', '    t!Y\n  or after 100\n    loop\n  end');
    expect(tree).not.toBe(TREE);
    const { verdicts } = run(`${tree}session S()\n  t = spawn T(self)\n  on Hi from t\n    t!X\n  end\nend\n`);
    expect(verdicts).toEqual([
      "link T, V: safe; depends on: V's loop (line 14)",
      "link S, T: safe; depends on: V's loop (line 14)",
    ]);
  });

  it('handlers that wait for each other after a third died', () => {
    const side = (name: string, other: string, wanted: string): string =>
      `session ${name}(q, ${other})\n  on A from q\n  or Down(e) from q\n    on ${wanted} from ${other}\n    end\n  end\nend\n`;
    const { verdicts } = run(
      `${side('P', 'r', 'B')}${side('R', 'p', 'D')}session Q(p, r)\n  p!A\n  r!A\nend\n${group('P(q, r)', 'R(q, p)', 'Q(p, r)')}`,
    );
    expect(verdicts).toEqual([
      'group P, R, Q: safe; proved; progress under crashes: not proved: P and R may wait for ever',
    ]);
  });

  it('waiting for the end of a thread inherits what that thread waits for', () => {
    const watching = (body: string): string => `session A(c, b : thread)
  watch b
  on Down(r) from b
    c!Go
  end
end
session C(a)
  on Go from a
  end
end
session B()
${body}end
fun main()
  let b = spawn B()
  let a = spawn A(c, b)
  and c = spawn C(a)
end
`;
    expect(run(watching('')).verdicts[0]).toBe('group A, C: safe; proved');
    expect(run(watching('  loop\n')).verdicts[0]).toMatch(/^group A, C: safe; depends on: B's loop/);
    const waits = run(watching('  on Never from x\n  end\n'));
    expect(waits.verdicts[0]).toMatch(/^group A, C: safe; depends on outside: a client at B/);
    expect(waits.found.every((f) => f.startsWith('warning'))).toBe(true);
  });
});

describe('programs that run', () => {
  it.each([
    [
      'a tree in which one link moves by itself',
      `session T(s)
  v = spawn V(self)
  on X from s
    v!Ho
    on Y from v
    end
  or Y from v
    s!Hi
    on X from s
    end
    v!Ho
  end
end
session V(t)
  t!Y
  on Ho from t
  end
end
session S()
  t = spawn T(self)
  on Hi from t
    t!X
  end
end
`,
    ],
    [
      'a message at the head of a queue that is legal only after another peer spoke',
      `session P(q, r)
  on A from q
    on C from q
    end
    on B from r
    end
  or B from r
    on C from q
    end
    on A from q
    end
  end
end
session Q(p)
  p!C
  p!A
end
session R(p)
  p!B
end
${group('P(q, r)', 'Q(p)', 'R(p)')}`,
    ],
    [
      'delegation',
      `session Boss()
  w = spawn Worker(self)
  c = spawn Client(self)
  on Ask from c
    w!Take(c)
  end
end
session Worker(b)
  on Take(c) from b
    c!Answer(3)
  end
end
session Client(s)
  s!Ask
  on Answer(n) from s
  end
end
`,
    ],
    [
      'a counter with clients',
      `session Counter()
  on Get from c
    c!Val(1)
    loop
  end
end
session Client(s : service)
  k = connect s
  k!Get
  on Val(n) from k
    std::print(n)
  end
end
fun main()
  let s = spawn Counter()
  let a = spawn Client(s)
  let b = spawn Client(s)
end
`,
    ],
    [
      'a pool of workers',
      `session W(b)
  on Job(n) from b
    b!Done(n * n)
  end
end
fun main()
  let ws = [spawn W(self) for i in 1..3]
  for w in ws
    w!Job(3)
    on Done(r) from w
      std::print(r)
    end
  end
end
`,
    ],
    [
      'a dropped link',
      `session P()
  w = spawn W(self)
  w!A
  drop w
end
session W(p)
  on A from p
    p!B
    p!C
  end
end
`,
    ],
    [
      'a timeout with the late message awaited',
      `session P()
  w = spawn W(self)
  on A from w
  or after 10
    on A from w
    end
  end
end
session W(p)
  p!A
end
`,
    ],
  ])('%s', (_, program) => {
    const { found, verdicts } = run(program);
    expect(found).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(0);
    for (const v of verdicts) expect(v).toContain('safe; proved');
  });

  it('modules compiled apart are checked together', () => {
    const library = run(
      'session Echo(p)\n  on Say(s) from p\n    p!Said(s)\n    loop\n  or Stop from p\n  end\nend\n',
      'echo',
    );
    const shown: unknown = JSON.parse(JSON.stringify(library.interface.protocols));
    const env = new Map([...standard, ['echo', { ...library.interface, protocols: shown }]]);
    const main = (last: string): string =>
      `require echo\nfun main()\n  e = spawn echo::Echo(self)\n  e!Say("a")\n  on Said(s) from e\n  end\n${last}end\n`;
    expect(run(main('  e!Stop\n'), 'main', env)).toMatchObject({
      found: [],
      verdicts: ['link main, Echo: safe; proved'],
    });
    const { found, diagnostics } = run(main('  e!Halt\n'), 'main', env);
    expect(found).toEqual(['error Q0302 7']);
    const label = diagnostics[0]!.labels![0]!;
    expect([label.span.file.path, label.span.file.position(label.span.start).line]).toEqual(['echo.qz', 1]);
  });
});

/**
 * Random programs with handlers that are the only way out of a body, or say what it never does; ends of services that are given
 * away; values in messages whose types nothing else names, and functions that take functions; pools whose members have data,
 * served and put back; and functions of the host that wait.
 * Invariant: as in `random-fragments`; where a value is not what it must be the program prints WRONG.
 */
import { GIVEN_UP, indent, type Where, type Writer } from './random-programs.js';
import type { Fragment } from './random-fragments.js';
import { must } from './random-values.js';

export class Messages {
  constructor(private readonly writer: Writer) {}

  any(where: Where): Fragment {
    const kinds = [
      () => this.onlyWayOut(where),
      () => this.onlyWayOut(where),
      () => this.saysOther(where),
      () => this.givenClient(where),
      () => this.carriedTypes(where),
      () => this.takingFunctions(where),
      () => this.withData(where),
      () => this.outside(where),
    ];
    return this.writer.chance(3) ? this.within(where) : kinds[this.writer.pick(kinds.length)]!();
  }

  /** One of these in a session of its own, which still has its maker to speak to. */
  private within(where: Where): Fragment {
    const { writer } = this;
    const [name, c] = ['Within', 'c'].map((kind) => writer.name(kind)) as [string, string];
    const inner: Where = { ...writer.fresh('session', name), tail: false };
    const begun = this.any(inner);
    if (begun === undefined) return undefined;
    writer.features.add('within a session');
    writer.item([`session ${name}(boss, n)`, ...indent([...begun.lines, 'boss!Over']), 'end']);
    return {
      lines: [`let ${c} = spawn ${name}(self, ${writer.int(where)})`, `on Over from ${c}`, '  ()', 'end'],
      where,
    };
  }

  /** A body that never ends by itself, in a session or in a function that was lent a link; its handler goes on. */
  private onlyWayOut(where: Where): Fragment {
    const { writer } = this;
    const { pick } = writer;
    const function_ = writer.chance(2);
    const [name, c] = [function_ ? 'never' : 'Never', 'c'].map((kind) => writer.name(kind)) as [string, string];
    const start = 1 + pick(3);
    writer.features.add(`endless try in a ${function_ ? 'function' : 'session'}`);
    // Whether the peer is spoken to inside, so that the handler loses it.
    const spoken = writer.chance(3);
    const caught = ['DivideByZero', '_e', 'DivideByZero | Overflow'][pick(3)]!;
    const inside = [
      ...(writer.chance(2) ? [`std::wait(${pick(2)})`] : []),
      ...(spoken ? ['p!Part(6 / m)', 'on More from p', '  m = m - 1', 'end'] : ['m = m - 1', 'std::print(6 / m)']),
    ];
    const handler = writer.chance(2) ? ['std::print(n)'] : ['()'];
    const last = writer.chance(3) ? ['finally', '  std::print(7)'] : [];
    const attempt = ['try', '  while true', ...indent(indent(inside)), '  end', `catch ${caught}`, ...indent(handler), ...last, 'end']; // prettier-ignore
    const asValue = !spoken && writer.chance(3);
    const value = [
      'let got = try',
      '  while true',
      ...indent(indent(inside)),
      '  end',
      '  1',
      `catch ${caught}`,
      ...indent([...handler, '2']),
      ...last,
      'end',
    ];
    const after = spoken ? [] : [asValue ? 'p!Fin(got)' : 'p!Fin(2)'];
    const body = [`var m = ${start}`, ...(asValue ? value : attempt), ...after];
    const own = [`${function_ ? 'fun' : 'session'} ${name}(p, n)`, ...indent(body), 'end'];
    const heard = spoken
      ? [
          'while true',
          `  on Part(x) from ${c}`,
          `    ${c}!More`,
          `  or Down(why) from ${c}  # ${GIVEN_UP}`,
          '    break',
          '  end',
          'end',
        ]
      : [`on Fin(x) from ${c}`, ...indent(must('x == 2', 'way out')), 'end'];
    writer.item(own);
    if (!function_) return { lines: [`let ${c} = spawn ${name}(self, ${writer.int(where)})`, ...heard], where };
    const peer = writer.name('Hears');
    writer.item([`session ${peer}(${c})`, ...indent(heard), 'end']);
    const l = writer.name('l');
    return { lines: [`let ${l} = spawn ${peer}(self)`, `${name}(${l}, ${writer.int(where)})`], where };
  }

  /** A handler that says what the body does not. */
  private saysOther(where: Where): Fragment {
    const { writer } = this;
    writer.features.add('handler says other');
    const function_ = writer.chance(2);
    const [name, risky, c] = [function_ ? 'tries' : 'Tries', 'risky', 'c'].map((kind) => writer.name(kind)) as [
      string,
      string,
      string,
    ];
    writer.item([`fun ${risky}(n)`, '  10 / n', 'end']);
    const waits = writer.chance(2) ? ['  std::wait(1)'] : [];
    const body = ['try', ...waits, `  std::print(${risky}(n))`, 'catch _e', '  p!Bad', '  return', 'end', 'p!Good'];
    const heard = [`on Good from ${c}`, '  ()', `or Bad from ${c}`, '  ()', 'end'];
    const zero = writer.pick(2);
    if (!function_) {
      writer.item([`session ${name}(p, n)`, ...indent(body), 'end']);
      return { lines: [`let ${c} = spawn ${name}(self, ${zero})`, ...heard], where };
    }
    const [peer, l] = [writer.name('Hears'), writer.name('l')];
    writer.item([`fun ${name}(p, n)`, ...indent(body), 'end']);
    writer.item([`session ${peer}(${c})`, ...indent(heard), 'end']);
    return { lines: [`let ${l} = spawn ${peer}(self)`, `${name}(${l}, ${zero})`], where };
  }

  /** A service is connected to, and the end goes to a new thread, in a message, or into a pool. */
  private givenClient(where: Where): Fragment {
    const { writer } = this;
    const [serves, name, r, c, d] = ['Asked', 'Client', 'r', 'c', 'd'].map((kind) => writer.name(kind)) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const thanked = writer.chance(2);
    writer.item([
      `session ${serves}(n)`,
      '  on Ask(x) from client',
      '    client!Told(x + n)',
      ...(thanked ? ['    on Thanks from client', '      ()', '    end'] : []),
      '    loop',
      '  end',
      'end',
    ]);
    const talk = (e: string): string[] => [
      `on Told(y) from ${e}`,
      ...indent(must('y == 5', 'told')),
      ...(thanked ? [`  ${e}!Thanks`] : []),
      'end',
    ];
    const lines = [`let ${r} = spawn ${serves}(2)`, `let ${c} = connect ${r}`];
    const early = writer.chance(2);
    const rest = [...(early ? [] : ['e!Ask(3)']), ...talk('e')];
    if (early) lines.push(`${c}!Ask(3)`);
    switch (writer.pick(3)) {
      case 0:
        writer.features.add('client spawned');
        writer.item([`session ${name}(e)`, ...indent(rest), 'end']);
        return { lines: [...lines, `spawn ${name}(${c})`], where };
      case 1:
        writer.features.add('client sent');
        writer.item([`session ${name}(p)`, '  on Take(e) from p', ...indent(indent(rest)), '  end', 'end']);
        return { lines: [...lines, `let ${d} = spawn ${name}(self)`, `${d}!Take(${c})`], where };
      default:
        writer.features.add('client pooled');
        return {
          lines: [...lines, `let ws${c} = pool()`, `put ${c} in ws${c}`, `for e in ws${c}`, ...indent(rest), 'end'],
          where,
        };
    }
  }

  /** Values of types that only messages name: what `map::get` gives, options and results of types of its own. */
  private carriedTypes(where: Where): Fragment {
    const { writer } = this;
    const { pick } = writer;
    writer.features.add('types in messages');
    const [name, type, c] = ['Typed', 'Own', 'c'].map((kind) => writer.name(kind)) as [string, string, string];
    writer.top(`type ${type} = One${type}(int) | Two${type}(string, option<int>)`);
    const one = `One${type}(3)`;
    const sent = [
      `map::get(#{1: ${one}}, ${pick(2)})`,
      `map::get(#{1: 3}, ${pick(2)})`,
      `Some(${one})`,
      `list::first([Two${type}("a", None)])`,
      `if n > 100 then Err("no") else Ok([${one}]) end`,
      `[(${one}, Ok(1)), (Two${type}("b", Some(2)), Err(${one}))]`,
    ];
    const what = sent[pick(sent.length)]!;
    const back = writer.chance(2);
    const body = ['on Have(x) from p', ...(back ? ['  p!Back(x)'] : ['  std::print(x)']), 'end'];
    writer.item([`session ${name}(p)`, ...indent(body), 'end']);
    const lines = [`let ${c} = spawn ${name}(self)`, `${c}!Have(${what})`];
    if (back) lines.push(`on Back(x) from ${c}`, ...indent(must(`x == (${what})`, 'carried type')), 'end');
    return { lines, where };
  }

  /** Functions that take or give functions go in messages. */
  private takingFunctions(where: Where): Fragment {
    const { writer } = this;
    writer.features.add('higher order in messages');
    const [name, c, f] = ['Applies', 'c', 'f'].map((kind) => writer.name(kind)) as [string, string, string];
    const forms: readonly (readonly [string, string])[] = [
      ['|g| g(2)', 'h(|x| x + 1)'],
      ['|g, x| g(g(x))', 'h(|x| x + 1, 1)'],
      ['|x| |y| x + y', 'h(1)(2)'],
      [f, 'h(|x| x, 3)'],
      ['(|g| g(3), 1)', 'k(|x| x)'],
      [`${f}(|x| x + 0)`, 'h(3)'],
    ];
    const [sent, call] = forms[writer.pick(forms.length)]!;
    if (sent.startsWith(f)) writer.item([`fun ${f}(g, x)`, '  g(x)', 'end']);
    const taken = call.startsWith('k') ? ['  let (k, _) = h'] : [];
    const body = ['on Fun(h) from p', ...taken, `  p!Sum(${call})`, 'end'];
    writer.item([`session ${name}(p)`, ...indent(body), 'end']);
    const heard = [`on Sum(x) from ${c}`, ...indent(must('x == 3', 'taking functions')), 'end'];
    return { lines: [`let ${c} = spawn ${name}(self)`, `${c}!Fun(${sent})`, ...heard], where };
  }

  /** Members with data, served and put into another pool with other data, or back into their own by the round. */
  private withData(where: Where): Fragment {
    const { writer } = this;
    const { pick } = writer;
    writer.features.add('served with data');
    const [name, ws, done] = ['Member', 'ws', 'done'].map((kind) => writer.name(kind)) as [string, string, string];
    const answers = writer.chance(2);
    const part = ['  p!Part(n)', ...(answers ? ['  on Go from p', '    ()', '  end'] : [])];
    writer.item([
      `session ${name}(p, n)`,
      // Round by round the same, or one thing after the other.
      ...(writer.chance(2) ? ['  for i in 1..n', ...indent(part), '  end'] : part),
      '  p!Rest',
      '  on Last(k) from p',
      '    std::print(k)',
      '  end',
      'end',
    ]);
    const size = 1 + pick(3);
    const made = [
      `let ${ws} = pool()`,
      `for i in 1..${size}`,
      `  put spawn ${name}(self, i) with i * 10 in ${ws}`,
      'end',
    ];
    const again = ['', ' with "kept"', ' with (1, n)'][pick(3)]!;
    const finish = writer.chance(2) ? [`put w${again} in ${done}`] : ['w!Last(n)', 'drop w'];
    const wait = writer.chance(3) ? ['std::wait(x)'] : [];
    const go = answers ? ['w!Go'] : [];
    const served = [
      `serve w in ${ws}`,
      '  on Part(x) from w',
      ...indent(indent([...wait, ...go, '()'])),
      '  or Rest from w',
      ...indent(indent(finish)),
      '  end',
      'end',
    ];
    const any = [
      `var left${ws} = ${size}`,
      `while left${ws} > 0`,
      `  on Part(x) from any w in ${ws}`,
      ...indent(indent([...wait, ...go, `put w with x in ${ws}`])),
      `  or Rest from any w in ${ws}`,
      ...indent(indent([`left${ws} = left${ws} - 1`, ...finish])),
      '  end',
      'end',
      `drop ${ws}`,
    ];
    const rounds = writer.chance(2) ? served : any;
    if (finish[0]!.startsWith('w!')) return { lines: [...made, ...rounds], where };
    const left = again === '' ? [`for w in ${done}`, '  w!Last(1)', 'end'] : [`for (w, k) in ${done}`, '  std::print(k)', '  w!Last(1)', 'end']; // prettier-ignore
    return { lines: [...made, `let ${done} = pool()`, ...rounds, ...left], where };
  }

  /** Functions of the host: one that answers at once, one that waits for what never comes. */
  private outside(where: Where): Fragment {
    const { writer } = this;
    const waits = writer.chance(2);
    writer.features.add(waits ? 'host that awaits' : 'host that always returns');
    const [name, c] = ['Outside', 'c'].map((kind) => writer.name(kind)) as [string, string];
    const host = waits ? 'hears' : 'returns';
    writer.top(waits ? 'extern async fun hears(n : int) -> int awaits "the test"' : 'extern async fun returns(n : int) -> int always returns'); // prettier-ignore
    // Whom nobody waits for: what the host never says would keep others waiting.
    if (waits) {
      writer.item([`session ${name}(n)`, `  std::print(${host}(n))`, 'end']);
      return { lines: [`spawn ${name}(${writer.int(where)})`], where };
    }
    writer.item([`session ${name}(p, n)`, `  p!Sum(${host}(n))`, 'end']);
    const heard = [`on Sum(x) from ${c}`, ...indent(must('x == 4', 'host')), 'end'];
    return { lines: [`let ${c} = spawn ${name}(self, 4)`, ...heard], where };
  }
}

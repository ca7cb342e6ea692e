/**
 * Random programs with services that do not accept for ever: so many clients, only after another one came, after a time with
 * a thread of their own or with the world outside, before an endless loop, or once they are set up.
 * Invariant: as in `random-fragments`; clients that may come too late are marked as given up.
 */
import { ENDLESS, GIVEN_UP, indent, type Where, type Writer } from './random-programs.js';
import type { Fragment } from './random-fragments.js';

export class Stopping {
  constructor(private readonly writer: Writer) {}

  any(where: Where): Fragment {
    const kinds = [
      () => this.few(where),
      () => this.few(where),
      () => this.afterAnother(where),
      () => this.setUp(where),
      () => this.setUp(where),
      () => (this.writer.chance(3) ? this.busy(where) : undefined),
      () => (this.writer.chance(3) ? this.outside(where) : undefined),
    ];
    return kinds[this.writer.pick(kinds.length)]!();
  }

  private client(t: string, label: string, late: boolean): string[] {
    const c = this.writer.name('c');
    const lost = late ? [`or Down(why) from ${c}  # ${GIVEN_UP}`, '  ()'] : [];
    return [`let ${c} = connect ${t}`, `${c}!${label}`, `on Sum(x) from ${c}`, '  std::print(x)', ...lost, 'end'];
  }

  /** Clients one after the other, or each in a thread of its own. */
  private clients(t: string, labels: readonly string[], late: boolean): string[] {
    const { writer } = this;
    return labels.flatMap((label) => {
      if (writer.chance(2)) return this.client(t, label, late);
      const name = writer.name('Client');
      writer.item([`session ${name}(s)`, ...indent(this.client('s', label, late)), 'end']);
      return [`spawn ${name}(${t})`];
    });
  }

  /** Accepts so many clients and ends. */
  private few(where: Where): Fragment {
    const { writer } = this;
    writer.features.add('service that ends');
    const [name, t] = [writer.name('Few'), writer.name('t')];
    const many = 1 + writer.pick(3);
    const unrolled = writer.chance(2);
    const heard = writer.chance(3);
    const one = heard ? ['on Note from client', '  std::print(n)'] : ['on Ask from client', '  client!Sum(n)'];
    writer.item(
      unrolled
        ? [`session ${name}(n)`, ...indent(Array.from({ length: many }, () => [...one, 'end']).flat()), 'end']
        : [`session ${name}(n)`, '  if n > 0', ...indent(indent([...one, '  loop(n - 1)', 'end'])), '  end', 'end'],
    );
    const come = Math.max(1, many + writer.pick(3) - 1);
    if (heard) {
      const said = Array.from({ length: come }, () => `${t}!Note`);
      return { lines: [`let ${t} = spawn ${name}(${many})`, ...said], where };
    }
    const labels = Array.from({ length: come }, () => 'Ask');
    return {
      lines: [`let ${t} = spawn ${name}(${many})`, ...this.clients(t, labels, writer.chance(2) || come > many)],
      where,
    };
  }

  /** Serves two clients together. */
  private afterAnother(where: Where): Fragment {
    const { writer } = this;
    writer.features.add('accepts after another');
    const [name, t] = [writer.name('Both'), writer.name('t')];
    const second = writer.chance(2) ? 'Ask' : 'Job(1)';
    const label = second === 'Ask' ? 'Ask' : 'Job(x)';
    const answer = writer.chance(2) ? ['b!Sum(1)', 'a!Sum(2)'] : ['a!Sum(1)', 'b!Sum(2)'];
    const early = writer.chance(3) ? ['a!Sum(0)'] : [];
    const said = early.length > 0 ? answer.filter((l) => l.startsWith('b')) : answer;
    writer.item([
      `session ${name}()`,
      '  on Ask from a',
      ...indent(indent([...early, `on ${label} from b`, ...indent(said), 'end'])),
      '  end',
      ...(writer.chance(2) ? ['  loop'] : []),
      'end',
    ]);
    const labels = ['Ask', second, 'Ask', second].slice(0, 1 + writer.pick(4));
    return { lines: [`let ${t} = spawn ${name}`, ...this.clients(t, labels, writer.chance(2))], where };
  }

  /** A session that does something first and then goes on as a service. */
  private setUp(where: Where): Fragment {
    const { writer } = this;
    if (where.refs.length === 0) return undefined;
    writer.features.add('set up, then serve');
    const r = where.refs[writer.pick(where.refs.length)]!;
    const [name, t] = [writer.name('Start'), writer.name('t')];
    const inner: Where = { ...writer.fresh('session', name), tail: false };
    const child = writer.child(inner);
    const set = writer.chance(2) ? [...child.lines, ...writer.body(child.where)] : ['let k = n + 1', 'std::print(k)'];
    const refs = Array.from({ length: r }, (_, i) => `s${i}`);
    writer.item([
      `session ${name}(${[...refs, 'n'].join(', ')})`,
      ...indent([...set, writer.goOnAsService(r, 'n')]),
      'end',
    ]);
    const made = `let ${t} = spawn ${name}(${[...refs, '2'].join(', ')})`;
    return { lines: [made, ...writer.conversation(r, t, where)], where };
  }

  /** Goes round for ever after its first client. */
  private busy(where: Where): Fragment {
    const { writer } = this;
    writer.features.add('endless');
    const [name, t] = [writer.name('Busy'), writer.name('t')];
    const spin = ['while true', `  std::wait(1)  # ${ENDLESS}`, 'end'];
    writer.item([
      `session ${name}()`,
      '  on Ask from client',
      '    client!Sum(1)',
      ...indent(indent(spin)),
      '  end',
      'end',
    ]);
    const labels = Array.from({ length: 1 + writer.pick(2) }, () => 'Ask');
    return { lines: [`let ${t} = spawn ${name}`, ...this.clients(t, labels, false)], where };
  }

  /** Waits for standard input before it answers. */
  private outside(where: Where): Fragment {
    const { writer } = this;
    writer.features.add('outside');
    const [name, t, line] = [writer.name('Reads'), writer.name('t'), writer.name('line')];
    const read = `let ${line} = io::read_line()`;
    if (writer.chance(2)) {
      writer.item([
        `session ${name}()`,
        '  on Ask from client',
        `    ${read}`,
        '    client!Sum(1)',
        '    loop',
        '  end',
        'end',
      ]);
      return { lines: [`let ${t} = spawn ${name}`, ...this.clients(t, ['Ask'], false)], where };
    }
    writer.item([`session ${name}(p)`, `  ${read}`, '  p!Sum(1)', 'end']);
    return { lines: [`let ${t} = spawn ${name}(self)`, `on Sum(x) from ${t}`, '  std::print(x)', 'end'], where };
  }
}

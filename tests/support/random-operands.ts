/**
 * Random programs whose operands wait and speak: in lists, tuples, records, texts, calls, sends, spawns, comprehensions and
 * conditions, in the order in which they are written; losses as values; groups beside data.
 * Invariant: as in `random-fragments`; numbers come from one peer in order, so an operand out of order prints WRONG.
 */
import { indent, type Where, type Writer } from './random-programs.js';
import type { Fragment } from './random-fragments.js';
import { must } from './random-values.js';

export class Operands {
  constructor(private readonly writer: Writer) {}

  any(where: Where): Fragment {
    const kinds = [
      () => this.order(where),
      () => this.order(where),
      () => this.comprehension(where),
      () => this.down(where),
      () => this.apart(where),
      () => this.beside(where),
      () => this.replaced(where),
    ];
    return kinds[this.writer.pick(kinds.length)]!();
  }

  /** A peer that says 1, 2, 3, asked in operands. */
  private order(where: Where): Fragment {
    const { writer } = this;
    const { pick } = writer;
    writer.features.add('operands with effects');
    const [feed, f, get, x] = [writer.name('Feed'), writer.name('f'), writer.name('get'), writer.name('x')];
    const asked = writer.chance(2);
    const say = (n: number): string[] => (asked ? ['on Ask from p', `  p!Sum(${n})`, 'end'] : [`p!Sum(${n})`]);
    writer.item([`session ${feed}(p)`, ...indent([1, 2, 3].flatMap(say)), 'end']);
    const take = 'on Sum(v) from c then v end';
    writer.item([`fun ${get}(c)`, ...indent([...(asked ? ['c!Ask'] : []), take]), 'end']);
    const operand = (): string => {
      const plain = asked ? `${get}(${f})` : `(${take.replace(' c ', ` ${f} `)})`;
      return [plain, `${get}(${f})`, `(if n > 100 then ${plain} else ${plain} end)`][pick(3)]!;
    };
    const [a, b, c] = [operand(), operand(), operand()];
    const peer = writer.name('Three');
    const three = (): void =>
      writer.item([
        `session ${peer}(p)`,
        '  on All(a, b, c) from p',
        ...indent(indent(must('[a, b, c] == [1, 2, 3]', 'order'))),
        '  end',
        'end',
      ]);
    const fun = writer.name('three');
    const contexts: readonly (() => readonly [string[], string])[] = [
      () => [[`let ${x} = [${a}, ${b}, ${c}]`], `${x} == [1, 2, 3]`],
      () => [[`let ${x} = (${a}, ${b}, ${c})`], `${x} == (1, 2, 3)`],
      () => [[`let ${x} = "{${a}}-{${b}}-{${c}}"`], `${x} == "1-2-3"`],
      () => [[`let ${x} = ${a} * 100 + ${b} * 10 + ${c}`], `${x} == 123`],
      () => [[`let ${x} = #{${a}: ${b}, 9: ${c}}`], `${x} == #{1: 2, 9: 3}`],
      () => {
        writer.item([`fun ${fun}(a, b, c)`, '  [a, b, c]', 'end']);
        const call = [`${fun}(${a}, ${b}, ${c})`, `${a} |> ${fun}(${b}, ${c})`, `${fun}(${a})(${b}, ${c})`][pick(3)]!;
        return [[`let ${x} = ${call}`], `${x} == [1, 2, 3]`];
      },
      () => {
        three();
        return [[`let t${x} = spawn ${peer}(self)`, `t${x}!All(${a}, ${b}, ${c})`], 'true'];
      },
      () => {
        writer.item([`session ${peer}(a, b, c)`, ...indent(must('[a, b, c] == [1, 2, 3]', 'order')), 'end']);
        return [[`spawn ${peer}(${a}, ${b}, ${c})`], 'true'];
      },
      () => [[`let ${x} = (${a} < ${b}) == (${c} == 3)`], x],
      () => [
        [`var ${x} = 0`, `if ${a} == 1`, `  ${x} = ${b} * 10 + ${c}`, 'else', `  ${x} = ${b} + ${c}`, 'end'],
        `${x} == 23`,
      ],
      () => [[`let ${x} = case ${a}`, 'when 1', `  ${b} * 10 + ${c}`, 'else', `  ${b} + ${c}`, 'end'], `${x} == 23`],
      () => {
        const member = writer.name('Put');
        const ws = writer.name('ws');
        writer.item([`session ${member}(p)`, '  on Go from p', '  end', 'end']);
        const put = `put spawn ${member}(self) with [${a}, ${b}, ${c}] in ${ws}`;
        const each = [`for (w, d) in ${ws}`, '  w!Go', ...indent(must('d == [1, 2, 3]', 'order')), 'end'];
        return [[`let ${ws} = pool()`, put, ...each], 'true'];
      },
    ];
    const [lines, holds] = contexts[pick(contexts.length)]!();
    return { lines: [`let ${f} = spawn ${feed}(self)`, ...lines, ...must(holds, 'order')], where };
  }

  /** One question for each element. */
  private comprehension(where: Where): Fragment {
    const { writer } = this;
    writer.features.add('comprehension with effects');
    const [feed, f, get, x] = [writer.name('Feed'), writer.name('f'), writer.name('get'), writer.name('x')];
    writer.item([
      `session ${feed}(p, n)`,
      '  on Ask from p',
      '    p!Sum(n)',
      '    loop(p, n + 1)',
      '  or Quit from p',
      '  end',
      'end',
    ]);
    writer.item([`fun ${get}(c)`, '  c!Ask', '  on Sum(v) from c then v end', 'end']);
    const forms = [
      `[${get}(${f}) for i in 1..3]`,
      `[${get}(${f}) + i - i for i in 1..3 if i > 0]`,
      `[i for i in [${get}(${f}), ${get}(${f}), ${get}(${f})]]`,
    ];
    const lines = [`let ${f} = spawn ${feed}(self, 1)`, `let ${x} = ${forms[writer.pick(forms.length)]!}`, `${f}!Quit`];
    return { lines: [...lines, ...must(`${x} == [1, 2, 3]`, 'comprehension')], where };
  }

  /** Threads that are watched in one place and waited for in another; a member of a group among them. */
  private apart(where: Where): Fragment {
    const { writer } = this;
    writer.features.add('watched apart');
    const [name, t, x] = [writer.name('Brief'), writer.name('t'), writer.name('x')];
    writer.item([`session ${name}(n)`, '  std::print(n)', 'end']);
    if (writer.chance(2)) {
      const lines = [
        `let ${t} = [spawn ${name}(i) for i in 1..${1 + writer.pick(3)}]`,
        `for t in ${t}`,
        '  watch t',
        'end',
        `for t in ${t}`,
        '  on Down(why) from t',
        '    std::print(0)',
        '  end',
        'end',
      ];
      return { lines, where };
    }
    const over = writer.name('over');
    writer.item([`fun ${over}(t)`, '  watch t', '  on Down from t then 5 end', 'end']);
    if (writer.chance(2)) {
      const lines = [`let ${t} = spawn ${name}(2)`, `let ${x} = ${over}(${t})`, ...must(`${x} == 5`, 'down')];
      return { lines, where };
    }
    const [p, q] = [writer.name('P'), writer.name('Q')];
    writer.item([`session ${p}(q)`, '  q!Ask', 'end']);
    writer.item([`session ${q}(p)`, '  on Ask from p', '  end', 'end']);
    const made = [`let a${x} = spawn ${p}(b${x})`, `and b${x} = spawn ${q}(a${x})`];
    return {
      lines: [...made, `let ${x} = ${over}(${['a', 'b'][writer.pick(2)]!}${x})`, ...must(`${x} == 5`, 'down')],
      where,
    };
  }

  /** The end of a thread as a value. */
  private down(where: Where): Fragment {
    const { writer } = this;
    writer.features.add('Down as an expression');
    const [name, t, x] = [writer.name('Brief'), writer.name('t'), writer.name('x')];
    writer.item([`session ${name}(n)`, '  std::print(n)', 'end']);
    const head = ['on Down', 'on Down(why)', 'on Down(_)'][writer.pick(3)]!;
    const wait = `${head} from ${t} then 5 end`;
    const forms: readonly (readonly [string, string])[] = [
      [wait, `${x} == 5`],
      [`[1, ${wait}, 2]`, `${x} == [1, 5, 2]`],
      [`"{${wait}}"`, `${x} == "5"`],
      [`1 + (${wait})`, `${x} == 6`],
      [`(${wait}, 2)`, `${x} == (5, 2)`],
    ];
    const [value, holds] = forms[writer.pick(forms.length)]!;
    return {
      lines: [`let ${t} = spawn ${name}(2)`, `watch ${t}`, `let ${x} = ${value}`, ...must(holds, 'down')],
      where,
    };
  }

  /** Members of a group, and a value beside them that is computed in between. */
  private beside(where: Where): Fragment {
    const { writer } = this;
    writer.features.add('group beside data');
    const [p, q, a, b, x] = [writer.name('P'), writer.name('Q'), writer.name('a'), writer.name('b'), writer.name('x')];
    const [feed, f] = [writer.name('Feed'), writer.name('f')];
    writer.item([`session ${feed}(p)`, '  p!Sum(1)', 'end']);
    writer.item([`session ${p}(q)`, '  q!Ask', '  on Sum(v) from q', '    std::print(v)', '  end', 'end']);
    writer.item([`session ${q}(p)`, '  on Ask from p', '    p!Sum(2)', '  end', 'end']);
    const value = ['1', `on Sum(v) from ${f} then v end`][writer.pick(2)]!;
    const bindings = [`${a} = spawn ${p}(${b})`, `${b} = spawn ${q}(${a})`];
    bindings.splice(writer.pick(3), 0, `${x} = ${value}`);
    const made = bindings.map((l, i) => `${i === 0 ? 'let' : 'and'} ${l}`);
    const fed = value === '1' ? [] : [`let ${f} = spawn ${feed}(self)`];
    return { lines: [...fed, ...made, ...must(`${x} == 1`, 'group')], where };
  }

  /** A variable that holds an end is given another one inside an argument of what is said over it. */
  private replaced(where: Where): Fragment {
    const { writer } = this;
    if (!writer.chance(3)) return undefined;
    writer.features.add('end replaced in an argument');
    const [name, c] = [writer.name('One'), writer.name('c')];
    writer.item([`session ${name}(p)`, '  on Job(x) from p', `    std::print(x)`, '  end', 'end']);
    const block = ['if n > 0', ...indent([`${c}!Job(1)`, `${c} = spawn ${name}(self)`, '2']), 'else', '  3', 'end'];
    const lines = [`var ${c} = spawn ${name}(self)`, `${c}!Job(${block[0]!}`, ...block.slice(1, -1), 'end)'];
    return { lines, where };
  }
}

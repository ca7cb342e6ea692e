/**
 * Random programs in which functions are values: closures over a `var` on every way to another thread, where each side must have
 * a variable of its own; functions in constants, under other names, in lists, maps and records, and generic functions that
 * call what they are given, while links are held.
 * Invariant: as in `random-fragments`; where a value is not what it must be the program prints WRONG.
 */
import { indent, type Where, type Writer } from './random-programs.js';
import type { Fragment } from './random-fragments.js';

/** What is said where a value is wrong. */
export const must = (is: string, what: string): string[] => [`if not (${is})`, `  std::print("WRONG ${what}")`, 'end'];

export class Values {
  constructor(private readonly writer: Writer) {}

  any(where: Where): Fragment {
    const kinds = [
      () => this.carried(where),
      () => this.carried(where),
      () => this.constant(where),
      () => this.constant(where),
      () => this.applied(where),
    ];
    return kinds[this.writer.pick(kinds.length)]!();
  }

  /** A closure over a variable goes to another thread; both count on by themselves. */
  private carried(where: Where): Fragment {
    const { writer } = this;
    const { pick } = writer;
    const [v, f, name, c, e] = ['v', 'f', 'Carrier', 'c', 'Carry'].map((kind) => writer.name(kind)) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const start = pick(10);
    const calls = pick(3);
    const lines = [`var ${v} = ${start}`, `let ${f} = ||`, `  ${v} = ${v} + 1`, `  ${v}`, 'end'];
    for (let i = 1; i <= calls; i++) lines.push(...must(`${f}() == ${start + i}`, 'before'));
    const base = start + calls;
    const counts = (g: string): string[] => [
      ...must(`${g}() == ${base + 1}`, 'copy'),
      ...must(`${g}() == ${base + 2}`, 'copy'),
    ];
    // What the function lies in on its way, and how it comes out.
    const wraps: readonly (readonly [string, string[]])[] = [
      [f, counts('g')],
      [`|| ${f}()`, counts('g')],
      [`[${f}]`, ['for h in g', ...indent(counts('h')), 'end']],
      [`(${f}, 1)`, ['let (h, _) = g', ...counts('h')]],
      [`Some(${f})`, ['case g', 'when Some(h)', ...indent(counts('h')), 'when None', '  ()', 'end']],
    ];
    const [sent, hears] = wraps[pick(wraps.length)]!;
    const after = [`${v} = ${v} + 10`, ...must(`${f}() == ${base + 11}`, 'own')];
    const done = [`on Done from ${c}`, ...indent(must(`${f}() == ${base + 12}`, 'own')), 'end'];
    const finish = (talk: string[]): Fragment => {
      writer.features.add('closure over var');
      return { lines: [...lines, ...talk], where };
    };
    const ways: readonly (() => Fragment)[] = [
      () => {
        writer.features.add('carrier: message');
        writer.item([
          `session ${name}(p)`,
          '  on Fun(g) from p',
          ...indent(indent([...hears, 'p!Done'])),
          '  end',
          'end',
        ]);
        return finish([`let ${c} = spawn ${name}(self)`, `${c}!Fun(${sent})`, ...after, ...done]);
      },
      () => {
        writer.features.add('carrier: spawn');
        writer.item([`session ${name}(p, g)`, ...indent([...hears, 'p!Done']), 'end']);
        return finish([`let ${c} = spawn ${name}(self, ${sent})`, ...after, ...done]);
      },
      () => {
        writer.features.add('carrier: cast');
        writer.item([
          `session ${name}()`,
          '  on Fun(g) from client',
          ...indent(indent([...hears, 'loop'])),
          '  end',
          'end',
        ]);
        return finish([`let ${c} = spawn ${name}`, `${c}!Fun(${sent})`, ...after]);
      },
      () => {
        writer.features.add('carrier: pool');
        const [ws, x] = [writer.name('ws'), writer.name('Member')];
        writer.item([`session ${x}(p)`, '  on Go from p', '    p!Ready', '  end', 'end']);
        const spawned = writer.chance(2);
        const inside = [
          'for (w, g) in ws',
          ...indent([...hears, 'w!Go', 'on Ready from w', '  ()', 'end']),
          'end',
          'p!Done',
        ];
        writer.item(
          spawned
            ? [`session ${name}(p, ws)`, ...indent(inside), 'end']
            : [`session ${name}(p)`, '  on All(ws) from p', ...indent(indent(inside)), '  end', 'end'],
        );
        const given = spawned
          ? [`let ${c} = spawn ${name}(self, ${ws})`]
          : [`let ${c} = spawn ${name}(self)`, `${c}!All(${ws})`];
        return finish([
          `let ${ws} = pool()`,
          `let m${ws} = spawn ${x}(self)`,
          `put m${ws} with ${sent} in ${ws}`,
          ...given,
          ...after,
          ...done,
        ]);
      },
      () => {
        writer.features.add('carrier: exception');
        writer.top(`exception ${e}(() -> int)`);
        writer.item([
          `session ${name}(p)`,
          '  on Why(why) from p',
          '    case why',
          `    when ${e}(g)`,
          ...indent(indent(indent(counts('g')))),
          '    else',
          '      std::print("WRONG exception")',
          '    end',
          '    p!Done',
          '  end',
          'end',
        ]);
        return finish([`let ${c} = spawn ${name}(self)`, `${c}!Why(${e}(${f}))`, ...after, ...done]);
      },
    ];
    return ways[pick(ways.length)]!();
  }

  /** A function that asks a service, which it is given. */
  private asking(r: number): string {
    const { writer } = this;
    const name = writer.name('ask');
    const inner: Where = { ...writer.fresh('fun', name), tail: false };
    writer.item([`fun ${name}(r, n)`, ...indent([...writer.conversation(r, 'r', inner), '7']), 'end']);
    return name;
  }

  /** Constants that hold functions, by another name, in a list, a map or a record; called while links are held. */
  private constant(where: Where): Fragment {
    const { writer } = this;
    const { pick } = writer;
    if (where.refs.length === 0) return undefined;
    const r = where.refs[pick(where.refs.length)]!;
    writer.features.add('constant');
    const ask = this.asking(r);
    const k = writer.name('known');
    const inner: Where = { ...writer.fresh('fun', k), tail: false };
    const forms: readonly (() => readonly [string[], string])[] = [
      () => [[`let ${k} = ${ask}`], k],
      () => [[`let ${k} = |r, n| ${ask}(r, n)`], k],
      () => [[`let ${k} = |r, n|`, ...indent([...writer.conversation(r, 'r', inner), '7']), 'end'], k],
      () => [[`let ${k} = [${ask}, |r, n| ${ask}(r, n + 1)]`], `${k}[${pick(2)}]`],
      () => [[`let ${k} = #{"a": ${ask}}`], `${k}["a"]`],
      () => [[`let ${k} = (${ask}, 3)`], `first${k}()`],
    ];
    const at = pick(forms.length);
    const [lines, call] = forms[at]!();
    writer.item(lines);
    if (at === 5) writer.item([`fun first${k}()`, `  let (f, _) = ${k}`, '  f', 'end']);
    const x = writer.name('x');
    const n = writer.int(where);
    // In a thread of its own, or here with all that is held.
    if (writer.chance(3)) {
      const [s, c] = [writer.name('Uses'), writer.name('c')];
      writer.item([`session ${s}(p, r, n)`, `  p!Sum(${call}(r, n))`, 'end']);
      const wait = [`on Sum(x) from ${c}`, ...indent(must('x == 7', 'sum')), 'end'];
      return { lines: [`let ${c} = spawn ${s}(self, s${r}, 2)`, ...wait], where };
    }
    const ints = { ...where, ints: [...where.ints, x] };
    return { lines: [`let ${x} = ${call}(s${r}, ${n})`, ...must(`${x} == 7`, 'constant')], where: ints };
  }

  /** Generic functions that call what they are given. */
  private applied(where: Where): Fragment {
    const { writer } = this;
    const { pick } = writer;
    const r = where.refs[pick(Math.max(1, where.refs.length))];
    writer.features.add('higher order');
    const [h, x] = [writer.name('apply'), writer.name('x')];
    const talks = r !== undefined && writer.chance(2);
    const inner = talks ? `|k| ${this.asking(r)}(s${r}, k) + k - 7` : '|k| k';
    const forms: readonly (() => readonly [string[], string])[] = [
      () => [[`fun ${h}(f, x)`, '  f(x)', 'end'], `${h}(${inner}, 3)`],
      () => [[`fun ${h}(f, x)`, '  f(f(x))', 'end'], `${h}(${inner}, 3)`],
      () => [[`fun ${h}(f, g)`, '  |x| f(g(x))', 'end'], `${h}(${inner}, |k| k + 0)(3)`],
      () => [[`fun ${h}(f, xs)`, '  [f(x) for x in xs]', 'end'], `${h}(${inner}, [3, 4])[0]`],
      () => [
        [`fun ${h}(f, xs)`, '  var y = 0', '  for x in xs', '    y = f(x)', '  end', '  y', 'end'],
        `${h}(${inner}, [1, 3])`,
      ],
      () => [[`fun ${h}(f, x, y)`, '  f(x, y)', 'end'], `${h}(|a, b| b + a, 0)(3)`],
    ];
    const [item, call] = forms[pick(forms.length)]!();
    writer.item(item);
    const ints = { ...where, ints: [...where.ints, x] };
    return { lines: [`let ${x} = ${call}`, ...must(`${x} == 3`, 'higher order')], where: ints };
  }
}

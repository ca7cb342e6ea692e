/**
 * Random programs that leave protected regions in every way: `finally` with `loop`, `close`, `return`, `break`, `continue`,
 * `raise`, the end of a body, in sessions, loops, rounds of `serve`, functions and closures. What a finalizer says to a peer is
 * part of the protocol, so a way that is missed shows as a message too few.
 * Invariant: as in `random-fragments`; a region's own body names none of the ends that its finalizer speaks with.
 */
import { indent, type Where, type Writer } from './random-programs.js';
import type { Fragment } from './random-fragments.js';

export class Leaving {
  constructor(private readonly writer: Writer) {}

  any(where: Where): Fragment {
    const kinds = [() => this.told(where), () => this.told(where), () => this.rounds(where), () => this.alone(where)];
    return kinds[this.writer.pick(kinds.length)]!();
  }

  /** Something to do that touches no end held. */
  work(where: Where): string[] {
    const { writer } = this;
    const r = where.refs[writer.pick(Math.max(1, where.refs.length))];
    const kinds = [
      () => [`std::print(${writer.int(where)})`],
      () => [`std::wait(${writer.pick(3)})`],
      () => (r === undefined ? ['()'] : writer.conversation(r, `s${r}`, where)),
      () => this.caught(where),
      () => this.apart(where),
    ];
    return kinds[writer.pick(kinds.length)]!();
  }

  /** A region inside that an exception leaves. */
  private caught(where: Where): string[] {
    const { writer } = this;
    writer.features.add('finally: raise');
    return [
      'try',
      '  try',
      `    if ${writer.condition(where)}`,
      '      raise Failure("left")',
      '    end',
      '  finally',
      `    std::print(${writer.int(where)})`,
      '  end',
      'catch e',
      `  std::print(${writer.int(where)})`,
      'end',
    ];
  }

  /** A thread of its own. */
  private apart(where: Where): string[] {
    const { writer } = this;
    const name = writer.name('Apart');
    const c = writer.name('c');
    writer.item([`session ${name}(p)`, '  on Go from p', '    p!Ready', '  end', 'end']);
    void where;
    return [`let ${c} = spawn ${name}(self)`, `${c}!Go`, `on Ready from ${c}`, '  ()', 'end'];
  }

  private region(body: readonly string[], exit: string, last: readonly string[], where: Where): string[] {
    const { writer } = this;
    const handler = writer.chance(4) ? ['catch e', `  std::print(${writer.int(where)})`] : [];
    const within = writer.chance(3) ? [`if ${writer.condition(where)}`, ...indent([exit]), 'end', exit] : [exit];
    const leaving = exit === '' ? [] : within;
    return ['try', ...indent([...body, ...leaving]), ...handler, 'finally', ...indent(last), 'end'];
  }

  /** A thread that is told to go on or to stop, and says when it left. */
  private told(where: Where): Fragment {
    const { writer } = this;
    const [name, c] = [writer.name('Told'), writer.name('c')];
    const refs = where.refs.map((r) => `s${r}`);
    const inner: Where = { ...writer.fresh('session', name), refs: where.refs };
    const loops = writer.chance(2);
    const [again, stop] = loops ? ['continue', 'break'] : ['loop', ['close', 'return'][writer.pick(2)]!];
    const goOn = ['', again][writer.pick(2)]!;
    const end = ['', stop][writer.pick(2)]!;
    for (const exit of [goOn, end]) writer.features.add(`finally: ${exit === '' ? 'fall through' : exit}`);
    const last = (): string[] => {
      const more = writer.chance(3) ? this.work(inner) : [];
      return writer.chance(2) ? ['p!Fin', ...more] : [...more, 'p!Fin'];
    };
    // What catches all goes on behind the region.
    const go = [...this.region(this.work(inner), goOn, last(), inner), again];
    const over = [...this.region(this.work(inner), end, last(), inner), stop];
    const wait = ['on Go from p', ...indent(go), 'or Quit from p', ...indent(over), 'end'];
    const body = loops ? ['while true', ...indent(wait), 'end', ...(writer.chance(2) ? ['p!Bye'] : [])] : wait;
    const bye = body.at(-1) === 'p!Bye';
    if (loops) writer.features.add('while true');
    writer.item([`session ${name}(${['p', ...refs, 'n'].join(', ')})`, ...indent(body), 'end']);
    const lines = [`let ${c} = spawn ${name}(${['self', ...refs, '2'].join(', ')})`];
    const fin = [`on Fin from ${c}`, ...indent([writer.chance(2) ? '()' : `std::print(${writer.int(where)})`]), 'end'];
    for (let k = writer.pick(3); k > 0; k--) lines.push(`${c}!Go`, ...fin);
    lines.push(`${c}!Quit`, ...fin);
    if (bye) lines.push(`on Bye from ${c}`, '  ()', 'end');
    return { lines, where };
  }

  /** Rounds over a pool, each of which leaves a region. */
  private rounds(where: Where): Fragment {
    const { writer } = this;
    const [name, ws, w] = [writer.name('Round'), writer.name('ws'), writer.name('w')];
    writer.features.add('finally: serve');
    writer.item([
      `session ${name}(p, n)`,
      '  if n > 0',
      '    p!Job(n)',
      '    on Fin from p',
      '      loop(p, n - 1)',
      '    end',
      '  else',
      '    p!Quit',
      '  end',
      'end',
    ]);
    const outer: Where = { ...where, held: [] };
    const exit = ['', 'continue'][writer.pick(2)]!;
    const region = this.region(this.work(outer), exit, [`${w}!Fin`], outer);
    const body = [`on Job(x) from ${w}`, ...indent(region), `or Quit from ${w}`, `  drop ${w}`, 'end'];
    const lines = [`let ${ws} = [spawn ${name}(self, i) for i in 1..${1 + writer.pick(3)}]`];
    return { lines: [...lines, `serve ${w} in ${ws}`, ...indent(body), 'end'], where };
  }

  /** A function, a local function or a closure that returns out of a region, or out of several. */
  private alone(where: Where): Fragment {
    const { writer } = this;
    writer.features.add('finally: return of a function');
    const name = writer.name('left');
    const refs = where.refs.map((r) => `s${r}`);
    const inner: Where = { ...writer.fresh('fun', name), refs: where.refs, tail: false };
    const region = this.region(this.work(inner), 'return 1', this.work(inner), inner);
    const body = writer.chance(2)
      ? [...region, '2']
      : [
          'for i in 1..3',
          ...indent(this.region(region, ['break', 'continue'][writer.pick(2)]!, ['()'], inner)),
          'end',
          '3',
        ];
    const x = writer.name('x');
    const ints = { ...where, ints: [...where.ints, x] };
    const closure = writer.chance(2);
    if (closure) {
      const f = writer.name('f');
      return { lines: [`let ${f} = |n|`, ...indent(body), 'end', `let ${x} = ${f}(2)`], where: ints };
    }
    writer.item([`fun ${name}(${[...refs, 'n'].join(', ')})`, ...indent(body), 'end']);
    return { lines: [`let ${x} = ${name}(${[...refs, '2'].join(', ')})`], where: ints };
  }
}

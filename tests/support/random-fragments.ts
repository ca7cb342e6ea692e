/**
 * Fragments of random programs that are written out rather than made from protocols: streams of messages of pool members in one
 * wait, a service that also waits for its maker, references that come in messages, lists and maps, conversations of several
 * peers in one `try`, functions with links of their own that are called while others are held.
 * Invariant: each is right by itself, whatever the schedule; what may be lost in it is marked as given up.
 */
import { GIVEN_UP, indent, type Where, type Writer } from './random-programs.js';

export type Fragment = { lines: string[]; where: Where } | undefined;

export class Fragments {
  constructor(private readonly writer: Writer) {}

  any(where: Where): Fragment {
    const kinds = [
      () => this.streams(where),
      () => this.door(where),
      () => this.kept(where),
      () => this.alone(where),
      () => this.severalInTry(where),
    ];
    return kinds[this.writer.pick(kinds.length)]!();
  }

  /** Members that say so much and then stop, in one loop over whoever speaks; or one message at a time with `serve`. */
  private streams(where: Where): Fragment {
    const { writer } = this;
    const { pick } = writer;
    writer.features.add('streams');
    const [name, ws, w, left] = [writer.name('Stream'), writer.name('ws'), writer.name('w'), writer.name('left')];
    const asks = writer.chance(2);
    writer.item([
      `session ${name}(boss, n)`,
      '  if n > 0',
      '    boss!Sum(n)',
      ...(asks ? ['    on Go from boss', '      loop(boss, n - 1)', '    end'] : ['    loop(boss, n - 1)']),
      '  else',
      '    boss!Quit',
      '  end',
      'end',
    ]);
    const size = 1 + pick(3);
    const made = `let ${ws} = [spawn ${name}(self, i) for i in 1..${size}]`;
    const answer = asks ? [`${w}!Go`] : [];
    const inside = writer.chance(3) ? [`std::wait(${pick(3)})`] : [];
    if (writer.chance(2)) {
      const body = [
        `on Sum(x) from ${w}`,
        ...indent([...inside, ...answer, '()']),
        `or Quit from ${w}`,
        `  drop ${w}`,
        'end',
      ];
      return { lines: [made, `serve ${w} in ${ws}`, ...indent(body), 'end'], where };
    }
    const body = [
      `on Sum(x) from any ${w} in ${ws}`,
      ...indent([...inside, ...answer, `put ${w} in ${ws}`]),
      `or Quit from any ${w} in ${ws}`,
      `  ${left} = ${left} - 1`,
      ...(writer.chance(3) ? [`or Down(why) from any ${w} in ${ws}`, `  ${left} = ${left} - 1`] : []),
      'end',
    ];
    return { lines: [made, `var ${left} = ${size}`, `while ${left} > 0`, ...indent(body), 'end', `drop ${ws}`], where };
  }

  /** A service that its maker can close; its reference comes in a message, and clients may find the door closed. */
  private door(where: Where): Fragment {
    const { writer } = this;
    writer.features.add('door');
    const [door, guest, d, r, c] = ['Door', 'Guest', 'd', 'r', 'c'].map((kind) => writer.name(kind));
    const open = ['  on Quit from boss', '    close', '  or Job(x) from client', '    client!Sum(x)'];
    const again = [`    Open${door}(boss)`, '  end', 'end'];
    writer.item([`session ${door}(boss)`, '  boss!Here(self)', ...open, ...again]);
    writer.item([`session Open${door}(boss)`, ...open, ...again]);
    const ask = [`let ${c} = connect ${r}`, `${c}!Job(${writer.int(where)})`, `on Sum(x) from ${c}`];
    const guests = writer.chance(2);
    if (guests) {
      const lost = [`or Down(why) from ${c}  # ${GIVEN_UP}`, '  ()', 'end'];
      writer.item([`session ${guest}(${r!}, n)`, ...indent([...ask, '  std::print(x)', ...lost]), 'end']);
    }
    const body = [
      ...(guests ? [`spawn ${guest!}(${r!}, 2)`] : []),
      ...(writer.chance(2) ? [...ask, '  std::print(x)', 'end'] : []),
      `${d!}!Quit`,
    ];
    return {
      lines: [`let ${d!} = spawn ${door!}(self)`, `on Here(${r!} : service) from ${d!}`, ...indent(body), 'end'],
      where,
    };
  }

  /** A service that is asked through a reference kept in a list or a map. */
  private kept(where: Where): Fragment {
    const { writer } = this;
    if (where.refs.length === 0) return undefined;
    writer.features.add('kept reference');
    const s = `s${where.refs[writer.pick(where.refs.length)]!}`;
    const [all, r] = [writer.name('all'), writer.name('r')];
    const made = writer.chance(2)
      ? [`let ${all} = [${s}]`, `let ${r} = ${all}[0]`]
      : [`let ${all} = #{1: ${s}}`, `let ${r} = ${all}[1]`];
    const talk = writer.conversation(Number(s.slice(1)), r, where);
    return { lines: [...made, ...talk], where };
  }

  /** Called while links are held, but with none of them: by its name or as a value. */
  private alone(where: Where): Fragment {
    const { writer } = this;
    writer.features.add('function with its own links');
    const name = writer.name('alone');
    const refs = where.refs.map((i) => `s${i}`);
    const inner: Where = { ...writer.fresh('fun', name), refs: where.refs, tail: false };
    const begun = writer.child(inner);
    writer.item([
      `fun ${name}(${[...refs, 'n'].join(', ')})`,
      ...indent([...begun.lines, ...writer.body(begun.where)]),
      'end',
    ]);
    const call = `${name}(${[...refs, '2'].join(', ')})`;
    const f = writer.name('f');
    return { lines: writer.chance(2) ? [call] : [`let ${f} = || ${call}`, `${f}()`], where };
  }

  /** Two peers in one `try`, either of which may be lost. */
  private severalInTry(where: Where): Fragment {
    const { writer } = this;
    writer.features.add('several in try');
    const inside: Where = { ...where, held: [], tail: false, guarded: true, stop: undefined };
    const first = writer.child(inside, true);
    const second = writer.child(first.where, true);
    const chain = { sort: 'fun' as const, known: new Map<string, string>() };
    const body = [...first.lines, ...second.lines, ...writer.body({ ...second.where, chain })];
    return { lines: ['try', ...indent(body), 'catch e', '  std::print(n)', 'end'], where };
  }
}

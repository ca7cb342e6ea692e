/**
 * Pools in random programs: made in one of several ways, spoken with in one or two rounds, and emptied again.
 * Invariant: all members of a pool are at one point of their protocol; nothing but members is spoken with inside.
 */
import type { Point } from './random-protocols.js';
import { before, END, linkProtocol } from './random-protocols.js';
import { indent, type Held, type Where, type Writer } from './random-programs.js';

export class PoolTalk {
  constructor(private readonly writer: Writer) {}

  fragment(where: Where): { lines: string[]; where: Where } {
    const { writer } = this;
    const { pick } = writer;
    writer.features.add('pool');
    const size = 1 + pick(4);
    const rounds = pick(3) === 0;
    const last = linkProtocol(pick, 2 + pick(2), {
      delegation: writer.chance(4),
      lossy: writer.chance(7),
      first: pick(3) === 0 ? 'send' : 'receive',
    });
    const start = rounds ? before(pick, last, 1 + pick(2)) : last;
    const ws = writer.name('ws');
    const lines = this.made(start, ws, size, where);
    if (!rounds) return { lines: [...lines, ...this.consumed(last, ws, size, where)], where };
    const next = writer.name('ws');
    const first = this.member(start, ws, where, (w, body) => [`for ${w} in ${ws}`, ...indent(body), 'end'], {
      stop: last,
      then: (w) => [`put ${w} in ${next}`],
    });
    return { lines: [...lines, `let ${next} = pool()`, ...first, ...this.consumed(last, next, size, where)], where };
  }

  private made(at: Point, ws: string, size: number, where: Where): string[] {
    const { writer } = this;
    const one = writer.spawn(at, 'w', where, [], '2').replace('let w = ', '');
    if (writer.chance(2)) return [`let ${ws} = [${one} for i in 1..${size}]`];
    const w = writer.name('w');
    const put = writer.chance(3) ? `put ${w} with i in ${ws}` : `put ${w} in ${ws}`;
    return [`let ${ws} = pool()`, `for i in 1..${size}`, `  let ${w} = ${one}`, `  ${put}`, 'end'];
  }

  /** Speaks with each member until it is finished. */
  private consumed(at: Point, ws: string, size: number, where: Where): string[] {
    const { writer } = this;
    const { features, pick } = writer;
    const plain = { then: () => [] };
    const options = [
      () => {
        features.add('for');
        return this.member(at, ws, where, (w, body) => [`for ${w} in ${ws}`, ...indent(body), 'end'], plain);
      },
      () => {
        features.add('take');
        const k = writer.name('i');
        const wrap = (w: string, body: string[]): string[] => [
          `for ${k} in 1..${size}`,
          `  take ${w} in ${ws}`,
          ...indent(indent(body)),
          '  else',
          '    std::print(0)',
          '  end',
          'end',
          `drop ${ws}`,
        ];
        return this.member(at, ws, where, wrap, plain);
      },
      () => this.handedOn(at, ws, size, where),
    ];
    if (at.kind === 'receive')
      options.push(
        () => this.served(at, ws, where),
        () => this.beside(at, ws, where),
        () => this.any(at, ws, size, where),
      );
    return options[pick(options.length)]!();
  }

  private member(
    at: Point,
    ws: string,
    where: Where,
    wrap: (w: string, body: string[]) => string[],
    how: { readonly stop?: Point; readonly then: (w: string) => string[] },
  ): string[] {
    const w = this.writer.name('w');
    const body = this.writer.body(this.inside(where, [this.writer.link(at, w)], how.stop));
    return wrap(w, [...body, ...how.then(w)]);
  }

  private inside(where: Where, held: readonly Held[], stop?: Point): Where {
    const chain = { sort: 'fun' as const, known: new Map<string, string>() };
    return { ...where, held, tail: false, own: '', chain, stop, steps: 0 };
  }

  /** Round by round, whoever speaks; a member finishes in its round, and is dropped not to go back. */
  private served(at: Point, ws: string, where: Where): string[] {
    this.writer.features.add('serve');
    const w = this.writer.name('w');
    const inside = this.inside(where, []);
    const held = this.writer.link(at, w);
    const branches = this.takes(held, at, (b) => `${b} from ${w}`, inside, [`drop ${w}`]);
    return [`serve ${w} in ${ws}`, ...indent([...branches, 'end']), 'end'];
  }

  private takes(
    held: Held,
    at: Point,
    head: (taken: string) => string,
    inside: Where,
    last: readonly string[] = [],
  ): string[] {
    const { writer } = this;
    const branches = at.branches.flatMap((b, i) => {
      const { bound, inside: then } = writer.taken(b, inside);
      const next = b.next === END ? [] : [{ ...held, at: b.next, fresh: false }];
      const body = writer.body({ ...then, held: [...then.held, ...next] });
      return [`${i === 0 ? 'on' : 'or'} ${head(`${b.label}${bound}`)}`, ...indent([...body, ...last])];
    });
    return at.lossy && !inside.guarded ? [...branches, `or ${head('Down(why)')}`, '  std::print(1)'] : branches;
  }

  /** As often as there are members, whichever speaks first. */
  private any(at: Point, ws: string, size: number, where: Where): string[] {
    this.writer.features.add('any');
    const w = this.writer.name('w');
    const held = this.writer.link(at, w);
    const branches = this.takes(held, at, (b) => `${b} from any ${w} in ${ws}`, this.inside(where, []));
    const k = this.writer.name('i');
    return [`for ${k} in 1..${size}`, ...indent([...branches, 'end']), 'end', `drop ${ws}`];
  }

  /** Whichever speaks first, a member or another peer; when that one is done, the members that are left. */
  private beside(at: Point, ws: string, where: Where): string[] {
    const { writer } = this;
    writer.features.add('pool beside a link');
    const [name, c, m] = [writer.name('both'), writer.name('c'), writer.name('m')];
    const link = linkProtocol(writer.pick, 2, { delegation: false, loops: false, first: 'receive' });
    const refs = where.refs.map((r) => `s${r}`);
    const inner = this.inside({ ...writer.fresh('fun', name), refs: where.refs, guarded: false }, []);
    const again = [`${name}(${['ws', 'c', ...refs, 'n'].join(', ')})`];
    const members = this.takes(writer.link(at, m), at, (b) => `${b} from any ${m} in ws`, inner, again);
    const wrap = (w: string, body: string[]): string[] => [`for ${w} in ws`, ...indent(body), 'end'];
    const left = this.member(at, 'ws', inner, wrap, { then: () => [] });
    const others = this.takes(writer.link(link, 'c'), link, (b) => `${b} from c`, inner, left);
    others[0] = others[0]!.replace('on', 'or');
    writer.item([
      `fun ${name}(${['ws', 'c', ...refs, 'n'].join(', ')})`,
      ...indent([...members, ...others, 'end']),
      'end',
    ]);
    return [writer.spawn(link, c, where), `${name}(${[ws, c, ...refs, 'n'].join(', ')})`];
  }

  /** A session or a function gets the pool. */
  private handedOn(at: Point, ws: string, size: number, where: Where): string[] {
    const { writer } = this;
    writer.features.add('pool handed on');
    if (writer.chance(4)) return this.sent(at, ws, size, where);
    const session = writer.chance(2);
    const name = writer.name(session ? 'S' : 'all');
    const inner: Where = { ...writer.fresh(session ? 'session' : 'fun', name), refs: where.refs, guarded: false };
    const params = ['ws', ...where.refs.map((r) => `s${r}`), 'n'];
    writer.item([
      `${session ? 'session' : 'fun'} ${name}(${params.join(', ')})`,
      ...indent(this.consumed(at, 'ws', size, inner)),
      'end',
    ]);
    const args = [ws, ...where.refs.map((r) => `s${r}`), '2'].join(', ');
    return [`${session ? 'spawn ' : ''}${name}(${args})`];
  }

  /** A thread gets the pool in a message. */
  private sent(at: Point, ws: string, size: number, where: Where): string[] {
    const { writer } = this;
    writer.features.add('pool in a message');
    const [name, t] = [writer.name('S'), writer.name('c')];
    const inner: Where = { ...writer.fresh('session', name), refs: where.refs, guarded: false };
    const params = ['p', ...where.refs.map((r) => `s${r}`), 'n'];
    const body = indent(this.consumed(at, 'ws', size, inner));
    writer.item([`session ${name}(${params.join(', ')})`, ...indent([`on All(ws) from p`, ...body, 'end']), 'end']);
    const args = ['self', ...where.refs.map((r) => `s${r}`), '2'].join(', ');
    return [`let ${t} = spawn ${name}(${args})`, `${t}!All(${ws})`];
  }
}

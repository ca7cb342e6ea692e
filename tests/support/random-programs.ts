/**
 * Random programs, made top-down from random protocols: a thread gets the ends of some links and does, in any order, what
 * each of them asks for; on the way it spawns children, groups and pools, calls services and helpers, gives ends away.
 * Links form a forest by construction, so most programs are right, and most are seen to be.
 * Invariant: the same seed gives the same program; every program ends under every schedule, unless it is stuck.
 */
import { generator } from '../../runtime/scheduler/strategy.js';
import { Fragments } from './random-fragments.js';
import { Leaving } from './random-leaving.js';
import { Messages } from './random-messages.js';
import { inModules, joined } from './random-modules.js';
import { Operands } from './random-operands.js';
import { PoolTalk } from './random-pools.js';
import type { Branch, Payload, Pick, Point } from './random-protocols.js';
import { before, dual, END, groupProtocol, linkProtocol, memberProtocol, peersFrom } from './random-protocols.js';
import { Stopping } from './random-stopping.js';
import { Values } from './random-values.js';

export { textsOf } from './random-modules.js';

/** The end of a link, or all ends that a member of a group has in it. */
export interface Held {
  /** By the number of the peer; 0 for a link. */
  readonly names: ReadonlyMap<number, string>;
  readonly at: Point;
  readonly group: boolean;
  /** At the head of a loop that it has not gone round yet. */
  readonly fresh: boolean;
}

/** Definitions that may go on as each other in tail position. */
interface Chain {
  readonly sort: 'session' | 'fun';
  readonly known: Map<string, string>;
}

export interface Where {
  readonly held: readonly Held[];
  readonly ints: readonly string[];
  readonly refs: readonly number[];
  readonly chain: Chain;
  /** The definition whose body this is. */
  readonly own: string;
  readonly inSession: boolean;
  /** Is what follows the last thing its thread or function does? */
  readonly tail: boolean;
  /** Inside a `try` that takes losses. */
  readonly guarded: boolean;
  /** A point where a link may be left as it is. */
  readonly stop?: Point | undefined;
  readonly steps: number;
  readonly timeouts: number;
}

export interface RandomProgram {
  readonly text: string;
  /** What the program makes use of. */
  readonly features: ReadonlySet<string>;
}

/** Said of a link that is dropped before its protocol is over. */
export const GIVEN_UP = 'given up';
/** Said of a loop that nothing leaves. */
export const ENDLESS = 'for ever';

/** Lines of a program. */
const MOST = 140;
class TooLong extends Error {}

/** `plain`: without the forms that leave regions, hand on functions, wait in operands or stop serving, in one module. */
export function randomProgram(seed: number, plain = false): RandomProgram {
  for (let attempt = 0; ; attempt++) {
    try {
      return new Writer(generator(seed * 31 + attempt), plain).program();
    } catch (e) {
      if (!(e instanceof TooLong)) throw e;
    }
  }
}

export const indent = (lines: readonly string[]): string[] => lines.map((l) => `  ${l}`);
const isData = (p: Payload): p is 'int' | 'string' => typeof p === 'string';
const nameOf = (h: Held, peer = h.at.peer): string => h.names.get(peer) ?? '?';

export class Writer {
  readonly pick: Pick;
  readonly features = new Set<string>();
  private readonly items: string[][] = [];
  private readonly numbers = new Map<Point, number>();
  private readonly services: { readonly name: string; readonly offer: Point }[] = [];
  private readonly pools = new PoolTalk(this);
  private readonly others = new Fragments(this);
  private readonly leaving = new Leaving(this);
  private readonly values = new Values(this);
  private readonly messages = new Messages(this);
  private readonly operands = new Operands(this);
  private readonly stopping = new Stopping(this);
  /** What stands before the items. */
  private readonly tops: string[] = [];
  private written = 0;
  private counter = 0;
  private extras = 0;

  constructor(
    random: () => number,
    private readonly plain = false,
  ) {
    this.pick = (n) => Math.floor(random() * n);
  }

  program(): RandomProgram {
    for (let i = this.pick(3); i > 0; i--) this.service();
    const start = this.services.map((s, i) => {
      const refs = this.services.slice(0, i).map((_, j) => `s${j}`);
      return `let s${i} = spawn ${s.name}(${[...refs, String(1 + this.pick(3))].join(', ')})`;
    });
    const refs = this.services.map((_, i) => i);
    const where: Where = { ...this.fresh('fun', 'main'), refs, tail: false };
    const body: string[] = [];
    for (let left = 2 + this.pick(2); left > 0;) {
      const begun = this.fragment(where);
      if (begun === undefined) continue;
      left--;
      // What main begins it does to its end.
      body.push(...begun.lines, ...this.body(begun.where));
    }
    const main = ['fun main()', '  let n = 3', ...indent([...start, ...body]), 'end'];
    if (this.items.flat().length + this.items.length + main.length > MOST) throw new TooLong();
    if (this.features.has('raise')) this.top('exception Oops(int)');
    const modules = inModules(this.items, this.tops, main, this.plain ? () => 1 : this.pick);
    if (modules.length > 1) this.features.add('modules');
    return { text: joined(modules), features: this.features };
  }

  /** A declaration that stands before the items. */
  top(line: string): void {
    if (!this.tops.includes(line)) this.tops.push(line);
  }

  /** A call of a service in the place of what follows, for a session that has the references before it. */
  goOnAsService(service: number, n: string): string {
    const refs = this.services.slice(0, service).map((_, j) => `s${j}`);
    return `${this.services[service]!.name}(${[...refs, n].join(', ')})`;
  }

  name(kind: string): string {
    return `${kind}${++this.counter}`;
  }

  chance(oneIn: number): boolean {
    return this.pick(oneIn) === 0;
  }

  private count(lines: string[]): string[] {
    this.written += lines.length;
    if (this.written > MOST * 5) throw new TooLong();
    return lines;
  }

  /** The smaller the program still is, the more it may do besides. */
  private rich(): boolean {
    const more = this.pick(100) < 50 - 4 * Math.max(this.items.length, this.extras);
    if (more) this.extras++;
    return more;
  }

  fresh(sort: Chain['sort'], own: string): Where {
    const chain: Chain = { sort, known: new Map() };
    const none = { held: [], ints: [], refs: [], steps: 0, timeouts: 0 };
    return { ...none, chain, own, inSession: sort === 'session', tail: true, guarded: false };
  }

  private numberOf(p: Point): number {
    const known = this.numbers.get(p) ?? this.numbers.size;
    this.numbers.set(p, known);
    return known;
  }

  item(lines: string[]): void {
    this.items.push(this.count(lines));
  }

  // ---- definitions ----

  /** A definition with these ends; its body does all that they ask for. Gives its name. */
  define(held: readonly Held[], where: Where, sort: Chain['sort'], chain: Chain): string {
    const key = held.map((h) => this.numberOf(h.at)).join(' ');
    const known = chain.known.get(key);
    if (known !== undefined) return known;
    const name = this.name(sort === 'session' ? 'S' : 'talk');
    chain.known.set(key, name);
    const own = held.map((h) => this.renamed(h));
    const params = [...own.flatMap((h) => [...h.names.values()]), ...where.refs.map((r) => `s${r}`), 'n'];
    const inside: Where = {
      ...this.fresh(sort, name),
      held: own,
      refs: where.refs,
      chain,
      guarded: where.guarded,
    };
    const at = this.items.push([]) - 1;
    if (at > 20) throw new TooLong();
    this.items[at] = [`${sort} ${name}(${params.join(', ')})`, ...indent(this.body(inside)), 'end'];
    return name;
  }

  private renamed(h: Held): Held {
    const peers = [...peersFrom(h.at)];
    return { ...h, fresh: true, names: new Map(peers.map((p) => [p, this.name(h.group ? 'g' : 'c')])) };
  }

  /** Arguments for ends, services and the counter. */
  private args(held: readonly Held[], where: Where, n: string, first: readonly string[] = []): string {
    const ends = held.flatMap((h) => [...peersFrom(h.at)].map((p) => nameOf(h, p)));
    return [...first, ...ends, ...where.refs.map((r) => `s${r}`), n].join(', ');
  }

  /** A session for a new thread; its first parameter is the spawner if `p` is given. */
  session(where: Where, held: readonly Held[]): string {
    const chain: Chain = { sort: 'session', known: new Map() };
    return this.define(held, { ...where, guarded: false }, 'session', chain);
  }

  link(at: Point, name: string): Held {
    return { names: new Map([[0, name]]), at, group: false, fresh: true };
  }

  /** Spawns a thread at the other end of a new link of which this side is at `at`. */
  spawn(at: Point, name: string, where: Where, given: readonly Held[] = [], n = 'n'): string {
    const callee = this.session(where, [this.link(dual(at), 'p'), ...given]);
    return `let ${name} = spawn ${callee}(${this.args(given, where, n, ['self'])})`;
  }

  private service(): void {
    const i = this.services.length;
    const offer = linkProtocol(this.pick, 1, { first: 'receive', loops: false, delegation: false });
    const offers: Point = { ...offer, branches: [...offer.branches] };
    for (const b of linkProtocol(this.pick, 3, { first: 'receive', delegation: this.chance(4), loops: this.chance(3) })
      .branches)
      if (offers.branches.every((o) => o.label !== b.label)) offers.branches.push(b);
    const name = this.name('Service');
    this.services.push({ name, offer: { ...offers, head: false } });
    const refs = this.services.slice(0, i).map((_, j) => j);
    const params = [...refs.map((r) => `s${r}`), 'n'].join(', ');
    const where: Where = { ...this.fresh('session', name), refs, tail: false };
    const lines = offers.branches.flatMap((b, j) => {
      const client = this.name('client');
      const { bound, inside } = this.taken(b, where);
      const held = b.next === END ? [] : [this.link(b.next, client)];
      const body = this.body({ ...inside, held: [...inside.held, ...held] });
      return [`${j === 0 ? 'on' : 'or'} ${b.label}${bound} from ${client}`, ...indent([...body, `loop(${params})`])];
    });
    this.items.push([`session ${name}(${params})`, ...indent([...lines, 'end']), 'end']);
  }

  // ---- bodies ----

  /** All that is left to do with the ends held, and more. */
  body(where: Where): string[] {
    const lines: string[] = [];
    let here = where;
    for (;;) {
      const active = here.held.filter((h) => !this.rests(h, here));
      if (active.length === 0) return this.count([...lines, ...this.rest(here)]);
      const early = here.tail && here.steps > 0 && this.chance(9);
      if (early && here.held.every((h) => h.at !== here.stop && !h.fresh))
        return this.count([...lines, ...this.goOn(here)]);
      const more = this.rich() ? this.fragment(here) : undefined;
      if (more !== undefined) {
        lines.push(...more.lines);
        here = more.where;
        continue;
      }
      const step = this.step(active[this.pick(active.length)]!, active, here);
      lines.push(...step.lines);
      if (step.where === undefined) return this.count(lines);
      here = { ...step.where, steps: here.steps + 1 };
    }
  }

  private rests(h: Held, where: Where): boolean {
    return h.at === END || (h.at === where.stop && !h.fresh) || (h.at.head && !h.fresh);
  }

  /** Nothing can go on but loops. */
  private rest(where: Where): string[] {
    const left = where.held.filter((h) => h.at !== END && h.at !== where.stop);
    if (left.length > 0) return this.goOn({ ...where, held: left });
    return this.chance(2) ? [] : [`std::print(${this.int(where)})`];
  }

  /** Goes on as another definition, or as this one again; in the middle of something, calls it. */
  private goOn(where: Where): string[] {
    const left = where.held.filter((h) => h.at !== END && h.at !== where.stop);
    const same = where.tail && (where.chain.sort === 'fun' || left.some((h) => h.group) || !this.chance(5));
    const sort = same ? where.chain.sort : where.inSession && this.chance(4) ? 'session' : 'fun';
    const chain = same ? where.chain : { sort, known: new Map<string, string>() };
    const name = this.define(left, where, sort, chain);
    if (!same) this.features.add(sort === 'fun' ? 'helper' : 'session called');
    const again = name === where.own && sort === 'session' && this.chance(2);
    return [`${again ? 'loop' : name}(${this.args(left, where, 'n - 1')})`];
  }

  int(where: Where): string {
    const known = where.ints.length > 0 && this.chance(2) ? where.ints[this.pick(where.ints.length)]! : undefined;
    return known ?? (this.chance(3) ? 'n' : String(this.pick(20)));
  }

  condition(where: Where): string {
    const flip = 'random::entropy() % 2 == 0';
    return [flip, flip, `${this.int(where)} > 5`, 'n > 1'][this.pick(4)]!;
  }

  private data(p: 'int' | 'string', where: Where): string {
    return p === 'int' ? this.int(where) : `"a{${this.int(where)}}"`;
  }

  with(where: Where, old: Held, at: Point): Where {
    const held = where.held.flatMap((h) => (h !== old ? [h] : at === END ? [] : [{ ...h, at, fresh: false }]));
    return { ...where, held };
  }

  // ---- steps ----

  private step(h: Held, active: readonly Held[], where: Where): { lines: string[]; where?: Where } {
    if (h.at.lossy && this.chance(8)) {
      this.features.add('drop');
      return { lines: [`drop ${nameOf(h)}  # ${GIVEN_UP}`], where: this.with(where, h, END) };
    }
    if (h.at.kind === 'send') return this.send(h, where);
    const [other, third] = active.filter((o) => o !== h && o.at.kind === 'receive');
    if (other !== undefined && this.chance(3)) {
      this.features.add('mixed wait');
      const more = third !== undefined && this.chance(2) ? this.branches('or', third, where) : [];
      return { lines: [...this.branches('on', h, where), ...this.branches('or', other, where), ...more, 'end'] };
    }
    return this.receive(h, where);
  }

  private send(h: Held, where: Where): { lines: string[]; where?: Where } {
    const { branches } = h.at;
    const joined = branches.every((b) => b.next === branches[0]!.next && b.payload.every(isData));
    if (branches.length === 1 || (joined && !h.at.head && this.chance(2))) {
      const say = branches.map((b) => this.message(h, b, where));
      if (branches.length === 1) return { lines: say[0]!.lines, where: this.with(say[0]!.where, h, branches[0]!.next) };
      const lines = say.flatMap((s, i) => [this.choice(i, branches.length, where, false), ...indent(s.lines)]);
      return { lines: [...lines, 'end'], where: this.with(where, h, branches[0]!.next) };
    }
    const lines = branches.flatMap((b, i) => {
      const say = this.message(h, b, where);
      const rest = this.body({ ...this.with(say.where, h, b.next), steps: where.steps + 1 });
      return [this.choice(i, branches.length, where, h.at.head), ...indent([...say.lines, ...rest])];
    });
    return { lines: [...lines, 'end'] };
  }

  private choice(i: number, of: number, where: Where, head: boolean): string {
    if (i === of - 1) return 'else';
    const condition = head ? `n > 0${this.chance(2) ? '' : ` && ${this.condition(where)}`}` : this.condition(where);
    return `${i === 0 ? 'if' : 'elif'} ${condition}`;
  }

  /** Sends one message; an end to be given is one that is held, or of a thread made for it. */
  private message(h: Held, b: Branch, where: Where): { lines: string[]; where: Where } {
    const lines: string[] = [];
    let { held } = where;
    const values = b.payload.map((p) => {
      if (isData(p)) return this.data(p, where);
      this.features.add('delegation');
      const found = held.find((o) => o !== h && o.at === p);
      if (found !== undefined) {
        held = held.filter((o) => o !== found);
        return nameOf(found);
      }
      const name = this.name('c');
      const start = before(this.pick, p, this.pick(2));
      lines.push(this.spawn(start, name, where));
      if (start !== p) {
        const made = this.link(start, name);
        lines.push(...this.body({ ...where, held: [made], tail: false, stop: p, guarded: false, steps: 0 }));
      }
      return name;
    });
    lines.push(`${nameOf(h)}!${b.label}${values.length === 0 ? '' : `(${values.join(', ')})`}`);
    return { lines, where: { ...where, held } };
  }

  private receive(h: Held, where: Where): { lines: string[]; where?: Where } {
    const { branches } = h.at;
    const joined = branches.every((b) => b.next === branches[0]!.next && b.payload.every(isData));
    const flat = joined && (!h.at.lossy || where.guarded) && !h.at.head;
    if (flat && this.chance(2)) {
      const next = this.with(where, h, branches[0]!.next);
      const [only] = branches;
      if (branches.length === 1 && only!.payload[0] === 'int' && this.chance(2)) {
        const x = this.name('x');
        const bound = only!.payload.length === 1 ? 'v' : 'v, _';
        const line = `let ${x} = on ${only!.label}(${bound}) from ${nameOf(h)} then v end`;
        return { lines: [line], where: { ...next, ints: [...where.ints, x] } };
      }
      const lines = branches.flatMap((b, i) => {
        const { bound, inside } = this.taken(b, where);
        return [`${i === 0 ? 'on' : 'or'} ${b.label}${bound} from ${nameOf(h)}`, `  std::print(${this.int(inside)})`];
      });
      return { lines: [...lines, 'end'], where: next };
    }
    const late: string[] = [];
    if (where.timeouts === 0 && this.chance(8)) {
      this.features.add('after');
      late.push(`or after ${this.pick(4)}`, ...indent(this.body({ ...where, timeouts: 1, steps: where.steps })));
    }
    return { lines: [...this.branches('on', h, where), ...late, 'end'] };
  }

  private loops(p: Point, seen = new Set<Point>()): boolean {
    if (seen.has(p)) return p.head;
    seen.add(p);
    return p.branches.some((b) => this.loops(b.next, seen));
  }

  /** The branches of a wait for one peer, each with all that follows. */
  private branches(word: 'on' | 'or', h: Held, where: Where): string[] {
    const taken = h.at.branches.flatMap((b, i) => {
      const { bound, inside } = this.taken(b, where);
      const got = inside.held.filter((o) => !where.held.includes(o));
      // Ends got in a loop would add up.
      const done = where.held.length < 2 && !this.loops(h.at) ? [] : got;
      const atOnce = done.flatMap((o) => this.body({ ...inside, held: [o], tail: false, stop: undefined, steps: 0 }));
      const next = this.with({ ...inside, held: inside.held.filter((o) => !done.includes(o)) }, h, b.next);
      const rest = this.body({ ...next, steps: where.steps + 1 });
      return [`${i === 0 ? word : 'or'} ${b.label}${bound} from ${nameOf(h)}`, ...indent([...atOnce, ...rest])];
    });
    if (!h.at.lossy || where.guarded) return taken;
    const rest = this.body(this.with(where, h, END));
    return [...taken, `or Down(why) from ${nameOf(h)}`, ...indent(rest)];
  }

  /** What a message binds. */
  taken(b: Branch, where: Where): { bound: string; inside: Where } {
    let inside = where;
    const names = b.payload.map((p) => {
      const name = this.name(isData(p) ? 'x' : 'd');
      if (p === 'int') inside = { ...inside, ints: [...inside.ints, name] };
      else if (!isData(p)) inside = { ...inside, held: [...inside.held, this.link(p, name)] };
      return name;
    });
    return { bound: names.length === 0 ? '' : `(${names.join(', ')})`, inside };
  }

  // ---- fragments: something to do besides ----

  private fragment(where: Where): { lines: string[]; where: Where } | undefined {
    const many = where.held.length > 2;
    const kinds = [
      () => (many ? undefined : this.child(where)),
      () => (many ? undefined : this.child(where)),
      () => (many ? undefined : this.call(where)),
      () => (many ? undefined : this.call(where)),
      () => this.group(where),
      () => this.pools.fragment(where),
      () => this.pools.fragment(where),
      () => this.helper(where),
      () => this.attempt(where),
      () => this.watch(where),
      () => this.others.any(where),
      () => this.others.any(where),
      () => (this.chance(2) ? { lines: [`std::wait(${this.pick(3)})`], where } : undefined),
    ];
    const more = [this.leaving, this.values, this.operands, this.stopping, this.messages, this.messages];
    if (!this.plain && this.chance(2)) return more[this.pick(more.length)]!.any(where);
    return kinds[this.pick(kinds.length)]!();
  }

  child(where: Where, lossy = this.chance(6)): { lines: string[]; where: Where } {
    const name = this.name('c');
    const at = linkProtocol(this.pick, 1 + this.pick(3), { lossy });
    const free = where.held.filter((h) => !h.group && h.at !== END && h.at !== where.stop);
    const given = free.length > 0 && this.chance(4) ? [free[this.pick(free.length)]!] : [];
    if (given.length > 0) this.features.add('end passed to spawn');
    this.features.add('child');
    const held = where.held.filter((h) => !given.includes(h));
    return {
      lines: [this.spawn(at, name, where, given, String(this.pick(4)))],
      where: { ...where, held: [...held, this.link(at, name)] },
    };
  }

  private call(where: Where): { lines: string[]; where: Where } | undefined {
    if (where.refs.length === 0) return undefined;
    const r = where.refs[this.pick(where.refs.length)]!;
    const { offer } = this.services[r]!;
    const casts = offer.branches.filter((b) => b.next === END && b.payload.every(isData));
    if (casts.length > 0 && this.chance(3)) {
      this.features.add('cast');
      const b = casts[this.pick(casts.length)]!;
      const said = this.message(this.link(offer, `s${r}`), b, where);
      return { lines: said.lines, where };
    }
    this.features.add('service');
    const name = this.name('c');
    const open = this.link(dual(offer), name);
    return { lines: [`let ${name} = connect s${r}`], where: { ...where, held: [...where.held, open] } };
  }

  /** A whole conversation with a service, through this reference. */
  conversation(service: number, r: string, where: Where): string[] {
    const name = this.name('c');
    const open = this.link(dual(this.services[service]!.offer), name);
    const inside: Where = { ...where, held: [open], tail: false, stop: undefined, steps: 0 };
    return [`let ${name} = connect ${r}`, ...this.body(inside)];
  }

  private group(where: Where): { lines: string[]; where: Where } {
    this.features.add('group');
    const members = 2 + this.pick(3);
    const all = groupProtocol(this.pick, members, 2 + this.pick(4));
    const linked = this.chance(2) && where.held.length < 2 ? linkProtocol(this.pick, 2) : undefined;
    const names = Array.from({ length: members }, () => this.name('m'));
    const lines = names.flatMap((name, i) => {
      const at = memberProtocol(all, i);
      const mine: Held = {
        names: new Map([...peersFrom(at)].map((p) => [p, names[p]!])),
        at,
        group: true,
        fresh: true,
      };
      const own = i === 0 && linked !== undefined;
      if (at === END && !own) return [];
      const held = [...(own ? [this.link(dual(linked), 'p')] : []), ...(at === END ? [] : [mine])];
      const callee = this.session({ ...where, held: [] }, held);
      const args = this.args(at === END ? [] : [mine], where, String(this.pick(4)), own ? ['self'] : []);
      return [`spawn ${callee}(${args})`].map((s) => `${name} = ${s}`);
    });
    const held = linked === undefined ? [] : [this.link(linked, names[0]!)];
    const made = lines.map((line, i) => `${i === 0 ? 'let' : 'and'} ${line}`);
    return { lines: made, where: { ...where, held: [...where.held, ...held] } };
  }

  /** A function that does a part of a conversation, or all that is left of one. */
  private helper(where: Where): { lines: string[]; where: Where } | undefined {
    const free = where.held.filter((h) => !h.group && h.at !== END && h.at !== where.stop && !h.at.lossy);
    const h = free[this.pick(Math.max(1, free.length))];
    if (h === undefined) return undefined;
    const [b] = h.at.branches;
    const single = h.at.branches.length === 1 && !h.at.head && b!.payload.every(isData);
    if (!single || this.chance(3)) {
      const lines = this.goOn({ ...where, held: [h], tail: false, stop: undefined });
      return { lines, where: this.with(where, h, END) };
    }
    this.features.add('partial helper');
    const name = this.name('part');
    const inner: Where = { ...this.fresh('fun', name), held: [this.link(h.at, 'c')], tail: false, stop: b!.next };
    const { bound, inside } = this.taken(b!, inner);
    const body =
      h.at.kind === 'send'
        ? [...this.message(inner.held[0]!, b!, inner).lines, '7']
        : [`on ${b!.label}${bound} from c`, `  ${this.int(inside)}`, 'end'];
    this.items.push([`fun ${name}(c, n)`, ...indent(body), 'end']);
    const x = this.name('x');
    const next = this.with(where, h, b!.next);
    return { lines: [`let ${x} = ${name}(${nameOf(h)}, n)`], where: { ...next, ints: [...next.ints, x] } };
  }

  /** A conversation with a child that may break off, inside `try`. */
  private attempt(where: Where): { lines: string[]; where: Where } {
    this.features.add('try');
    const at = linkProtocol(this.pick, 2, { lossy: true });
    const name = this.name('c');
    const inside: Where = { ...where, held: [this.link(at, name)], tail: false, guarded: true, stop: undefined };
    const body = [this.spawn(at, name, where), ...this.body({ ...inside, chain: { sort: 'fun', known: new Map() } })];
    if (this.chance(2)) {
      this.features.add('raise');
      body.splice(1, 0, `if ${this.condition(where)}`, '  raise Oops(n)', 'end');
    }
    return { lines: ['try', ...indent(body), 'catch e', '  std::print(n)', 'end'], where };
  }

  private watch(where: Where): { lines: string[]; where: Where } {
    this.features.add('watch');
    const t = this.name('t');
    const name = this.name('S');
    const inner: Where = { ...this.fresh('session', name), refs: where.refs };
    const at = this.items.push([]) - 1;
    const made = this.child(inner);
    this.items[at] = [
      `session ${name}(${[...where.refs.map((r) => `s${r}`), 'n'].join(', ')})`,
      ...indent([...made.lines, ...this.body({ ...made.where, steps: 1 })]),
      'end',
    ];
    const lines = [`let ${t} = spawn ${name}(${this.args([], where, '2')})`, `watch ${t}`, `on Down(why) from ${t}`];
    return { lines: [...lines, `  std::print(${this.int(where)})`, 'end'], where };
  }
}

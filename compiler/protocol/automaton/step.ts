/**
 * The edges of one operation that acts: what it does to the ends bound to its slots, and the configuration after it.
 * Invariant: an edge is made only for an end the thread owns; a use of one that is gone is reported and becomes a silent
 * step, so that one mistake is one message.
 */
import { type Diagnostic, error } from '../../diagnostics/diagnostic.js';
import type { Span } from '../../source/source.js';
import type { Edge, EndId, EndInfo, MemberEdge, Payload } from './automaton.js';
import type { Carried, Op, Passed, Slot, SpawnMember, WaitBranch } from '../code/code.js';
import type { Config, Frame, Gone } from './config.js';
import { goTo, set, top, withTop } from './config.js';
import type { Effects } from '../code/effects.js';

/** The extraction that the edges belong to. */
export interface Extracting {
  readonly effects: Effects;
  /** The state number of a configuration, which is first taken on to its next action. */
  number(config: Config): number;
  settle(config: Config): Config;
  /** A new end made at `site`: the first of that site's ends that no variable names now. */
  fresh(config: Config, site: string, info: EndInfo, taken?: readonly EndId[]): EndId;
  /** The end in a slot if it can still be used; reports a use after it is gone. */
  usable(config: Config, slot: Slot, span: Span): EndId | undefined;
  /** What a call in this frame runs. */
  runsAt(frame: Frame, codes: readonly string[]): readonly string[];
  report(diagnostic: Diagnostic): void;
}

type Made = readonly Edge[];

export function actionEdges(x: Extracting, config: Config, op: Op): Made {
  const silent = (to: number): Edge => ({ kind: 'silent', to: x.number(goTo(config, to)), span: op.span });
  const site = siteOf(config);
  switch (op.op) {
    case 'send': {
      const end = x.usable(config, op.slot, op.span);
      if (end === undefined) return [silent(op.to)];
      const given = give(x, config, op.carried, op.gives, 'given', op.span, end);
      const to = x.number(goTo(given.config, op.to));
      return [{ kind: 'send', end, label: op.label, payload: given.payload, to, span: op.span }];
    }
    case 'cast': {
      const given = give(x, config, op.carried, op.gives, 'given', op.span);
      const to = x.number(goTo(given.config, op.to));
      return [{ kind: 'cast', service: op.service, label: op.label, payload: given.payload, to, span: op.span }];
    }
    case 'wait': {
      const edges = op.branches.flatMap((b) => waitEdge(x, config, b, site, op.branches.indexOf(b)));
      if (op.after === undefined) return edges;
      return [...edges, { kind: 'timeout', to: x.number(goTo(config, op.after)), span: op.span }];
    }
    case 'spawn':
      return [spawnEdge(x, config, op.members, op.to, op.span, site)];
    case 'run': {
      const endless = x.effects.endless(x.runsAt(top(config)!, op.codes));
      const back = silent(op.to);
      if (endless === undefined) return [back];
      const away: Edge = { ...back, kind: 'endless' };
      return endless === 'surely' ? [away] : [back, away];
    }
    case 'connect': {
      const info: EndInfo = { ...slotInfo(config, op.slot), origin: { kind: 'connect' }, span: op.span };
      const end = x.fresh(config, site, info);
      const to = x.number(bindTo(config, op.slot, end, op.to));
      return [{ kind: 'connect', end, service: op.service, to, span: op.span }];
    }
    case 'drop': {
      const end = x.usable(config, op.slot, op.span);
      if (end === undefined) return [silent(op.to)];
      const to = x.number(goTo(leave(config, end, { how: 'dropped', span: op.span }), op.to));
      return [{ kind: 'drop', end, to, span: op.span }];
    }
    case 'lose': {
      const env = top(config)!.env;
      const ends = [...new Set(op.slots.map((slot) => env[slot]!).filter((id) => id >= 0 && !config.gone.has(id)))];
      const after = ends.reduce((c, end) => leave(c, end, { how: 'lost', span: op.span }), config);
      return [{ kind: 'lose', ends, to: x.number(goTo(after, op.to)), span: op.span }];
    }
    case 'pool': {
      const info: EndInfo = { ...slotInfo(config, op.slot), kind: 'pool', origin: { kind: 'pool' }, span: op.span };
      const pool = x.fresh(config, site, info);
      return [{ kind: 'pool', pool, to: x.number(bindTo(config, op.slot, pool, op.to)), span: op.span }];
    }
    case 'put': {
      const end = x.usable(config, op.slot, op.span);
      const pool = x.usable(config, op.pool, op.span);
      if (end === undefined || pool === undefined) return [silent(op.to)];
      const to = x.number(goTo(leave(config, end, { how: 'pooled', span: op.span }), op.to));
      return [{ kind: 'put', end, pool, to, span: op.span }];
    }
    case 'back': {
      const env = top(config)!.env;
      const end = env[op.slot]!;
      const pool = env[op.pool]!;
      if (end < 0 || config.gone.has(end) || pool < 0 || config.gone.has(pool)) return [silent(op.to)];
      const put = x.number(goTo(leave(config, end, { how: 'pooled', span: op.span }), op.to));
      return [{ kind: 'put', end, pool, to: put, span: op.span }];
    }
    case 'take': {
      const pool = x.usable(config, op.pool, op.span);
      const empty = x.number(goTo(config, op.empty));
      if (pool === undefined) return [{ kind: 'silent', to: empty, span: op.span }];
      const info: EndInfo = { ...slotInfo(config, op.slot), origin: { kind: 'taken' }, span: op.span };
      const end = x.fresh(config, site, info);
      const taken = bindTo(config, op.slot, end, op.to);
      const served = op.spoke ? serveEdges(x, taken, end, pool, site) : undefined;
      if (served !== undefined) return [...served, { kind: 'empty', pool, last: op.last, to: empty, span: op.span }];
      const to = x.number(taken);
      return [
        { kind: 'take', end, pool, spoke: op.spoke, to, span: op.span },
        { kind: 'empty', pool, last: op.last, to: empty, span: op.span },
      ];
    }
    default:
      return [];
  }
}

/** Where an end made by the running operation comes from, as a key. */
function siteOf(config: Config): string {
  const frame = top(config)!;
  return `${frame.code.key}@${frame.point}`;
}

function slotInfo(config: Config, slot: Slot): { name: string; kind: 'end' | 'pool' } {
  const { name, kind } = top(config)!.code.slots[slot]!;
  return { name, kind };
}

function bindTo(config: Config, slot: Slot, end: EndId, point: number): Config {
  const frame = top(config)!;
  const gone = new Map(config.gone);
  gone.delete(end);
  return { ...withTop(config, { ...frame, env: set(frame.env, slot, end), point }), gone };
}

function leave(config: Config, end: EndId, why: Gone): Config {
  return { ...config, gone: new Map(config.gone).set(end, why) };
}

/** Payloads of a message that is sent, and the configuration in which the ends among them are gone. */
function give(
  x: Extracting,
  config: Config,
  carried: readonly Carried[],
  gives: readonly Passed[],
  how: Gone['how'],
  span: Span,
  over?: EndId,
): { payload: Payload[]; config: Config } {
  let after = config;
  const payload = carried.map((c, i): Payload => {
    const slot = gives[i];
    if (slot === undefined) return { carried: c };
    const end = x.usable(after, slot, span);
    if (end === undefined) return { carried: c };
    if (end === over) {
      const name = top(config)!.code.slots[slot]!.name;
      x.report(error('Q0316', span, `\`${name}\` cannot be sent over itself`));
      return { carried: c };
    }
    after = leave(after, end, { how, span });
    return { carried: c, end };
  });
  return { payload, config: after };
}

function waitEdge(x: Extracting, config: Config, b: WaitBranch, site: string, index: number): Made {
  const { source, label, span } = b;
  const at = (c: Config): number => x.number(goTo(c, b.to));
  if (source.kind === 'watch')
    return [{ kind: 'watched', name: source.name, thread: source.thread, to: at(config), span }];
  if (source.kind === 'end') {
    const end = x.usable(config, source.slot, span);
    if (end === undefined) return [];
    if (b.down) return [{ kind: 'down', end, to: at(leave(config, end, { how: 'lost', span })), span }];
    const got = receive(x, config, b, `${site}/${index}`);
    return [{ kind: 'receive', end, label, payload: got.payload, to: at(got.config), span }];
  }
  let after = config;
  let client: EndId | undefined;
  if (source.slot !== undefined) {
    const origin = { kind: source.kind === 'accept' ? 'accept' : 'taken' } as const;
    client = x.fresh(config, `${site}:${source.slot}`, { ...slotInfo(config, source.slot), origin, span });
    after = bindTo(config, source.slot, client, top(config)!.point);
  }
  const got = receive(x, after, b, `${site}/${index}`);
  if (source.kind === 'accept') {
    const who = client === undefined ? {} : { end: client };
    return [{ kind: 'accept', ...who, label, payload: got.payload, to: at(got.config), span }];
  }
  const pool = x.usable(config, source.pool, span);
  if (pool === undefined || client === undefined) return [];
  const lost = b.down ? leave(got.config, client, { how: 'lost', span }) : got.config;
  return [{ kind: 'any', pool, end: client, label, payload: got.payload, down: b.down, to: at(lost), span }];
}

/**
 * A round of `serve` whose body starts with a wait for the member that spoke is a wait for any member; undefined if the
 * body starts otherwise.
 */
function serveEdges(x: Extracting, taken: Config, end: EndId, pool: EndId, site: string): Made | undefined {
  const config = x.settle(taken);
  const frame = top(config);
  const op = frame && frame.code.points[frame.point];
  if (frame === undefined || op?.op !== 'wait' || op.after !== undefined) return undefined;
  const mine = op.branches.every((b) => b.source.kind === 'end' && frame.env[b.source.slot] === end);
  if (!mine) return undefined;
  return op.branches
    .flatMap((b, i) => waitEdge(x, config, b, site, i))
    .flatMap((e): Edge[] => {
      const { to, span } = e;
      if (e.kind === 'down') return [{ kind: 'any', pool, end, label: 'Down', payload: [], down: true, to, span }];
      if (e.kind !== 'receive') return [];
      return [{ kind: 'any', pool, end, label: e.label, payload: e.payload, down: false, to, span }];
    });
}

/** Payloads of a message that is received, with its ends bound. */
function receive(x: Extracting, config: Config, b: WaitBranch, site: string): { payload: Payload[]; config: Config } {
  let after = config;
  const payload = b.carried.map((c, i): Payload => {
    const slot = b.binds[i];
    if (slot === undefined || c.kind === 'data') return { carried: c };
    const info: EndInfo = { ...slotInfo(after, slot), origin: { kind: 'payload' }, span: b.span };
    const end = x.fresh(after, `${site}.${i}`, info);
    after = bindTo(after, slot, end, top(after)!.point);
    return { carried: c, end };
  });
  return { payload, config: after };
}

function spawnEdge(
  x: Extracting,
  config: Config,
  members: readonly SpawnMember[],
  to: number,
  span: Span,
  site: string,
): Edge {
  let after = config;
  const made: MemberEdge[] = members.map((m) => {
    const args = m.args.map((a) => {
      if (!('slot' in a)) return a;
      const end = x.usable(after, a.slot, m.span);
      if (end === undefined) return { kind: 'data' } as const;
      after = leave(after, end, { how: 'spawned', span: m.span });
      return { kind: a.kind, end };
    });
    return { session: m.session, name: m.name, span: m.span, args };
  });
  const taken: EndId[] = [];
  const edges = made.map((m, i): MemberEdge => {
    const slot = members[i]!.result;
    if (slot === undefined) return m;
    const info: EndInfo = {
      ...slotInfo(config, slot),
      origin: { kind: 'spawn', session: m.session, name: m.name },
      span: m.span,
    };
    const end = x.fresh(after, `${site}.${i}`, info, taken);
    taken.push(end);
    after = bindTo(after, slot, end, top(after)!.point);
    return { ...m, end };
  });
  return { kind: 'spawn', site, members: edges, to: x.number(goTo(after, to)), span };
}

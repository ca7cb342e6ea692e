/**
 * A system as tables: local states, edges, channels (ordered pairs of roles) and symbols (a label on a channel) as dense
 * integers, with what each local state can still send and receive by its own graph alone.
 * Invariant: tables only restate the system; `original` leads from every edge back to the edge it stands for.
 */
import { agentsOf } from './commuting.js';
import type { System } from './system.js';
import {
  SEND,
  RECEIVE,
  SILENT,
  OUTSIDE,
  DROP,
  FAIL,
  LOST,
  ENDED,
  SENDING,
  RECEIVING,
  STEPPING,
  GENERAL,
  type Channel,
  type Bits,
  type Machine,
} from './tables.js';

const CODES = {
  send: SEND,
  receive: RECEIVE,
  silent: SILENT,
  outside: OUTSIDE,
  drop: DROP,
  fail: FAIL,
  lost: LOST,
} as const;

const shapeOf = (kinds: readonly number[], channels: readonly number[]): number => {
  if (kinds.length === 0) return ENDED;
  const all = (test: (kind: number) => boolean): boolean => kinds.every(test);
  const oneChannel = channels.every((c) => c === channels[0]);
  if (all((k) => k === SEND) && oneChannel) return SENDING;
  if (all((k) => k === RECEIVE || k === LOST) && oneChannel) return RECEIVING;
  return all((k) => k === SILENT || k === DROP || k === FAIL) ? STEPPING : GENERAL;
};

/** Tables of a well-formed system (`problemsOf` is empty). */
export const tabulate = (system: System): Machine => {
  const roles = system.roles.length;
  const channels: Channel[] = [];
  const numbers = new Map<number, number>();
  const channelOf = (from: number, to: number): number => {
    const key = from * roles + to;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, channels.length);
    channels.push({ from, to });
    return channels.length - 1;
  };
  const losses = system.roles.some((r) =>
    r.edges.some((e) => e.kind === 'drop' || e.kind === 'fail' || e.kind === 'lost'),
  );
  system.roles.forEach((role, p) => {
    for (const e of role.edges) {
      if (e.kind === 'send') channelOf(p, e.partner);
      else if (e.kind === 'receive') channelOf(e.partner, p);
      if (losses && e.partner >= 0) {
        channelOf(p, e.partner);
        channelOf(e.partner, p);
      }
    }
  });
  const labelOf: string[] = [];
  const lossy: boolean[] = [];
  const symbolNumbers: Map<string, number>[] = channels.map(() => new Map());
  const symbolOf = (channel: number, label: string, loss = false): number => {
    const key = (loss ? 'x' : 'm') + label;
    const known = symbolNumbers[channel]!.get(key);
    if (known !== undefined) return known;
    symbolNumbers[channel]!.set(key, labelOf.length);
    labelOf.push(label);
    lossy.push(loss);
    return labelOf.length - 1;
  };
  const total = system.roles.reduce((sum, r) => sum + r.states, 0);
  const edges = system.roles.reduce((sum, r) => sum + r.edges.length, 0);
  const firstState = new Int32Array(roles + 1);
  system.roles.forEach((r, p) => (firstState[p + 1] = firstState[p]! + r.states));
  const table = (): Int32Array => new Int32Array(edges);
  const [channel, symbol, target, role, original] = [table(), table(), table(), table(), table()];
  const kind = new Uint8Array(edges);
  const edgeStart = new Int32Array(total + 1);
  const shape = new Uint8Array(total);
  let at = 0;
  system.roles.forEach((r, p) => {
    const byState: number[][] = Array.from({ length: r.states }, () => []);
    r.edges.forEach((e, i) => byState[e.from]!.push(i));
    byState.forEach((list, q) => {
      const first = at;
      for (const i of list) {
        const e = r.edges[i]!;
        const code = CODES[e.kind];
        const c =
          code === SEND || code === DROP
            ? channelOf(p, e.partner)
            : code === RECEIVE || code === LOST
              ? channelOf(e.partner, p)
              : -1;
        kind[at] = code;
        channel[at] = c;
        symbol[at] =
          c < 0 ? -1 : symbolOf(c, code === DROP || code === LOST ? '' : e.label, code === DROP || code === LOST);
        target[at] = firstState[p]! + e.to;
        role[at] = p;
        original[at++] = i;
      }
      edgeStart[firstState[p]! + q + 1] = at;
      shape[firstState[p]! + q] = shapeOf([...kind.subarray(first, at)], [...channel.subarray(first, at)]);
    });
  });
  const lossOf = Int32Array.from(channels, (_, c) => (losses ? symbolOf(c, '', true) : -1));
  const outgoing = system.roles.map((_, p) => channels.flatMap((c, i) => (c.from === p ? [i] : [])));
  const incoming = system.roles.map((_, p) => channels.flatMap((c, i) => (c.to === p ? [i] : [])));
  const reverse = Int32Array.from(channels, (c) => numbers.get(c.to * roles + c.from) ?? -1);
  const symbolsOf = channels.map((_, c) => [...symbolNumbers[c]!.values()]);
  const width = Math.max(1, Math.ceil(labelOf.length / 32));
  const reach = (own: (edge: number) => readonly number[]): Bits => {
    const words = new Uint32Array(total * width);
    for (let s = 0; s < total; s++) {
      for (let e = edgeStart[s]!; e < edgeStart[s + 1]!; e++) {
        for (const x of own(e)) words[s * width + (x >>> 5)]! |= 1 << (x & 31);
      }
    }
    for (let changed = true; changed;) {
      changed = false;
      for (let s = total - 1; s >= 0; s--) {
        for (let e = edgeStart[s]!; e < edgeStart[s + 1]!; e++) {
          for (let w = 0; w < width; w++) {
            const old = words[s * width + w]!;
            const now = (old | words[target[e]! * width + w]!) >>> 0;
            if (now !== old) {
              words[s * width + w] = now;
              changed = true;
            }
          }
        }
      }
    }
    return { width, words };
  };
  const losing = (c: number): number[] => symbolsOf[c]!.filter((x) => lossy[x]);
  const sends = (e: number): readonly number[] => {
    if (kind[e] === SEND || kind[e] === DROP) return [symbol[e]!];
    return kind[e] === FAIL ? outgoing[role[e]!]!.flatMap(losing) : [];
  };
  const takes = (e: number): readonly number[] => {
    if (kind[e] === RECEIVE || kind[e] === LOST) return [symbol[e]!];
    if (kind[e] === DROP) return reverse[channel[e]!]! < 0 ? [] : symbolsOf[reverse[channel[e]!]!]!;
    return kind[e] === FAIL ? incoming[role[e]!]!.flatMap((c) => symbolsOf[c]!) : [];
  };
  return {
    system,
    roles,
    channels,
    outgoing,
    incoming,
    firstState,
    initial: Int32Array.from(system.roles, (r, p) => firstState[p]! + r.init),
    shape,
    edgeStart,
    kind,
    channel,
    symbol,
    target,
    role,
    original,
    symbols: labelOf.length,
    labelOf,
    isLoss: (x) => lossy[x] === true,
    lossOf,
    sendable: reach(sends),
    takeable: reach(takes),
    hasOutside: kind.includes(OUTSIDE),
    forFailure: Uint8Array.from(
      system.roles.flatMap((r) => Array.from({ length: r.states }, (_, s) => (r.forFailure?.has(s) === true ? 1 : 0))),
    ),
    reverse,
    agents: agentsOf({ roles, channels, edgeStart, kind, channel, symbol, target, role }),
  };
};

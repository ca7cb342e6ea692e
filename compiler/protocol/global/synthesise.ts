/**
 * Synthesis of the global type of a safe system, where there is one (Deniélou & Yoshida, "Multiparty Compatibility in
 * Communicating Automata", ICALP 2013): walk through the synchronous product of the roles, always letting a sender go whose
 * every message can be taken at once; what falls apart into groups that never meet again is put side by side.
 * Invariant: a type is answered only if each role follows its projection (`follows`), checked after the fact whatever the walk
 * did. That the walk finds none does not prove that there is none, except where nothing can go first.
 */
import type { System } from '../decide/system.js';
import type { GlobalBranch, GlobalNode, GlobalType, Unused } from './global.js';
import { follows, projectGlobal } from './global.js';
import type { Local, Made } from './local.js';
import { localOf } from './local.js';

export interface Synthesised {
  readonly type: GlobalType;
  readonly unused: readonly Unused[];
}

/** Nodes made before giving up. */
const MOST_NODES = 4000;
const DEEPEST = 1500;

/** The global type of `system`, which must be safe; or why there is none. Nothing is thrown. */
export function synthesise(system: System): Made<Synthesised> {
  const locals: Local[] = [];
  for (let p = 0; p < system.roles.length; p++) {
    const local = localOf(system, p);
    if (!local.ok) return { ok: false, reason: `${local.reason}, for which global types have no word` };
    locals.push(local.value);
  }
  const names = system.roles.map((r) => r.name);
  const walked = new Walk(names, locals).run();
  if (!walked.ok) return walked;
  const type = walked.value;
  const unused: Unused[] = [];
  for (const [role, local] of locals.entries()) {
    const projected = projectGlobal(type, role);
    if (!projected.ok)
      return { ok: false, reason: `no order of messages tells every role what it must know: ${projected.reason}` };
    const same = follows(local, projected.value, role, names);
    if (!same.ok) return { ok: false, reason: `no one order of messages fits all roles: ${same.reason}` };
    unused.push(...same.value);
  }
  return { ok: true, value: { type, unused } };
}

/** Ends a walk that cannot succeed. */
class Impossible extends Error {}

interface Visit {
  readonly key: string;
  readonly node: number;
  /** Who takes part in the step from here. */
  readonly roles: readonly number[];
  readonly text: string;
}

class Walk {
  private readonly nodes: GlobalNode[] = [];
  private readonly done = new Map<string, number>();
  private readonly path: Visit[] = [];
  /** By role and state: the roles it may still talk to. */
  private readonly future: readonly (readonly ReadonlySet<number>[])[];

  constructor(
    private readonly names: readonly string[],
    private readonly locals: readonly Local[],
  ) {
    this.future = locals.map(futures);
  }

  run(): Made<GlobalType> {
    const roles = this.locals.map((_, p) => p);
    try {
      const start = this.walk(
        roles,
        roles.map(() => 0),
      );
      return { ok: true, value: { names: this.names, nodes: this.nodes, start } };
    } catch (e) {
      if (e instanceof Impossible) return { ok: false, reason: e.message };
      throw e;
    }
  }

  private kind(role: number, at: readonly number[]): Local['states'][number]['kind'] {
    return this.locals[role]!.states[at[role]!]!.kind;
  }

  private walk(among: readonly number[], at: readonly number[]): number {
    const roles = among.filter((p) => this.kind(p, at) !== 'end');
    if (roles.length === 0) return this.add('end', { kind: 'end' });
    const parts = this.apart(roles, at);
    if (parts.length > 1) {
      const made = parts.map((part) => ({ roles: part, node: this.walk(part, at) }));
      return this.nodes.push({ kind: 'par', parts: made }) - 1;
    }
    const key = roles.map((p) => `${p}:${at[p]!}`).join(' ');
    const known = this.done.get(key) ?? this.wayBack(key, roles, at);
    if (known !== undefined) return known;
    if (this.nodes.length > MOST_NODES || this.path.length > DEEPEST)
      throw new Impossible('the system is too large, or has no end of different situations');
    const sender = this.next(roles, at);
    const node = this.nodes.push({ kind: 'end' }) - 1;
    const branches: GlobalBranch[] = [];
    for (const move of this.locals[sender]!.states[at[sender]!]!.moves.values()) {
      const taken = this.taking(sender, move.partner, move.label, at)!;
      const after = at.map((s, p) => (p === sender ? move.to : p === move.partner ? taken : s));
      const text = `${this.names[sender]!} -> ${this.names[move.partner]!} : ${move.label}`;
      this.path.push({ key, node, roles: [sender, move.partner], text });
      const next = this.walk(roles, after);
      this.path.pop();
      branches.push({ to: move.partner, label: move.label, next, ...(move.edge !== undefined && { edge: move.edge }) });
    }
    this.nodes[node] = { kind: 'choice', from: sender, branches };
    this.done.set(key, node);
    return node;
  }

  private add(key: string, node: GlobalNode): number {
    const known = this.done.get(key);
    if (known !== undefined) return known;
    const made = this.nodes.push(node) - 1;
    this.done.set(key, made);
    return made;
  }

  /** The same situation further up, if everybody who could go on here got a turn since. */
  private wayBack(key: string, roles: readonly number[], at: readonly number[]): number | undefined {
    const since = this.path.findIndex((v) => v.key === key);
    if (since < 0) return undefined;
    const served = new Set(this.path.slice(since).flatMap((v) => v.roles));
    return roles.every((p) => served.has(p) || !this.isAble(p, at)) ? this.path[since]!.node : undefined;
  }

  /** Where `reader` goes by taking a message at once; undefined if it is not waiting for it. */
  private taking(sender: number, reader: number, label: string, at: readonly number[]): number | undefined {
    const state = this.locals[reader]?.states[at[reader]!];
    return state?.kind === 'receive' ? state.moves.get(`${sender} ${label}`)?.to : undefined;
  }

  /** Whether every message the role may send here can be taken at once. */
  private isAble(role: number, at: readonly number[]): boolean {
    const { kind, moves } = this.locals[role]!.states[at[role]!]!;
    if (kind !== 'send') return false;
    return [...moves.values()].every((m) => this.taking(role, m.partner, m.label, at) !== undefined);
  }

  /** Of the senders that can go on, the one whose last turn is longest ago. */
  private next(roles: readonly number[], at: readonly number[]): number {
    const able = roles.filter((p) => this.isAble(p, at));
    const turn = (p: number): number => this.path.findLastIndex((v) => v.roles[0] === p);
    const [first, ...others] = able;
    if (first === undefined) throw new Impossible(this.blocked(roles, at));
    return others.reduce((best, p) => (turn(p) < turn(best) ? p : best), first);
  }

  private blocked(roles: readonly number[], at: readonly number[]): string {
    const past = this.path.slice(-3).map((v) => v.text);
    const after = past.length === 0 ? 'at the start' : `after ${past.join(', ')}`;
    const what = roles.slice(0, 6).map((p) => {
      const { kind, moves } = this.locals[p]!.states[at[p]!]!;
      const [move] = moves.values();
      const labels = [...moves.values()].map((m) => m.label);
      const list = labels.length > 3 ? `${labels.slice(0, 3).join(' or ')} ..` : labels.join(' or ');
      return `${this.names[p]!} ${kind === 'send' ? `sends ${list} to` : `waits for ${list} from`} ${this.names[move!.partner]!}`;
    });
    return `${after} no message can be the next for both its sides: ${what.join(', ')}`;
  }

  /** The roles in groups that have nothing to do with each other any more. */
  private apart(roles: readonly number[], at: readonly number[]): number[][] {
    const groups: Set<number>[] = [];
    for (const p of roles) {
      const own = new Set([p, ...[...this.future[p]![at[p]!]!].filter((q) => roles.includes(q))]);
      for (let i = groups.length - 1; i >= 0; i--) {
        if (![...own].some((q) => groups[i]!.has(q))) continue;
        for (const q of groups[i]!) own.add(q);
        groups.splice(i, 1);
      }
      groups.push(own);
    }
    return groups.map((g) => [...g].sort((a, b) => a - b)).sort((a, b) => a[0]! - b[0]!);
  }
}

function futures(local: Local): Set<number>[] {
  const sets = local.states.map((s) => new Set([...s.moves.values()].map((m) => m.partner)));
  for (let changed = true; changed;) {
    changed = false;
    local.states.forEach((s, i) => {
      for (const { to } of s.moves.values())
        for (const p of sets[to]!)
          if (!sets[i]!.has(p)) {
            sets[i]!.add(p);
            changed = true;
          }
    });
  }
  return sets;
}

/**
 * Which threads play the roles of a schedule. In the schedule of one composition a role is who has its ends: where they are
 * given away, the role goes along. In that of a whole program a role is a thread.
 * Invariant: a thread plays one role at most; the ends of a role are those of links with other roles.
 */
import { type End, FINISHED, PENDING } from '../process/link.js';
import type { Thread } from '../process/thread.js';
import { endsOf } from './operations.js';
import { type Deed, nextDeed } from './steering.js';

export class Roles {
  private readonly threads = new Map<string, Thread>();
  private readonly names = new Map<Thread, string>();
  /** By role: ends that it speaks over with other roles, wherever they go. */
  private readonly ends = new Map<string, Set<End>>();

  constructor(private readonly program: boolean) {}

  has(role: string): boolean {
    return this.threads.has(role);
  }

  /** Does a thread play one? */
  isOne(t: Thread): boolean {
    return this.names.has(t);
  }

  nameOf(t: Thread): string | undefined {
    return this.names.get(t);
  }

  assign(role: string, t: Thread): void {
    this.threads.set(role, t);
    this.names.set(t, role);
  }

  /** The thread of a role, if it is there: where its ends are now, if they were given away. */
  threadOf(role: string): Thread | undefined {
    const t = this.threads.get(role);
    if (t === undefined || this.program) return t;
    const open = [...(this.ends.get(role) ?? [])].filter((e) => e.state < FINISHED);
    const away = open.length > 0 && open.every((e) => e.owner !== t) ? open[0]!.owner : undefined;
    if (away === undefined) return t;
    this.names.delete(t);
    this.assign(role, away);
    return away;
  }

  /** Notes both ends of a link between roles. */
  follows(e: End): void {
    const [role, other] = [this.names.get(e.owner), e.peer === null ? undefined : this.names.get(e.peer.owner)];
    if (role === undefined || other === undefined) return;
    this.ends.set(role, (this.ends.get(role) ?? new Set()).add(e));
    this.ends.set(other, (this.ends.get(other) ?? new Set()).add(e.peer!));
  }

  /** Is what a role does next a matter of its own? */
  isFree(t: Thread): boolean {
    const deed = nextDeed(t);
    return deed === undefined || !this.concerns(deed);
  }

  /** Is the deed about a link between two roles? */
  concerns(deed: Deed): boolean {
    const isOurs = (e: End): boolean => (e.peer === null ? e.state !== PENDING : this.names.has(e.peer.owner));
    return deed.ends.some(isOurs) || (deed.open && deed.kind === 'send');
  }

  /** Has something come for a wait that is not from a role? */
  hasElsewhere(deed: Deed): boolean {
    return deed.ends.some((e) => e.head !== null && (e.peer === null || !this.names.has(e.peer.owner)));
  }

  /** To be called when all roles are there: finds the links that they have already. */
  followAll(): void {
    for (const t of this.names.keys()) for (const e of endsOf(t)) this.follows(e);
  }

  /** Labels of the messages that are there for a role and were not read. */
  unread(role: string): string[] {
    const labels: string[] = [];
    for (const e of this.ends.get(role) ?? []) for (let m = e.head; m !== null; m = m.next) labels.push(m.label.name);
    return labels;
  }
}

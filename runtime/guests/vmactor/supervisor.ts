/**
 * Supervision of actors: when one fails, it is restarted, alone or with others, unless failures come too often
 * (the strategies of Erlang/OTP's supervisors; Armstrong, "Making reliable distributed systems in the presence of
 * software errors", section 5.5).
 * Invariant: a child is never left failed while its supervisor lives, temporary ones apart; a supervisor that gives up
 * has stopped all its children first. A supervisor can itself be supervised.
 */

/** What can be supervised: an actor, or a supervisor. */
export interface Supervisable {
  restart(): void;
  stop(): void;
  /** Set by the supervisor. */
  onFailure: ((error: Error) => void) | undefined;
}

/** Who is restarted with a child that failed: nobody else, all, or those that were added after it. */
export type RestartStrategy = 'one_for_one' | 'one_for_all' | 'rest_for_one';

export interface SupervisorOptions {
  readonly strategy?: RestartStrategy;
  /** More failures than this within the window end the supervisor. */
  readonly maxRestarts?: number;
  readonly windowMs?: number;
  /** Milliseconds on any clock; the host's unless told. */
  readonly now?: () => number;
}

interface Child {
  readonly actor: Supervisable;
  readonly isTemporary: boolean;
}

export class TooManyRestarts extends Error {
  override readonly name = 'TooManyRestarts';
}

export class Supervisor implements Supervisable {
  onFailure: ((error: Error) => void) | undefined;
  /** Failures answered by a restart so far. */
  restarts = 0;
  private children: Child[] = [];
  private recent: number[] = [];
  private hasStopped = false;

  constructor(private readonly options: SupervisorOptions = {}) {}

  /** Watches an actor from now on. A temporary one is not restarted and takes nobody with it. */
  supervise(actor: Supervisable, restart: 'permanent' | 'temporary' = 'permanent'): void {
    const child = { actor, isTemporary: restart === 'temporary' };
    this.children.push(child);
    actor.onFailure = (error) => this.childFailed(child, error);
  }

  stop(): void {
    this.hasStopped = true;
    for (const { actor } of this.children.slice().reverse()) actor.stop();
  }

  restart(): void {
    this.hasStopped = false;
    this.recent = [];
    for (const { actor } of this.children) actor.restart();
  }

  private childFailed(child: Child, error: Error): void {
    if (child.isTemporary || this.hasStopped) return;
    const { strategy = 'one_for_one', maxRestarts = 3, windowMs = 5000, now = Date.now } = this.options;
    const time = now();
    this.recent = this.recent.filter((earlier) => time - earlier < windowMs);
    this.recent.push(time);
    if (this.recent.length > maxRestarts) {
      this.stop();
      const { length } = this.recent;
      this.onFailure?.(new TooManyRestarts(`${length} failures within ${windowMs} ms, the last: ${error.message}`));
      return;
    }
    this.restarts++;
    const index = this.children.indexOf(child);
    const affected = this.children.filter(
      (other, i) =>
        other === child ||
        (!other.isTemporary && (strategy === 'one_for_all' || (strategy === 'rest_for_one' && i > index))),
    );
    for (const { actor } of affected) actor.restart();
  }
}

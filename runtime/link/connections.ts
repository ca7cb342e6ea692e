/**
 * The connections of a node: who is connected, who still has to prove that it knows the secret, who was silent for too long.
 * Invariant: a connection that has not proved itself lasts `HELLO_LIMIT` at most, and there are never more than
 * `MOST_UNPROVED` of them; every connection that this node ends is told why.
 */
import { Connection } from './connection.js';
import type { Frame } from './frame.js';
import { shown } from './hello.js';
import type { Identity } from './hello.js';
import type { Channel } from './transport.js';

/** Milliseconds in which a connection has to prove itself. */
export const HELLO_LIMIT = 5000;
/** Connections that may be about to prove themselves; one more, and the oldest goes: an honest one takes no time. */
export const MOST_UNPROVED = 64;

/** What a node hears of its connections. */
export interface ConnectionUse {
  frame(c: Connection, f: Frame): void;
  missing(c: Connection, f: Frame): boolean;
  opened(c: Connection): void;
  down(c: Connection, reason: string): void;
  /** What the transport holds has become less. */
  drained(c: Connection): void;
  wake(): void;
}

export interface ConnectionOptions extends Identity {
  readonly now: () => number;
  /** A connection silent for so many milliseconds is lost (default 15000); asks after a third of it. */
  readonly silence?: number;
  /** `refusal`: something was refused or lost; else it is only news. */
  readonly onEvent?: (event: string, refusal?: boolean) => void;
}

/** Milliseconds of silence after which a node is lost. */
export const SILENCE = 15_000;

type Told = (peer: string, reason: string | null) => void;

export class Connections {
  readonly open = new Map<string, Connection>();
  /** The oldest first. */
  readonly #unproved = new Set<Connection>();
  readonly #silence: number;

  constructor(
    readonly options: ConnectionOptions,
    readonly use: ConnectionUse,
  ) {
    this.#silence = options.silence ?? SILENCE;
  }

  accept(channel: Channel): void {
    this.#add(channel, 'accept', () => undefined);
    if (this.#unproved.size <= MOST_UNPROVED) return;
    const [oldest] = this.#unproved;
    oldest!.close(`more than ${MOST_UNPROVED} connections have not proved that they know the secret`);
  }
  /** Opens a channel to another node; gives its name. Rejects with the reason. */
  dial(channel: Channel): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#add(channel, 'dial', (peer, reason) => {
        if (reason === null || this.open.has(peer)) resolve(peer);
        else reject(new Error(reason));
      });
    });
  }

  #add(channel: Channel, role: 'dial' | 'accept', told: Told): void {
    const { onEvent } = this.options;
    const made = new Connection(channel, this.options, role, {
      now: this.options.now,
      opened: (c) => {
        this.#unproved.delete(c);
        if (this.open.has(c.peer)) return 'the two nodes are connected already';
        this.open.set(c.peer, c);
        onEvent?.(`connected to ${shown(c.peer)}`);
        this.use.opened(c);
        told(c.peer, null);
        return null;
      },
      frame: (c, f) => this.use.frame(c, f),
      missing: (c, f) => this.use.missing(c, f),
      drained: (c) => {
        this.use.drained(c);
        this.use.wake();
      },
      closed: (c, reason) => {
        this.#unproved.delete(c);
        told(c.peer, reason);
        if (this.open.get(c.peer) === c) {
          this.open.delete(c.peer);
          onEvent?.(`lost ${shown(c.peer)}: ${reason}`, true);
          this.use.down(c, reason);
        } else if (!c.open) onEvent?.(`refused a connection: ${reason}`, true);
        this.use.wake();
      },
    });
    if (!made.open && !made.over) this.#unproved.add(made);
  }

  /** To be called from time to time: asks silent peers whether they are there, and gives up those that are not. */
  tick(): void {
    const now = this.options.now();
    for (const c of [...this.#unproved])
      if (now - c.born > HELLO_LIMIT) c.close(`no proof of the secret came within ${HELLO_LIMIT / 1000} s`);
    for (const c of [...this.open.values()]) {
      if (now - c.lastHeard > this.#silence) c.close('it was silent for too long');
      else if (now - Math.max(c.lastSent, c.lastHeard) > this.#silence / 3)
        c.send({ operation: 'qvm_ping', number: Math.floor(now), answer: false });
    }
  }
  /** Ends all, telling why; `done` is called when the last word is out, or cannot be brought out. */
  close(reason: string): Promise<void> {
    const all = [...this.open.values(), ...this.#unproved];
    return Promise.all(all.map((c) => c.close(reason))).then(() => undefined);
  }
}

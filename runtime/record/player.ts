/**
 * Plays a log back: the machine gets from it what it got from outside when it was recorded, and makes the same choices.
 * Invariant: nothing outside is touched but the output; where program and log part, the machine halts at once, and `problem`
 * says at which line of the log.
 */
import type { HostImport } from '../bytecode/module.js';
import { HostFn, type Instance } from '../engine/function.js';
import { type HostRegistry, answer, answerFailure } from '../host/registry.js';
import { type Shape, WRONG, shapeOf } from '../host/shapes.js';
import type { Environment, Home } from '../process/home.js';
import { R, SUSPENDED, raiseNow } from '../process/registers.js';
import { Waiting } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import type { Strategy } from '../scheduler/strategy.js';
import { Exn } from '../values/value.js';
import type { Value } from '../values/value.js';
import type { Log, LogEvent } from './log.js';
import type { Outside } from './outside.js';
import { Decoder, NoValue } from './values.js';

type Of<K extends LogEvent[0]> = Extract<LogEvent, readonly [K, ...unknown[]]>;
type Played = Home & {
  readonly counters: { readonly slices: number };
  readonly threads: Iterable<Thread>;
  exitCode: number;
};

const wanted: Readonly<Record<LogEvent[0], string>> = {
  look: 'the clock is looked at between slices',
  time: 'the clock is read',
  random: 'a random number is asked for',
  pick: 'a thread is picked',
  fuel: 'a slice of another length begins',
  gave: 'the host gives a value',
  raised: 'the host raises an exception',
  later: 'the host is asked',
  answer: 'the host answers',
  interrupt: 'the program is interrupted',
};

export class Player implements Outside {
  readonly replays = true;
  readonly #decoder = new Decoder();
  #home: Played | null = null;
  /** The line, and how often it was used already. */
  #at = 0;
  #used = 0;
  #time = 0;
  #fuel = 1;
  #waited = '';
  /** Types of the answers that threads wait for. */
  readonly #asked = new Map<number, Shape>();
  /** Where and how the run parted from the log. */
  problem: string | undefined;

  constructor(readonly log: Log) {}

  environment(real: Environment): Environment {
    return {
      ...real,
      look: () => this.#look(),
      now: () => (this.#time = this.#next('time')?.[1] ?? this.#time),
      entropy: () => this.#next('random')?.[1] ?? 0,
    };
  }

  strategy(): Strategy {
    return {
      pick: (ready) => {
        if (ready.length === 1) return ready[0]!;
        const event = this.#next('pick');
        if (event === undefined) return ready[0]!;
        if (event[1] === ready.length) return ready[event[2]]!;
        this.#part(`there are ${ready.length} threads to pick from, not ${event[1]}`);
        return ready[0]!;
      },
      fuel: (most) => {
        const event = this.#peek();
        if (event?.[0] === 'fuel') {
          this.#step();
          this.#fuel = event[1];
        }
        if (this.#fuel > most) this.#part(`there is no room here for a slice of ${this.#fuel} reductions`);
        return Math.min(most, this.#fuel);
      },
      // Whatever decided then, its decisions are in the log.
      prioritise: () => undefined,
    };
  }

  attach(home: Home & { readonly counters: { readonly slices: number } }): void {
    this.#home = home as Played;
  }

  callable(h: HostImport, hosts: HostRegistry, from: Instance): HostFn {
    const real = hosts.callable(h, from);
    if (!hosts.touchesOutside(h.name)) return real;
    const shape = shapeOf(h.result);
    return new HostFn(real.name, real.arity, real.returns, () => {
      const event = this.#peek();
      const kind = event?.[0];
      if (event === undefined || (kind !== 'gave' && kind !== 'raised' && kind !== 'later') || event[1] !== h.name) {
        this.#part(`${h.name} of the host is called`);
        return this.#stop();
      }
      this.#step();
      if (kind === 'later') {
        this.#home!.outstanding++;
        this.#asked.set(R.thread.id, shape);
        return this.#stop();
      }
      const value = this.#value(event[2]);
      if (kind === 'raised') {
        if (value instanceof Exn) return raiseNow(value);
        this.#part('there is no exception there');
        return this.#stop();
      }
      const fitting = shape(value);
      if (fitting !== WRONG) return fitting;
      this.#part(`${h.name} of the host cannot have given that`);
      return this.#stop();
    });
  }

  /** The calling thread goes no further: it waits for an answer, or for nothing any more. */
  #stop(): undefined {
    R.thread.waiting = Waiting.HOST;
    R.flag = SUSPENDED;
    return undefined;
  }

  arrive(): void {
    const home = this.#home!;
    for (;;) {
      const event = this.#at < this.log.events.length ? this.#peek() : undefined;
      if (event?.[0] === 'interrupt' && event[1] === home.counters.slices) {
        this.#step();
        home.exitCode = event[2];
        home.halted = true;
        return;
      }
      if (event?.[0] !== 'answer' || event[1] > home.counters.slices) return;
      this.#step();
      const [, slices, id, kind, encoded] = event;
      const thread = [...home.threads].find((t) => t.id === id);
      const waits = thread?.waiting === Waiting.HOST;
      if (slices !== home.counters.slices || home.outstanding === 0 || waits === (kind === 'ended'))
        return this.#part(`the host answers thread ${id}, which does not ask it now`);
      home.outstanding--;
      if (thread === undefined || kind === 'ended') continue;
      const value = kind === 'value' ? this.#asked.get(id)!(this.#value(encoded)) : this.#value(encoded);
      if (value === WRONG) return this.#part(`what thread ${id} asked the host for cannot have been that`);
      if (kind === 'value') answer(thread, value);
      else if (value instanceof Exn) answerFailure(thread, value);
      else this.#part('there is no exception there');
    }
  }

  interrupted(): void {
    // Of the outside only what the log says counts.
  }

  #look(): number {
    const event = this.#next('look');
    const { slices } = this.#home!.counters;
    if (event === undefined) return this.#time;
    if (event[1] !== slices) this.#part(`the clock is looked at after ${slices} slices, not ${event[1]}`);
    return (this.#time = event[2]);
  }

  /** Nothing is ready: either the log goes on with an answer, a look at the clock or an interruption, or it does not fit. */
  wait(): Promise<void> {
    const kind = this.#peek()?.[0];
    const place = `${this.#at}.${this.#used}`;
    // Twice at the same place: neither an answer nor the clock got it any further.
    if (this.#waited === place || (kind !== 'answer' && kind !== 'look' && kind !== 'interrupt'))
      this.#part('the program waits for the host');
    this.#waited = place;
    return Promise.resolve();
  }

  /** After the run: did it go as it went then? */
  finish(exitCode: number): void {
    const { end, events } = this.log;
    if (this.#at < events.length) this.#part('the program ends');
    else if (end.slices !== this.#home!.counters.slices || end.exitCode !== exitCode)
      this.#part(`the program ends with ${exitCode} after ${this.#home!.counters.slices} slices`);
  }

  #value(encoded: unknown): Value {
    try {
      return this.#decoder.decode(encoded);
    } catch (e) {
      if (!(e instanceof NoValue)) throw e;
      this.#part(e.message);
      return undefined;
    }
  }

  #peek(): LogEvent | undefined {
    return this.problem === undefined ? this.log.events[this.#at]?.[1] : undefined;
  }
  #step(): void {
    if (++this.#used < this.log.events[this.#at]![0]) return;
    this.#at++;
    this.#used = 0;
  }

  /** The next event, which must be of this kind. */
  #next<K extends LogEvent[0]>(kind: K): Of<K> | undefined {
    const event = this.#peek();
    if (event?.[0] === kind) {
      this.#step();
      return event as Of<K>;
    }
    this.#part(wanted[kind]);
    return undefined;
  }

  /** Program and log part: nothing that follows means anything. */
  #part(what: string): void {
    if (this.problem === undefined) {
      const event = this.log.events[this.#at]?.[1];
      const instead = event === undefined ? 'the end of the run' : wanted[event[0]];
      this.problem = `the program does not follow the log: at line ${this.#at + 2} (${instead}), ${what}`;
    }
    this.#home!.halted = true;
  }
}

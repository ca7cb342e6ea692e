/**
 * Channels between the threads of one GrumpyVM (instructions `channel`, `send`, `recv`; docs/guests/grumpy-channels.md).
 * Invariant: messages leave a channel in the order they entered it and are copies, so threads still share no memory; a
 * channel holds at most `CAPACITY` messages, and whoever found it full or empty is woken by the next change.
 */
import type { Message } from './heap.js';
import type { GrumpyMachine } from './machine.js';

/** Messages a channel holds before its senders wait: enough to decouple, small enough to bound a runaway sender. */
const CAPACITY = 64;
const MAX_CHANNELS = 65_536;

interface Channel {
  readonly queue: Message[];
  receivers: GrumpyMachine[];
  senders: GrumpyMachine[];
}

export class Channels {
  private readonly all: Channel[] = [];

  constructor(private readonly wake: (machine: GrumpyMachine) => void) {}

  /** A new channel's number, or -1 when the machine has too many. */
  create(): number {
    if (this.all.length >= MAX_CHANNELS) return -1;
    return this.all.push({ queue: [], receivers: [], senders: [] }) - 1;
  }

  isFull(id: number, sender: GrumpyMachine): boolean {
    const channel = this.all[id]!;
    if (channel.queue.length < CAPACITY) return false;
    if (!channel.senders.includes(sender)) channel.senders.push(sender);
    return true;
  }

  send(id: number, message: Message): void {
    const channel = this.all[id]!;
    channel.queue.push(message);
    const waiting = channel.receivers;
    channel.receivers = [];
    for (const machine of waiting) this.wake(machine);
  }

  /** The oldest message, left in place: `take` removes it once the receiver has found room for it. */
  peek(id: number, receiver: GrumpyMachine): Message | undefined {
    const channel = this.all[id]!;
    if (channel.queue.length === 0 && !channel.receivers.includes(receiver)) channel.receivers.push(receiver);
    return channel.queue[0];
  }

  take(id: number): void {
    const channel = this.all[id]!;
    channel.queue.shift();
    const waiting = channel.senders;
    channel.senders = [];
    for (const machine of waiting) this.wake(machine);
  }
}

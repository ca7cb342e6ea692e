/**
 * Messages an actor has been sent and has not taken in. What one `send` carries is one message, however many
 * instructions it holds: it is taken in whole, so no other message ever falls between an instruction and its operands.
 * Invariant: higher priority first; inside a priority, in the order of sending.
 */
import type { Bytecode, Item } from './value.js';

interface Lane {
  readonly priority: number;
  messages: Bytecode[];
  head: number;
}

export class Inbox {
  /** Highest priority first. */
  private lanes: Lane[] = [];
  /** Items in all waiting messages. */
  size = 0;

  add(message: Bytecode, priority: number): void {
    if (message.length === 0) return;
    this.size += message.length;
    let at = 0;
    while (at < this.lanes.length && this.lanes[at]!.priority > priority) at++;
    const lane = this.lanes[at];
    if (lane?.priority === priority) lane.messages.push(message);
    else this.lanes.splice(at, 0, { priority, messages: [message], head: 0 });
  }

  /** The next message, of the given priority if there is one to prefer. */
  take(priority?: number): { readonly message: Bytecode; readonly priority: number } | undefined {
    for (const lane of this.lanes) {
      if (lane.head === lane.messages.length || (priority !== undefined && lane.priority !== priority)) continue;
      const message = lane.messages[lane.head++]!;
      this.size -= message.length;
      if (lane.head > 1024 && lane.head * 2 > lane.messages.length) {
        lane.messages = lane.messages.slice(lane.head);
        lane.head = 0;
      } else if (lane.head === lane.messages.length) {
        lane.messages = [];
        lane.head = 0;
      }
      return { message, priority: lane.priority };
    }
    return undefined;
  }

  clear(): void {
    this.lanes = [];
    this.size = 0;
  }

  /** All waiting messages in the order in which they would be taken now. */
  messages(): { readonly message: Bytecode; readonly priority: number }[] {
    return this.lanes.flatMap(({ messages, head, priority }) =>
      messages.slice(head).map((message) => ({ message, priority })),
    );
  }

  items(): Item[] {
    return this.messages().flatMap(({ message }) => message);
  }
}

/**
 * The instructions that touch other threads: `spawn` and the channels.
 * Invariant: nothing is shared between threads; a child's heap and a message are copies.
 */
import { Cells } from './heap.js';
import { isLocation, Op, showValue, Tag } from './isa.js';
import type { GrumpyMachine } from './machine.js';

/** `spawn` and the channel instructions: `''` when done, `'waiting'` to try again when woken, else what went wrong. */
export function concurrent(machine: GrumpyMachine, op: number): string {
  const { stack, heap, host } = machine;
  const top = stack.length - 1;
  const wanted = op === Op.channel ? 0 : op === Op.send ? 2 : 1;
  if (stack.length < wanted) return `too few values on the stack (${stack.length})`;
  if (op === Op.channel) {
    const id = host.channels.create();
    if (id < 0) return 'too many channels';
    stack.append(Tag.chan, id);
    return '';
  }
  if (op === Op.spawn) return spawn(machine, stack.tags[top]!, stack.payloads[top]!);
  const at = op === Op.send ? top - 1 : top;
  if (stack.tags[at] !== Tag.chan) {
    return `wrong operand: Vchan wanted, ${showValue(stack.tags[at]!, stack.payloads[at]!)} found`;
  }
  const id = stack.payloads[at]!;
  if (op === Op.send) {
    if (host.channels.isFull(id, machine)) return 'waiting';
    // A spawned thread's end is no value to hand on: it would end the thread that returns to it.
    const tag = stack.tags[top] === Tag.end ? Tag.loc : stack.tags[top]!;
    host.channels.send(id, heap.extract(tag, stack.payloads[top]!));
    stack.length -= 2;
    return '';
  }
  const message = host.channels.peek(id, machine);
  if (message === undefined) return 'waiting';
  if (!machine.makeRoom(message.cells.length, stack.length)) {
    return `heap exhausted: ${message.cells.length} values received, ${heap.length} of ${heap.limit} in use`;
  }
  host.channels.take(id);
  stack.tags[top] = message.tag;
  stack.payloads[top] = heap.absorb(message);
  return '';
}

function spawn(machine: GrumpyMachine, tag: number, base: number): string {
  const { image, heap, host } = machine;
  const start = tag === Tag.addr ? heap.field(base, 0) : -1;
  if (start < 0 || !isLocation(heap.cells.tags[start]!)) return `not a closure: ${showValue(tag, base)}`;
  const target = heap.cells.payloads[start]! >>> 0;
  if (target >= image.count) return `cannot spawn at Vloc(${target})`;
  const stack = new Cells(64);
  stack.append(Tag.addr, base);
  stack.append(Tag.unit, 0);
  stack.append(Tag.loc, 0);
  stack.append(Tag.end, 0);
  const child = machine.child(stack);
  child.pc = target;
  if (!host.spawn(child)) return 'too many threads';
  machine.stack.length--;
  return '';
}

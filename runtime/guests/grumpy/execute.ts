/**
 * The instruction loop of a GrumpyVM thread: at most `fuel` instructions, then back to the scheduler.
 * Invariant: an instruction checks everything before it changes anything, so a thread that fails is as it was before the
 * failing instruction; no program, however malformed, makes the host throw.
 */
import type { SliceEnd } from '../../process/program.js';
import { R } from '../../process/registers.js';
import { concurrent } from './concurrent.js';
import { instructionText } from './disassemble.js';
import type { Image } from './image.js';
import { isLocation, Op, showValue, Tag } from './isa.js';
import type { GrumpyMachine } from './machine.js';

export const MAX_STACK = 1024;

// Taken out of the table once: a property read in every `case` makes the loop ten times slower (measured).
const {
  alloc: OP_ALLOC,
  binary: OP_BINARY,
  branch: OP_BRANCH,
  call: OP_CALL,
  channel: OP_CHANNEL,
  get: OP_GET,
  halt: OP_HALT,
  peek: OP_PEEK,
  pop: OP_POP,
  print: OP_PRINT,
  push: OP_PUSH,
  ret: OP_RET,
  set: OP_SET,
  setframe: OP_SETFRAME,
  store: OP_STORE,
  swap: OP_SWAP,
  unary: OP_UNARY,
  var: OP_VAR,
} = Op;
const { addr: TAG_ADDR, end: TAG_END, false: TAG_FALSE, i32: TAG_I32, loc: TAG_LOC, true: TAG_TRUE } = Tag;

export function execute(machine: GrumpyMachine, fuel: number): SliceEnd {
  const { ops, args, tags: literals, count } = machine.image;
  const { stack, heap, host } = machine;
  let { tags, payloads } = stack;
  let sp = stack.length;
  let pc = machine.pc;
  let fp = machine.fp;
  let end: SliceEnd = 'fuel';
  let fault = '';
  let left = fuel;
  loop: for (; left > 0; left--) {
    if (pc >= count) {
      fault = 'ran off the end of the program';
      break;
    }
    const op = ops[pc]!;
    // The only instructions that make the stack longer.
    if (op === OP_PUSH || op === OP_PEEK || op === OP_VAR || op === OP_SETFRAME || op === OP_CHANNEL) {
      if (sp >= MAX_STACK) {
        fault = `the stack holds ${MAX_STACK} values and may not grow`;
        break;
      }
      if (sp === tags.length) {
        stack.length = sp;
        stack.reserve(sp + 1);
        ({ tags, payloads } = stack);
      }
    }
    switch (op) {
      case OP_PUSH:
        tags[sp] = literals[pc]!;
        payloads[sp++] = args[pc]!;
        break;
      case OP_POP:
        if (sp < 1) break loop;
        sp--;
        break;
      case OP_PEEK: {
        const from = sp - (args[pc]! >>> 0);
        if (from < 0 || from === sp) {
          fault = `no such value: the stack holds ${sp}`;
          break loop;
        }
        tags[sp] = tags[from]!;
        payloads[sp++] = payloads[from]!;
        break;
      }
      case OP_UNARY: {
        if (sp < 1) break loop;
        const tag = tags[sp - 1]!;
        if (tag !== TAG_TRUE && tag !== TAG_FALSE) {
          fault = `wrong operand: Vbool wanted, ${showValue(tag, payloads[sp - 1]!)} found`;
          break loop;
        }
        tags[sp - 1] = tag === TAG_TRUE ? TAG_FALSE : TAG_TRUE;
        break;
      }
      case OP_BINARY: {
        if (sp < 2) break loop;
        const a = payloads[sp - 1]!;
        const b = payloads[sp - 2]!;
        const tagA = tags[sp - 1]!;
        const tagB = tags[sp - 2]!;
        const operator = args[pc]!;
        if (tagA !== TAG_I32 || tagB !== TAG_I32) {
          fault = `wrong operands: Vi32 wanted, ${showValue(tagA, a)} and ${showValue(tagB, b)} found`;
          break loop;
        }
        let r: number;
        if (operator === 0) r = (a + b) | 0;
        else if (operator === 1) r = Math.imul(a, b);
        else if (operator === 2) r = (a - b) | 0;
        else if (operator === 3) {
          if (b === 0) {
            fault = 'division by zero';
            break loop;
          }
          // As the text's own machine divides, which stops where the quotient has no place.
          if (b === -1 && a === -0x80000000) {
            fault = 'the quotient is no 32-bit integer';
            break loop;
          }
          r = (a / b) | 0;
        } else {
          sp--;
          tags[sp - 1] = (operator === 5 ? a === b : a < b) ? TAG_TRUE : TAG_FALSE;
          payloads[sp - 1] = 0;
          break;
        }
        sp--;
        payloads[sp - 1] = r;
        break;
      }
      case OP_SWAP: {
        if (sp < 2) break loop;
        const tag = tags[sp - 1]!;
        const payload = payloads[sp - 1]!;
        tags[sp - 1] = tags[sp - 2]!;
        payloads[sp - 1] = payloads[sp - 2]!;
        tags[sp - 2] = tag;
        payloads[sp - 2] = payload;
        break;
      }
      case OP_ALLOC: {
        if (sp < 2) break loop;
        const size = payloads[sp - 2]!;
        if (tags[sp - 2] !== TAG_I32 || size < 0) {
          fault = `wrong operand: a size Vi32 wanted, ${showValue(tags[sp - 2]!, size)} found`;
          break loop;
        }
        // The initial value is still on the stack, so a collection here keeps it (A3.3).
        if (!machine.makeRoom(size + 1, sp)) {
          fault = `heap exhausted: ${size + 1} values wanted, ${heap.length} of ${heap.limit} in use`;
          break loop;
        }
        const base = heap.allocate(size, tags[sp - 1]!, payloads[sp - 1]!);
        sp--;
        tags[sp - 1] = TAG_ADDR;
        payloads[sp - 1] = base;
        break;
      }
      case OP_GET:
      case OP_SET: {
        const at = op === OP_GET ? sp - 2 : sp - 3;
        if (at < 0) break loop;
        const base = payloads[at]!;
        const index = payloads[at + 1]!;
        if (tags[at] !== TAG_ADDR || tags[at + 1] !== TAG_I32) {
          fault = `wrong operands: Vaddr and Vi32 wanted, ${showValue(tags[at]!, base)} and ${showValue(tags[at + 1]!, index)} found`;
          break loop;
        }
        const field = heap.field(base, index);
        if (field < 0) {
          fault = `index ${index} is out of range: the object has ${heap.cells.payloads[base]!} values`;
          break loop;
        }
        const { cells } = heap;
        if (op === OP_GET) {
          sp--;
          tags[sp - 1] = cells.tags[field]!;
          payloads[sp - 1] = cells.payloads[field]!;
        } else {
          cells.tags[field] = tags[sp - 1]!;
          cells.payloads[field] = payloads[sp - 1]!;
          sp -= 3;
        }
        break;
      }
      case OP_VAR: {
        const from = fp + (args[pc]! >>> 0);
        if (from >= sp) {
          fault = `no variable at ${from}: the stack holds ${sp}`;
          break loop;
        }
        tags[sp] = tags[from]!;
        payloads[sp++] = payloads[from]!;
        break;
      }
      case OP_STORE: {
        if (sp < 1) break loop;
        const to = fp + (args[pc]! >>> 0);
        if (to >= sp - 1) {
          fault = `no variable at ${to}: the stack holds ${sp - 1}`;
          break loop;
        }
        sp--;
        tags[to] = tags[sp]!;
        payloads[to] = payloads[sp]!;
        break;
      }
      case OP_SETFRAME: {
        const frame = sp - (args[pc]! >>> 0);
        if (frame < 0) {
          fault = `the frame would begin below the stack, which holds ${sp}`;
          break loop;
        }
        tags[sp] = TAG_LOC;
        payloads[sp++] = fp;
        fp = frame;
        break;
      }
      case OP_CALL: {
        if (sp < 1) break loop;
        const target = payloads[sp - 1]! >>> 0;
        if (!isLocation(tags[sp - 1]!) || target >= count) {
          fault = `cannot call ${showValue(tags[sp - 1]!, payloads[sp - 1]!)}`;
          break loop;
        }
        tags[sp - 1] = TAG_LOC;
        payloads[sp - 1] = pc + 1;
        pc = target;
        continue;
      }
      case OP_RET: {
        if (sp < 3) break loop;
        const target = payloads[sp - 2]! >>> 0;
        const frame = payloads[sp - 3]! >>> 0;
        if (!isLocation(tags[sp - 2]!) || !isLocation(tags[sp - 3]!)) {
          fault = `no return address: ${showValue(tags[sp - 3]!, payloads[sp - 3]!)} and ${showValue(tags[sp - 2]!, payloads[sp - 2]!)} found`;
          break loop;
        }
        if (fp > sp - 3) {
          fault = `the frame begins at ${fp}, above what is left of the stack (${sp - 3})`;
          break loop;
        }
        const isEnd = tags[sp - 2] === TAG_END;
        tags[fp] = tags[sp - 1]!;
        payloads[fp] = payloads[sp - 1]!;
        sp = fp + 1;
        fp = frame;
        pc = target;
        if (!isEnd) continue;
        left--;
        end = 'done';
        break loop;
      }
      case OP_BRANCH: {
        if (sp < 2) break loop;
        const taken = tags[sp - 2]!;
        const target = payloads[sp - 1]! >>> 0;
        if (!isLocation(tags[sp - 1]!) || (taken !== TAG_TRUE && taken !== TAG_FALSE)) {
          fault = `wrong operands: Vbool and Vloc wanted, ${showValue(taken, payloads[sp - 2]!)} and ${showValue(tags[sp - 1]!, payloads[sp - 1]!)} found`;
          break loop;
        }
        if (taken === TAG_TRUE && target >= count) {
          fault = `cannot branch to Vloc(${target}): the program has ${count} instructions`;
          break loop;
        }
        sp -= 2;
        if (taken === TAG_FALSE) break;
        pc = target;
        continue;
      }
      case OP_HALT:
        left--;
        end = 'done';
        break loop;
      case OP_PRINT:
        if (sp < 1) break loop;
        if (tags[sp - 1] !== TAG_I32) {
          fault = `wrong operand: Vi32 wanted, ${showValue(tags[sp - 1]!, payloads[sp - 1]!)} found`;
          break loop;
        }
        host.print(payloads[--sp]! & 0xff);
        break;
      default: {
        stack.length = sp;
        const outcome = concurrent(machine, op);
        if (outcome === 'waiting') end = 'waiting';
        else fault = outcome;
        if (outcome !== '') break loop;
        sp = stack.length;
      }
    }
    pc++;
  }
  machine.executed += fuel - left;
  R.fuel = left;
  stack.length = sp;
  machine.pc = pc;
  machine.fp = fp;
  if (end === 'done') machine.halted = true;
  if (end !== 'fuel' || left === 0) return end;
  machine.problem = `instruction ${pc}${named(machine.image, pc)}: ${fault === '' ? `too few values on the stack (${sp})` : fault}`;
  return 'failed';
}

const named = (image: Image, pc: number): string => (pc < image.count ? ` (${instructionText(image, pc)})` : '');

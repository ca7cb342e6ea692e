/**
 * The bench programs as somebody would write them by hand in JavaScript: the least an actor needs (a mailbox, a run queue),
 * without fuel, overflow checks, links or isolation. Reads names from standard input, answers with milliseconds.
 */
import { createInterface } from 'node:readline';
import { clock } from './clock.js';

class Message {
  next: Message | null = null;
  constructor(
    readonly tag: number,
    readonly from: Actor | null,
    readonly value: number,
  ) {}
}

class Actor {
  head: Message | null = null;
  tail: Message | null = null;
  next: Actor | null = null;
  waiting = false;
  peer: Actor | null = null;
  a = 0;
  b = 0;
  c = 0;
  constructor(readonly step: (self: Actor, m: Message | null) => void) {}
}

let first: Actor | null = null;
let last: Actor | null = null;

function ready(actor: Actor): void {
  if (first === null) first = actor;
  else last!.next = actor;
  last = actor;
}

function send(to: Actor, m: Message): void {
  if (to.head === null) to.head = m;
  else to.tail!.next = m;
  to.tail = m;
  if (to.waiting) {
    to.waiting = false;
    ready(to);
  }
}

function spawn(step: (self: Actor, m: Message | null) => void): Actor {
  const actor = new Actor(step);
  ready(actor);
  return actor;
}

const START = new Message(-1, null, 0);

function run(): void {
  while (first !== null) {
    const actor = first;
    first = actor.next;
    actor.next = null;
    if (actor.c === 0) {
      actor.c = 1;
      actor.step(actor, START);
    }
    for (let m = actor.head; m !== null; m = actor.head) {
      actor.head = m.next;
      actor.step(actor, m);
    }
    actor.waiting = true;
  }
}

function pingPong(n: number): void {
  const ponger = spawn((self, m) => {
    if (m!.tag === 0) send(m!.from!, new Message(1, self, m!.value));
  });
  spawn((self, m) => {
    if (m === START) send(ponger, new Message(0, self, n));
    else if (m!.value > 1) send(ponger, new Message(0, self, m!.value - 1));
  });
  run();
}

function ring(k: number, hops: number): void {
  const node = (self: Actor, m: Message | null): void => {
    if (m!.tag === 0 && m!.value > 0) send(self.peer!, new Message(0, self, m!.value - 1));
  };
  const start = spawn(node);
  let before = start;
  for (let i = 1; i < k; i++) {
    const next = spawn(node);
    next.peer = before;
    before = next;
  }
  start.peer = before;
  send(start, new Message(0, null, hops));
  run();
}

function fanIn(clients: number, each: number): void {
  const server = spawn((self, m) => {
    if (m === START) return;
    self.a += m!.value;
    send(m!.from!, new Message(1, self, m!.value + 1));
  });
  for (let i = 0; i < clients; i++) {
    const client = spawn((self) => {
      if (self.a-- > 0) send(server, new Message(0, self, self.a));
    });
    client.a = each;
  }
  run();
}

function skynet(n: number): number {
  let result = 0;
  const make = (parent: Actor | null, number: number, size: number): void => {
    spawn((self, m) => {
      if (m === START) {
        if (size === 1) {
          if (parent !== null) send(parent, new Message(0, self, number));
          return;
        }
        for (let i = 0; i < 10; i++) make(self, number + (i * size) / 10, size / 10);
        return;
      }
      self.a += m!.value;
      if (++self.b < 10) return;
      if (parent === null) result = self.a;
      else send(parent, new Message(0, self, self.a));
    });
  };
  make(null, 0, n);
  run();
  return result;
}

function spawnMany(n: number): void {
  const all: Actor[] = [];
  for (let i = 0; i < n; i++) all.push(spawn(() => undefined));
  run();
  for (const actor of all) send(actor, new Message(0, null, 0));
  run();
}

const fib = (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2));

function loop(n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = sum + (i % 7) * 3;
  return sum;
}

function strings(n: number): boolean {
  let text = '';
  for (let i = 0; i < n; i++) text = text + `${i % 1000} `;
  return text === '';
}

class Cell<T> {
  constructor(
    readonly head: T,
    readonly tail: Cell<T> | null,
  ) {}
}

function queens(n: number): number {
  const safe = (q: number, d: number, board: Cell<number> | null): boolean => {
    for (let b = board; b !== null; b = b.tail, d++)
      if (q === b.head || q === b.head + d || q === b.head - d) return false;
    return true;
  };
  const boards = (k: number): (Cell<number> | null)[] => {
    if (k === 0) return [null];
    const found: (Cell<number> | null)[] = [];
    for (const board of boards(k - 1))
      for (let q = 1; q <= n; q++) if (safe(q, 1, board)) found.push(new Cell(q, board));
    return found;
  };
  return boards(n).length;
}

class Tree {
  constructor(
    readonly left: Tree | null,
    readonly right: Tree | null,
  ) {}
}

const make = (d: number): Tree => (d === 0 ? new Tree(null, null) : new Tree(make(d - 1), make(d - 1)));
const count = (t: Tree): number => (t.left === null ? 1 : 1 + count(t.left) + count(t.right!));

function binaryTrees(max: number): number {
  let sum = count(make(max + 1));
  const long = make(max);
  for (let d = 4; d <= max; d += 2) for (let i = 1 << (max - d + 4); i > 0; i--) sum += count(make(d));
  return sum + count(long);
}

/** The host's stack does not hold 10,000,000 frames: a loop with a stack of its own is what one would write. */
function deep(n: number): number {
  const stack: number[] = [];
  for (let i = n; i > 0; i--) stack.push(i);
  let result = 0;
  while (stack.pop() !== undefined) result = 1 + result;
  return result;
}

function selective(n: number): number {
  const later: number[] = [];
  const now: number[] = [];
  for (let i = n; i > 0; i--) later.push(i);
  for (let i = n; i > 0; i--) now.push(i);
  let sum = 0;
  for (const x of now) sum += x;
  for (const x of later) sum += x;
  return sum;
}

class Deep extends Error {}

function thrower(n: number): number {
  if (n > 0) return thrower(n - 1) + 1;
  throw new Deep();
}

function throws(n: number): number {
  let caught = 0;
  for (let i = 0; i < n; i++) {
    try {
      caught += thrower(2);
    } catch {
      caught++;
    }
  }
  return caught;
}

const programs: Record<string, () => unknown> = {
  'ping-pong': () => pingPong(2_500_000),
  ring: () => ring(1000, 5_000_000),
  'fan-in': () => fanIn(10_000, 100),
  skynet: () => skynet(1_000_000),
  spawn: () => spawnMany(1_000_000),
  fib: () => fib(32),
  loop: () => loop(10_000_000),
  strings: () => strings(1_000_000),
  'list-search': () => queens(10),
  'binary-trees': () => binaryTrees(16),
  'deep-recursion': () => deep(10_000_000),
  'selective-receive': () => selective(10_000),
  throw: () => throws(1_000_000),
};

for await (const name of createInterface({ input: process.stdin })) {
  globalThis.gc?.();
  const start = clock();
  programs[name]!();
  process.stdout.write(`${clock() - start}\n`);
}

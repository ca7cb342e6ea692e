/**
 * A thread's heap: a semispace of tagged values, collected by copying (Cheney, "A Nonrecursive List Compacting
 * Algorithm", CACM 13(11), 1970; Appel, "Modern Compiler Implementation", section 13.3).
 * Invariant: cells 0 to length - 1 are whole objects, each a header `Vsize(n)` and n values; every `Vaddr` in the heap or
 * among the roots is the index of a header. Headers count as values: the limit is exact to the value.
 */
import { Tag } from './isa.js';

/** A row of tagged values in two typed arrays; room grows by doubling and never shrinks. */
export class Cells {
  tags: Uint8Array;
  payloads: Int32Array;
  length = 0;

  constructor(room: number) {
    this.tags = new Uint8Array(room);
    this.payloads = new Int32Array(room);
  }

  /** Makes room for `count` values in all. */
  reserve(count: number): void {
    if (count <= this.tags.length) return;
    const room = Math.max(count, this.tags.length * 2);
    const tags = new Uint8Array(room);
    const payloads = new Int32Array(room);
    tags.set(this.tags.subarray(0, this.length));
    payloads.set(this.payloads.subarray(0, this.length));
    this.tags = tags;
    this.payloads = payloads;
  }

  append(tag: number, payload: number): void {
    this.reserve(this.length + 1);
    this.tags[this.length] = tag;
    this.payloads[this.length++] = payload;
  }

  appendFrom(source: Cells, start: number, count: number): void {
    this.reserve(this.length + count);
    this.tags.set(source.tags.subarray(start, start + count), this.length);
    this.payloads.set(source.payloads.subarray(start, start + count), this.length);
    this.length += count;
  }

  copy(): Cells {
    const twin = new Cells(this.tags.length);
    twin.appendFrom(this, 0, this.length);
    return twin;
  }
}

/** A value cut loose from a heap: what it reaches, with addresses counted from 0. */
export interface Message {
  readonly tag: number;
  readonly payload: number;
  readonly cells: Cells;
}

const FIRST_ROOM = 256;

export class Heap {
  private space: Cells;

  /** @param limit values the heap may hold, headers counted */
  constructor(
    readonly limit: number,
    space?: Cells,
  ) {
    this.space = space ?? new Cells(Math.min(limit, FIRST_ROOM));
  }

  get length(): number {
    return this.space.length;
  }

  get cells(): Cells {
    return this.space;
  }

  fits(values: number): boolean {
    return this.space.length + values <= this.limit;
  }

  /** Appends an object of `size` copies of one value; the caller has made sure that `size + 1` values fit. */
  allocate(size: number, tag: number, payload: number): number {
    const { space } = this;
    const base = space.length;
    space.reserve(base + size + 1);
    space.append(Tag.size, size);
    space.tags.fill(tag, base + 1, base + 1 + size);
    space.payloads.fill(payload, base + 1, base + 1 + size);
    space.length = base + 1 + size;
    return base;
  }

  /** The index of a field's cell, or -1 when the object at `base` has no such field. */
  field(base: number, index: number): number {
    return index >= 0 && index < this.space.payloads[base]! ? base + 1 + index : -1;
  }

  /** Copies what the roots reach into a new space, in the order of the roots, and forgets the rest. */
  collect(roots: Cells, count: number): void {
    const from = this.space;
    const to = new Cells(from.tags.length);
    for (let i = 0; i < count; i++) {
      if (roots.tags[i] === Tag.addr) roots.payloads[i] = evacuate(from, to, roots.payloads[i]!);
    }
    // `to` is its own queue: cells below `scan` point into `to`, those from `scan` on still point into `from`.
    for (let scan = 0; scan < to.length; scan++) {
      if (to.tags[scan] !== Tag.addr) continue;
      const target = evacuate(from, to, to.payloads[scan]!);
      to.payloads[scan] = target;
    }
    this.space = to;
  }

  /** A copy of a value and all it reaches; this heap stays as it is. */
  extract(tag: number, payload: number): Message {
    const cells = new Cells(0);
    if (tag !== Tag.addr) return { tag, payload, cells };
    const moved = new Map<number, number>();
    const move = (base: number): number => {
      const known = moved.get(base);
      if (known !== undefined) return known;
      const target = cells.length;
      moved.set(base, target);
      cells.appendFrom(this.space, base, this.space.payloads[base]! + 1);
      return target;
    };
    move(payload);
    for (let scan = 0; scan < cells.length; scan++) {
      if (cells.tags[scan] !== Tag.addr) continue;
      // Named first: moving may replace the array that is written to.
      const target = move(cells.payloads[scan]!);
      cells.payloads[scan] = target;
    }
    return { tag, payload: 0, cells };
  }

  /** Takes in a message, whose cells the caller has made sure fit; answers the value's payload here. */
  absorb(message: Message): number {
    if (message.tag !== Tag.addr) return message.payload;
    const { space } = this;
    const base = space.length;
    space.appendFrom(message.cells, 0, message.cells.length);
    for (let i = base; i < space.length; i++) {
      if (space.tags[i] === Tag.addr) space.payloads[i]! += base;
    }
    return base + message.payload;
  }

  copy(): Heap {
    return new Heap(this.limit, this.space.copy());
  }
}

function evacuate(from: Cells, to: Cells, base: number): number {
  if (from.tags[base] === Tag.moved) return from.payloads[base]!;
  const target = to.length;
  to.appendFrom(from, base, from.payloads[base]! + 1);
  from.tags[base] = Tag.moved;
  from.payloads[base] = target;
  return target;
}

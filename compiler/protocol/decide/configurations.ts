/**
 * The configurations met so far, each a row of integers: the local state of every role, then the queue of every channel.
 * One growing typed array holds the rows, one open-addressing table finds a row again.
 * Invariant: equal configurations have equal numbers, and numbers are given in order of discovery.
 */
export class Configurations {
  private rows: Int32Array;
  private table: Int32Array;
  private mask: number;
  count = 0;

  constructor(readonly width: number) {
    this.rows = new Int32Array(width * 256);
    this.mask = 1023;
    this.table = new Int32Array(1024).fill(-1);
  }

  /** The array that holds all rows; configuration c starts at `c * width`. Ask again after `intern`: it may have moved. */
  get cells(): Int32Array {
    return this.rows;
  }

  /** The number of the configuration in `row`; a new one exactly when it equals the old `count`. */
  intern(row: Int32Array): number {
    const { width } = this;
    let hash = 0x811c9dc5;
    for (let i = 0; i < width; i++) hash = Math.imul(hash ^ row[i]!, 0x01000193) ^ (hash >>> 15);
    hash ^= hash >>> 13;
    let slot = Math.imul(hash, 0x5bd1e995) & this.mask;
    for (let found = this.table[slot]!; found >= 0; found = this.table[slot]!) {
      const start = found * width;
      let i = 0;
      while (i < width && this.rows[start + i] === row[i]) i++;
      if (i === width) return found;
      slot = (slot + 1) & this.mask;
    }
    const made = this.count++;
    if ((made + 1) * width > this.rows.length) {
      const bigger = new Int32Array(this.rows.length * 2);
      bigger.set(this.rows);
      this.rows = bigger;
    }
    this.rows.set(row, made * width);
    this.table[slot] = made;
    if (this.count * 2 > this.mask) this.rehash();
    return made;
  }

  private rehash(): void {
    const { width, rows } = this;
    this.mask = this.mask * 2 + 1;
    this.table = new Int32Array(this.mask + 1).fill(-1);
    for (let c = 0; c < this.count; c++) {
      let hash = 0x811c9dc5;
      for (let i = c * width; i < (c + 1) * width; i++) hash = Math.imul(hash ^ rows[i]!, 0x01000193) ^ (hash >>> 15);
      hash ^= hash >>> 13;
      let slot = Math.imul(hash, 0x5bd1e995) & this.mask;
      while (this.table[slot]! >= 0) slot = (slot + 1) & this.mask;
      this.table[slot] = c;
    }
  }
}

/** A growing array of 32-bit integers. */
export class Ints {
  data: Int32Array;
  length = 0;

  constructor(room = 256) {
    this.data = new Int32Array(room);
  }

  push(value: number): void {
    if (this.length === this.data.length) {
      const bigger = new Int32Array(this.data.length * 2);
      bigger.set(this.data);
      this.data = bigger;
    }
    this.data[this.length++] = value;
  }

  get(index: number): number {
    return this.data[index]!;
  }
}

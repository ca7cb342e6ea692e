/**
 * Writing and reading of the primitive parts of binary formats: LEB128 numbers, UTF-8 texts, byte runs.
 * Invariant of the reader: it never reads past its bytes, never allocates more than the bytes left could fill, and tells
 * the offset of what it could not read. Its exception does not leave the decoders that use it.
 */

export class Writer {
  #bytes = new Uint8Array(1024);
  #length = 0;

  #room(n: number): void {
    if (this.#length + n <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + n));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
  byte(n: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = n;
  }
  /** An unsigned number below 2^53 (unsigned LEB128). */
  uint(n: number): void {
    let rest = n;
    while (rest > 0x7f) {
      this.byte((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }
  /** A number between -2^52 and 2^52, small ones short (zigzag). */
  int(n: number): void {
    this.uint(n < 0 ? -2 * n - 1 : 2 * n);
  }
  float(n: number): void {
    this.#room(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#length, n, true);
    this.#length += 8;
  }
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }
  bytes(bytes: Uint8Array): void {
    this.uint(bytes.length);
    this.raw(bytes);
  }
  text(s: string): void {
    this.bytes(new TextEncoder().encode(s));
  }
  flag(b: boolean): void {
    this.byte(b ? 1 : 0);
  }
  list<T>(items: readonly T[], each: (item: T) => void): void {
    this.uint(items.length);
    for (const item of items) each(item);
  }
  /** What was written, as a copy. */
  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** What could not be read, and at which offset. */
export class MalformedError extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class Reader {
  constructor(
    readonly bytesOf: Uint8Array,
    public offset = 0,
    readonly end = bytesOf.length,
  ) {}

  fail(message: string, at = this.offset): never {
    throw new MalformedError(at, message);
  }
  byte(): number {
    if (this.offset >= this.end) this.fail('the data ends too early');
    return this.bytesOf[this.offset++]!;
  }
  uint(): number {
    const start = this.offset;
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) this.fail('a number is too large', start);
      if (byte < 0x80) {
        if (byte === 0 && scale > 1) this.fail('a number is written longer than needed', start);
        return value;
      }
      scale *= 0x80;
    }
  }
  /** An unsigned number below `limit`. */
  below(limit: number, what: string): number {
    const start = this.offset;
    const value = this.uint();
    if (value >= limit) this.fail(`${what} ${value} is out of range`, start);
    return value;
  }
  int(): number {
    const n = this.uint();
    return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
  }
  float(): number {
    const bytes = this.raw(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
  }
  /** n bytes, as a view. */
  raw(n: number): Uint8Array {
    if (n > this.end - this.offset) this.fail('the data ends too early');
    const bytes = this.bytesOf.subarray(this.offset, this.offset + n);
    this.offset += n;
    return bytes;
  }
  bytes(): Uint8Array {
    return this.raw(this.uint()).slice();
  }
  text(): string {
    const start = this.offset;
    const bytes = this.raw(this.uint());
    try {
      return strict.decode(bytes);
    } catch {
      return this.fail('a text is not UTF-8', start);
    }
  }
  flag(): boolean {
    const start = this.offset;
    const byte = this.byte();
    if (byte > 1) this.fail('a truth value is neither 0 nor 1', start);
    return byte === 1;
  }
  /** A counted list; every item takes at least one byte, so a hostile count ends at the end of the data. */
  list<T>(each: () => T): T[] {
    const start = this.offset;
    const n = this.uint();
    if (n > this.end - this.offset) this.fail('a count is larger than the data', start);
    const items: T[] = [];
    for (let i = 0; i < n; i++) items.push(each());
    return items;
  }
  /** The whole input must have been read. */
  finish(): void {
    if (this.offset !== this.end) this.fail('there is more data than expected');
  }
}

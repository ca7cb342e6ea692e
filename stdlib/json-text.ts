/**
 * JSON (RFC 8259) read for programs: as steps that make the value, each part before what it is a part of, since only the program
 * has the constructors. And numbers written so that they are read as the same.
 * Invariant: what is read is exact: a number that a float does not hold is refused, not rounded to another whole number or to
 * infinity. Iterative: the host's stack does not limit how deep values are.
 */
import { codePoints } from '../runtime/values/list.js';
import { room } from '../runtime/values/work.js';

/** What is wrong with a text, and where. */
export class JsonFault extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

/** Arrays and objects nested deeper are refused. */
const DEEPEST = 1000;

/** An array or object that is being read, and how many elements or members came before. */
interface Open {
  size: number;
  readonly isObject: boolean;
}

/**
 * The kinds of steps. A scalar is put on a stack; `ARRAY` takes as many values from it as its number says; `OBJECT` as many members,
 * each a key (`KEY`) below its value; of members of one name the last counts.
 */
export const STEP = { NULL: 0, FALSE: 1, TRUE: 2, NUMBER: 3, TEXT: 4, ARRAY: 5, OBJECT: 6, KEY: 7 } as const;
export type Step = readonly [kind: number, number: number, text: string];

/** The steps that make the value a text says; each will take so many values. Throws `JsonFault`, and what `room` does. */
export function read(text: string, each: number): readonly Step[] {
  const reader = new Reader(text, each);
  try {
    return reader.whole();
  } catch (error) {
    // Places are counted in code points, which is worth nothing as long as all is well.
    if (error instanceof JsonFault) throw new JsonFault(error.message, codePoints(text.slice(0, error.at)));
    throw error;
  }
}

const PLAIN = /[^"\\\u0000-\u001f]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '"': '"',
  '/': '/',
  '\\': '\\',
};

class Reader {
  #at = 0;
  readonly #steps: Step[] = [];
  constructor(
    private readonly text: string,
    private readonly each: number,
  ) {}

  whole(): readonly Step[] {
    const open: Open[] = [];
    this.#skip();
    for (;;) {
      if (!this.#begin(open)) continue;
      // A value is complete, and perhaps what it ends is too.
      do {
        if (open.length > 0) continue;
        this.#skip();
        if (this.#at < this.text.length) this.#fault('there is more after the value');
        return this.#steps;
      } while (this.#after(open));
    }
  }

  /** A value that has no parts, or the beginning of one that has; whether it is complete. */
  #begin(open: Open[]): boolean {
    if (open.length > DEEPEST) this.#fault('nested too deeply');
    const c = this.text[this.#at];
    switch (c) {
      case undefined:
        return this.#fault('a value is missing');
      case 'n':
        return this.#word('null', STEP.NULL);
      case 't':
        return this.#word('true', STEP.TRUE);
      case 'f':
        return this.#word('false', STEP.FALSE);
      case '"':
        return this.#put(STEP.TEXT, 0, this.#string());
      case '[':
      case '{': {
        const isObject = c === '{';
        this.#at++;
        this.#skip();
        if (this.text[this.#at] === (isObject ? '}' : ']')) {
          this.#at++;
          return this.#put(isObject ? STEP.OBJECT : STEP.ARRAY, 0, '');
        }
        open.push({ size: 0, isObject });
        if (isObject) this.#key();
        return false;
      }
      default:
        if (c === '-' || (c >= '0' && c <= '9')) return this.#number();
        return this.#fault('a value cannot start like this');
    }
  }
  #put(kind: number, number: number, text: string): true {
    this.#steps.push([kind, number, text]);
    if ((this.#steps.length & 1023) === 0) room(this.each * this.#steps.length);
    return true;
  }

  /** A value belongs to the innermost that is open; whether that is complete with it. */
  #after(open: Open[]): boolean {
    const inner = open.at(-1)!;
    inner.size++;
    this.#skip();
    const c = this.text[this.#at];
    if (c === ',') {
      this.#at++;
      this.#skip();
      if (inner.isObject) this.#key();
      return false;
    }
    const close = inner.isObject ? '}' : ']';
    if (c !== close) this.#fault(`a \`,\` or \`${close}\` is missing`);
    this.#at++;
    open.pop();
    return this.#put(inner.isObject ? STEP.OBJECT : STEP.ARRAY, inner.size, '');
  }

  #key(): void {
    if (this.text[this.#at] !== '"') this.#fault('a name in quotes is missing');
    this.#put(STEP.KEY, 0, this.#string());
    this.#skip();
    if (this.text[this.#at] !== ':') this.#fault('a `:` is missing');
    this.#at++;
    this.#skip();
  }

  #word(word: string, kind: number): boolean {
    if (!this.text.startsWith(word, this.#at)) this.#fault('an unknown word');
    this.#at += word.length;
    return this.#put(kind, 0, '');
  }

  #number(): boolean {
    NUMBER.lastIndex = this.#at;
    const found = NUMBER.exec(this.text);
    const [digits = '', fraction, exponent] = found ?? [];
    const next = this.text[this.#at + digits.length];
    if (found === null || (next !== undefined && /[-+.eE\d]/.test(next))) this.#fault('a number is not well formed');
    const value = Number(digits);
    if (!Number.isFinite(value)) this.#fault('a number is too large');
    const isWhole = fraction === undefined && exponent === undefined;
    if (isWhole && !Number.isSafeInteger(value) && BigInt(digits) !== BigInt(value))
      this.#fault('a whole number is not exact as a float');
    this.#at += digits.length;
    return this.#put(STEP.NUMBER, value, '');
  }

  #string(): string {
    const { text } = this;
    this.#at++;
    let made = '';
    for (;;) {
      PLAIN.lastIndex = this.#at;
      const plain = PLAIN.exec(text)![0];
      made += plain;
      this.#at += plain.length;
      const c = text[this.#at];
      if (c === '"') {
        this.#at++;
        return made;
      }
      if (c === undefined) this.#fault('a text is not closed');
      if (c !== '\\') this.#fault('a control character inside a text');
      this.#at++;
      made += this.#escape();
    }
  }
  #escape(): string {
    const { text } = this;
    const start = this.#at;
    const c = text[this.#at++];
    if (c === undefined) this.#fault('a text is not closed', start);
    const meant = Object.hasOwn(ESCAPES, c) ? ESCAPES[c] : undefined;
    if (meant !== undefined) return meant;
    if (c !== 'u') this.#fault('an unknown escape', start);
    const unit = this.#hex();
    if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
    // Half a pair alone is no text, but for those that stand for a byte that is no UTF-8.
    if (unit >= 0xdc80 && unit <= 0xdcff) return String.fromCharCode(unit);
    if (unit > 0xdbff || !text.startsWith('\\u', this.#at)) this.#fault('half a surrogate pair', start);
    this.#at += 2;
    const low = this.#hex();
    if (low < 0xdc00 || low > 0xdfff) this.#fault('half a surrogate pair', start);
    return String.fromCharCode(unit, low);
  }
  #hex(): number {
    for (let i = 0; i < 4; i++) {
      const c = this.text[this.#at + i];
      if (c === undefined) this.#fault('a text is not closed', this.#at + i);
      if (!/[\da-fA-F]/.test(c)) this.#fault('four hexadecimal digits are expected', this.#at + i);
    }
    this.#at += 4;
    return Number.parseInt(this.text.slice(this.#at - 4, this.#at), 16);
  }

  #skip(): void {
    for (;;) {
      const c = this.text.charCodeAt(this.#at);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return;
      this.#at++;
    }
  }
  #fault(message: string, at = this.#at): never {
    throw new JsonFault(message, at);
  }
}

/** A number as text that is read as the same number: whole ones that are not exact ints show that they are floats. */
export function numberText(x: number): string {
  if (Object.is(x, -0)) return '-0';
  return Number.isInteger(x) && !Number.isSafeInteger(x)
    ? x.toExponential().replace('e+', 'e')
    : String(x).replace('e+', 'e');
}

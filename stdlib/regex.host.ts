/**
 * Host half of `regex`: RE2, whose time grows with the text and the pattern and not faster, whatever the pattern. Searches for all
 * matches come back every so often with the place where to go on, so that a long one is many slices.
 * Invariant: positions that programs see are in code points; every unit of text that the engine looks at is counted and charged.
 */
import type * as Re2 from 're2js';
import type { Matcher, RE2JS } from 're2js';
import { codePoints } from '../runtime/values/list.js';
import { exception } from '../runtime/values/exceptions.js';
import { Opaque, type Value } from '../runtime/values/value.js';
import { UNLIMITED, bounds, spend, textRoom } from '../runtime/values/work.js';
import { err, type HostFunctions, ok, option, toList, tuple } from './support.js';

type Engine = Pick<typeof Re2, 'MatcherInput' | 'RE2JS'>;

/** The engine, as the platform has it: large, and loaded when the first pattern is read. */
export const engine: { load: () => Engine } = {
  load: () => {
    throw new Error('regular expressions are not available');
  },
};

const FLAGS: Readonly<Record<string, 'CASE_INSENSITIVE' | 'MULTILINE' | 'DOTALL'>> = {
  i: 'CASE_INSENSITIVE',
  m: 'MULTILINE',
  s: 'DOTALL',
};

/** Units times instructions of the pattern: after so many a search comes back; and where a machine has limits, one look is no longer. */
const TURN = 1 << 22;
const MOST = 1 << 26;

/** Looks that beginning a search comes to. */
const SEARCH = 32;

class Regex extends Opaque {
  constructor(
    readonly source: string,
    readonly pattern: RE2JS,
    /** By group, from the first; empty where it has none. */
    readonly names: readonly string[],
  ) {
    super();
  }
  describe(): string {
    return `Regex(${this.source})`;
  }
}

function read(source: string, flags: string): Value {
  const { RE2JS: Engine } = engine.load();
  textRoom(source.length);
  spend(16 * source.length);
  let bits = 0;
  for (const flag of flags) {
    const name = Object.hasOwn(FLAGS, flag) ? FLAGS[flag] : undefined;
    if (name === undefined) return err(`there is no flag ${flag}; there are i, m and s`);
    bits |= Engine[name];
  }
  try {
    const pattern = Engine.compile(Engine.translateRegExp(source), bits);
    const names = new Array<string>(pattern.groupCount()).fill('');
    for (const [name, group] of Object.entries(pattern.namedGroups())) names[group - 1] = name;
    return ok(new Regex(source, pattern, names));
  } catch (error) {
    return err(String((error as Error).message).replace(/^error parsing regexp: /, ''));
  }
}

/** A text that counts how often it is looked at; the engine takes whatever says that it is an array of bytes. */
class Looked {
  looks = 0;
  constructor(
    readonly text: string,
    readonly most: number,
  ) {}
  get [Symbol.toStringTag](): string {
    return 'Uint8Array';
  }
  get length(): number {
    return this.text.length;
  }
  charCodeAt(i: number): number {
    if (++this.looks > this.most) throw exception('HeapExhausted');
    return this.text.charCodeAt(i);
  }
  indexOf(part: string, from: number): number {
    const at = this.text.indexOf(part, from);
    this.looks += ((at < 0 ? this.text.length : at) - from) >> 3;
    return at;
  }
  substring(from: number, to: number): string {
    return this.text.substring(from, to);
  }
  toString(): string {
    return this.text;
  }
}

/** A search through a text. */
class Search {
  readonly #looked: Looked;
  readonly #matcher: Matcher;
  /** What a look costs, in parts. */
  readonly #cost: number;

  constructor(
    readonly regex: Regex,
    readonly text: string,
  ) {
    this.#cost = 8 + regex.pattern.programSize();
    this.#looked = new Looked(text, bounds.most < UNLIMITED ? MOST / this.#cost : Number.POSITIVE_INFINITY);
    this.#matcher = regex.pattern.matcher(engine.load().MatcherInput.utf16(this.#looked as unknown as string));
  }

  /** The next match from a place on. */
  from(at: number): Matcher | undefined {
    const before = this.#looked.looks;
    this.#looked.looks += SEARCH;
    try {
      return at <= this.text.length && this.#matcher.find(at) ? this.#matcher : undefined;
    } finally {
      spend((this.#looked.looks - before) * this.#cost);
    }
  }
  get isLong(): boolean {
    return this.#looked.looks * this.#cost > TURN;
  }
}

/** Where the search goes on after a match: one that is empty is not found again. */
function after(m: Matcher, text: string): number {
  const end = m.end();
  if (end > m.start()) return end;
  return end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
}

function groupsOf(m: Matcher): (string | undefined)[] {
  return Array.from({ length: m.groupCount() }, (_, i) => m.group(i + 1) ?? undefined);
}

const found = (m: Matcher, start: number): Value =>
  tuple(m.group() ?? '', start, toList(groupsOf(m).map((group) => option(group))));

/** Matches from a place on, which is the so-manieth code point; where to go on, or -1. */
function some(regex: Regex, text: string, at: number, point: number): Value {
  const search = new Search(regex, text);
  const all: Value[] = [];
  let [unit, points, next] = [at, point, at];
  for (let m = search.from(next); m !== undefined; m = search.from(next)) {
    points += codePoints(text.slice(unit, m.start()));
    unit = m.start();
    all.push(found(m, points));
    next = after(m, text);
    if (search.isLong) return tuple(toList(all), next, points + codePoints(text.slice(unit, next)));
  }
  return tuple(toList(all), -1, 0);
}

type Piece = string | number;

/** `$1`, `$<name>`, `$&`, `$$`; what names no group stands for itself. */
function template(regex: Regex, text: string): Piece[] {
  const pieces: Piece[] = [];
  let last = 0;
  for (const { 0: whole, 1: number, 2: name, index } of text.matchAll(/\$(?:(\d\d?)|<([^>]*)>|[$&])/g)) {
    let group = number === undefined ? regex.names.indexOf(name ?? '') + 1 : Number(number);
    let used = whole.length;
    // `$12` is the first group and a 2 where there are not so many.
    if (number !== undefined && group > regex.names.length && number.length === 2) {
      group = Number(number[0]);
      used--;
    }
    if (whole === '$$' || whole === '$&') group = 0;
    else if (group < 1 || group > regex.names.length || name === '') continue;
    pieces.push(text.slice(last, index), whole === '$$' ? '$' : group);
    last = index + used;
  }
  return [...pieces, text.slice(last)];
}

/** As `some`: the text up to where the search goes on, with what was found replaced. `copied`: up to where the text is done. */
function replaced(regex: Regex, text: string, replacement: string, copied: number, at: number): Value {
  const search = new Search(regex, text);
  const pieces = template(regex, replacement);
  const out: string[] = [];
  let length = 0;
  const say = (part: string): void => {
    length += part.length;
    textRoom(length);
    out.push(part);
  };
  let [from, next] = [copied, at];
  for (let m = search.from(next); m !== undefined; m = search.from(next)) {
    say(text.slice(from, m.start()));
    for (const piece of pieces) say(typeof piece === 'string' ? piece : (m.group(piece) ?? ''));
    from = m.end();
    next = after(m, text);
    if (search.isLong) return tuple(out.join(''), from, next);
  }
  say(text.slice(from));
  spend(out.length + length / 8);
  return tuple(out.join(''), -1, -1);
}

/** As `some`: the parts between matches. An empty match at either end, or behind another, divides nothing. */
function parts(regex: Regex, text: string, cut: number, at: number): Value {
  const search = new Search(regex, text);
  const out: string[] = [];
  let [from, next] = [cut, at];
  for (let m = search.from(next); m !== undefined; m = search.from(next)) {
    const empty = m.end() === m.start();
    next = after(m, text);
    if (!empty || (m.start() > from && m.start() < text.length)) {
      out.push(text.slice(from, m.start()));
      from = m.end();
    }
    if (search.isLong) return tuple(toList(out), from, next);
  }
  out.push(text.slice(from));
  return tuple(toList(out), -1, -1);
}

export const host: HostFunctions = {
  read_with: read,
  names: (regex: Regex) => toList(regex.names),
  matches: (regex: Regex, text: string) => new Search(regex, text).from(0) !== undefined,
  _first: (regex: Regex, text: string) => {
    const m = new Search(regex, text).from(0);
    return option(m === undefined ? undefined : found(m, codePoints(text.slice(0, m.start()))));
  },
  _find: some,
  _replace: replaced,
  _split: parts,
};

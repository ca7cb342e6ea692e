/**
 * Parses the notation of types: data types, function types and session types in one grammar (language reference,
 * section 4). The runtime has its own parser because it never imports the compiler and reads hostile texts.
 * Invariant: total; depth and length are limited. Older spellings mean the same: angle brackets after `?` or `!` are braces,
 * `Eps` is `End`, `T(a)` is `T<a>`, the arrow after a peer may be left out. The bound in `forall c < ...T.` says nothing that
 * the links of a peer are not judged by anyway, so it is read and forgotten.
 */
import { type Either, left, right } from 'fp-ts/lib/Either.js';

export type Notation =
  /** `int`, `list<a>`, `X`. */
  | { readonly kind: 'name'; readonly name: string; readonly args: readonly Notation[] }
  | { readonly kind: 'tuple'; readonly items: readonly Notation[] }
  /** `(int, x : T) -> U`; at the top `results` are the ends a function gives back: `int, q : X`. */
  | {
      readonly kind: 'fun';
      readonly params: readonly Named[];
      readonly result: Notation;
      readonly results: readonly Named[];
    }
  /** `[t : T] -> U`. */
  | { readonly kind: 'spawn'; readonly name: string; readonly session: Notation; readonly next: Notation }
  | { readonly kind: 'talk'; readonly mark: '?' | '!'; readonly branches: readonly Branch[] }
  | { readonly kind: 'end' | 'ret' | 'fail' | 'cut' }
  | { readonly kind: 'rec' | 'exists'; readonly name: string; readonly body: Notation }
  | { readonly kind: 'choice'; readonly ways: readonly Notation[] }
  /** `rec X = ?p{Go ~> Y}, Y = !p{Done ~> X} in X`: what is long, without being deep. */
  | { readonly kind: 'equations'; readonly parts: readonly Equation[]; readonly body: Notation };

export interface Equation {
  readonly name: string;
  readonly body: Notation;
}

export interface Named {
  /** Empty if it has none. */
  readonly name: string;
  readonly type: Notation;
}
export interface Branch {
  /** Empty if the type names no peer, and for `after`. */
  readonly peer: string;
  readonly label: string;
  readonly payload: readonly Notation[];
  readonly next: Notation;
  /** `Get[T](int)`: what is done with the client that the message makes known, apart from all else. */
  readonly own: Notation | undefined;
}

/** What is wrong with a type text, and where (offset in UTF-16 units). */
export interface TypeTextError {
  readonly offset: number;
  readonly message: string;
}

const MOST_CHARACTERS = 1_000_000;
const MOST_DEPTH = 600;

class Malformed extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

export function parseType(text: string): Either<TypeTextError, Notation> {
  if (text.length > MOST_CHARACTERS) return left({ offset: MOST_CHARACTERS, message: 'the type is too long' });
  const parser = new Parser(text);
  try {
    return right(parser.whole());
  } catch (error) {
    if (error instanceof Malformed) return left({ offset: error.offset, message: error.message });
    throw error;
  }
}

const TOKEN = /\s*(?:([A-Za-z_]\w*(?:::[A-Za-z_]\w*)*)|(~>|->|\.\.\.?|[?!{}()[\]<>:,.|])|(\S))/gy;

class Parser {
  readonly #tokens: { text: string; at: number; name: boolean }[] = [];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    TOKEN.lastIndex = 0;
    for (let m; (m = TOKEN.exec(text));) {
      const found = m[1] ?? m[2] ?? m[3]!;
      this.#tokens.push({ text: found, at: TOKEN.lastIndex - found.length, name: m[1] !== undefined });
    }
    this.#tokens.push({ text: '', at: text.length, name: false });
  }

  get #token() {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)]!;
  }
  #fail(message: string): never {
    throw new Malformed(message, this.#token.at);
  }
  #is(text: string, ahead = 0): boolean {
    const token = this.#tokens[this.#next + ahead];
    return token !== undefined && token.text === text && text !== '';
  }
  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#next++;
    return true;
  }
  #expect(text: string): void {
    if (!this.#take(text))
      this.#fail(`expected ${text}${this.#token.text === '' ? '' : ` and found ${this.#token.text}`}`);
  }
  #name(): string {
    const token = this.#token;
    if (!token.name) this.#fail(token.text === '' ? 'a name is missing' : `expected a name and found ${token.text}`);
    this.#next++;
    return token.text;
  }
  #nested<T>(read: () => T): T {
    if (++this.#depth > MOST_DEPTH) this.#fail('the type is nested too deeply');
    const made = read();
    this.#depth--;
    return made;
  }

  whole(): Notation {
    const made = this.#type(true);
    if (this.#token.text !== '') this.#fail(`${this.#token.text} is not expected here`);
    return made;
  }

  #type(top = false): Notation {
    return this.#nested(() => {
      const token = this.#token;
      if (this.#take('..')) return { kind: 'cut' };
      if (this.#take('...')) return this.#type();
      if (this.#is('?') || this.#is('!')) return this.#talk();
      if (this.#take('[')) {
        const name = this.#name();
        this.#expect(':');
        const session = this.#type();
        this.#expect(']');
        return { kind: 'spawn', name, session, next: this.#after(top) };
      }
      if (this.#is('(')) return this.#group(top);
      if (!token.name) this.#fail(token.text === '' ? 'a type is missing' : `${token.text} does not start a type`);
      const binds =
        this.#tokens[this.#next + 1]?.name === true &&
        (this.#is('.', 2) || (token.text === 'forall' && this.#is('<', 2)));
      if (binds && (token.text === 'rec' || token.text === 'exists' || token.text === 'forall')) {
        this.#next++;
        const name = this.#name();
        if (this.#take('<')) this.#type();
        this.#expect('.');
        return { kind: token.text === 'rec' ? 'rec' : 'exists', name, body: this.#type(top) };
      }
      this.#next++;
      if (token.text === 'rec' && this.#token.name && this.#is('=', 1)) return this.#equations();
      if (token.text === 'End' || token.text === 'Eps') return { kind: 'end' };
      if (token.text === 'Ret') return { kind: 'ret' };
      if (token.text === 'Fail') return { kind: 'fail' };
      if (token.text === 'service' && this.#take('{')) return this.#offers();
      const args: Notation[] = [];
      if (this.#take('<')) {
        // What a service offers is a list of labels, each with its payload; only its text matters.
        do args.push(this.#argument());
        while (this.#take(',') || this.#take('|'));
        this.#expect('>');
      } else if (this.#is('(') && this.#token.at === token.at + token.text.length)
        args.push(...this.#list('(', ')').map((n) => n.type));
      return { kind: 'name', name: token.text, args };
    });
  }

  /** What follows a peer: with or without an arrow, or nothing. */
  #after(top: boolean): Notation {
    const { text, name } = this.#token;
    const goesOn = this.#take('->') || name || ['?', '!', '[', '(', '..', '...'].includes(text);
    return goesOn ? this.#type(top) : { kind: 'end' };
  }

  #equations(): Notation {
    const parts: Equation[] = [];
    do {
      const name = this.#name();
      this.#expect('=');
      parts.push({ name, body: this.#type() });
    } while (this.#take(','));
    this.#expect('in');
    return { kind: 'equations', parts, body: this.#type() };
  }

  /** `service{!Ask(int), ?Answer(int)}`: what a service's clients say and hear. */
  #offers(): Notation {
    const args: Notation[] = [];
    while (!this.#is('}')) {
      const mark = this.#is('!') ? '!' : '?';
      this.#expect(mark);
      const said = this.#argument();
      if (said.kind !== 'name') this.#fail('a label is missing');
      args.push({ ...said, name: `${mark}${said.name}` });
      if (!this.#take(',')) break;
    }
    this.#expect('}');
    return { kind: 'name', name: 'service', args };
  }

  /** A type argument, or a label with payload as in `service<Get | Put(int)>`, or nothing as in `service<>`. */
  #argument(): Notation {
    return this.#is('>') ? { kind: 'tuple', items: [] } : this.#type();
  }

  #list(open: string, close: string): Named[] {
    this.#expect(open);
    const items: Named[] = [];
    while (!this.#is(close)) {
      items.push(this.#item());
      if (!this.#take(',')) break;
    }
    this.#expect(close);
    return items;
  }

  #item(): Named {
    const named = this.#token.name && this.#is(':', 1);
    const name = named ? this.#name() : '';
    if (named) this.#expect(':');
    return { name, type: this.#type() };
  }

  /** `(a, b)`, `(a)`, `(A | B)`, `(x : T, U) -> V`. */
  #group(top: boolean): Notation {
    this.#expect('(');
    const items: Named[] = [];
    while (!this.#is(')')) {
      items.push(this.#item());
      if (items.length === 1 && items[0]!.name === '' && this.#is('|')) {
        const ways = [items[0]!.type];
        while (this.#take('|')) ways.push(this.#type());
        this.#expect(')');
        return { kind: 'choice', ways };
      }
      if (!this.#take(',')) break;
    }
    this.#expect(')');
    if (this.#take('->')) return this.#function(items, top);
    const [peer] = items;
    if (items.length === 1 && peer!.name !== '')
      return { kind: 'fun', params: items, result: this.#after(top), results: [] };
    if (items.some((p) => p.name !== '')) this.#fail('expected ->');
    return items.length === 1 ? items[0]!.type : { kind: 'tuple', items: items.map((p) => p.type) };
  }

  #function(params: readonly Named[], top: boolean): Notation {
    const result = this.#type(top);
    const results: Named[] = [];
    while (top && this.#take(',')) {
      const name = this.#name();
      this.#expect(':');
      results.push({ name, type: this.#type() });
    }
    return { kind: 'fun', params, result, results };
  }

  #own(): Notation {
    this.#expect('[');
    const type = this.#type();
    this.#expect(']');
    return type;
  }

  #talk(): Notation {
    const mark = this.#is('?') ? '?' : '!';
    this.#next++;
    const peer = this.#token.name ? this.#name() : '';
    const close = this.#take('<') ? '>' : '}';
    if (close === '}') this.#expect('{');
    const branches: Branch[] = [];
    while (!this.#is(close)) {
      const first = this.#name();
      const dotted = this.#take('.');
      const label = dotted ? this.#name() : first;
      const own = this.#is('[') ? this.#own() : undefined;
      const payload = this.#is('(') ? this.#list('(', ')').map((n) => n.type) : [];
      this.#expect('~>');
      const speaker = label === 'after' ? '' : dotted ? first : peer;
      branches.push({ peer: speaker, label, payload, next: this.#type(), own });
      if (!this.#take(',')) break;
    }
    this.#expect(close);
    return { kind: 'talk', mark, branches };
  }
}

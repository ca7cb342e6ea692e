/**
 * A stream of bytes as lines, for programs that pull. A line that is there is given at once; a chunk of thousands of lines costs
 * one wake-up.
 * Invariant: every line goes to one taker, in the order of the calls; what comes in is looked at once, however long its lines are;
 * the stream is opened only when somebody reads, and paused while nobody waits.
 */
import { Pending } from '../runtime/process/owned.js';
import { TextStream } from './text.js';

type Take = () => string | undefined;

interface Taker {
  readonly take: Take;
  readonly resolve: (text: string | undefined) => void;
  readonly reject: (error: Error) => void;
}

const RETURN = 13;

export class Lines {
  /** Decoded and not taken: the beginning of an unfinished line, the chunk in hand from a place on, and those behind it. */
  #begun: string[] = [];
  #chunk = '';
  #at = 0;
  #chunks: string[] = [];
  #next = 0;
  #ended = false;
  #stream: NodeJS.ReadableStream | undefined;
  readonly #takers = new Set<Taker>();
  readonly #decoder = new TextStream();

  constructor(private readonly open: () => NodeJS.ReadableStream) {}

  /** The next line without its end, or a promise of it; undefined at the end. */
  line(): string | undefined | Pending {
    return this.#ask(() => this.#line());
  }
  /** All that is left. */
  all(): string | undefined | Pending {
    return this.#ask(() => (this.#ended ? this.#all() : undefined));
  }

  #ask(take: Take): string | undefined | Pending {
    if (this.#takers.size === 0) {
      const found = take();
      if (found !== undefined || this.#ended) return found;
    }
    let taker: Taker | undefined;
    const answer = new Promise<string | undefined>((resolve, reject) => {
      this.#takers.add((taker = { take, resolve, reject }));
    });
    this.#listen();
    return new Pending(answer, () => {
      if (this.#takers.delete(taker!)) taker!.reject(new Error('nobody waits for it any more'));
      if (this.#takers.size === 0) this.#stream?.pause();
    });
  }

  #line(): string | undefined {
    for (;;) {
      const end = this.#chunk.indexOf('\n', this.#at);
      if (end >= 0) {
        const from = this.#at;
        this.#at = end + 1;
        if (this.#begun.length > 0) return trimmed(this.#joined(this.#chunk.slice(from, end)));
        return this.#chunk.slice(from, end > from && this.#chunk.charCodeAt(end - 1) === RETURN ? end - 1 : end);
      }
      if (this.#at < this.#chunk.length) this.#begun.push(this.#chunk.slice(this.#at));
      if (this.#forward()) continue;
      return this.#ended && this.#begun.length > 0 ? this.#joined('') : undefined;
    }
  }
  #all(): string {
    const rest = [this.#chunk.slice(this.#at)];
    while (this.#forward()) rest.push(this.#chunk);
    this.#chunk = '';
    return this.#joined(rest.join(''));
  }
  /** What was begun and its end. */
  #joined(end: string): string {
    this.#begun.push(end);
    const text = this.#begun.join('');
    this.#begun = [];
    return text;
  }
  /** Goes on with the next chunk, if there is one. */
  #forward(): boolean {
    this.#at = 0;
    const isThere = this.#next < this.#chunks.length;
    this.#chunk = isThere ? this.#chunks[this.#next++]! : '';
    if (this.#next === this.#chunks.length) {
      this.#chunks = [];
      this.#next = 0;
    }
    return isThere;
  }

  #listen(): void {
    if (this.#stream === undefined) {
      const came = (text: string): void => {
        if (text !== '') this.#chunks.push(text);
        this.#serve();
      };
      const end = (): void => {
        this.#ended = true;
        came(this.#decoder.end());
      };
      this.#stream = this.open();
      this.#stream.on('data', (chunk: Uint8Array) => came(this.#decoder.decode(chunk)));
      this.#stream.on('end', end);
      this.#stream.on('error', end);
    }
    this.#stream.resume();
  }
  /** Gives those who wait what there is. */
  #serve(): void {
    for (const taker of this.#takers) {
      const found = taker.take();
      if (found === undefined && !this.#ended) return;
      this.#takers.delete(taker);
      taker.resolve(found);
    }
    this.#stream?.pause();
  }
}

const trimmed = (line: string): string => (line.charCodeAt(line.length - 1) === RETURN ? line.slice(0, -1) : line);

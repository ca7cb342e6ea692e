/**
 * Host half of `io`: standard input by lines. Invariant: every line goes to one caller, in order of the calls; the
 * stream is opened only when somebody reads, so a program that does not read does not hold it.
 */
import { type HostFunctions, option } from './support.js';
import type { System } from './system.js';

class Lines {
  #rest = '';
  #ended = false;
  #started = false;
  #turn: Promise<unknown> = Promise.resolve();
  #wake: (() => void) | undefined;
  readonly #decoder = new TextDecoder();

  #opened: NodeJS.ReadableStream | undefined;

  constructor(readonly system: Pick<System, 'stdin'>) {}

  get #stdin(): NodeJS.ReadableStream {
    return (this.#opened ??= this.system.stdin);
  }

  line(): Promise<string | undefined> {
    return this.#next(() => {
      const at = this.#rest.indexOf('\n');
      if (at < 0) return undefined;
      const line = this.#rest.slice(0, at).replace(/\r$/, '');
      this.#rest = this.#rest.slice(at + 1);
      return line;
    }).then((line) => {
      if (line !== undefined) return line;
      const last = this.#rest;
      this.#rest = '';
      return last === '' ? undefined : last;
    });
  }

  async all(): Promise<string> {
    await this.#next(() => undefined);
    const all = this.#rest;
    this.#rest = '';
    return all;
  }

  /** Waits for its turn, then until `take` finds something or the input ends. */
  #next(take: () => string | undefined): Promise<string | undefined> {
    const wait = async (): Promise<string | undefined> => {
      this.#start();
      for (;;) {
        const found = take();
        if (found !== undefined || this.#ended) return found;
        this.#stdin.resume();
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#stdin.pause();
      }
    };
    const result = this.#turn.then(wait);
    this.#turn = result;
    return result;
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    const end = (): void => {
      this.#rest += this.#decoder.decode();
      this.#ended = true;
      this.#wake?.();
    };
    this.#stdin.on('data', (chunk: Uint8Array) => {
      this.#rest += this.#decoder.decode(chunk, { stream: true });
      this.#wake?.();
    });
    this.#stdin.on('end', end);
    this.#stdin.on('error', end);
  }
}

export function host(system: System): HostFunctions {
  const lines = new Lines(system);
  return {
    read_line: async () => {
      system.capabilities.input();
      return option(await lines.line());
    },
    read_all: async () => {
      system.capabilities.input();
      return lines.all();
    },
    print_error: (text: string) => {
      system.stderr(`${text}\n`);
      return undefined;
    },
  };
}

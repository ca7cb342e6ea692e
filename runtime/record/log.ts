/**
 * The log of a run (`quartz-log/3`, docs/determinism.md): a header, then everything that came to the machine from outside
 * and every choice that was made, in the order in which it happened; a line of JSON each, equal neighbours as one.
 * Invariant: `readLog` gives a log whose every line has the shape of an event and whose last line is its end, so a log that
 * was cut off is refused before anything runs.
 */
export const LOG_FORMAT = 'quartz-log/3';

/** What decides how a program is scheduled, besides the choices. */
export interface LoggedMachine {
  readonly quantum: number;
  readonly virtualTime: boolean;
  readonly threadHeap: number;
  readonly mailboxLimit: number;
}

export interface LogHeader {
  readonly format: typeof LOG_FORMAT;
  /** Names and content hashes, in the order in which they were loaded. */
  readonly modules: readonly (readonly [name: string, hash: string])[];
  readonly entry: string;
  readonly args: readonly string[];
  readonly machine: LoggedMachine;
}

export type LogEvent =
  /** After so many slices it was this time, which threads were told, and by which timers fired, until the next look. */
  | readonly ['look', number, number]
  /** The clock was read: a timer was set, or time was measured. */
  | readonly ['time', number]
  /** A random number was asked for. */
  | readonly ['random', number]
  /** Of so many ready threads the one at this place in the queue was picked. */
  | readonly ['pick', number, number]
  /** From now on a slice gets so many reductions. */
  | readonly ['fuel', number]
  /** A function of the host gave a value, raised an exception, or will answer later. */
  | readonly ['gave', string, unknown]
  | readonly ['raised', string, unknown]
  | readonly ['later', string]
  /** After so many slices the host answered a thread with a value or an exception; or the thread had ended by then. */
  | readonly ['answer', number, number, 'value' | 'exception' | 'ended', unknown]
  /** After so many slices somebody outside ended the program, with this exit code. */
  | readonly ['interrupt', number, number];

export interface Log {
  readonly header: LogHeader;
  readonly events: readonly (readonly [count: number, event: LogEvent])[];
  /** The exit code, and the slices there were. */
  readonly end: { readonly exitCode: number; readonly slices: number };
}

export type ReadLog = { readonly ok: true; readonly log: Log } | { readonly ok: false; readonly error: string };

/** Collects events. */
export class LogWriter {
  readonly #lines: string[] = [];
  #last = '';
  #count = 0;

  add(event: LogEvent): void {
    const text = JSON.stringify(event);
    if (text === this.#last) {
      this.#count++;
      return;
    }
    this.#flush();
    this.#last = text;
    this.#count = 1;
  }

  #flush(): void {
    if (this.#count > 0) this.#lines.push(`[${this.#count},${this.#last.slice(1)}`);
    this.#count = 0;
  }

  /** The whole text. */
  text(header: LogHeader, end: Log['end']): string {
    this.#flush();
    this.#last = '';
    return [JSON.stringify(header), ...this.#lines, JSON.stringify(['end', end.exitCode, end.slices]), ''].join('\n');
  }
}

const isText = (x: unknown): x is string => typeof x === 'string';
const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;
const isFinite = (x: unknown): boolean => typeof x === 'number' && Number.isFinite(x);
const isRecord = (v: unknown): v is Readonly<Record<string, unknown>> =>
  typeof v === 'object' && v !== null && !Array.isArray(v);

function isHeader(v: unknown): v is LogHeader {
  if (!isRecord(v) || !isRecord(v['machine'])) return false;
  const { quantum, virtualTime, threadHeap, mailboxLimit } = v['machine'];
  const { modules, args, entry } = v;
  return (
    Array.isArray(modules) &&
    modules.every((m) => Array.isArray(m) && m.length === 2 && m.every(isText)) &&
    Array.isArray(args) &&
    args.every(isText) &&
    isText(entry) &&
    isCount(quantum) &&
    quantum > 0 &&
    typeof virtualTime === 'boolean' &&
    isCount(threadHeap) &&
    isCount(mailboxLimit)
  );
}

function isEvent(e: readonly unknown[]): boolean {
  const [kind, a, b, c] = e;
  switch (kind) {
    case 'look':
      return e.length === 3 && isCount(a) && isFinite(b);
    case 'time':
      return e.length === 2 && isFinite(a);
    case 'random':
      return e.length === 2 && isFinite(a) && (a as number) >= 0 && (a as number) < 1;
    case 'pick':
      return e.length === 3 && isCount(a) && isCount(b) && b < a;
    case 'fuel':
      return e.length === 2 && isCount(a) && a > 0;
    case 'gave':
    case 'raised':
      return e.length === 3 && isText(a);
    case 'later':
      return e.length === 2 && isText(a);
    case 'answer':
      return e.length === 5 && isCount(a) && isCount(b) && ['value', 'exception', 'ended'].includes(c as string);
    case 'interrupt':
      return e.length === 3 && isCount(a) && isCount(b);
    default:
      return false;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Reads the text of a log. */
export function readLog(text: string): ReadLog {
  const lines = text.split('\n');
  const header = parsed(lines[0]!);
  if (!isRecord(header) || header['format'] !== LOG_FORMAT)
    return { ok: false, error: `it is no log of a run: its first line does not say "format": "${LOG_FORMAT}"` };
  if (!isHeader(header)) return { ok: false, error: 'line 1: the header of the log is damaged' };
  const events: (readonly [number, LogEvent])[] = [];
  for (let i = 1; i < lines.length; i++) {
    if (lines[i] === '') break;
    const line = parsed(lines[i]!);
    if (!Array.isArray(line)) return { ok: false, error: `line ${i + 1} is damaged` };
    if (line[0] === 'end') {
      const [, exitCode, slices] = line as unknown[];
      if (line.length !== 3 || !isCount(exitCode) || !isCount(slices) || lines.slice(i + 1).some((l) => l !== ''))
        return { ok: false, error: `line ${i + 1} is damaged` };
      return { ok: true, log: { header, events, end: { exitCode, slices } } };
    }
    const [count, ...event] = line as unknown[];
    if (!isCount(count) || count === 0 || !isEvent(event)) return { ok: false, error: `line ${i + 1} is damaged` };
    events.push([count, event as unknown as LogEvent]);
  }
  return { ok: false, error: 'the log is cut off: its end is missing' };
}

/**
 * Failures are told when they happen: a thread that failed and of which nobody in the program learnt, once, on standard error.
 * Invariant: whatever a program does, so many reports are written at once and so many a second; how many were left out, and
 * of what, is said as soon as there is room again, and at the end.
 */
import { Option } from 'commander';
import type { Failure } from '../../runtime/engine/trace.js';
import type { ProgramEnd } from '../../runtime/vm.js';
import type { Effects } from '../effects/effects.js';
import { paintFor } from '../terminal/report.js';

export interface CrashFlags {
  readonly crashLog?: 'text' | 'json';
}

export const crashLogOption = (): Option =>
  new Option('--crash-log <form>', 'how failures and stuck threads are told').choices(['text', 'json']).default('text');

/** Reports at once, and milliseconds until there may be one more. */
const BURST = 20;
const EACH = 200;
/** Kinds of failures that are counted by themselves. */
const MOST_KINDS = 5;

type Stuck = ProgramEnd['stuck'][number];

export class CrashLog {
  #room = BURST;
  #filled = 0;
  #leftOut = 0;
  readonly #kinds = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly effects: Pick<Effects, 'stderr' | 'env' | 'isTerminal'>,
    private readonly form: 'text' | 'json',
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** `where` is what it happened to, such as a connection; empty for the program itself. */
  failed(f: Failure, where = ''): void {
    const now = this.now();
    this.#room = Math.min(BURST, this.#room + (now - this.#filled) / EACH);
    this.#filled = now;
    if (this.#room < 1) return this.#leaveOut(f);
    this.#room--;
    this.#sayLeftOut();
    if (this.form === 'json') this.#json({ event: 'failed', ...(where === '' ? {} : { where }), ...f });
    else this.#text(where, failureLines(f));
  }

  stuck(all: readonly Stuck[]): void {
    this.#sayLeftOut();
    for (const s of all) {
      if (this.form === 'json') this.#json({ event: 'stuck', ...s });
      else this.#text('', [stuckLine(s)]);
    }
  }

  /** The machine was halted, since it used up what it may use. */
  exceeded(why: string): void {
    if (this.form === 'json') this.#json({ event: 'stopped', why });
    else this.#text('', [`stopped: it ${why}`]);
  }

  /** Nothing more will be told. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sayLeftOut();
  }

  #leaveOut(f: Failure): void {
    this.#leftOut++;
    const kind = `${f.name === '' ? `thread ${f.thread}` : f.name}: ${f.message}`;
    const n = this.#kinds.get(kind);
    if (n !== undefined || this.#kinds.size < MOST_KINDS) this.#kinds.set(kind, (n ?? 0) + 1);
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#sayLeftOut();
    }, 1000);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #sayLeftOut(): void {
    if (this.#leftOut === 0) return;
    const kinds = [...this.#kinds].map(([what, count]) => ({ what, count }));
    if (this.form === 'json') this.#json({ event: 'left out', count: this.#leftOut, kinds });
    else {
      const counted = kinds.map(({ what, count }) => `  ${count} times ${what}`);
      const all = kinds.reduce((n, k) => n + k.count, 0);
      const others = this.#leftOut > all ? [`  ${this.#leftOut - all} others`] : [];
      this.#text('', [`failed: ${this.#leftOut} more threads that were left out here`, ...counted, ...others]);
    }
    this.#leftOut = 0;
    this.#kinds.clear();
  }

  #json(event: Readonly<Record<string, unknown>>): void {
    this.effects.stderr(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
  }

  #text(where: string, lines: readonly string[]): void {
    const paint = paintFor(this.effects as Effects, 'stderr');
    const shown = lines.map((line) => line.replace(/^(failed|stuck|stopped)/, (word) => paint.error(word)));
    this.effects.stderr(shown.map((line) => `${where === '' ? '' : `${where}: `}${line}\n`).join(''));
  }
}

/** How a thread failed, a line each, traces indented. */
export function failureLines({ thread, name, message, trace, peers, because }: Failure): string[] {
  const told = peers.length === 0 ? [] : [`  told: ${peers.map((p) => `thread ${p}`).join(', ')}`];
  return [
    `failed: thread ${thread}${name === '' ? '' : ` (${name})`} ended with ${message}`,
    ...trace.map((line) => `  in ${line}`),
    ...because.flatMap((b) => [
      `  because its peer ended with ${b.message}`,
      ...b.trace.map((line) => `    in ${line}`),
    ]),
    ...told,
  ];
}

export const stuckLine = ({ thread, name, where, waitsFor }: Stuck): string =>
  `stuck: thread ${thread}${name === '' ? '' : ` (${name})`} waits for ${waitsFor}${where === '' ? '' : ` in ${where}`}`;

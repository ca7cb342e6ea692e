/**
 * A process of the bench that runs a program for every line it is given and answers with a line.
 * Invariant: a peer that died answers null from then on.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const root = path.resolve(import.meta.dirname, '../..');

/** A folder for what a run of the bench makes, gone when it ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'quartz-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Of every Node process that is measured; what they do is in `docs/bench.md`. */
export const NODE_FLAGS = ['--expose-gc', '--max-semi-space-size=64'];

export class Peer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  dead = false;

  constructor(
    command: string,
    args: readonly string[],
    /** Milliseconds of its unit of time. */
    readonly unit: number,
  ) {
    this.#child = spawn(command, args, { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.pipe(process.stderr);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }
  async ask(name: string): Promise<string | null> {
    if (this.dead) return null;
    this.#child.stdin.write(`${name}\n`);
    const line = await this.#lines.next();
    if (line.done === true) this.dead = true;
    return line.done === true ? null : line.value;
  }
  async time(name: string): Promise<number | null> {
    const answer = await this.ask(name);
    return answer === null ? null : Number(answer) * this.unit;
  }
  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

/** A Node process of `dist`: compiled code, since a loader that transforms sources slows hot calls down several times. */
export const nodePeer = (file: string, ...args: readonly string[]): Peer =>
  new Peer(process.execPath, [...NODE_FLAGS, `dist/bench/peers/${file}.js`, ...args], 1);

export function median(times: readonly number[]): number | null {
  const sorted = [...times].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  return upper === undefined ? null : (sorted[(sorted.length - 1) >> 1]! + upper) / 2;
}

/** `quartz node` as a process of its own, with what it has written so far. */
import { type ChildProcess, spawn } from 'node:child_process';
import { builtCli } from './built-cli.js';
import { root } from './compile.js';

export class NodeProcess {
  readonly child: ChildProcess;
  out = '';
  err = '';
  #code: Promise<number | NodeJS.Signals>;
  #changed: () => void = () => undefined;

  constructor(
    words: readonly string[],
    secret = 'known to these nodes alone',
    command = [process.execPath, builtCli(), 'node'],
  ) {
    const [program, ...first] = command;
    this.child = spawn(program!, [...first, ...words], {
      cwd: root,
      env: { ...process.env, QUARTZ_SECRET: secret },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.on('data', (chunk: Buffer) => {
      this.out += chunk.toString();
      this.#changed();
    });
    this.child.stderr!.on('data', (chunk: Buffer) => {
      this.err += chunk.toString();
      this.#changed();
    });
    this.#code = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        resolve(code ?? signal!);
        this.#changed();
      });
    });
  }

  /** Waits until a pattern is in its output or its errors; rejects if it ends before. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.out) ?? pattern.exec(this.err);
      if (found !== null) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`it ended without ${String(pattern)}:\n${this.out}\n${this.err}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
  ended(): Promise<number | NodeJS.Signals> {
    return this.#code;
  }
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    await this.#code;
  }
}

/** A node that listens, and where. */
export async function listening(words: readonly string[] = []): Promise<{ node: NodeProcess; address: string }> {
  const node = new NodeProcess(['--listen', '127.0.0.1:0', ...words]);
  const found = await node.said(/listening at (\S+)/);
  return { node, address: found[1]! };
}

/**
 * Host half of `process`. No shell is ever involved, so arguments are what they are.
 * Invariant: a program that was started is over when the thread that waits for it is, or soon after.
 */
import { constants } from 'node:os';
import { Pending } from '../runtime/process/owned.js';
import { builtin } from './builtin.js';
import type { Cons, Value } from '../runtime/values/value.js';
import { SECRET } from './capabilities.js';
import { fromList, type HostFunctions, tuple } from './support.js';
import { cancellable, type System } from './system.js';
import { bytesOf, textOf } from './text.js';

/** Milliseconds that a program gets to end after it was told to. */
const GRACE = 1_000;

/** What shells say of a program that a signal ended, which has no code of its own. */
const codeOf = (code: number | null, signal: NodeJS.Signals | null): number =>
  code ?? (signal === null ? 1 : 128 + constants.signals[signal]);

function run(program: string, args: string[], input: string): Pending {
  const { [SECRET]: _, ...env } = process.env;
  const child = builtin.childProcess.spawn(program, args, { stdio: 'pipe', env });
  let giveUp = (): void => undefined;
  const answer = new Promise<Value>((resolve, reject) => {
    const chunks: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => chunks[0].push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks[1].push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const [output, errors] = chunks.map((list) => textOf(Buffer.concat(list))) as [string, string];
      resolve(tuple(codeOf(code, signal), output, errors));
    });
    giveUp = (): void => reject(new Error('nobody waits for it any more'));
    // A program may end without reading all of its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(bytesOf(input));
  });
  return new Pending(answer, () => {
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    child.kill('SIGTERM');
    const last = setTimeout(() => child.kill('SIGKILL'), GRACE);
    child.once('exit', () => clearTimeout(last));
    giveUp();
  });
}

export function host({ capabilities: may }: System): HostFunctions {
  return {
    _run: (program: string, args: Cons, input: string) =>
      cancellable(() => {
        may.program(program);
        return run(program, fromList<string>(args), input);
      }),
  };
}

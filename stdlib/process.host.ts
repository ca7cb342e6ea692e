/** Host half of `process`. No shell is ever involved, so arguments are what they are. */
import { builtin } from './builtin.js';
import type { Cons } from '../runtime/values/value.js';
import { SECRET } from './capabilities.js';
import { fromList, type HostFunctions, tuple } from './support.js';
import { type System, tried } from './system.js';

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

function run(program: string, args: string[], input: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const { [SECRET]: _, ...env } = process.env;
    const child = builtin.childProcess.spawn(program, args, { stdio: 'pipe', env });
    const chunks: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => chunks[0].push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks[1].push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const [output, errors] = chunks.map((list) => Buffer.concat(list).toString('utf8')) as [string, string];
      // A program that a signal ended has no code; shells say 128 and more.
      resolve({ code: code ?? (signal === null ? 1 : 128), output, errors });
    });
    // A program may end without reading all of its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

export function host({ capabilities: may }: System): HostFunctions {
  return {
    _run: (program: string, args: Cons, input: string) =>
      tried(async () => {
        may.program(program);
        const { code, output, errors } = await run(program, fromList<string>(args), input);
        return tuple(code, output, errors);
      }),
  };
}

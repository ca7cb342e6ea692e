/**
 * `quartz grumpy asm|dis|run`: the assembler, disassembler and machine of GrumpyVM (`docs/guests/grumpy.md`).
 * Invariant: a failed run leaves no result on standard output; every refusal is one line and exit code 1.
 */
import path from 'node:path';
import type { Command } from 'commander';
import { isLeft, type Either } from 'fp-ts/lib/Either.js';
import {
  assemble,
  decodeObject,
  disassemble,
  encodeObject,
  loadGrumpy,
  runGrumpy,
  type GrumpyError,
} from '../../runtime/guests/index.js';
import { EffectError, type Effects } from '../effects/effects.js';
import type { Exit } from '../effects/exit.js';
import { wholeNumber } from '../terminal/options.js';
import { Failure, Misuse } from '../terminal/report.js';

const MOST_HEAP = 2 ** 28;

export function grumpy(program: Command, effects: Effects, _exit: Exit): void {
  const group = program
    .command('grumpy')
    .description('assemble, disassemble and run GrumpyVM programs')
    .addHelpText(
      'after',
      `
Examples:
  $ quartz grumpy run factorial.s             assemble in memory and run
  $ quartz grumpy asm factorial.s             writes factorial.o beside it
  $ quartz grumpy dis factorial.o             the object file as text
  $ quartz grumpy run --heap 64 factorial.o   with a heap of 64 values`,
    );
  group
    .command('asm')
    .argument('<file>', 'assembly text (.s)')
    .option('-o, --output <file>', 'where to write (default: the same name with .o; - is standard output)')
    .description('text to an object file')
    .addHelpText('after', '\nExample:\n  $ quartz grumpy asm factorial.s -o factorial.o')
    .action((file: string, flags: { readonly output?: string }) => {
      if (flags.output === undefined && !file.endsWith('.s'))
        throw new Misuse(`${file} does not end in .s; say -o FILE`);
      const bytes = encodeObject(orFail(file, assemble(new TextDecoder().decode(bytesOf(effects, file)))));
      if (flags.output === '-') effects.stdoutBytes(bytes);
      else effects.writeFile(path.resolve(effects.cwd, flags.output ?? `${file.slice(0, -2)}.o`), bytes);
    });
  group
    .command('dis')
    .argument('<file>', 'an object file (.o)')
    .description('an object file to text that assembles to it again')
    .addHelpText('after', '\nExample:\n  $ quartz grumpy dis factorial.o')
    .action((file: string) => {
      effects.stdout(orFail(file, disassemble(orFail(file, decodeObject(bytesOf(effects, file))))));
    });
  group
    .command('run')
    .argument('<file>', 'an object file, or assembly text if its name ends in .s')
    .option('--heap <values>', 'values a heap holds', (text: string) => wholeNumber(text, 0, MOST_HEAP))
    .option('--quantum <instructions>', 'instructions of a turn', (text: string) => wholeNumber(text, 1, 2 ** 31))
    .option('--newline', 'end the line of the result')
    .description("run a program and print its first thread's result")
    .addHelpText('after', '\nExample:\n  $ quartz grumpy run --heap 64 factorial.s')
    .action(
      (file: string, flags: { readonly heap?: number; readonly quantum?: number; readonly newline?: boolean }) => {
        const image = loadGrumpy(file, bytesOf(effects, file));
        if (isLeft(image)) throw new Failure(image.left);
        const end = runGrumpy(image.right, { ...flags, stdout: effects.stdoutBytes, stderr: effects.stderr });
        if (isLeft(end)) throw new Failure(end.left);
        effects.stdout(flags.newline === true ? `${end.right.result}\n` : end.right.result);
      },
    );
}

function bytesOf(effects: Effects, file: string): Uint8Array {
  const bytes = effects.readFile(path.resolve(effects.cwd, file));
  if (bytes === undefined) throw new EffectError(`there is no file ${file}`);
  return bytes;
}

function orFail<A>(file: string, made: Either<GrumpyError, A>): A {
  if (isLeft(made)) throw new Failure(`${file}: ${made.left.message}`);
  return made.right;
}

/** `quartz asm` and `quartz dis`: between the text form `.qza` and the binary form `.qzb`; they are inverses. */
import path from 'node:path';
import type { Command } from 'commander';
import { disassemble } from '../../runtime/bytecode/disassemble.js';
import { encode } from '../../runtime/bytecode/encode.js';
import { assembleFile, decodeFile, verifyOrFail } from '../files/bytecode.js';
import type { Effects } from '../effects/effects.js';

export function assembly(program: Command, effects: Effects): void {
  program
    .command('asm')
    .argument('<file>', 'a .qza file')
    .option('-o, --output <file>', 'where to write (default: the same name with .qzb)')
    .option('--no-verify', 'write it even if the verifier refuses it (it will not load)')
    .description('assemble bytecode from its text form')
    .addHelpText('after', '\nExample:\n  $ quartz asm timer.qza -o timer.qzb')
    .action((file: string, flags: { output?: string; verify: boolean }) => {
      const image = assembleFile(effects, file);
      if (flags.verify) verifyOrFail([image]);
      effects.writeFile(path.resolve(effects.cwd, flags.output ?? file.replace(/\.qza$/, '') + '.qzb'), encode(image));
    });
  program
    .command('dis')
    .argument('<file>', 'a .qzb file')
    .option('-o, --output <file>', 'where to write (default: standard output)')
    .description('print bytecode in its text form')
    .addHelpText('after', '\nExample:\n  $ quartzc timer.qz && quartz dis timer.qzb')
    .action((file: string, flags: { output?: string }) => {
      const text = disassemble(decodeFile(effects, file));
      if (flags.output === undefined) effects.stdout(text);
      else effects.writeFile(path.resolve(effects.cwd, flags.output), text);
    });
}

/** `quartzc`: sources to bytecode beside them, or to what a stage of the compiler makes of them. */
import path from 'node:path';
import { Option, type Command } from 'commander';
import { showAst } from '../../compiler/ast/show.js';
import { parse } from '../../compiler/parse/parse.js';
import { showTokens } from '../../compiler/parse/text/tokens.js';
import type { BuiltModule } from '../../compiler/modules/build.js';
import { signatures } from '../../compiler/protocol/signatures.js';
import { showProtocols } from '../../compiler/protocol/show.js';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { disassemble } from '../../runtime/bytecode/disassemble.js';
import { encode, sealed } from '../../runtime/bytecode/encode.js';
import { acceptedOrDefect } from '../files/bytecode.js';
import { buildFiles, rootOf } from '../files/compiling.js';
import type { Effects } from '../effects/effects.js';
import type { Exit } from '../effects/exit.js';
import { type CompileFlags, formatOption, maxBoundOption, optionsOf } from '../terminal/options.js';
import { SOURCE_ENDING } from '../files/project.js';
import { Misuse, report } from '../terminal/report.js';
import { SEXP_ENDING } from '../files/sexp.js';
import { version } from '../effects/version.js';

type Emit = 'tokens' | 'ast' | 'types' | 'protocol' | 'asm';
const EMITS: readonly Emit[] = ['tokens', 'ast', 'types', 'protocol', 'asm'];

interface Flags extends CompileFlags {
  readonly output?: string;
  readonly emit?: Emit;
  readonly check?: boolean;
}

export function configureCompiler(program: Command, effects: Effects, exit: Exit): void {
  program
    .description('Compile Quartz sources to bytecode')
    .argument('<files...>', 'source files (.qz, .sexp); - is standard input')
    .option('-o, --output <file>', 'where to write (one source file only; - is standard output)')
    .addOption(new Option('--emit <stage>', 'print what a stage makes instead').choices([...EMITS]))
    .option('--check', 'check only; write nothing')
    .addOption(formatOption())
    .addOption(maxBoundOption())
    .option('--unsafe', 'write bytecode although protocols were rejected')
    .addHelpText(
      'after',
      `
Examples:
  $ quartzc timer.qz                    writes timer.qzb beside it
  $ quartzc timer.qz -o build/t.qzb
  $ quartzc --check src/*.qz            exit code 1 if anything is wrong
  $ quartzc --emit asm timer.qz         the bytecode as text
  $ cat timer.qz | quartzc - -o -       from standard input to standard output`,
    )
    .action((files: string[], flags: Flags) => {
      if (flags.output !== undefined && files.length > 1) throw new Misuse('-o goes with one source file');
      if (flags.output === undefined && files.includes('-') && flags.emit === undefined && flags.check !== true) {
        throw new Misuse('reading from standard input needs -o FILE, --emit or --check');
      }
      if (flags.emit === 'tokens' || flags.emit === 'ast') syntaxOnly(files, flags, effects, exit);
      else compile(files, flags, effects, exit);
    });
}

function syntaxOnly(files: readonly string[], flags: Flags, effects: Effects, exit: Exit): void {
  const found = files.flatMap((name) => {
    const { file } = rootOf(effects, name);
    if (flags.emit === 'tokens') {
      write(effects, flags.output, showTokens(file));
      return [];
    }
    const { module, diagnostics } = parse(file);
    write(effects, flags.output, showAst(module));
    return [...diagnostics];
  });
  if (report(effects, found, flags.format, version)) exit.code = 1;
}

function compile(files: readonly string[], flags: Flags, effects: Effects, exit: Exit): void {
  const stage = flags.emit === 'types' || flags.emit === 'protocol' ? 'protocol' : 'asm';
  const built = buildFiles(effects, files, stage, { ...optionsOf(flags), unused: true, freshRoots: true });
  const failed = report(effects, built.diagnostics, flags.format, version);
  if (failed) exit.code = 1;
  else acceptedOrDefect(built.images);
  if (flags.check === true || (failed && flags.unsafe !== true)) return;
  for (const m of built.named) {
    if (m.diagnostics.some(isError) && flags.unsafe !== true) continue;
    if (flags.emit !== undefined) write(effects, flags.output, emitted(m, flags.emit));
    else if (m.image !== undefined) {
      write(
        effects,
        flags.output ?? m.file.path.replace(SOURCE_ENDING, '').replace(SEXP_ENDING, '') + '.qzb',
        encode(sealed(m.image)),
      );
    }
  }
}

function emitted(m: BuiltModule, emit: Emit): string {
  if (m.typing === undefined || m.protocols === undefined) return '';
  if (emit === 'types')
    return signatures(m.typing, m.protocols)
      .map((line) => `${line}\n`)
      .join('');
  if (emit === 'protocol') return showProtocols(m.protocols);
  return m.image === undefined ? '' : disassemble(m.image);
}

function write(effects: Effects, output: string | undefined, content: string | Uint8Array): void {
  if (output !== undefined && output !== '-') effects.writeFile(path.resolve(effects.cwd, output), content);
  else if (typeof content === 'string') effects.stdout(content);
  else effects.stdoutBytes(content);
}

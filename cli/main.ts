/**
 * The command line. Exit codes: 0 fine, 1 the program was rejected or failed, 2 the command line was wrong.
 * Invariant: whatever the words are, the user sees plain sentences, never a stack trace of ours.
 */
import { Command, CommanderError } from 'commander';
import { didYouMean } from '../compiler/diagnostics/suggest.js';
import { EffectError, type Effects } from './effects/effects.js';
import type { Exit } from './effects/exit.js';
import { closeGrantFlags } from './run/grants.js';
import { Failure, Misuse, paintFor } from './terminal/report.js';
import { version } from './effects/version.js';
import { commandsFor } from './commands/index.js';

/** Runs `quartz` or `quartzc` with the given words and returns the exit code. */
export async function main(name: 'quartz' | 'quartzc', words: readonly string[], effects: Effects): Promise<number> {
  const exit: Exit = { code: 0 };
  const program = new Command(name).version(version, '-V, --version', 'print the version');
  if (name === 'quartzc') (await import('./commands/compile.js')).configureCompiler(program, effects, exit);
  else {
    program
      .description('Quartz: plain actors whose conversations are proved not to get stuck')
      .usage('COMMAND [options]')
      .enablePositionalOptions()
      .helpCommand('help [command]', 'explain a command')
      .showSuggestionAfterError();
    for (const add of await commandsFor(words[0])) add(program, effects, exit);
    program.addHelpText('after', FIRST_STEPS);
  }
  prepare(program, effects);
  try {
    if (name === 'quartz') knownTopic(program, words);
    await program.parseAsync(grantWords(program, words), { from: 'user' });
    return exit.code;
  } catch (error) {
    return complain(error, effects);
  }
}

const FIRST_STEPS = `
Examples:
  $ quartz run examples/timer.qz      compile in memory and run
  $ quartz check src/*.qz             types and protocols, nothing is run
  $ quartz types examples/timer.qz    the inferred signatures
  $ quartz explain Q0301              what an error code means`;

/** Commander answers `help` about a command that does not exist with all of its help and no word why. */
function knownTopic(program: Command, [word, topic]: readonly string[]): void {
  if (word !== 'help' || topic === undefined || topic.startsWith('-')) return;
  const known = program.commands.map((c) => c.name());
  if (known.includes(topic) || topic === 'help') return;
  const hint = didYouMean(topic, known).join('; ');
  throw new Misuse(`there is no command ${topic}${hint === '' ? '' : `; ${hint}`} (\`quartz --help\` lists all)`);
}

function prepare(command: Command, effects: Effects): void {
  command.exitOverride().configureOutput({
    writeOut: (s) => effects.stdout(s),
    writeErr: (s) => effects.stderr(s),
    getOutHasColors: () => effects.isTerminal('stdout'),
    getErrHasColors: () => effects.isTerminal('stderr'),
  });
  command.showHelpAfterError('(add --help for how to use it)');
  for (const sub of command.commands) prepare(sub, effects);
}

/** The words with `--allow-..` flags closed, for the commands that have them. */
function grantWords(program: Command, words: readonly string[]): string[] {
  const command = program.commands.find((c) => c.name() === words[0]);
  const granting = command?.options.some((o) => o.long === '--allow-read') === true;
  return granting ? [words[0]!, ...closeGrantFlags(words.slice(1), command!)] : [...words];
}

function complain(error: unknown, effects: Effects): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const paint = paintFor(effects, 'stderr');
  const say = (message: string): void => effects.stderr(`${paint.error('error')}: ${message}\n`);
  if (error instanceof Misuse) {
    say(error.message);
    return 2;
  }
  if (error instanceof Failure || error instanceof EffectError) {
    if (error.message !== '') say(error.message);
    return 1;
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(`this is a defect in Quartz, not in your program; please report it with what you did\n${details}`);
  return 1;
}

/**
 * `quartz repl --sexp` and `quartz repl --dialect eval`: reads, evaluates, prints, until the input ends.
 * Invariant: no line ends the session; prompts appear only where somebody sees them.
 */
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import {
  ACTOR_DIALECT,
  EVAL_DIALECT,
  EvalSession,
  HISTORY_FILE,
  isIncomplete,
  PROMPT,
  read,
  SExpressionSession,
} from '../../runtime/guests/index.js';
import { EffectError, type Effects } from '../effects/effects.js';
import type { Exit } from '../effects/exit.js';
import { decodeText } from '../files/project.js';
import { Misuse } from '../terminal/report.js';
import { dialectOption } from './sexp.js';

/** Lines of history kept. */
const MOST_HISTORY = 1000;
const CONTINUED = '. ';

interface Language {
  /** What to show for a whole input. */
  readonly answer: (text: string) => readonly string[];
  /** Whether more lines could make the text whole. */
  readonly unfinished: (text: string) => boolean;
  /** The history file, if the language keeps one and there is a home to keep it in. */
  readonly history: string | undefined;
}

export function repl(program: Command, effects: Effects, _exit: Exit): void {
  program
    .command('repl')
    .description('evaluate S-expressions line by line')
    .option('--sexp', 'the VMActor language')
    .addOption(dialectOption())
    .addHelpText(
      'after',
      `
Examples:
  $ quartz repl --sexp              (+ 1 2) shows 3; definitions last
  $ quartz repl --dialect eval      the Eval dialect; history in ~/${HISTORY_FILE}`,
    )
    .action(async (flags: { readonly sexp?: boolean; readonly dialect?: 'actor' | 'eval' }) => {
      if (flags.sexp !== true && flags.dialect === undefined)
        throw new Misuse('say which language: --sexp or --dialect eval');
      await loop(effects, flags.dialect === 'eval' ? evalLanguage(effects) : actorLanguage(effects));
    });
}

function actorLanguage(effects: Effects): Language {
  const session = new SExpressionSession({ print: (line) => effects.stdout(`${line}\n`) });
  return {
    answer: (text) => {
      const end = session.line(text);
      return isLeft(end) ? [end.left] : end.right;
    },
    unfinished: (text) => {
      const trees = read(text, ACTOR_DIALECT);
      return isLeft(trees) && isIncomplete(trees.left);
    },
    history: undefined,
  };
}

function evalLanguage({ env }: Effects): Language {
  const session = new EvalSession();
  return {
    answer: (text) => session.line(text),
    unfinished: (text) => {
      const trees = read(text.replace(/^\s*:d(?=\s)/, ''), EVAL_DIALECT);
      return isLeft(trees) && isIncomplete(trees.left);
    },
    history: env.HOME === undefined || env.HOME === '' ? undefined : path.join(env.HOME, HISTORY_FILE),
  };
}

async function loop(effects: Effects, language: Language): Promise<void> {
  const terminal = effects.isTerminal('stdout');
  const before = language.history === undefined ? [] : historyOf(effects, language.history);
  const entered: string[] = [];
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      effects.stdout(chunk.toString());
      done();
    },
  });
  const input = effects.stdin();
  const lines = createInterface({
    input,
    ...(terminal ? { output, terminal: (input as { readonly isTTY?: boolean }).isTTY === true } : {}),
    // The newest first, as readline has it.
    history: before.toReversed(),
    historySize: MOST_HISTORY,
  });
  let text = '';
  const prompt = (): void => {
    if (!terminal) return;
    lines.setPrompt(text === '' ? PROMPT : CONTINUED);
    lines.prompt();
  };
  const evaluate = (): void => {
    for (const line of language.answer(text)) effects.stdout(`${line}\n`);
    text = '';
  };
  prompt();
  for await (const line of lines) {
    if (line.trim() !== '') entered.push(line);
    const first = text === '';
    text = first ? line : `${text}\n${line}`;
    // An empty line gives up waiting for the rest.
    if (text.trim() === '') text = '';
    else if (line.trim() === '' || !language.unfinished(text)) evaluate();
    prompt();
  }
  if (text.trim() !== '') evaluate();
  if (terminal) effects.stdout('\n');
  if (language.history !== undefined && entered.length > 0)
    effects.writeFile(language.history, [...before, ...entered].slice(-MOST_HISTORY).join('\n') + '\n');
}

/** A history that cannot be read is no reason not to start. */
function historyOf(effects: Effects, file: string): readonly string[] {
  try {
    const bytes = effects.readFile(file);
    return bytes === undefined
      ? []
      : decodeText(bytes, file)
          .split('\n')
          .filter((line) => line !== '');
  } catch (error) {
    if (error instanceof EffectError) return [];
    throw error;
  }
}

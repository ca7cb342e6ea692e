/**
 * Random well-typed programs, and mistakes in them, against the guarantee of the checker:
 * `npx tsx tests/fuzz/programs.ts [count] [seed] [schedules] [mutants]`. What is accepted must be accepted by the verifier, from
 * its bytes and without trust, and run under every schedule tried without an unexpected message; what is proved, without a
 * stuck thread or a forgotten message. What threads do must be on a path of the automata that the checker has of them, and what
 * a program says of itself must be so (it prints WRONG where a variable is shared, or operands come in another order).
 * The slots of its frames hold what the verifier says after each instruction.
 * A program that breaks this is shrunk and printed; at the end come the figures, with how often each form was made.
 */
import { pathToFileURL } from 'node:url';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { progressOf } from '../../compiler/protocol/compose/progress.js';
import { loaded } from '../support/bytes.js';
import { refusals } from '../support/spec.js';
import { compileWithOthers } from '../support/compile.js';
import { mutant } from '../support/mutations.js';
import { watched } from '../support/oracle.js';
import { ENDLESS, GIVEN_UP, randomProgram, textsOf } from '../support/random-programs.js';
import { Runner, silentHosts } from '../support/random-schedules.js';
import { knownOf } from '../support/traces.js';

/** So many instructions of a run are compared with what the verifier knows. */
const MOST_WATCHED = 2000;

export interface Judged {
  readonly verdict: 'rejected' | 'proved' | 'accepted';
  /** How the guarantee was broken. */
  readonly wrong?: string;
}

/** Words of programs that lose links, give messages up, or may find a pool empty: their threads may fail. */
const LOSSES = /\b(?:drop|raise|fail|close|any|take|try|Down|EmptyPool)\b/;
/** In a program as it was made, pools are empty when they are dropped. */
const OWN_LOSSES = new RegExp(`\\braise\\b|# ${GIVEN_UP}`);
/** Of so many schedules one is followed along the automata. */
const FOLLOWED = 30;

export interface Judging {
  /** With a mistake, so it may also run for ever, and what it says of itself need not be so. */
  readonly changed: boolean;
  /** It runs although it is rejected, as if it were proved. */
  readonly unsafe?: boolean;
  /** Without trust in the compiler. */
  readonly strict?: boolean;
}

/** Compiles a program and runs it under so many schedules. */
export function judge(text: string, schedules: number, { changed, unsafe = false, strict = true }: Judging): Judged {
  const { main, others } = textsOf(text);
  const built = compileWithOthers(main, others, { unsafe });
  if (!unsafe && built.diagnostics.some(isError)) return { verdict: 'rejected' };
  const own = built.modules.flatMap((m) => m.protocols?.compositions ?? []);
  const proved = unsafe || own.every((c) => progressOf(c) === 'proved');
  const verdict = proved ? 'proved' : 'accepted';
  const losses = (changed ? LOSSES : OWN_LOSSES).test(text);
  const endless = changed || text.includes(ENDLESS);
  try {
    const modules = loaded(built.images, strict && !unsafe ? 'none' : 'compiler');
    const slots = watched(modules, MOST_WATCHED, { hosts: silentHosts() }).wrong;
    if (slots !== undefined) return { verdict, wrong: `not what the verifier knows: ${slots}` };
    const runner = new Runner(modules);
    const allowed = { losses, waiting: !proved, endless, wrong: changed };
    const known = unsafe ? undefined : knownOf(built);
    const wrong =
      (known && runner.firstOffPath(known, Math.ceil(schedules / FOLLOWED), allowed)) ??
      runner.firstWrong(schedules, 0, allowed);
    return wrong === undefined ? { verdict } : { verdict, wrong };
  } catch (e) {
    return { verdict, wrong: `an exception: ${(e as Error).message}` };
  }
}

/** Without the number of the schedule and places. */
const kindOf = (wrong: string | undefined): string | undefined =>
  wrong?.replace(/^schedule \d+: |\(.*?\)|[A-Za-z_]*\d+|at \S+/g, '').slice(0, 40);

/** The smallest program found by leaving out lines and blocks that goes wrong in the same way. */
export function shrink(text: string, schedules: number, how: Judging): string {
  const kind = kindOf(judge(text, schedules, how).wrong);
  const indentOf = (line: string): number => /^ */.exec(line)![0].length;
  let lines = text.split('\n').filter((l) => l.trim() !== '');
  for (let shorter = true; shorter;) {
    shorter = false;
    for (let i = 0; i < lines.length; i++) {
      let end = i + 1;
      while (end < lines.length && indentOf(lines[end]!) > indentOf(lines[i]!)) end++;
      const block = lines[end]?.trim() === 'end' && end > i + 1 ? end + 1 : end;
      // The whole block; its first and last lines only; the line alone.
      const inner = lines.slice(i + 1, end).map((l) => l.slice(2));
      for (const by of [[], inner]) {
        const tried = [...lines.slice(0, i), ...by, ...lines.slice(block)];
        if (tried.length >= lines.length || kindOf(judge(tried.join('\n'), schedules, how).wrong) !== kind) continue;
        lines = tried;
        shorter = true;
        i--;
        break;
      }
    }
  }
  return lines.join('\n');
}

export interface Tally {
  made: number;
  accepted: number;
  proved: number;
  mutants: number;
  mutantsAccepted: number;
  mutantsProved: number;
  runs: number;
  readonly features: Map<string, number>;
}

export interface Violation {
  readonly seed: number;
  readonly wrong: string;
  readonly text: string;
  readonly changed: boolean;
}

export interface Searching {
  readonly mutants?: number;
  readonly strict?: boolean;
  /** Without the forms that `randomProgram` can leave out. */
  readonly plain?: boolean;
  readonly note?: (v: Violation) => void;
}

export function search(
  count: number,
  seed: number,
  schedules: number,
  { mutants = 3, strict = true, plain = false, note = () => undefined }: Searching = {},
): { tally: Tally; violations: readonly Violation[] } {
  const tally: Tally = {
    made: 0,
    accepted: 0,
    proved: 0,
    mutants: 0,
    mutantsAccepted: 0,
    mutantsProved: 0,
    runs: 0,
    features: new Map(),
  };
  const violations: Violation[] = [];
  const look = (at: number, text: string, changed: boolean): Judged => {
    const runs = changed ? Math.ceil(schedules / 5) : schedules;
    const judged = judge(text, runs, { changed, strict });
    if (judged.verdict !== 'rejected') tally.runs += runs;
    if (judged.wrong !== undefined) {
      violations.push({ seed: at, wrong: judged.wrong, text, changed });
      note(violations.at(-1)!);
    }
    return judged;
  };
  for (let at = seed; at < seed + count; at++) {
    const { text, features } = randomProgram(at, plain);
    tally.made++;
    const { verdict } = look(at, text, false);
    if (verdict === 'rejected') continue;
    tally.accepted++;
    if (verdict === 'proved') tally.proved++;
    for (const f of features) tally.features.set(f, (tally.features.get(f) ?? 0) + 1);
    for (let m = 0; m < mutants; m++) {
      const changed = mutant(text, at * 101 + m);
      if (changed === undefined) continue;
      tally.mutants++;
      const found = look(at, changed, true);
      if (found.verdict !== 'rejected') tally.mutantsAccepted++;
      if (found.verdict === 'proved') tally.mutantsProved++;
    }
  }
  return { tally, violations };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [count = 100, seed = 1, schedules = 1000, mutants = 3] = process.argv.slice(2).map(Number);
  const note = (v: Violation): void => {
    console.log(
      `seed ${v.seed}${v.changed ? ', with a mistake' : ''}: ${v.wrong}\n${shrink(v.text, 60, { changed: v.changed })}\n`,
    );
  };
  const { tally, violations } = search(count, seed, schedules, { mutants, note });
  for (const why of refusals) console.log(why);
  console.log({
    refused: refusals.length,
    ...tally,
    features: Object.fromEntries([...tally.features].sort((a, b) => b[1] - a[1])),
  });
  process.exitCode = violations.length > 0 ? 1 : 0;
}

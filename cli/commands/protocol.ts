/** `quartz protocol check | show | global`: systems of automata, from programs or from JSON, judged, drawn, synthesised. */
import path from 'node:path';
import { type Command, Option } from 'commander';
import { millisecondsFor } from '../../compiler/protocol/decide/decide.js';
import { sequenceDiagram } from '../../compiler/protocol/say/diagram.js';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { showGlobal } from '../../compiler/protocol/global/show.js';
import { synthesise } from '../../compiler/protocol/global/synthesise.js';
import { asDot, asMermaid, asSvg, asText, draw } from '../protocols/drawing.js';
import type { Effects } from '../effects/effects.js';
import type { Exit } from '../effects/exit.js';
import { maxBoundOption, seconds } from '../terminal/options.js';
import { Failure, paintFor, report } from '../terminal/report.js';
import { writeTraces } from '../protocols/schedules.js';
import {
  isCalled,
  type Judged,
  judgedJson,
  judgeFiles,
  type Limits,
  loopText,
  printable,
  titleOf,
} from '../protocols/systems.js';
import { version } from '../effects/version.js';

interface CheckFlags extends Limits {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly trace?: string;
}

const limitsOf = ({ maxBound, timeout }: Limits): Limits => ({
  ...(maxBound !== undefined && { maxBound }),
  ...(timeout !== undefined && { timeout }),
});

const FILES = '.qz sources (their protocols and all compositions of sessions), or .json files of automata';

export function protocol(program: Command, effects: Effects, exit: Exit): void {
  const parent = program.command('protocol').description('check, draw and summarise protocols');
  parent
    .command('check')
    .argument('<files...>', FILES)
    .description('decide every system of automata: safe, rejected or unknown')
    .option('--json', 'print a list of verdicts as JSON')
    .option('-v, --verbose', 'draw the schedule of every rejection')
    .option('--trace <file>', 'write the schedules of the rejections as JSON: FILE, FILE-2 ..')
    .option('--timeout <seconds>', 'longest time for one system (default: none)', seconds)
    .addOption(maxBoundOption())
    .addHelpText('after', CHECK_HELP)
    .action((files: string[], flags: CheckFlags) => {
      const found = judgeFiles(effects, files, limitsOf(flags));
      if (found.diagnostics.length > 0)
        report({ ...effects, stdout: effects.stderr }, found.diagnostics, 'text', version);
      if (flags.json === true) effects.stdout(jsonList(found.judged));
      else showVerdicts(effects, found.judged, flags.verbose === true || found.judged.length === 1);
      if (found.diagnostics.some(isError) || found.judged.some((j) => j.verdict.verdict !== 'safe')) exit.code = 1;
      if (flags.trace !== undefined && writeTraces(effects, flags.trace, found.judged).length === 0)
        throw new Failure('nothing was rejected, so there is no schedule to write');
    });
  addShow(parent, effects, exit);
  addGlobal(parent, effects, exit);
}

function addGlobal(parent: Command, effects: Effects, exit: Exit): void {
  parent
    .command('global')
    .argument('<files...>', FILES)
    .description('print the global type of each safe composition that has one')
    .option('--of <name>', 'only the compositions of this name or with this role')
    .option('--timeout <seconds>', 'longest time for one system (default: none)', seconds)
    .addOption(maxBoundOption())
    .addHelpText('after', GLOBAL_HELP)
    .action((files: string[], flags: Limits & { readonly of?: string }) => {
      const found = judgeFiles(effects, files, limitsOf(flags));
      if (found.diagnostics.some(isError)) {
        report({ ...effects, stdout: effects.stderr }, found.diagnostics, 'text', version);
        exit.code = 1;
      }
      const { of } = flags;
      const wanted = found.judged.filter((j) => of === undefined || isCalled(j, of));
      if (wanted.length === 0 && exit.code === 0)
        throw new Failure(
          of === undefined ? 'there are no compositions here' : `there is no composition with ${printable(of)}`,
        );
      const paint = paintFor(effects, 'stdout');
      for (const [i, j] of wanted.entries()) {
        const made = globalOf(j);
        if (!made.ok) exit.code = 1;
        effects.stdout(`${i === 0 ? '' : '\n'}${paint.bold(`global ${titleOf(j)}`)}\n`);
        for (const line of made.lines) effects.stdout(`  ${printable(line, 400)}\n`);
      }
    });
}

const GLOBAL_HELP = `
Exit code: 0 if every composition is safe and has a global type, else 1.

Example:
  $ quartz protocol global examples/protocols/two-buyer.qz`;

interface GlobalText {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

function globalOf({ system, verdict }: Judged): GlobalText {
  if (verdict.verdict !== 'safe') return { ok: false, lines: [`none: it is ${verdict.verdict}: ${verdict.reason}`] };
  const made = synthesise(system);
  if (!made.ok) return { ok: false, lines: [`none: ${made.reason}`] };
  const name = (role: number): string => system.roles[role]!.name;
  const unused = made.value.unused.map(
    (u) => `# ${name(u.role)} waits for ${u.label} from ${name(u.partner)} also where it is never sent`,
  );
  return { ok: true, lines: [...showGlobal(made.value.type), ...unused] };
}

interface ShowFlags extends Limits {
  readonly of?: string;
  readonly svg?: string;
  readonly mermaid?: boolean;
  readonly dot?: boolean;
}

function addShow(parent: Command, effects: Effects, exit: Exit): void {
  parent
    .command('show')
    .argument('<files...>', FILES)
    .description('draw the automaton of each session and a run of each composition')
    .option('--of <name>', 'only this session or composition')
    .option('--svg <file>', 'write the pictures to an SVG file')
    .addOption(new Option('--mermaid', 'print them for Mermaid').conflicts('dot'))
    .option('--dot', 'print the automata for Graphviz')
    .option('--timeout <seconds>', 'longest time for one system (default: none)', seconds)
    .addOption(maxBoundOption())
    .addHelpText('after', SHOW_HELP)
    .action((files: string[], flags: ShowFlags) => {
      const found = judgeFiles(effects, files, limitsOf(flags));
      const drawn = draw(found, flags.of);
      if (found.diagnostics.some(isError)) {
        report({ ...effects, stdout: effects.stderr }, found.diagnostics, 'text', version);
        exit.code = 1;
      }
      if (drawn.graphs.length + drawn.sequences.length === 0) {
        if (exit.code === 1) return;
        throw new Failure(
          flags.of === undefined ? 'there is nothing to draw' : `there is no ${printable(flags.of)} to draw`,
        );
      }
      if (flags.svg !== undefined) effects.writeFile(path.resolve(effects.cwd, flags.svg), asSvg(drawn));
      if (flags.mermaid === true) effects.stdout(asMermaid(drawn));
      else if (flags.dot === true) effects.stdout(asDot(drawn));
      else if (flags.svg === undefined) effects.stdout(asText(drawn));
    });
}

const SHOW_HELP = `
A safe composition is drawn by a shortest complete run (once round if it never ends), a rejected one by its schedule.
Numbers at the side are lines of the source.

Examples:
  $ quartz protocol show examples/timer.qz
  $ quartz protocol show examples/timer.qz --of Timer --svg timer.svg
  $ quartz protocol show systems.json --dot`;

const CHECK_HELP = `
Exit code: 0 if all is safe, 1 if anything is rejected, unknown or not proved.

Examples:
  $ quartz protocol check examples/timer.qz
  $ quartz protocol check systems.json --max-bound 4 --timeout 2 --json
  $ quartz protocol check broken.qz --trace stuck.json`;

/** One verdict a line. */
const jsonList = (judged: readonly Judged[]): string =>
  judged.length === 0 ? '[]\n' : `[\n${judged.map((j) => JSON.stringify(judgedJson(j))).join(',\n')}\n]\n`;

function showVerdicts(effects: Effects, judged: readonly Judged[], draw: boolean): void {
  const paint = paintFor(effects, 'stdout');
  const rows = judged.map(({ verdict: v, ...j }) => [
    titleOf(j),
    v.verdict,
    v.verdict === 'safe' ? String(v.bound) : '-',
    v.verdict === 'safe' ? v.argument : '-',
    String(v.states),
    millisecondsFor(j.system).toFixed(1),
  ]);
  const heads = ['system', 'verdict', 'bound', 'argument', 'states', 'ms'];
  const widths = heads.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i]!.length)));
  const cells = (row: readonly string[]): string[] =>
    row.map((cell, i) => (i === 2 || i > 3 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)));
  if (rows.length > 0) effects.stdout(`${paint.bold(cells(heads).join('  '))}\n`);
  judged.forEach((j, i) => {
    const [name, verdict, ...rest] = cells(rows[i]!);
    const colour =
      j.verdict.verdict === 'rejected' ? paint.error : j.verdict.verdict === 'unknown' ? paint.warning : paint.note;
    effects.stdout(`${[name!, colour(verdict!), ...rest].join('  ')}\n`);
    for (const line of remarks(j, draw)) effects.stdout(`    ${line}\n`);
  });
  effects.stdout(`${totals(judged)}\n`);
}

function remarks(j: Judged, draw: boolean): string[] {
  const { verdict: v } = j;
  if (v.verdict === 'safe') return j.progress === 'proved' ? [] : [printable(j.progress, 200)];
  if (v.verdict === 'unknown') {
    const loop =
      v.loop.length === 0
        ? []
        : [printable(`a loop that leaves more and more unread: ${loopText(j.system, v.loop)}`, 200)];
    return [printable(v.reason, 200), ...loop];
  }
  const steps = `after ${v.schedule.length} step${v.schedule.length === 1 ? '' : 's'}`;
  const figure = draw ? ['', ...sequenceDiagram(j.system, v.schedule, v.stuck).map((l) => printable(l, 400)), ''] : [];
  return [printable(`${steps}: ${v.reason}`, 300), ...figure];
}

function totals(judged: readonly Judged[]): string {
  const count = (kind: string): number => judged.filter((j) => j.verdict.verdict === kind).length;
  const milliseconds = judged.reduce((sum, j) => sum + millisecondsFor(j.system), 0);
  const systems = `${judged.length} system${judged.length === 1 ? '' : 's'}`;
  return `${systems}: ${count('safe')} safe, ${count('rejected')} rejected, ${count('unknown')} unknown, ${milliseconds.toFixed(0)} ms`;
}

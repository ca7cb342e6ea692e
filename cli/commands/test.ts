/** `quartz test`: every `test "..." ... end` of the named modules in a machine of its own. */
import path from 'node:path';
import type { Command } from 'commander';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { testTitle } from '../../compiler/codegen/image/test-names.js';
import { buildPrograms, type BuiltNamed, filesNamed } from '../files/compiling.js';
import type { Effects } from '../effects/effects.js';
import type { Exit } from '../effects/exit.js';
import { addExploringOptions, Exploring, type ExploringFlags, isExploring } from '../run/exploring.js';
import { type Externs, loadExterns } from '../run/externs.js';
import { addGrantOptions, grantsOf } from '../run/grants.js';
import { junit, type Outcome } from '../run/junit.js';
import { addMachineOptions, hostsFor } from '../run/machine.js';
import { projectOf } from '../files/manifest.js';
import { type CompileFlags, formatOption, maxBoundOption, optionsOf, seconds } from '../terminal/options.js';
import { paintFor, report } from '../terminal/report.js';
import { runTest, TestedModule } from '../run/test-runs.js';
import { version } from '../effects/version.js';

type Flags = CompileFlags &
  ExploringFlags & { readonly filter?: string; readonly watch?: boolean; readonly junit?: string } & Record<
    string,
    unknown
  >;

export function test(program: Command, effects: Effects, exit: Exit): void {
  const command = program
    .command('test')
    .argument('[files...]', 'source files, or folders of them (default: all of the project, or of this folder)')
    .description('run the tests of modules');
  addExploringOptions(addMachineOptions(addGrantOptions(command)))
    .option('--filter <text>', 'only tests whose title contains this')
    .option('--watch', 'run again when a source file changes')
    .option('--junit <file>', 'also write the results as JUnit XML')
    .option('--timeout <seconds>', 'longest time for a test, or for a run of one under many schedules', seconds, 10)
    .option('--unsafe', 'run although protocols were rejected')
    .addOption(formatOption())
    .addOption(maxBoundOption())
    .addHelpText('after', '\nExamples:\n  $ quartz test\n  $ quartz test shapes.qz --filter area --junit results.xml')
    .action(async (files: string[], flags: Flags) => {
      const top = projectOf(effects, effects.cwd)?.root ?? effects.cwd;
      const named = files.length > 0 ? files : [path.relative(effects.cwd, top) || '.'];
      exit.code = await round(effects, named, flags);
      if (flags.watch !== true) return;
      for await (const _ of effects.changes(top)) exit.code = await round(effects, named, flags);
    });
}

/** A test that there is, and the program that it is part of. */
interface Planned {
  readonly program: BuiltNamed;
  readonly image: ModuleImage;
  readonly file: string;
  readonly title: string;
}

/** Tests of the modules that were named. */
const planned = (programs: readonly BuiltNamed[]): Planned[] =>
  programs.flatMap((program) =>
    program.named.flatMap((m) => {
      const image = program.images.find((i) => i.name === m.name);
      return (image?.functions ?? []).flatMap((f) => {
        const title = testTitle(f);
        return title === undefined ? [] : [{ program, image: image!, file: m.file.path, title }];
      });
    }),
  );

/** What is asked for and not there: a run that tests nothing must not look like one in which all is well. */
function nothingIn(effects: Effects, named: readonly string[], all: readonly Planned[], filter: string): string[] {
  const tested = new Set(all.map((t) => path.resolve(effects.cwd, t.file)));
  const empty = named.filter(
    (name) => !filesNamed(effects, [name]).some((f) => tested.has(path.resolve(effects.cwd, f))),
  );
  if (empty.length > 0) return empty.map((name) => `there are no tests in ${name === '.' ? 'this folder' : name}`);
  if (all.some((t) => t.title.includes(filter))) return [];
  return [`no test has ${JSON.stringify(filter)} in its title`];
}

async function round(effects: Effects, named: readonly string[], flags: Flags): Promise<number> {
  const paint = paintFor(effects, 'stderr');
  const files = filesNamed(effects, named);
  const programs = files.length === 0 ? [] : buildPrograms(effects, files, 'asm', optionsOf(flags));
  const diagnostics = programs.flatMap((p) => p.diagnostics);
  const rejected = diagnostics.length > 0 && report(effects, diagnostics, flags.format, version);
  if (rejected && flags.unsafe !== true) return 1;
  const { filter = '' } = flags;
  const all = planned(programs);
  const chosen = all.filter((t) => t.title.includes(filter));
  const grants = grantsOf(flags);
  const externs = new Map<BuiltNamed, Externs>();
  for (const p of programs) externs.set(p, await loadExterns(effects, p.images, hostsFor(effects, grants), grants));
  const outcomes: Outcome[] = [];
  for (const [image, tests] of byImage(chosen)) {
    const { program, file } = tests[0]!;
    const module = new TestedModule(effects, program.images, image, file, flags, externs.get(program)!);
    const exploring = isExploring(flags) ? new Exploring(module, flags) : undefined;
    try {
      for (const { title } of tests) {
        if (effects.isTerminal('stderr')) effects.stderr(`\r${outcomes.length + 1}/${chosen.length} ${title}\x1b[K`);
        outcomes.push(await (exploring === undefined ? runTest(module, title) : explored(module, exploring, title)));
      }
    } finally {
      exploring?.close();
    }
  }
  if (effects.isTerminal('stderr')) effects.stderr('\r\x1b[K');
  for (const o of outcomes.filter((x) => x.complaints.length > 0)) {
    effects.stderr(`${paint.error('FAILED')} ${o.module}: ${o.title}\n`);
    for (const line of o.complaints) effects.stderr(`${line.replace(/^/gm, '  ')}\n`);
    if (o.output !== '') effects.stderr(`${o.output.trimEnd().replace(/^/gm, '  | ')}\n`);
  }
  for (const { module, title, note, complaints: wrong } of outcomes)
    if (note !== undefined && wrong.length === 0) effects.stdout(`${module}: ${title}: ${note}\n`);
  const failed = outcomes.filter((o) => o.complaints.length > 0).length;
  effects.stdout(`${outcomes.length - failed} passed, ${failed} failed\n`);
  if (flags.junit !== undefined) effects.writeFile(path.resolve(effects.cwd, flags.junit), junit(outcomes));
  const missing = nothingIn(effects, named, all, filter);
  for (const line of missing) effects.stderr(`${paint.error('error')}: ${line}\n`);
  return failed > 0 || missing.length > 0 ? 1 : 0;
}

/** Runs a test under many schedules; a module is loaded once for all of its tests. */
async function explored(module: TestedModule, exploring: Exploring, title: string): Promise<Outcome> {
  const start = performance.now();
  const found = await exploring.run(title);
  return { module: module.image.name, title, milliseconds: performance.now() - start, ...found };
}

function byImage(tests: readonly Planned[]): ReadonlyMap<ModuleImage, readonly Planned[]> {
  const found = new Map<ModuleImage, Planned[]>();
  for (const t of tests) found.set(t.image, [...(found.get(t.image) ?? []), t]);
  return found;
}

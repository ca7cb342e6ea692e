/** `quartz test`: every `test "..." ... end` of the named modules in a machine of its own. */
import path from 'node:path';
import type { Command } from 'commander';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { type ProgramEnd, Vm } from '../../runtime/vm.js';
import { testTitle } from '../../compiler/codegen/image/test-names.js';
import { buildPrograms, type BuiltNamed, filesNamed } from '../compiling.js';
import { seeded } from '../determinism.js';
import type { Effects } from '../effects.js';
import type { Exit } from '../exit.js';
import { addExploringOptions, Exploring, type ExploringFlags, isExploring } from '../exploring.js';
import { addExterns, type Externs, loadExterns } from '../externs.js';
import { addGrantOptions, grantsOf } from '../grants.js';
import { addMachineOptions, complaints, hostsFor, loadAll, type MachineFlags, machineOptions } from '../machine.js';
import { projectOf } from '../manifest.js';
import { type CompileFlags, formatOption, maxBoundOption, optionsOf } from '../options.js';
import { paintFor, report } from '../report.js';
import { version } from '../version.js';

type Flags = CompileFlags &
  MachineFlags &
  ExploringFlags & { readonly filter?: string; readonly watch?: boolean; readonly junit?: string } & Record<
    string,
    unknown
  >;

interface Outcome {
  readonly module: string;
  readonly title: string;
  readonly milliseconds: number;
  readonly output: string;
  /** Empty if it passed. */
  readonly complaints: readonly string[];
  /** Under which schedules it was run, if it was under many. */
  readonly note?: string;
}

export function test(program: Command, effects: Effects, exit: Exit): void {
  const command = program
    .command('test')
    .argument('[files...]', 'source files, or folders of them (default: all of the project, or of this folder)')
    .description('run the tests of modules');
  addExploringOptions(addMachineOptions(addGrantOptions(command)))
    .option('--filter <text>', 'only tests whose title contains this')
    .option('--watch', 'run again when a source file changes')
    .option('--junit <file>', 'also write the results as JUnit XML')
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
  const run = isExploring(flags) ? underSchedules() : one;
  const externs = new Map<BuiltNamed, Externs>();
  const grants = grantsOf(flags);
  for (const p of programs) externs.set(p, await loadExterns(effects, p.images, hostsFor(effects, grants), grants));
  const outcomes: Outcome[] = [];
  for (const { program, image, file, title } of chosen) {
    if (effects.isTerminal('stderr')) effects.stderr(`\r${outcomes.length + 1}/${chosen.length} ${title}\x1b[K`);
    const tested = { effects, images: program.images, image, flags, externs: externs.get(program)!, file };
    outcomes.push(await run(tested, title));
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

interface Tested {
  readonly effects: Effects;
  readonly images: readonly ModuleImage[];
  readonly image: ModuleImage;
  readonly file: string;
  readonly flags: Flags;
  /** Functions of the user's own ES modules. */
  readonly externs: Externs;
}

/** Images are in dependency order: what comes after the module under test cannot matter to it. */
const needed = ({ images, image }: Tested): readonly ModuleImage[] => images.slice(0, images.indexOf(image) + 1);

/** Runs a test under many schedules; a module is loaded once for all of its tests. */
function underSchedules(): (tested: Tested, title: string) => Promise<Outcome> {
  const known = new Map<ModuleImage, Exploring>();
  return async (tested, title) => {
    const start = performance.now();
    let exploring = known.get(tested.image);
    if (exploring === undefined) {
      exploring = new Exploring(tested.effects, needed(tested), tested.file, tested.flags, tested.externs);
      known.set(tested.image, exploring);
    }
    const explored = await exploring.run(title);
    return { module: tested.image.name, title, milliseconds: performance.now() - start, ...explored };
  };
}

async function one(tested: Tested, title: string): Promise<Outcome> {
  const { effects, image, flags } = tested;
  const chosen = flags.seed === undefined ? undefined : seeded(flags.seed);
  let output = '';
  const start = performance.now();
  const write = (text: string): void => void (output += text);
  const vm = new Vm({
    environment: { write, ...(chosen === undefined ? {} : { entropy: chosen.entropy }) },
    hosts: addExterns(hostsFor(effects, grantsOf(flags), write, chosen?.randomBytes), tested.externs),
    ...(chosen === undefined ? {} : { strategy: chosen.strategy }),
    ...machineOptions({ virtualTime: true, ...flags }),
  });
  const loaded = loadAll(vm, needed(tested), true, tested.flags.unsafe === true);
  vm.spawnMain(loaded, `test ${title}`);
  const end: ProgramEnd = await vm.runUntilIdle();
  return {
    module: image.name,
    title,
    milliseconds: performance.now() - start,
    output,
    complaints: complaints(end).map(words),
  };
}

/** A failed assertion in its own words; anything else as the machine tells it. */
function words(line: string): string {
  const rest = line.replace(/^failed: thread \d+ ended with /, '');
  const said = /^AssertionFailed\((".*")\)$/s.exec(rest)?.[1];
  if (said === undefined) return rest;
  try {
    return String(JSON.parse(said));
  } catch {
    return rest;
  }
}

const escape = (text: string): string =>
  // XML 1.0 has no way to say most control characters.

  text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?')
    .replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);

function junit(outcomes: readonly Outcome[]): string {
  const failures = outcomes.filter((o) => o.complaints.length > 0).length;
  const cases = outcomes.map((o) => {
    const head = `  <testcase classname="${escape(o.module)}" name="${escape(o.title)}" time="${(o.milliseconds / 1000).toFixed(3)}"`;
    if (o.complaints.length === 0) return `${head}/>`;
    return `${head}>\n    <failure message="${escape(o.complaints[0]!)}">${escape(o.complaints.join('\n'))}</failure>\n  </testcase>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="quartz" tests="${outcomes.length}" failures="${failures}">\n${cases.join('\n')}\n</testsuite>\n`;
}

/** `quartz test`: every `test "..." ... end` of the named modules in a machine of its own. */
import path from 'node:path';
import type { Command } from 'commander';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { type ProgramEnd, Vm } from '../../runtime/vm.js';
import { testTitle } from '../../compiler/codegen/test-names.js';
import { buildFiles, sourcesUnder } from '../compiling.js';
import type { Effects } from '../effects.js';
import type { Exit } from '../exit.js';
import { addGrantOptions, grantsOf } from '../grants.js';
import { addMachineOptions, complaints, hostsFor, loadAll, type MachineFlags, machineOptions } from '../machine.js';
import { projectOf } from '../manifest.js';
import { type CompileFlags, formatOption, maxBoundOption, optionsOf } from '../options.js';
import { paintFor, report } from '../report.js';
import { version } from '../version.js';

type Flags = CompileFlags &
  MachineFlags & { readonly filter?: string; readonly watch?: boolean; readonly junit?: string } & Record<
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
}

export function test(program: Command, effects: Effects, exit: Exit): void {
  const command = program
    .command('test')
    .argument('[files...]', 'source files (default: all of the project, or of this folder)')
    .description('run the tests of modules');
  addMachineOptions(addGrantOptions(command))
    .option('--filter <text>', 'only tests whose title contains this')
    .option('--watch', 'run again when a source file changes')
    .option('--junit <file>', 'also write the results as JUnit XML')
    .addOption(formatOption())
    .addOption(maxBoundOption())
    .addHelpText('after', '\nExamples:\n  $ quartz test\n  $ quartz test shapes.qz --filter area --junit results.xml')
    .action(async (files: string[], flags: Flags) => {
      const top = projectOf(effects, effects.cwd)?.root ?? effects.cwd;
      const named = (): string[] =>
        files.length > 0 ? files : sourcesUnder(effects, path.relative(effects.cwd, top) || '.');
      exit.code = await round(effects, named(), flags);
      if (flags.watch !== true) return;
      for await (const _ of effects.changes(top)) exit.code = await round(effects, named(), flags);
    });
}

async function round(effects: Effects, files: readonly string[], flags: Flags): Promise<number> {
  const paint = paintFor(effects, 'stderr');
  if (files.length === 0) {
    effects.stderr('there are no modules here\n');
    return 0;
  }
  const built = buildFiles(effects, files, 'asm', optionsOf(flags));
  if (built.diagnostics.length > 0 && report(effects, built.diagnostics, flags.format, version)) return 1;
  const shown = new Set(files.map((file) => path.normalize(file)));
  const mine = new Set(built.modules.filter((m) => shown.has(path.normalize(m.file.path))).map((m) => m.name));
  const planned = built.images
    .filter((image) => mine.has(image.name))
    .flatMap((image) => titlesOf(image, flags.filter).map((title) => ({ image, title })));
  const outcomes: Outcome[] = [];
  for (const { image, title } of planned) {
    if (effects.isTerminal('stderr')) effects.stderr(`\r${outcomes.length + 1}/${planned.length} ${title}\x1b[K`);
    outcomes.push(await one(effects, built.images, image, title, flags));
  }
  if (effects.isTerminal('stderr')) effects.stderr('\r\x1b[K');
  for (const o of outcomes.filter((x) => x.complaints.length > 0)) {
    effects.stderr(`${paint.error('FAILED')} ${o.module}: ${o.title}\n`);
    for (const line of o.complaints) effects.stderr(`${line.replace(/^/gm, '  ')}\n`);
    if (o.output !== '') effects.stderr(`${o.output.trimEnd().replace(/^/gm, '  | ')}\n`);
  }
  const failed = outcomes.filter((o) => o.complaints.length > 0).length;
  effects.stdout(`${outcomes.length - failed} passed, ${failed} failed\n`);
  if (flags.junit !== undefined) effects.writeFile(path.resolve(effects.cwd, flags.junit), junit(outcomes));
  return failed > 0 ? 1 : 0;
}

const titlesOf = (image: ModuleImage, filter = ''): string[] =>
  image.functions.flatMap((f) => testTitle(f.name) ?? []).filter((title) => title.includes(filter));

async function one(
  effects: Effects,
  images: readonly ModuleImage[],
  image: ModuleImage,
  title: string,
  flags: Flags,
): Promise<Outcome> {
  let output = '';
  const start = performance.now();
  const write = (text: string): void => void (output += text);
  const vm = new Vm({
    environment: { write },
    hosts: hostsFor(effects, grantsOf(flags), write),
    ...machineOptions({ virtualTime: true, ...flags }),
  });
  // Images are in dependency order: what comes after the module under test cannot matter to it.
  const loaded = loadAll(vm, images.slice(0, images.indexOf(image) + 1), 'compiler');
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

/** `quartz new`, `quartz build`, `quartz clean`: a project from nothing, all of it compiled, what was compiled removed. */
import path from 'node:path';
import type { Command } from 'commander';
import { encode, sealed } from '../../runtime/bytecode/encode.js';
import { buildFiles, sourcesUnder } from '../files/compiling.js';
import type { Effects } from '../effects/effects.js';
import type { Exit } from '../effects/exit.js';
import { MANIFEST, type Project, projectOf } from '../files/manifest.js';
import { type CompileFlags, formatOption, maxBoundOption, optionsOf } from '../terminal/options.js';
import { CACHE_FOLDER } from '../files/cache.js';
import { shownPath } from '../files/project.js';
import { Failure, Misuse, report } from '../terminal/report.js';
import { version } from '../effects/version.js';

const BUILD_FOLDER = 'build';

const MAIN = `## Greets whoever the command line names.
fun main(args)
  case args
  when [name, ..] then std::print(greeting(name))
  when [] then std::print(greeting("world"))
  end
end

fun greeting(name : string) -> string
  "Hello, {name}!"
end

test "greets by name"
  test::equal(greeting("Ada"), "Hello, Ada!")
end
`;

export function project(program: Command, effects: Effects, exit: Exit): void {
  program
    .command('new')
    .argument('<name>', 'name of the project and its folder')
    .description('make a new project')
    .addHelpText('after', '\nExample:\n  $ quartz new hello && cd hello && quartz run && quartz test')
    .action((name: string) => create(effects, name));
  program
    .command('build')
    .description('compile every module of the project into build/')
    .addOption(formatOption())
    .addOption(maxBoundOption())
    .addHelpText('after', '\nExample:\n  $ quartz build && quartz run build/main.qzb')
    .action((flags: CompileFlags) => {
      const here = required(effects);
      const files = sourcesUnder(effects, path.relative(effects.cwd, here.root) || '.');
      if (files.length === 0) throw new Failure('there are no modules to build');
      const built = buildFiles(effects, files, 'asm', { ...optionsOf(flags), unused: true });
      removeGone(effects, path.join(here.root, BUILD_FOLDER), new Set(built.modules.map((m) => fileIn(m.name))));
      if (report(effects, built.diagnostics, flags.format, version)) {
        exit.code = 1;
        return;
      }
      for (const image of built.images) {
        const file = path.join(here.root, BUILD_FOLDER, fileIn(image.name));
        effects.writeFile(file, encode(image.hash === '' ? sealed(image) : image));
      }
      const n = built.images.length;
      effects.stderr(
        `built ${n} module${n === 1 ? '' : 's'} into ${shownPath(effects, path.join(here.root, BUILD_FOLDER))}\n`,
      );
    });
  program
    .command('clean')
    .description('remove what was compiled: build/ and the cache')
    .addHelpText('after', '\nExample:\n  $ quartz clean && quartz build')
    .action(() => {
      const here = required(effects);
      for (const folder of [BUILD_FOLDER, CACHE_FOLDER]) effects.removeFile(path.join(here.root, folder));
    });
}

const fileIn = (name: string): string => `${name.replaceAll('::', '/')}.qzb`;

/** Takes away the bytecode of modules that are no more. */
function removeGone(effects: Effects, folder: string, wanted: ReadonlySet<string>, prefix = ''): void {
  for (const entry of effects.list(path.join(folder, prefix))) {
    const name = `${prefix}${entry}`;
    if (entry.endsWith('/')) removeGone(effects, folder, wanted, name);
    else if (entry.endsWith('.qzb') && !wanted.has(name)) effects.removeFile(path.join(folder, name));
  }
}

function required(effects: Effects): Project {
  const found = projectOf(effects, effects.cwd);
  if (found === undefined)
    throw new Failure(`there is no ${MANIFEST} here or above; \`quartz new NAME\` makes a project`);
  return found;
}

function create(effects: Effects, name: string): void {
  if (!/^[a-z][a-z0-9_]*$/.test(name))
    throw new Misuse('the name of a project is lower-case letters, digits and _, starting with a letter');
  const folder = path.resolve(effects.cwd, name);
  // An empty folder is as good as none.
  const isFile = effects.list(path.dirname(folder)).includes(name);
  if (isFile || effects.list(folder).length > 0) throw new Failure(`${name} exists already`);
  const manifest = { name, version: '0.1.0', entry: 'main.qz', dependencies: {} };
  effects.writeFile(path.join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  effects.writeFile(path.join(folder, 'main.qz'), `require test\n\n${MAIN}`);
  effects.writeFile(path.join(folder, '.gitignore'), `${CACHE_FOLDER}/\n${BUILD_FOLDER}/\n`);
  effects.stdout(`made ${name}/ with ${MANIFEST} and main.qz; try: cd ${name} && quartz run && quartz test\n`);
}

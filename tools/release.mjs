// `npm run release -- VERSION`: a version of the package. What would be published is packed, installed in an empty folder and tried
// there as a user would; only if that works are version and changelog written, committed and tagged. Publishing is left to a person.
// `--try` packs and tries what is there. Invariant: a tag stands only at what was installed and run.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const [version] = process.argv.slice(2);
const run = (cwd, command, ...args) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const stop = (why) => {
  console.error(why);
  process.exit(1);
};

if (version !== '--try' && !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version ?? ''))
  stop('say which version: npm run release -- 1.2.3, or npm run release -- --try');
if (version !== '--try' && run(root, 'git', 'status', '--porcelain') !== '')
  stop('there are changes that are not committed');

const file = (name) => path.join(root, name);
const changelog = readFileSync(file('CHANGELOG.md'), 'utf8');
if (version !== '--try' && !/^## Unreleased\n\n- /m.test(changelog))
  stop('CHANGELOG.md says nothing under "Unreleased"');

/** Installs the package in an empty folder and does what the README and the pages promise. Throws if anything does not work. */
function tried(tarball, folder) {
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "tried", "private": true, "type": "module" }\n');
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', tarball);
  const here = path.join(folder, 'node_modules', 'quartz-lang');
  const quartz = (...args) => run(folder, path.join(folder, 'node_modules', '.bin', 'quartz'), ...args);
  const expect = (what, said, wanted) => {
    if (!wanted.test(said)) throw new Error(`${what} says\n${said}`);
    console.log(`${what}: ok`);
  };
  expect('quartz run of an example', quartz('run', path.join(here, 'examples', 'timer.qz')), /^\d+\n$/);
  quartz('new', 'shop');
  expect('quartz test of a new project', quartz('test', 'shop/main.qz'), /1 passed, 0 failed/);
  run(folder, path.join(folder, 'node_modules', '.bin', 'quartzc'), 'shop/main.qz');
  expect('quartz run of bytecode', quartz('run', 'shop/main.qzb'), /Hello/);
  expect('quartz explain', quartz('explain', 'Q0301'), /Q0301/);
  writeFileSync(
    path.join(folder, 'embed.js'),
    "import { compile, createVm, load } from 'quartz-lang';\n" +
      'const vm = createVm({ environment: { write: (text) => process.stdout.write(text) } });\n' +
      "vm.spawnMain(load(vm, compile('fun main()\\n  std::print(6 * 7)\\nend\\n')));\n" +
      'await vm.runUntilIdle();\n',
  );
  expect('a program that embeds it', run(folder, 'node', 'embed.js'), /^42\n$/);
  const { scripts, devDependencies } = JSON.parse(readFileSync(path.join(here, 'package.json'), 'utf8'));
  if (scripts !== undefined || devDependencies !== undefined) throw new Error('the package has scripts of the build');
}

const folder = mkdtempSync(path.join(tmpdir(), 'quartz-release-'));
try {
  if (version !== '--try') {
    run(root, 'npm', 'version', '--no-git-tag-version', version);
    const day = new Date().toISOString().slice(0, 10);
    writeFileSync(
      file('CHANGELOG.md'),
      changelog.replace('## Unreleased\n', `## Unreleased\n\n## ${version} (${day})\n`),
    );
  }
  const [{ filename }] = JSON.parse(
    run(root, 'npm', 'pack', '--json', '--pack-destination', folder).replace(/^[^[]*/, ''),
  );
  tried(path.join(folder, filename), folder);
  if (version !== '--try') {
    run(root, 'git', 'commit', '-qam', `Version ${version}`);
    run(root, 'git', 'tag', `v${version}`);
    console.log(`tagged v${version}; npm publish is yours`);
  }
} catch (error) {
  if (version !== '--try') run(root, 'git', 'checkout', 'package.json', 'package-lock.json', 'CHANGELOG.md');
  stop(`not released: ${error.message}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

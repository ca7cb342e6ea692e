// Compiles the standard library once, when the package is built, so that programs that use it start at once. Entries that
// do not fit (another version, another bound) are ignored, so this changes nothing but the time.
import path from 'node:path';

const dist = path.resolve(import.meta.dirname, '../dist');
const load = (file) => import(path.join(dist, file));

const { build } = await load('compiler/modules/build.js');
const { diskFinder } = await load('cli/project.js');
const { production } = await load('cli/production.js');
const { version } = await load('cli/version.js');

const effects = { ...production, cwd: dist, home: dist };
const library = path.join(dist, 'stdlib');
const finder = diskFinder(effects, library, {}, { own: path.join(dist, 'stdlib-cache') });
const roots = finder.names().map((name) => ({ name, file: finder.source(name) }));
const built = build([...new Map(roots.map((root) => [root.name, root])).values()], finder, 'asm', {
  salt: version,
  maxBound: 16,
});
for (const d of built.diagnostics) process.stderr.write(`${d.severity}: ${d.message} (${d.span?.file.path})\n`);
if (built.diagnostics.some((d) => d.severity === 'error')) process.exit(1);

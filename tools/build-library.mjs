// Compiles the standard library once, when the package is built, so that programs that use it start at once. Entries that
// do not fit (another version, another bound) are ignored, so this changes nothing but the time.
import path from 'node:path';

const dist = path.resolve(import.meta.dirname, '../dist');
const load = (file) => import(path.join(dist, file));

const { build } = await load('compiler/modules/build.js');
const { hashText } = await load('compiler/modules/cache.js');
const { LIBRARY_CACHE } = await load('cli/files/cache.js');
const { libraryFinder } = await load('cli/files/project.js');
const { production } = await load('cli/effects/production.js');
const { stamp } = await load('cli/files/stamp.js');

const library = libraryFinder({ ...production, home: dist });
const keep = (name, bytes) =>
  production.writeFile(path.join(dist, LIBRARY_CACHE, `${name.replaceAll('::', '.')}.qzc`), bytes);
const roots = library.names().map((name) => ({ name, file: library.source(name) }));
// Made already, of these sources by this compiler.
const mark = path.join(dist, LIBRARY_CACHE, 'made-of');
const made = hashText([stamp(), ...roots.map((root) => root.file.text)].join('\n'));
if (new TextDecoder().decode(production.readFile(mark)) === made) process.exit(0);
const built = build(roots, { ...library, cached: () => undefined, keep }, 'asm', { salt: stamp() });
for (const d of built.diagnostics) process.stderr.write(`${d.severity}: ${d.message} (${d.span?.file.path})\n`);
if (built.diagnostics.some((d) => d.severity === 'error')) process.exit(1);
production.writeFile(mark, made);

/**
 * The command line as one file of JavaScript, for tests that start it as a process of its own: from its sources each start would
 * translate hundreds of modules and compile the library anew, which is a second and more of nothing but that.
 * Invariant: it is made of the sources as they are now, once for all processes that test them; what it does is what they do.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { buildSync, stop } from 'esbuild';
import { LIBRARY_CACHE, cacheFile } from '../../cli/files/cache.js';
import { STAMP_FILE } from '../../cli/files/stamp.js';
import { version } from '../../cli/effects/version.js';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { build } from '../../compiler/modules/build.js';
import { library, root } from './compile.js';

/** Under `node_modules`, where what it imports of other packages is found. */
const PLACE = path.join(root, 'node_modules', '.cache', 'quartz-tests');
const DAY = 86_400_000;

let made: string | undefined;

/** The file to run, as `node FILE run ...`. */
export const builtCli = (): string => (made ??= make());

function make(): string {
  const { outputFiles } = buildSync({
    entryPoints: [path.join(root, 'cli', 'quartz.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  // Its own process, which would stay.
  void stop();
  const text = outputFiles[0]!.text;
  const sources = library.names().map((name) => ({ name, file: library.source(name)! }));
  const hash = createHash('sha256').update(text);
  for (const { name, file } of sources) hash.update(`\0${name}\0${file.text}`);
  const mark = hash.digest('hex').slice(0, 16);
  const folder = path.join(PLACE, mark);
  if (!existsSync(folder)) {
    mkdirSync(PLACE, { recursive: true });
    for (const old of readdirSync(PLACE))
      if (Date.now() - statSync(path.join(PLACE, old)).mtimeMs > DAY)
        rmSync(path.join(PLACE, old), { recursive: true, force: true });
    // Whole or not at all: another process may be making the same.
    const part = mkdtempSync(path.join(PLACE, 'part-'));
    write(part, mark, text, sources);
    try {
      renameSync(part, folder);
    } catch {
      rmSync(part, { recursive: true });
    }
  }
  return path.join(folder, 'cli', 'quartz.mjs');
}

/** The file, and beside it what a package that was built has: the library, its entries, and the name of this compiler. */
function write(folder: string, mark: string, text: string, sources: Parameters<typeof build>[0]): void {
  mkdirSync(path.join(folder, 'cli'));
  mkdirSync(path.join(folder, LIBRARY_CACHE));
  writeFileSync(path.join(folder, 'cli', 'quartz.mjs'), text);
  writeFileSync(path.join(folder, STAMP_FILE), mark);
  cpSync(path.join(root, 'stdlib'), path.join(folder, 'stdlib'), {
    recursive: true,
    filter: (f) => !f.endsWith('.ts'),
  });
  const keep = (name: string, bytes: Uint8Array): void =>
    writeFileSync(cacheFile(path.join(folder, LIBRARY_CACHE), name), bytes);
  const built = build(sources, { ...library, cached: () => undefined, keep }, 'asm', { salt: `${version} ${mark}` });
  const wrong = built.diagnostics.filter(isError);
  if (wrong.length > 0) throw new Error(`the library is rejected: ${wrong[0]!.message}`);
}

// Compiles and bundles again what is older than its sources: a benchmark of unchanged code begins at once.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const config = JSON.parse(readFileSync(path.join(root, 'tsconfig.build.json'), 'utf8'));

/** When a file was written last; 0 if there is none. */
const written = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);
/** Was a file with this ending, in one of the places, written after that time? */
const newer = (places, ending, time) =>
  places.some((place) => {
    if (!statSync(place).isDirectory()) return written(place) > time;
    const files = readdirSync(place, { recursive: true, encoding: 'utf8' });
    return files.some((file) => file.endsWith(ending) && written(path.join(place, file)) > time);
  });
const run = (script) =>
  execFileSync('npm', ['run', '--silent', script], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });

const sources = config.include.map((place) => path.join(root, place));
if (newer(sources, '.ts', written(path.join(root, 'dist', '.tsbuildinfo')))) run('compile');
// The cache is what `npm run bundle` writes last.
const dist = path.join(root, 'dist');
if (newer([dist], '.js', written(path.join(dist, 'cli', 'bundle.js.txt.cache')))) run('bundle');

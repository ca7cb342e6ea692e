// Copies what tsc does not: grammar bundles and the standard library's Quartz sources go beside the compiled code.
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');

function copy(folder, keep) {
  const from = path.join(root, folder);
  if (!existsSync(from)) return;
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !keep(entry.name)) continue;
    const file = path.join(entry.parentPath, entry.name);
    const to = path.join(dist, path.relative(root, file));
    mkdirSync(path.dirname(to), { recursive: true });
    cpSync(file, to);
  }
}

copy('grammar', (name) => name.endsWith('-bundle.js'));
copy('stdlib', (name) => name.endsWith('.qz'));
copy('docs/errors', (name) => name.endsWith('.md'));
for (const bin of ['quartz.js', 'quartzc.js']) {
  const file = path.join(dist, 'cli', bin);
  if (existsSync(file)) chmodSync(file, 0o755);
}

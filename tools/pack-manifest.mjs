// What package.json says to those who install the package: neither scripts nor tools of the build, which is over when it is
// packed. `npm pack` writes it before, and puts back the full one after; a full one that a broken attempt has left is put back first.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const manifest = path.join(root, 'package.json');
const full = path.join(root, '.package.full.json');

if (existsSync(full)) renameSync(full, manifest);
if (process.argv[2] === 'strip') {
  const text = readFileSync(manifest, 'utf8');
  const { scripts: _scripts, devDependencies: _dev, ...installed } = JSON.parse(text);
  writeFileSync(full, text);
  writeFileSync(manifest, `${JSON.stringify(installed, null, 2)}\n`);
}

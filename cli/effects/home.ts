/** The folder that holds `stdlib/`: the package's root in development, `dist/` once built, wherever in it this code lies. */
import { existsSync } from 'node:fs';
import path from 'node:path';

function find(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'stdlib'))) return folder;
    if (folder === path.dirname(folder)) throw new Error('the folder stdlib is missing');
  }
}

export const home = find();

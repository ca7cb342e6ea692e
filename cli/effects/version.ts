/** The version of the package, as its package.json has it. */
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import path from 'node:path';

function find(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (existsSync(file)) return file;
    if (folder === path.dirname(folder)) throw new Error('package.json is missing');
  }
}

export const version = (createRequire(import.meta.url)(find()) as { version: string }).version;

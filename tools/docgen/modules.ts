/** The modules of the standard library on disk. Invariant: names are canonical (`net::http`) and sorted. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SourceFile } from '../../compiler/source/source.js';
import { docsOf, type ModuleDocs } from './docs.js';

/** Documentation of every module in a folder. */
export function libraryDocs(folder: string): readonly ModuleDocs[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.qz'))
    .map((file) => file.split(path.sep).join('/'))
    .sort()
    .map((file) =>
      docsOf(
        file.slice(0, -3).replaceAll('/', '::'),
        new SourceFile(`stdlib/${file}`, readFileSync(path.join(folder, file), 'utf8')),
      ),
    );
}

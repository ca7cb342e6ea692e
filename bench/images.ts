/**
 * The bench programs compiled to files, once for all processes that run them: so these load the machine alone, as users of
 * a compiled module do.
 * Invariant: a program's folder holds its modules as `0.qzb`, `1.qzb`, .., in the order they are loaded in.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from '../compiler/modules/build.js';
import { tableFinder } from '../compiler/modules/finder.js';
import { SourceFile } from '../compiler/source/source.js';
import { encode } from '../runtime/bytecode/encode.js';
import { root, temporaryFolder } from './peer.js';

const source = (file: string): SourceFile => new SourceFile(file, readFileSync(path.join(root, file), 'utf8'));

/** Gives the folder with a folder for each program. Throws if one does not compile. */
export function compilePrograms(names: readonly string[]): string {
  const folder = temporaryFolder();
  const std = source('stdlib/std.qz');
  for (const name of names) {
    const program = source(`bench/programs/${name}.qz`);
    const built = build([{ name: 'program', file: program }], tableFinder({ program, std }));
    if (built.images.length === 0)
      throw new Error(`${name} does not compile: ${built.diagnostics.map((d) => d.message).join('; ')}`);
    mkdirSync(path.join(folder, name));
    built.images.forEach((image, i) => writeFileSync(path.join(folder, name, `${i}.qzb`), encode(image)));
  }
  return folder;
}

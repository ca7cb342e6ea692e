/**
 * Makes the package's entry for browsers one file: an ES module with the compiler, the machine, the interpreter made ahead
 * of time and the standard library. Invariant: nothing of Node is in it, or it is not made.
 */
import path from 'node:path';
import { build } from 'esbuild';
import { version } from '../../cli/effects/version.js';
import type { Packed } from '../../embedding/browser.js';
import type { Library } from '../../embedding/platform.js';
import { interpreterModule } from '../../runtime/engine/interpreter.js';

function pack({ finder, stamp }: Library): Packed {
  const names = finder.names();
  const kept = names.flatMap((name): [string, string][] => {
    const bytes = finder.cached(name);
    return bytes === undefined ? [] : [[name, Buffer.from(bytes).toString('base64')]];
  });
  const sources = Object.fromEntries(names.map((name) => [name, finder.source(name)!.text]));
  return { version, stamp, sources, compiled: Object.fromEntries(kept) };
}

/** The text of the bundle, made of the modules in a folder: the sources, or what was compiled of them. */
export async function browserBundle(folder: string, library: Library): Promise<string> {
  const made = await build({
    stdin: {
      // A page may forbid making code: the interpreter is handed in before anything runs.
      contents: `${interpreterModule('./runtime/engine/interpreter.js')}export * from './embedding/browser.js';\n`,
      resolveDir: path.resolve(folder),
      sourcefile: 'browser-entry.ts',
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minifyWhitespace: true,
    legalComments: 'eof',
    define: { QUARTZ_PACKED: JSON.stringify(pack(library)) },
    logLevel: 'silent',
  });
  return made.outputFiles[0]!.text;
}

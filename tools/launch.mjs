#!/usr/bin/env node
// The command line as it is installed: `tools/build-bundle.mjs` puts this file where the package's commands are. All code
// is in one bundle, and V8's code cache beside it spares compiling it at every start. The cache is of one version of V8;
// another refuses it and compiles as usual, so it changes nothing but the time.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const here = fileURLToPath(import.meta.url);
const file = path.join(path.dirname(here), 'bundle.js.txt');

function codeCache() {
  try {
    return readFileSync(`${file}.cache`);
  } catch {
    return undefined;
  }
}

// The bundle is ASCII: as Latin-1 it is read without decoding.
// A name of no place: it is in the cache, and in traces.
const script = new Script(readFileSync(file, 'latin1'), { filename: 'quartz/bundle.js', cachedData: codeCache() });
const { main, production } = script.runInThisContext()(createRequire(here), path.dirname(here));
const importModule = (url) => import(url);
// Exits at once: a program may leave sockets or timers of the host behind.
process.exit(await main(path.basename(here, '.js'), process.argv.slice(2), { ...production, importModule }));

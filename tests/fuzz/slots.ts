/**
 * Every program of `tests/spec`, `examples` and the examples of protocols, and random programs, an instruction at a time: each slot
 * of the newest frame holds what the verifier says. `npx tsx tests/fuzz/slots.ts [programs] [seed] [instructions]`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { HostRegistry } from '../../runtime/host/registry.js';
import { pureModules } from '../../stdlib/pure.js';
import { compileText, root } from '../support/compile.js';
import { watched } from '../support/oracle.js';
import { randomProgram } from '../support/random-programs.js';
import { randomSource } from '../support/random-sources.js';
import { verifyAll } from '../support/spec.js';

export interface Looked {
  programs: number;
  instructions: number;
  /** Frames of whose slots the verifier knew the types. */
  known: number;
  readonly wrong: string[];
}

export function programsIn(folder: string): readonly { readonly name: string; readonly text: string }[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.qz'))
    .sort()
    .map((f) => ({ name: `${folder}/${f}`, text: readFileSync(path.join(root, folder, f), 'utf8') }));
}

/** Looks at a program, if it compiles alone and needs nothing of the system. */
export function look(name: string, text: string, most: number, so: Looked): void {
  const built = compileText(text);
  const main = built.images.at(-1)?.functions.some((f) => f.name === 'main' && f.exported) === true;
  if (built.diagnostics.some(isError) || !main) return;
  const hosts = new HostRegistry();
  for (const [module, functions] of Object.entries(pureModules)) hosts.add(module, functions);
  if (built.images.some((image) => image.hosts.some((h) => !hosts.has(h.name) && !/^(std|thread|node|exn|time|random)::/.test(h.name)))) return; // prettier-ignore
  const found = watched(verifyAll(built.images, 'compiler'), most, { hosts });
  so.programs++;
  so.instructions += found.instructions;
  so.known += found.known;
  if (found.wrong !== undefined) so.wrong.push(`${name}: ${found.wrong}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [count = 200, seed = 1, most = 5000] = process.argv.slice(2).map(Number);
  const so: Looked = { programs: 0, instructions: 0, known: 0, wrong: [] };
  for (const { name, text } of ['tests/spec', 'examples'].flatMap(programsIn)) look(name, text, most, so);
  for (let at = seed; at < seed + count; at++) {
    look(`random source ${at}`, randomSource(at), most, so);
    look(`random program ${at}`, randomProgram(at).text, most, so);
  }
  console.log({ ...so, wrong: so.wrong.length });
  for (const wrong of so.wrong) console.log(wrong);
  process.exitCode = so.wrong.length > 0 ? 1 : 0;
}

/**
 * Kills each thread of the protocol programs at each step, and at so many steps of those that take longer than that:
 * `npx tsx tests/fuzz/killing.ts [steps] [seed]`. With a seed threads run in another order than in turn.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../support/compile.js';
import { Victims } from '../support/killing.js';

export interface Killed {
  readonly file: string;
  readonly proved: boolean;
  /** A thread was killed at each of its steps. */
  readonly whole: boolean;
  readonly kills: number;
  readonly wrong: readonly string[];
}

/** How many steps are tried of a program that takes so many. */
export type Tried = (length: number) => number;

/** The accepted programs of a folder. */
export function killAll(folder: string, tried: Tried, seed?: number): Killed[] {
  return readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.qz'))
    .sort()
    .flatMap((name) => {
      const file = `${folder}/${name}`;
      const victims = Victims.of(readFileSync(path.join(root, file), 'utf8'), seed);
      return victims === undefined ? [] : [{ file, ...killSteps(victims, tried) }];
    });
}

function killSteps(victims: Victims, tried: Tried): Omit<Killed, 'file'> {
  const { length, proved, ends } = victims;
  const steps = Math.min(length, tried(length));
  const found = Array.from({ length: steps }, (_, i) => victims.killEach(Math.floor(1 + (i * length) / steps)));
  const kills = found.reduce((n, t) => n + t.kills, 0);
  return { proved, whole: ends && steps === length, kills, wrong: found.flatMap((t) => t.wrong) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const steps = Number(process.argv[2] ?? 1000);
  const seed = process.argv[3] === undefined ? undefined : Number(process.argv[3]);
  const all: Killed[] = [];
  for (const folder of ['examples/protocols', 'tests/spec/protocol', 'tests/spec/sessions', 'tests/spec/pools'])
    for (const k of killAll(folder, () => steps, seed)) {
      const remarks = `${k.whole ? '' : ', not at each step'}${k.proved ? '' : ', not proved'}`;
      console.log(`${k.file}: ${k.kills} kills${remarks}`, k.wrong.slice(0, 5));
      all.push(k);
    }
  const kills = all.reduce((n, k) => n + k.kills, 0);
  console.log(`${all.length} programs, ${all.filter((k) => k.proved).length} proved, ${kills} kills`);
  process.exitCode = all.some((k) => k.wrong.length > 0) ? 1 : 0;
}

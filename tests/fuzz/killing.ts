/**
 * Kills each thread of the protocol programs at each step (or at so many steps spread over longer runs):
 * `npx tsx tests/fuzz/killing.ts [steps]`.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../support/compile.js';
import { Victims } from '../support/killing.js';

export interface Killed {
  readonly file: string;
  readonly proved: boolean;
  readonly kills: number;
  readonly wrong: readonly string[];
}

/** The programs of a folder that are accepted and end, with at most so many steps tried of each. */
export function killAll(folder: string, steps: number): Killed[] {
  return readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.qz'))
    .sort()
    .flatMap((name) => {
      const file = `${folder}/${name}`;
      const victims = Victims.of(readFileSync(path.join(root, file), 'utf8'));
      const length = victims?.length();
      if (victims === undefined || length === undefined) return [];
      const stride = Math.max(1, length / steps);
      const tried = Array.from({ length: Math.min(steps, length) }, (_, i) =>
        victims.killEach(Math.floor(1 + i * stride)),
      );
      const kills = tried.reduce((n, t) => n + t.kills, 0);
      return [{ file, proved: victims.proved, kills, wrong: tried.flatMap((t) => t.wrong) }];
    });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const steps = Number(process.argv[2] ?? 1000);
  const all = ['examples/protocols', 'tests/spec/protocol', 'tests/spec/sessions', 'tests/spec/pools'].flatMap((f) =>
    killAll(f, steps),
  );
  for (const k of all) console.log(`${k.file}: ${k.kills} kills${k.proved ? '' : ', not proved'}`, k.wrong.slice(0, 5));
  const kills = all.reduce((n, k) => n + k.kills, 0);
  console.log(`${all.length} programs, ${all.filter((k) => k.proved).length} proved, ${kills} kills`);
  process.exitCode = all.some((k) => k.wrong.length > 0) ? 1 : 0;
}

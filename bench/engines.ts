/**
 * The two engines and hand-written JavaScript on code that talks to nobody: `npm run bench:engines -- [--rounds N] [--only NAME]
 * [--json FILE]`. Measures processor time; rounds are interleaved, each program has processes of its own.
 * How good the code is that comes out of the engines is asked here, not how fast it is made: some rounds are run first that
 * do not count, and of the others the best does: whatever else a machine does only adds, and to an interpreter more than to
 * straight code. What first runs cost is in `npm run bench`.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compilePrograms } from './images.js';
import { nodePeer } from './peer.js';

/** Rounds after which V8 has settled on its code for all three. */
const WARM = 6;
const NAMES = ['fib', 'loop', 'list-search', 'strings'];
const { values: flags } = parseArgs({
  options: { rounds: { type: 'string' }, only: { type: 'string', multiple: true }, json: { type: 'string' } },
});
const rounds = Number(flags.rounds ?? 9);
const names = NAMES.filter((name) => flags.only === undefined || flags.only.includes(name));
if (names.length === 0 || !(rounds > 0)) {
  process.stderr.write(
    `usage: bench:engines [--rounds N] [--only NAME] [--json FILE]; programs: ${NAMES.join(', ')}\n`,
  );
  process.exit(2);
}

const images = compilePrograms(names);
const best = (times: readonly number[]): number | null => (times.length === 0 ? null : Math.min(...times));
const titles = ['interpreter', 'compiled', 'javascript', 'int/comp', 'comp/js'];
process.stdout.write(`${'program'.padEnd(14)}${titles.map((t) => t.padStart(12)).join('')}\n`);
const rows: unknown[] = [];
for (const name of names) {
  const peers = [
    nodePeer('quartz', '--images', images, '--cpu', 'interpreter'),
    nodePeer('quartz', '--images', images, '--cpu', 'compiled'),
    nodePeer('javascript', '--cpu'),
  ];
  const times: number[][] = peers.map(() => []);
  for (let round = -WARM; round < rounds; round++) {
    for (const [i, peer] of peers.entries()) {
      const time = await peer.time(name);
      if (time !== null && round >= 0) times[i]!.push(time);
    }
  }
  for (const peer of peers) peer.stop();
  const [interpreter = null, compiled = null, javascript = null] = times.map(best);
  const ratio = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a / b);
  const row = { name, interpreter, compiled, javascript, slower: ratio(interpreter, compiled) };
  rows.push(row);
  const columns = [interpreter, compiled, javascript, row.slower, ratio(compiled, javascript)];
  process.stdout.write(`${name.padEnd(14)}${columns.map((n) => (n?.toFixed(2) ?? '-').padStart(12)).join('')}\n`);
}
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);

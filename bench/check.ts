/**
 * Measures the decision engine: scaling families and, where present, the published systems at their bounds. Prints a table;
 * `--json FILE` also writes the figures. Invariant: every figure is the median of several whole decisions in this process,
 * after one that is not counted.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decide } from '../compiler/protocol/decide/decide.js';
import { exchange, gathering, pairs, ring, sharedLog } from '../compiler/protocol/decide/families.js';
import { readSystems } from '../compiler/protocol/decide/read.js';
import type { System } from '../compiler/protocol/decide/system.js';

interface Figure {
  readonly name: string;
  readonly verdict: string;
  readonly bound: number | null;
  readonly states: number;
  readonly milliseconds: number;
  /** The most it may take, where there is a target. */
  readonly target?: number;
}

const ROUNDS = 5;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

const measure = (system: System, maxBound: number, target?: number): Figure => {
  const times: number[] = [];
  let last = decide(system, { maxBound });
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    last = decide(system, { maxBound });
    times.push(performance.now() - start);
  }
  return {
    name: system.name,
    verdict: last.verdict,
    bound: last.verdict === 'rejected' ? null : last.bound,
    states: last.states,
    milliseconds: median(times),
    ...(target === undefined ? {} : { target }),
  };
};

const families = (): Figure[] => [
  measure(pairs(1, 100, 10), 100, 500),
  measure(pairs(1, 10, 40), 10, 500),
  measure(pairs(10, 2, 10), 2, 500),
  measure(ring(10, 10), 10, 2000),
  measure(exchange(30, 8), 30, 350),
];

const growth = (): Figure[] => [
  ...[2, 4, 8, 16, 32].map((p) => measure(ring(10, p), 10)),
  ...[2, 4, 8, 16, 32, 64].map((k) => measure(ring(k, 10), k)),
  ...[2, 4, 8, 16].map((n) => measure(pairs(n, 2, 2), 2)),
  ...[2, 4, 8, 12].map((p) => measure(exchange(4, p), 4)),
  ...[2, 5, 10].flatMap((n) => [
    measure(sharedLog(n), 1),
    measure(sharedLog(n, true), 1),
    measure(gathering(n, true), 1),
  ]),
];

const published = (): Figure[] => {
  const file = fileURLToPath(new URL('../../shared/verdicts/systems.json', import.meta.url));
  if (!existsSync(file)) return [];
  const json = JSON.parse(readFileSync(file, 'utf8')) as readonly { readonly k: number | null }[];
  const read = readSystems(json);
  return read.ok ? read.systems.map((s, i) => measure(s, json[i]?.k ?? 16)) : [];
};

const line = (f: Figure): string =>
  [
    f.name.padEnd(40),
    f.verdict.padEnd(9),
    String(f.bound ?? '-').padStart(5),
    String(f.states).padStart(9),
    f.milliseconds.toFixed(1).padStart(9),
    f.target === undefined ? '' : `${String(f.target).padStart(7)} ${f.milliseconds <= f.target ? 'met' : 'MISSED'}`,
  ].join(' ');

const [targets, grown, given] = [families(), growth(), published()];
console.log(`${'system'.padEnd(40)} verdict   bound    states        ms  target`);
for (const f of [...targets, ...grown]) console.log(line(f));
if (given.length > 0) {
  const middle = median(given.map((f) => f.milliseconds));
  console.log(
    `\n${String(given.length)} published systems at their bound: median ${middle.toFixed(2)} ms (target 20), slowest:`,
  );
  for (const f of [...given].sort((a, b) => b.milliseconds - a.milliseconds).slice(0, 5)) console.log(line(f));
} else console.log('\npublished systems: not present, skipped');

const flag = process.argv.indexOf('--json');
const target = process.argv[flag + 1];
if (flag >= 0 && target !== undefined)
  writeFileSync(target, `${JSON.stringify({ targets, growth: grown, published: given }, null, 2)}\n`);

/**
 * Threads coming and going for minutes, and whether memory grows: `npm run soak -- [--minutes N] [--json FILE]`. Runs
 * `bench/programs/soak.qz`, takes the live heap (after collection) at even intervals, and fits a line to the second half.
 * Invariant: the exit code is 1 if the heap grew by more than its own noise explains, if a thread failed that should not, or
 * if nothing was done between two samples.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compile, createVm, load } from '../index.js';
import { growth, type Sample } from './growth.js';

const { values: flags } = parseArgs({ options: { minutes: { type: 'string' }, json: { type: 'string' } } });
const minutes = Number(flags.minutes ?? 10);
if (!(minutes > 0) || globalThis.gc === undefined) {
  process.stderr.write('usage: npm run soak -- [--minutes N] [--json FILE] (N > 0; node needs --expose-gc)\n');
  process.exit(2);
}
const SAMPLES = 120;

const text = readFileSync(path.resolve('bench/programs/soak.qz'), 'utf8');
let rounds = 0;
const vm = createVm({ environment: { write: () => void rounds++ } });
vm.spawnMain(load(vm, compile(text)));

const samples: Sample[] = [];
const began = performance.now();
let idle = false;

/** The live heap now; printed ten times a run. */
function sample(): void {
  globalThis.gc!();
  const { heapUsed } = process.memoryUsage();
  const at = performance.now() - began;
  idle ||= samples.at(-1)?.rounds === rounds;
  samples.push({ at, heap: heapUsed, rounds });
  if (samples.length % (SAMPLES / 10) !== 0) return;
  const { live, counters } = vm.scheduler;
  const mega = (heapUsed / 1e6).toFixed(2);
  process.stdout.write(
    `${(at / 1000).toFixed(0).padStart(5)} s ${mega.padStart(8)} MB  ${rounds} rounds, ${counters.spawned} threads made, ${live} live\n`,
  );
  if (samples.length >= SAMPLES) vm.scheduler.halted = true;
}

const timer = setInterval(sample, (minutes * 60_000) / SAMPLES);
const end = await vm.runUntilIdle();
clearInterval(timer);

const { perHour, noise, grows } = growth(samples.slice(samples.length >> 1));
const mega = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;
process.stdout.write(`growth in the second half: ${mega(perHour)} an hour, give or take ${mega(noise)}\n`);
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify({ samples, perHour, noise }, null, 2)}\n`);
for (const f of end.failures.slice(0, 3)) process.stdout.write(`thread ${f.thread} failed: ${f.message}\n`);
if (idle) process.stdout.write('nothing was done between two samples\n');
if (grows) process.stdout.write('the heap grows\n');
process.exitCode = grows || idle || end.failures.length > 0 ? 1 : 0;

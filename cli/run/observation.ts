/**
 * `quartz run --stats`, `--trace` and `--gc-log`: what a program did, seen from outside (docs/observing.md).
 * Invariant: without these flags nothing is counted; with them the program does what it does without.
 */
import path from 'node:path';
import type { Command } from 'commander';
import { Counting, type Statistics } from '../../runtime/observe/statistics.js';
import { Timeline } from '../../runtime/observe/timeline.js';
import type { Observer } from '../../runtime/scheduler/scheduler.js';
import type { Vm } from '../../runtime/vm.js';
import type { DeterminismFlags } from './determinism.js';
import type { Effects } from '../effects/effects.js';
import type { MachineFlags } from './machine.js';
import { Misuse } from '../terminal/report.js';

export interface ObservationFlags {
  readonly stats?: boolean;
  readonly statsJson?: boolean;
  readonly trace?: string;
  readonly gcLog?: boolean;
}

export const addObservationOptions = (command: Command): Command =>
  command
    .option('--stats', 'say at the end what there was: threads, messages, reductions, compilation, memory')
    .option('--stats-json', 'the same as JSON, on standard error')
    .option('--trace <file>', 'write a timeline that Perfetto (ui.perfetto.dev) and Chrome open')
    .option('--gc-log', 'say when the values of a thread are counted (with --thread-heap)');

/** Called when the program has ended. */
export type Observed = () => void;

/** Looks at a machine before its program starts. */
export function observe(effects: Effects, vm: Vm, flags: ObservationFlags & MachineFlags & DeterminismFlags): Observed {
  if (flags.gcLog === true && vm.scheduler.threadHeap === 0)
    throw new Misuse('--gc-log tells of threads whose memory is limited: it needs --thread-heap');
  if (flags.gcLog === true)
    vm.scheduler.onHeap = (_thread, before, after) =>
      effects.stderr(`GC start: heap_size = ${before} values\nGC end: heap_size = ${after} values\n`);
  const start = performance.now();
  const observers: Observer[] = [];
  const after: Observed[] = [];
  if (flags.trace !== undefined) {
    // A run that can be had again has a timeline that can be had again.
    const again = (flags.seed ?? flags.record ?? flags.replay) !== undefined || flags.virtualTime === true;
    const timeline = new Timeline(vm, again ? null : () => (performance.now() - start) * 1000);
    const file = path.resolve(effects.cwd, flags.trace);
    observers.push(timeline);
    after.push(() => {
      effects.writeFile(file, timeline.text());
      if (timeline.left > 0) effects.stderr(`the timeline ends before the program: ${timeline.left} events more\n`);
    });
  }
  if (flags.stats === true || flags.statsJson === true) {
    const counting = new Counting(vm, flags.engine === 'interpreter', () => performance.now());
    observers.push(counting);
    after.push(() => {
      const statistics = counting.finish();
      const more = { milliseconds: performance.now() - start, hostHeapBytes: process.memoryUsage().heapUsed };
      effects.stderr(
        flags.statsJson === true ? `${JSON.stringify({ ...statistics, ...more })}\n` : table(statistics, more),
      );
    });
  }
  if (observers.length > 0) vm.scheduler.observer = together(observers);
  return () => after.forEach((action) => action());
}

const together = (observers: readonly Observer[]): Observer => ({
  begin: (t, fuel) => observers.forEach((o) => o.begin(t, fuel)),
  end: (t, how) => observers.forEach((o) => o.end(t, how)),
  sent: (to) => observers.forEach((o) => o.sent?.(to)),
});

const grouped = (n: number): string => n.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');

function table(s: Statistics, more: { readonly milliseconds: number; readonly hostHeapBytes: number }): string {
  const { started, failed, mostAtOnce, left } = s.threads;
  const rows: [string, string][] = [
    [
      'threads',
      `${grouped(started)} started, ${grouped(mostAtOnce)} at once, ${grouped(failed)} failed, ${grouped(left)} left`,
    ],
    ['messages', grouped(s.messages)],
    ['slices', grouped(s.slices)],
    ['reductions', grouped(s.reductions)],
    [
      'instructions',
      s.instructions === null ? 'not counted (--engine interpreter counts them)' : grouped(s.instructions),
    ],
    ['compiled', `${s.compiled.modules} modules in ${s.compiled.milliseconds.toFixed(1)} ms`],
    ['values', s.heapValues === null ? 'not counted (--thread-heap counts them)' : grouped(s.heapValues)],
    ['host heap', `${(more.hostHeapBytes / 1e6).toFixed(1)} MB`],
    ['time', `${more.milliseconds.toFixed(1)} ms`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(13)}${value}\n`).join('');
}

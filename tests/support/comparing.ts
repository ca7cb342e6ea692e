/**
 * Programs in both engines: each runs with two quanta, one of them short, in the interpreter, compiled (in either layout), and
 * with the engine switched before every slice at random. Output, failures with their traces, reductions, and the frames before
 * every slice must be the same; with metering the values allocated too. Across quanta each thread must say and come to the same, and
 * its slots hold after each instruction what the verifier says (tests/support/oracle.ts).
 * Scripts in tests/fuzz try many programs so.
 */
import { spawnSync } from 'node:child_process';
import { CodeProgram } from '../../runtime/engine/program.js';
import type { Thread } from '../../runtime/process/thread.js';
import type { Strategy } from '../../runtime/scheduler/strategy.js';
import { generator } from '../../runtime/scheduler/strategy.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { Vm } from '../../runtime/vm.js';
import { watched } from './oracle.js';
import { type Engine, frames, newest, prepare, switchEngines } from './engines.js';
import { pureHosts } from './hosts.js';

/** So many instructions are compared with what the verifier knows. */
const MOST_WATCHED = 3000;

export interface Seen {
  /** Threads before their slices, with frames. */
  readonly slices: readonly string[];
  readonly output: readonly string[];
  readonly failures: readonly string[];
  /** By thread: what it did, in reductions and, where they are counted, values. */
  readonly work: readonly string[];
}

interface Way {
  readonly engine: Engine;
  readonly quantum: number;
  readonly metered: boolean;
  readonly seed: number;
}

/** So many characters of frames are compared; behind them the newest place alone. Large values would be written out before every slice. */
const MOST_TEXT = 3_000_000;
/** A slice that never ends is a defect too. */
const MOST_SLICES = 2_000_000;

/** Runs `main` of the last module. */
export function observe(modules: readonly VerifiedModule[], { engine, quantum, metered, seed }: Way): Seen {
  const slices: string[] = [];
  const output: string[] = [];
  const threads: Thread[] = [];
  const random = generator(seed);
  let left = MOST_TEXT;
  const strategy: Strategy = {
    pick: (ready) => {
      if (engine === 'mixed') for (const m of vm.modules) switchEngines(m, random);
      const t = ready[0]!;
      if (slices.length > MOST_SLICES) throw new Error('it does not end');
      if (t.program instanceof CodeProgram) {
        const where = left > 0 ? frames(t.program) : newest(t.program);
        left -= where.length;
        slices.push(`${t.id} ${t.reductions}: ${where}`);
      }
      return t;
    },
  };
  const vm = new Vm({
    hosts: pureHosts(),
    quantum,
    strategy,
    engine: 'interpreter',
    virtualTime: true,
    environment: { write: (text) => void output.push(text), now: () => 0 },
    ...(metered ? { threadHeap: 100_000_000 } : {}),
  });
  vm.events = { spawned: (t) => void threads.push(t) };
  const loaded = modules.map((m) => vm.load(m));
  for (const m of loaded) prepare(m, engine, metered);
  vm.spawnMain(loaded.at(-1)!);
  vm.runReady();
  const end = vm.end();
  return {
    slices,
    output,
    failures: end.failures.map((f) => `${f.thread}: ${f.message}\n${f.trace.join('\n')}`),
    work: threads.map((t) => `${t.id}: ${t.reductions}${metered ? ` ${t.allocated}` : ''}`),
  };
}

/** The first difference, in words. */
function difference(expected: Seen, found: Seen, all = true): string | undefined {
  const parts = all ? (['slices', 'output', 'failures', 'work'] as const) : (['output', 'failures', 'work'] as const);
  for (const part of parts) {
    const [a, b] = all ? [expected[part], found[part]] : [[...expected[part]].sort(), [...found[part]].sort()];
    const at = a.findIndex((line, i) => line !== b[i]);
    if (at >= 0 || a.length !== b.length) {
      const i = at < 0 ? a.length : at;
      return `${part} ${i}: ${a[i] ?? 'nothing'}\n  but ${b[i] ?? 'nothing'}`;
    }
  }
  return undefined;
}

/**
 * Runs the `main` of the last module every way; `always` counts values, which otherwise one seed in seven does; what slots
 * hold is compared with the verifier's types. Gives the first difference, or undefined.
 */
export function compareModules(
  modules: readonly VerifiedModule[],
  seed: number,
  { always = false }: { always?: boolean } = {},
): string | undefined {
  const random = generator(seed);
  const metered = random() < 0.15 || always;
  const long = random() < 0.5 ? 4000 : 60 + Math.floor(random() * 400);
  const plans: readonly (readonly [number, readonly Engine[]])[] = [
    [1 + Math.floor(random() * 50), ['structured', 'mixed']],
    [long, [random() < 0.5 ? 'structured' : 'switch']],
  ];
  let other: Seen | undefined;
  for (const [quantum, engines] of plans) {
    const way = (engine: Engine): Way => ({ engine, quantum, metered, seed });
    const expected = observe(modules, way('interpreter'));
    for (const engine of engines) {
      const wrong = difference(expected, observe(modules, way(engine)));
      if (wrong !== undefined) return `${engine}, quantum ${quantum}${metered ? ', metered' : ''}: ${wrong}`;
    }
    if (other !== undefined && !metered) {
      const wrong = difference(other, expected, false);
      if (wrong !== undefined) return `quantum ${quantum}: ${wrong}`;
    }
    other = expected;
  }
  const { wrong } = watched(modules, MOST_WATCHED, { hosts: pureHosts() });
  return wrong && `not what the verifier knows: ${wrong}`;
}

/** The programs of so many seeds; tells of each that differs. */
function search(compare: (seed: number) => string | undefined, count: number, seed: number): number {
  let different = 0;
  for (let at = seed; at < seed + count; at++) {
    let wrong: string | undefined;
    try {
      wrong = compare(at);
    } catch (e) {
      wrong = `an exception: ${(e as Error).stack ?? String(e)}`;
    }
    if (wrong === undefined) continue;
    different++;
    console.log(`seed ${at}: ${wrong}`);
  }
  return different;
}

/** What was loaded stays in memory as long as its process lives, so many programs are more than one process. */
const MOST_IN_A_PROCESS = 2000;

/** A script that is told how many programs to compare, and the first seed. */
export function searchAsTold(what: string, compare: (seed: number) => string | undefined): void {
  const [script, ...words] = process.argv.slice(1);
  const [count = 1000, first = 1] = words.map(Number);
  let wrong = 0;
  if (count <= MOST_IN_A_PROCESS) wrong = search(compare, count, first);
  else
    for (let seed = first; seed < first + count; seed += MOST_IN_A_PROCESS) {
      const some = Math.min(MOST_IN_A_PROCESS, first + count - seed);
      const args = [...process.execArgv, script!, String(some), String(seed)];
      if (spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0) wrong++;
    }
  console.log(`${count} ${what} from seed ${first}: ${wrong === 0 ? 'no difference' : 'they differ'}`);
  process.exitCode = wrong > 0 ? 1 : 0;
}

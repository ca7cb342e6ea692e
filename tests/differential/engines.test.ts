/**
 * The engines against each other: same results, same frames at every suspension, whatever the quantum, also when the
 * engine changes in the middle of threads.
 */
import { describe, expect, it } from 'vitest';
import { CodeProgram } from '../../runtime/engine/program.js';
import type { Strategy } from '../../runtime/scheduler/strategy.js';
import { generator } from '../../runtime/scheduler/strategy.js';
import { type Engine, frames, prepare, switchEngines } from '../support/engines.js';
import { call, loaded } from '../support/machine.js';
import type { Run, TestModule } from '../support/machine.js';
import { programs } from '../support/machine-programs.js';
import { randomModule } from '../support/random-code.js';

/** Result, and the frames of the ready thread before every slice. */
function observe(make: () => TestModule, engine: Engine, quantum: number): { result: string; log: string[] } {
  const log: string[] = [];
  const random = generator(quantum);
  const module = make();
  const state: { run?: Run } = {};
  const strategy: Strategy = {
    pick: (ready) => {
      const { run } = state;
      if (run !== undefined && engine === 'mixed') switchEngines(run.module, random);
      const t = ready[0]!;
      if (t.program instanceof CodeProgram) log.push(`${t.id}: ${frames(t.program)}`);
      return t;
    },
  };
  const run = loaded(module, { quantum, strategy, engine: 'interpreter' });
  prepare(run.module, engine);
  state.run = run;
  return { result: call(run, 'main'), log };
}

describe('engines agree on', () => {
  for (const [name, make] of Object.entries(programs)) {
    it(name, () => {
      for (const quantum of [4000, 100, 17, 5, 3, 2, 1]) {
        const expected = observe(make, 'interpreter', quantum);
        for (const engine of ['structured', 'switch', 'mixed'] as const) {
          const seen = observe(make, engine, quantum);
          expect(seen.result, `${engine}, quantum ${quantum}`).toBe(expected.result);
          expect(seen.log, `${engine}, quantum ${quantum}`).toEqual(expected.log);
        }
      }
    });
  }
});

describe('engines agree on random code', () => {
  it.each(Array.from({ length: Number(process.env['QUARTZ_FUZZ'] ?? 25) }, (_, i) => i))('seed %d', (seed) => {
    const quantum = [4000, 23, 7, 2, 1][seed % 5]!;
    const expected = observe(() => randomModule(seed), 'interpreter', quantum);
    for (const engine of ['structured', 'switch', 'mixed'] as const) {
      const seen = observe(() => randomModule(seed), engine, quantum);
      expect(seen.result, engine).toBe(expected.result);
      expect(seen.log, engine).toEqual(expected.log);
    }
  });
});

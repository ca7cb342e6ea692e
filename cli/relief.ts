/** A look at the memory of the process now and then, for `quartz run`: a recursion without end is stopped before the host is. */
import { getHeapStatistics } from 'node:v8';
import { relieve } from '../runtime/scheduler/relief.js';
import type { Vm } from '../runtime/vm.js';

const EVERY_MS = 100;

/** Looks until the answer is called. */
export function watchMemory(vm: Vm): () => void {
  const most = getHeapStatistics().heap_size_limit / 4;
  const timer = setInterval(() => {
    if (process.memoryUsage().heapUsed > most) relieve(vm.scheduler.threads);
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

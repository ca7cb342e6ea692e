/**
 * A look at the memory of the process now and then, for programs whose threads have no limits: a recursion without end, or a thread that
 * keeps everything, is stopped before the host is.
 */
import { getHeapStatistics } from 'node:v8';
import { MANY_VALUES, relieve, relieveValues } from '../../runtime/scheduler/relief.js';
import type { Vm } from '../../runtime/vm.js';

const EVERY_MS = 100;
/** To count what threads hold takes seconds; it is not done again so soon if nobody held much. */
const AGAIN_MS = 5_000;

/** Looks until the answer is called. */
export function watchMemory(vm: Vm): () => void {
  const all = getHeapStatistics().heap_size_limit;
  let counted = -Infinity;
  const timer = setInterval(() => {
    const used = process.memoryUsage().heapUsed;
    if (used < all / 4 || relieve(vm.scheduler.threads) !== undefined || used < 0.7 * all) return;
    if (performance.now() - counted < AGAIN_MS) return;
    // To count takes memory too: no more is counted than there is room for.
    relieveValues(vm.scheduler.threads, Math.min(MANY_VALUES, used / 100));
    counted = performance.now();
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

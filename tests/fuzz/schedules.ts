/**
 * Generated programs under every schedule, reduced and not: `npx tsx tests/fuzz/schedules.ts [programs] [seed]`. Ends with 1
 * and the program if the two searches do not see the same outcomes. A smaller run is in tests/explore.
 */
import { compared, generated, isProgram } from '../support/schedules.js';

const [programs = 200, first = 1000] = process.argv.slice(2).map(Number);

async function main(): Promise<void> {
  const total = { compared: 0, reduced: 0, all: 0 };
  for (let seed = first; seed < first + programs; seed++) {
    const text = generated(seed);
    if (!isProgram(text)) continue;
    const { wrong, reduced, all } = await compared(text, 3000);
    if (wrong !== undefined) {
      process.stdout.write(`seed ${seed}: ${wrong}\n`);
      process.exitCode = 1;
    }
    if (all === undefined) continue;
    total.compared++;
    total.reduced += reduced;
    total.all += all;
  }
  const { compared: n, reduced, all } = total;
  process.stdout.write(`${n} programs compared in full: ${reduced} runs instead of ${all}\n`);
}

void main();

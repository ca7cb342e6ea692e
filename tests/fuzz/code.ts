/**
 * Random well-typed bytecode in both engines, as tests/support/comparing.ts says: `npx tsx tests/fuzz/code.ts [COUNT] [SEED]`.
 * Loops, handlers, calls and closures nested in ways that no source is compiled to.
 */
import { compareModules, searchAsTold } from '../support/comparing.js';
import { randomModule } from '../support/random-code.js';

searchAsTold('modules', (seed) => compareModules([randomModule(seed).verified()], seed));

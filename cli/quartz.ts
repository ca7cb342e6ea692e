#!/usr/bin/env node
// The `quartz` command: hands the command line and the real effects to `main` and exits with what it says.
import { main } from './main.js';
import { production } from './effects/production.js';

// Exits at once: a program may leave sockets or timers of the host behind.
process.exit(await main('quartz', process.argv.slice(2), production));

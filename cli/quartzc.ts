#!/usr/bin/env node
// The `quartzc` command: the compiler alone.
import { main } from './main.js';
import { production } from './effects/production.js';

// Exits at once: a program may leave sockets or timers of the host behind.
process.exit(await main('quartzc', process.argv.slice(2), production));

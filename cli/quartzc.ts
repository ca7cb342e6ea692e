#!/usr/bin/env node
// The `quartzc` command: the compiler alone.
import { main } from './main.js';
import { production } from './production.js';

process.exitCode = await main('quartzc', process.argv.slice(2), production);

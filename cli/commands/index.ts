/** Every command of `quartz`, in the order in which `--help` lists them. */
import type { Command } from 'commander';
import type { Effects } from '../effects.js';
import type { Exit } from '../exit.js';
import { assembly } from './assembly.js';
import { bind } from './bind.js';
import { check } from './check.js';
import { explain } from './explain.js';
import { grumpy } from './grumpy.js';
import { node } from './node.js';
import { protocol } from './protocol.js';
import { project } from './project.js';
import { repl } from './repl.js';
import { run } from './run.js';
import { serve } from './serve.js';
import { test } from './test.js';
import { types } from './types.js';

export type AddCommand = (program: Command, effects: Effects, exit: Exit) => void;

export const commands: readonly AddCommand[] = [
  run,
  serve,
  test,
  check,
  types,
  protocol,
  assembly,
  bind,
  project,
  grumpy,
  repl,
  node,
  explain,
];

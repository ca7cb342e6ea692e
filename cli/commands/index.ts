/**
 * Every command of `quartz`, in the order in which `--help` lists them. A command is loaded when it is needed: most need
 * the compiler or the guests, and nobody should wait for those to run a program.
 */
import type { Command } from 'commander';
import type { Effects } from '../effects/effects.js';
import type { Exit } from '../effects/exit.js';

export type AddCommand = (program: Command, effects: Effects, exit: Exit) => void;

interface Entry {
  /** What the user types; one file may add several commands. */
  readonly names: readonly string[];
  readonly load: () => Promise<AddCommand>;
}

const entries: readonly Entry[] = [
  { names: ['run'], load: async () => (await import('./run.js')).run },
  { names: ['serve'], load: async () => (await import('./serve.js')).serve },
  { names: ['test'], load: async () => (await import('./test.js')).test },
  { names: ['profile'], load: async () => (await import('./profile.js')).profile },
  { names: ['check'], load: async () => (await import('./check.js')).check },
  { names: ['types'], load: async () => (await import('./types.js')).types },
  { names: ['protocol'], load: async () => (await import('./protocol.js')).protocol },
  { names: ['asm', 'dis'], load: async () => (await import('./assembly.js')).assembly },
  { names: ['bind'], load: async () => (await import('./bind.js')).bind },
  { names: ['new', 'build', 'clean'], load: async () => (await import('./project.js')).project },
  { names: ['grumpy'], load: async () => (await import('./grumpy.js')).grumpy },
  { names: ['repl'], load: async () => (await import('./repl.js')).repl },
  { names: ['node'], load: async () => (await import('./node.js')).node },
  { names: ['explain'], load: async () => (await import('./explain.js')).explain },
];

/** The commands that the first word may mean: one, or all where it is none (`--help`, `help`, a slip). */
export async function commandsFor(word: string | undefined): Promise<readonly AddCommand[]> {
  const named = entries.filter((entry) => word !== undefined && entry.names.includes(word));
  return Promise.all((named.length > 0 ? named : entries).map((entry) => entry.load()));
}

/**
 * What is used up once: values of types that are declared linear (a request that waits for its answer) are taken exactly once
 * on every path, those of affine types (a connection) at most once. Nobody writes that down: what a function takes, and what it only
 * looks at, is found from what it does with its parameters.
 * Invariant: pure. A program without an error of this pass forgets no linear value and uses none twice, on whichever path that
 * raises nothing; where something raises, what is held is let go by the machine.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { Local } from '../resolve/resolution.js';
import type { ModuleEnv } from '../types/module/interface.js';
import type { Typing } from '../types/module/typing.js';
import { externMistakes } from './declared.js';
import { Modes } from './modes.js';
import { walkItem } from './walk.js';

export interface Owned {
  readonly diagnostics: readonly Diagnostic[];
  /** The typing again, with what each function and session takes and carries. */
  readonly shown: Typing;
  /** Whether the module knows of anything that is used up: then handlers let go what their bodies have got. */
  readonly holds: boolean;
  /** By the id of each `try`: the variables that its handlers find used up. */
  readonly lost: ReadonlyMap<number, readonly Local[]>;
}

export function checkOwned(typing: Typing, env: ModuleEnv): Owned {
  const modes = new Modes(typing, env);
  modes.settle();
  const diagnostics = externMistakes(typing, env);
  const lost = new Map<number, readonly Local[]>();
  for (const item of typing.resolution.module.items) {
    const walked = walkItem(item, modes.around());
    diagnostics.push(...walked.found);
    for (const [id, locals] of walked.lost) if (locals.length > 0) lost.set(id, locals);
  }
  const shown = { ...typing, functions: modes.functions(), sessions: modes.sessions() };
  return { diagnostics: once(diagnostics), shown, lost, holds: knowsHeld(typing, env) };
}

function knowsHeld({ declared, resolution }: Typing, env: ModuleEnv): boolean {
  const known = resolution.requires.flatMap((name) => [...(env.get(name)?.types.values() ?? [])]);
  return [...declared.values(), ...known].some((t) => t.use !== undefined);
}

/** Rounds are walked more than once. */
function once(all: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return all.filter(({ code, span }) => {
    const key = `${code} ${span?.start} ${span?.end}`;
    return !seen.has(key) && seen.add(key);
  });
}

/**
 * What the types that a module can name are held for: its own, and those of the modules before it.
 * Invariant: reads declarations only.
 */
import { globalKey, type GlobalId } from '../../resolve/resolution.js';
import type { Held, UseOf } from '../solve/uses.js';
import type { ModuleEnv, TypeInterface } from './interface.js';
import type { Typing } from './typing.js';

/** What a declaration says. */
export const heldBy = (t: TypeInterface | undefined): Held | undefined =>
  t?.use === undefined
    ? undefined
    : { use: t.use, name: t.id.name, ...(t.forgotten !== undefined && { forgotten: t.forgotten }) };

export const usesOf = (typing: Typing, env: ModuleEnv): UseOf => {
  return (id: GlobalId) => heldBy(typing.declared.get(globalKey(id)) ?? env.get(id.module)?.types.get(id.name));
};

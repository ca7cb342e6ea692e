/** Host half of `env`. */
import { PersistentMap } from '../runtime/values/map.js';
import { type HostFunctions, option, own } from './support.js';
import type { System } from './system.js';

export function host({ capabilities: may, env }: System): HostFunctions {
  return {
    get: (name: string) => {
      may.variable(name);
      return option(own(env, name));
    },
    all: () => PersistentMap.of(may.variables(env).flat()),
  };
}

/** The host functions of the library that do nothing to the world: what a program under test may call without permission. */
import { HostRegistry } from '../../runtime/host/registry.js';
import { pureModules } from '../../stdlib/pure.js';

export function pureHosts(): HostRegistry {
  const hosts = new HostRegistry();
  for (const [name, functions] of Object.entries(pureModules)) hosts.add(name, functions);
  return hosts;
}

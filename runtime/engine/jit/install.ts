/** Puts the JIT in its place. Invariant: importing this is the only tie between the rest of the machine and the JIT. */
import { tiers } from '../driver.js';
import { compileInstance } from './compile.js';

tiers.heatUp = (instance): void => {
  instance.settled = true;
  compileInstance(instance, { metered: instance.metered });
};

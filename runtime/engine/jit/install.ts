/** Puts the JIT in its place. Invariant: importing this is the only tie between the rest of the machine and the JIT. */
import { tiers } from '../driver.js';
import { compileInstance } from './compile.js';

/** Has the host forbidden to make code? A browser reports every attempt, so there is only one. */
let forbidden = false;

tiers.heatUp = (instance): void => {
  instance.settled = true;
  if (!forbidden) forbidden = !compileInstance(instance, { metered: instance.metered });
};

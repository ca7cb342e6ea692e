/** Host halves that need nothing of a system: these run in a browser as well. */
import { host as bytes } from './bytes.host.js';
import { host as float } from './float.host.js';
import { host as int } from './int.host.js';
import { host as json } from './json.host.js';
import { host as list } from './list.host.js';
import { host as map } from './map.host.js';
import { host as math } from './math.host.js';
import { host as path } from './path.host.js';
import { host as random } from './random.host.js';
import { host as regex } from './regex.host.js';
import { host as string } from './string.host.js';
import type { HostFunctions } from './support.js';
import { host as test } from './test.host.js';
import { host as time } from './time.host.js';

/** By canonical module name. */
export const pureModules: Readonly<Record<string, HostFunctions>> = {
  bytes,
  float,
  int,
  json,
  list,
  map,
  math,
  path,
  random,
  regex,
  string,
  test: test({}),
  time,
};

/** Those of whom the same is given for the same, and nothing else happens: modules, or single functions by full name. */
export const PURE: ReadonlySet<string> = new Set([
  ...Object.keys(pureModules).filter((name) => name !== 'test'),
  'test::_difference',
]);

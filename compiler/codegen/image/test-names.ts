/** How a module's tests are named in its image: no other function can have such a name. */
import type { FunctionImage } from '../../../runtime/bytecode/module.js';

const PREFIX = 'test ';

export const testName = (title: string): string => `${PREFIX}${title}`;

/** The title of a test, if the function is one. What is made inside of a test is named after it, but shown to nobody. */
export const testTitle = (f: Pick<FunctionImage, 'name' | 'exported'>): string | undefined =>
  f.exported && f.name.startsWith(PREFIX) ? f.name.slice(PREFIX.length) : undefined;

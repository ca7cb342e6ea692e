/** How a module's tests are named in its image: no other function can have such a name. */
const PREFIX = 'test ';

export const testName = (title: string): string => `${PREFIX}${title}`;

/** The title of a test, if the function is one. */
export const testTitle = (name: string): string | undefined =>
  name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;

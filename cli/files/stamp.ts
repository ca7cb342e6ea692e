/**
 * The name under which this compiler keeps what it made. Invariant: another compiler, be it only a later state of these
 * sources with the same version, has another stamp, so that nothing it would judge otherwise comes out of a cache.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { home } from '../effects/home.js';
import { version } from '../effects/version.js';

/** Written when the package is built, beside the compiled code. */
export const STAMP_FILE = 'build-stamp';

let known: string | undefined;

export const stamp = (): string => (known ??= `${version} ${built() ?? newest()}`);

function built(): string | undefined {
  try {
    return readFileSync(path.join(home, STAMP_FILE), 'utf8');
  } catch {
    return undefined;
  }
}

/** Of sources that run as they are: how many there are, how long, and when one was changed last. */
function newest(): string {
  let count = 0;
  let size = 0;
  let time = 0;
  for (const room of ['compiler', 'runtime', 'grammar']) {
    for (const entry of readdirSync(path.join(home, room), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const found = statSync(path.join(entry.parentPath, entry.name));
      count += 1;
      size += found.size;
      time = Math.max(time, found.mtimeMs);
    }
  }
  return `${count} ${size} ${time}`;
}

/** Host half of `path`: POSIX paths on every system. */
import { type HostFunctions, fromList } from './support.js';
import type { Cons } from '../runtime/values/value.js';

function normalise(path: string): string {
  const absolute = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !absolute) parts.push(part);
  }
  return absolute ? `/${parts.join('/')}` : parts.join('/') || '.';
}

const base = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1)!;

function folder(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  const at = trimmed.lastIndexOf('/');
  return at < 0 ? '.' : at === 0 ? '/' : trimmed.slice(0, at);
}

export const host: HostFunctions = {
  join: (parts: Cons) =>
    normalise(
      fromList<string>(parts)
        .filter((part) => part !== '')
        .join('/'),
    ),
  name: base,
  folder,
  ending: (path: string) => /[^.](\.[^.]*)$/.exec(base(path))?.[1] ?? '',
  is_absolute: (path: string) => path.startsWith('/'),
};

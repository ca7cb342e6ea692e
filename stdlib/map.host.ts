/** Host half of `map`. */
import type { PersistentMap } from '../runtime/values/map.js';
import type { Value } from '../runtime/values/value.js';
import { room, spend } from '../runtime/values/work.js';
import { type HostFunctions, option, some, toList, tuple } from './support.js';

/** Every entry, in order. */
function all<T>(m: PersistentMap, take: (e: { readonly key: Value; readonly value: Value }) => T): T[] {
  room(2 * m.size);
  spend(2 * m.size);
  return Array.from(m.entries(), take);
}

export const host: HostFunctions = {
  size: (m: PersistentMap) => m.size,
  has: (m: PersistentMap, key: Value) => m.find(key) !== undefined,
  get: (m: PersistentMap, key: Value) => {
    const found = m.find(key);
    return found === undefined ? option(undefined) : some(found.value);
  },
  set: (m: PersistentMap, key: Value, value: Value) => m.with(key, value),
  remove: (m: PersistentMap, key: Value) => m.without(key),
  keys: (m: PersistentMap) => toList(all(m, (e) => e.key)),
  values: (m: PersistentMap) => toList(all(m, (e) => e.value)),
  entries: (m: PersistentMap) => toList(all(m, (e) => tuple(e.key, e.value))),
};

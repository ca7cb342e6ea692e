/** Host half of `map`. */
import type { PersistentMap } from '../runtime/values/map.js';
import type { Value } from '../runtime/values/value.js';
import { type HostFunctions, option, some, toList, tuple } from './support.js';

export const host: HostFunctions = {
  size: (m: PersistentMap) => m.size,
  has: (m: PersistentMap, key: Value) => m.find(key) !== undefined,
  get: (m: PersistentMap, key: Value) => {
    const found = m.find(key);
    return found === undefined ? option(undefined) : some(found.value);
  },
  set: (m: PersistentMap, key: Value, value: Value) => m.with(key, value),
  remove: (m: PersistentMap, key: Value) => m.without(key),
  keys: (m: PersistentMap) => toList([...m.entries()].map((e) => e.key)),
  values: (m: PersistentMap) => toList([...m.entries()].map((e) => e.value)),
  entries: (m: PersistentMap) => toList([...m.entries()].map((e) => tuple(e.key, e.value))),
};

/**
 * What structured values are made of: taking data from the stack, fields, elements.
 * Invariant: a field is read only of a value whose constructor is known.
 */
import type { Flow } from './flow.js';
import { reject } from '../terms/rejection.js';
import type { Ty } from '../terms/types.js';

/** Takes n values, deepest first in the result. */
export function takeData(f: Flow, n: number): Ty[] {
  if (n > f.height) reject('the stack is empty');
  const found: Ty[] = [];
  for (let i = 0; i < n; i++) found.push(f.popData());
  return found.reverse();
}

export function joinOf(f: Flow, types: readonly Ty[]): Ty {
  return types.reduce((a, b) => f.types.join(a, b) ?? f.types.any, f.types.never);
}

/** Takes a list, map .. of any arguments; `never` for all of them if the value is of an empty type. */
export function takeKind(f: Flow, kind: 'list' | 'map', words: string): readonly Ty[] {
  const found = f.popData();
  if (found.kind === kind) return found.args;
  const arity = kind === 'list' ? 1 : 2;
  if (found.kind === 'never') return new Array<Ty>(arity).fill(f.types.never);
  if (f.lenient && (found.kind === 'any' || found.kind === 'var')) return new Array<Ty>(arity).fill(f.types.any);
  return reject(`needs ${words} and finds ${f.types.show(found)}`);
}

/** The types of the fields of a value: of a tuple, of a record, of a variant whose constructor was matched. */
function fieldsOf(f: Flow, t: Ty): readonly Ty[] | 'unknown' {
  if (t.kind === 'tuple') return t.args;
  if (t.kind === 'case') return f.env.fieldsAt(Number(t.name), t.args[0]!);
  if (t.kind === 'data') {
    const all = f.env.constructorsOf(t);
    if (all.length === 1 && f.env.constructorImage(all[0]!).kind === 'record') return f.env.fieldsAt(all[0]!, t);
    if (!f.lenient) reject(`the constructor of ${f.types.show(t)} is not known here: \`match\` comes first`);
    return 'unknown';
  }
  if (f.lenient && (t.kind === 'any' || t.kind === 'var' || t.kind === 'exn')) return 'unknown';
  return reject(`needs a tuple, a record or a matched variant and finds ${f.types.show(t)}`);
}

export function fieldAt(f: Flow, t: Ty, i: number): Ty {
  const fields = fieldsOf(f, t);
  if (fields === 'unknown') return f.types.any;
  return fields[i] ?? reject(`${f.types.show(t)} has no field ${i}`);
}

/** Elements that `items` and `index` give. */
export function elements(f: Flow, t: Ty): { readonly item: Ty; readonly key: Ty; readonly at: Ty } {
  const { int, string, types } = { int: f.types.int, string: f.types.string, types: f.types };
  switch (t.kind) {
    case 'list':
      return { item: t.args[0]!, key: int, at: t.args[0]! };
    case 'string':
      return { item: string, key: int, at: string };
    case 'bytes':
      return { item: int, key: int, at: int };
    case 'map':
      return { item: types.make('tuple', '', t.args), key: t.args[0]!, at: t.args[1]! };
    case 'never':
      return { item: t, key: types.any, at: t };
    default:
      if (f.lenient && (t.kind === 'any' || t.kind === 'var'))
        return { item: types.any, key: types.any, at: types.any };
      return reject(`needs a list, a string, bytes or a map and finds ${types.show(t)}`);
  }
}

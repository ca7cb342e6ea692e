/**
 * Types as a person would write them. Invariant: reads types, never binds a variable; within one `Names` a variable has
 * one name (a, b, c, ..), and a type that contains itself through ends is cut off with `...`.
 */
import { endOf, isBuiltin, prune, type EndType, type Type } from './type.js';

/** Names given to type variables; shared by types that are shown together. */
export class Names {
  private readonly names = new Map<Type, string>();

  of(variable: Type): string {
    let name = this.names.get(variable);
    if (name === undefined) {
      const n = this.names.size;
      name = String.fromCharCode(97 + (n % 26)) + (n < 26 ? '' : String(Math.floor(n / 26)));
      this.names.set(variable, name);
    }
    return name;
  }
}

export const showType = (type: Type, names: Names = new Names()): string => show(type, names, []);

/** Parts nested deeper are shown as `..`: a type that shares its parts can be endless to read. */
const DEEPEST = 6;

function show(type: Type, names: Names, inside: readonly EndType[], depth = 0): string {
  const all = (list: readonly Type[]): string => list.map((t) => show(t, names, inside, depth + 1)).join(', ');
  const t = prune(type);
  if (depth > DEEPEST && t.kind !== 'var') return '..';
  switch (t.kind) {
    case 'var':
      // Once generalised, the name that an annotation gave it says no more than any other.
      return t.rigid === true && t.hint !== undefined && t.level !== Infinity ? t.hint : names.of(t);
    case 'con':
      if (t.id.module === '' && t.id.name === 'unit') return 'unit';
      return t.args.length === 0 ? t.id.name : `${t.id.name}<${all(t.args)}>`;
    case 'tuple':
      return `(${all(t.elements)})`;
    case 'fun':
      return `(${all(t.params)}) -> ${isBuiltin(prune(t.result), 'unit') ? 'void' : show(t.result, names, inside)}`;
    case 'end':
      return showEnd('end', t.end, names, inside);
    case 'service':
      return showEnd('service', t.end, names, inside);
    case 'pool': {
      const datum = prune(t.datum);
      const end = showEnd('pool', t.end, names, inside);
      return isBuiltin(datum, 'unit') || datum.kind === 'var' ? end : `${end} with ${show(datum, names, inside)}`;
    }
  }
}

/** `end{!Ping(int), ?Pong}`: what goes out and what comes in, without saying when. */
function showEnd(word: string, end: EndType, names: Names, inside: readonly EndType[]): string {
  const e = endOf(end);
  if (inside.includes(e)) return `${word}{...}`;
  const deeper = [...inside, e];
  const row = (sign: string, rows: ReadonlyMap<string, readonly Type[]>): string[] =>
    [...rows].map(([label, types]) => {
      const carried = types.map((t) => show(t, names, deeper)).join(', ');
      return `${sign}${label}${types.length === 0 ? '' : `(${carried})`}`;
    });
  const parts = [...row('!', e.sends), ...row('?', e.receives)];
  return parts.length === 0 ? word : `${word}{${parts.join(', ')}}`;
}

/** What a value of the type is, for sentences: `an int`, `the end of a link`. */
export function describe(type: Type, names: Names = new Names()): string {
  const t = prune(type);
  if (t.kind === 'end') return 'the end of a link';
  if (t.kind === 'pool') return 'a pool of ends';
  if (t.kind === 'service') return 'a reference to a service';
  return `\`${showType(t, names)}\``;
}

/** `2 values`, `1 value`, `no values`. */
export const count = (n: number, what = 'value'): string => `${n === 0 ? 'no' : n} ${what}${n === 1 ? '' : 's'}`;

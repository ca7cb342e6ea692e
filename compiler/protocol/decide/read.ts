/**
 * Reads systems of automata from JSON values: `{name, roles: {P: {init, edges: [[from, "!" or "?", partner, label, to], ..]}}}`,
 * one system or a list. States may be integers or strings. Further directions: `"silent"`, `"outside"`, `"drop"`, `"fail"`, `"lost"`.
 * Invariant: any value whatever gives systems or plain sentences, never an exception.
 */
import type { Edge, EdgeKind, Role, System } from './system.js';

export type ReadResult =
  | { readonly ok: true; readonly systems: readonly System[] }
  | { readonly ok: false; readonly errors: readonly string[] };

const KINDS: ReadonlyMap<unknown, EdgeKind> = new Map<unknown, EdgeKind>([
  ['!', 'send'],
  ['?', 'receive'],
  ['silent', 'silent'],
  ['outside', 'outside'],
  ['drop', 'drop'],
  ['fail', 'fail'],
  ['lost', 'lost'],
]);
const PAIRED: ReadonlySet<EdgeKind> = new Set<EdgeKind>(['send', 'receive', 'drop', 'lost']);
/** Errors listed for one file; the rest would repeat them. */
const MOST_ERRORS = 20;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isState = (value: unknown): value is string | number => typeof value === 'string' || Number.isSafeInteger(value);

/** Reads a parsed JSON value; `name` is used for a system without one. */
export const readSystems = (value: unknown, name = 'system'): ReadResult => {
  const errors: string[] = [];
  const systems = (Array.isArray(value) ? value : [value]).flatMap((v: unknown, i) => {
    const system = readSystem(v, Array.isArray(value) ? `${name} ${String(i + 1)}` : name, errors);
    return system === undefined ? [] : [system];
  });
  return errors.length === 0 ? { ok: true, systems } : { ok: false, errors: errors.slice(0, MOST_ERRORS) };
};

/** Reads the text of a JSON file. */
export const readSystemsText = (text: string, name?: string): ReadResult => {
  try {
    return readSystems(JSON.parse(text) as unknown, name);
  } catch (e) {
    return { ok: false, errors: [`not JSON: ${e instanceof Error ? e.message : String(e)}`] };
  }
};

const readSystem = (value: unknown, fallback: string, errors: string[]): System | undefined => {
  if (!isRecord(value)) {
    errors.push(`${fallback}: a system is an object with "name" and "roles"`);
    return undefined;
  }
  const name = typeof value['name'] === 'string' ? value['name'] : fallback;
  const given = value['roles'];
  if (!isRecord(given) || Object.keys(given).length === 0) {
    errors.push(`${name}: "roles" is an object with at least one role`);
    return undefined;
  }
  const before = errors.length;
  const names = new Map(Object.keys(given).map((n, i) => [n, i]));
  const roles = [...names.keys()].map((n) => readRole(given[n], n, names, `${name}, role ${n}`, errors));
  return errors.length === before ? { name, roles } : undefined;
};

const readRole = (
  value: unknown,
  name: string,
  names: ReadonlyMap<string, number>,
  place: string,
  errors: string[],
): Role => {
  const nothing: Role = { name, init: 0, states: 1, edges: [] };
  const init = isRecord(value) ? value['init'] : undefined;
  const list = isRecord(value) ? value['edges'] : undefined;
  if (!isState(init) || !Array.isArray(list)) {
    errors.push(`${place}: a role is an object with "init", a state, and "edges", a list`);
    return nothing;
  }
  const numbers = new Map<string, number>();
  const number = (state: string | number): number => {
    const key = String(state);
    const known = numbers.get(key) ?? numbers.size;
    numbers.set(key, known);
    return known;
  };
  number(init);
  const edges: Edge[] = [];
  list.forEach((given: unknown, i) => {
    const at = `${place}, edge ${String(i + 1)}`;
    if (!Array.isArray(given) || given.length !== 5) {
      errors.push(`${at}: an edge is a list [from, direction, partner, label, to]`);
      return;
    }
    const [from, direction, partner, label, to] = given as readonly unknown[];
    const kind = KINDS.get(direction);
    if (!isState(from) || !isState(to)) errors.push(`${at}: a state is an integer or a string`);
    else if (kind === undefined) errors.push(`${at}: a direction is "!" or "?"`);
    else if (typeof label !== 'string') errors.push(`${at}: a label is a string`);
    else if (!PAIRED.has(kind)) edges.push({ from: number(from), kind, partner: -1, label, to: number(to) });
    else if (typeof partner !== 'string' || !names.has(partner))
      errors.push(`${at}: the partner is not a role of this system`);
    else edges.push({ from: number(from), kind, partner: names.get(partner)!, label, to: number(to) });
  });
  return { name, init: 0, states: numbers.size, edges, stateNames: [...numbers.keys()] };
};

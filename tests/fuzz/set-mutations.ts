/**
 * Changes to programs of several modules: what one says of the others, of the host, and of itself to them. Some changes are made
 * in every module that says the same, so that the lie is told consistently.
 * Invariant: gives new images, sealed by whoever judges them; never changes what it was given.
 */
import { LISTED_HOSTS } from '../../runtime/bytecode/assembly-pools.js';
import { libraryFunctions } from '../../runtime/bytecode/library.js';
import type {
  Callee,
  ConstructorImage,
  FunctionImage,
  HostImport,
  ModuleImage,
  Param,
} from '../../runtime/bytecode/module.js';

export type Below = (n: number) => number;
type Set_ = readonly ModuleImage[];

const replaced = <T>(xs: readonly T[], i: number, x: T): T[] => xs.map((y, k) => (k === i ? x : y));
const without = <T>(xs: readonly T[], i: number): T[] => xs.filter((_, k) => k !== i);
const one = <T>(xs: readonly T[], below: Below): T | undefined => (xs.length === 0 ? undefined : xs[below(xs.length)]);

const PLAIN = ['int', 'string', 'float', 'bool', 'bytes', 'exn', 'any', 'a', 'b', '()', 'thread', 'never', 'list<a>'];
const WRAPS = ['list<?>', 'option<?>', '(?, int)', '(?) -> int', '() -> ?', 'map<string, ?>', 'service{!Go(?)}'];

/** Names of types that occur anywhere, and types of the machine. */
function someType(set: Set_, below: Below): string {
  const m = one(set, below)!;
  const c = one(m.constructors, below);
  if (c !== undefined && below(2) === 0) {
    const name = below(4) === 0 ? c.type : `${below(6) === 0 ? one(set, below)!.name : c.module}::${c.type}`;
    const args = c.params.map(() => one(PLAIN, below)!);
    return args.length === 0 ? name : `${name}<${args.join(', ')}>`;
  }
  const plain = one(PLAIN, below)!;
  return below(3) === 0 ? one(WRAPS, below)!.replace('?', plain) : plain;
}

/** A type text with one of its names changed. */
function twisted(text: string, set: Set_, below: Below): string {
  const names = [...text.matchAll(/(?:\w+::)*\b[A-Za-z]\w*/g)];
  const found = one(names, below);
  if (found === undefined || below(8) === 0) return someType(set, below);
  const put = (by: string): string => text.slice(0, found.index) + by + text.slice(found.index + found[0].length);
  switch (below(4)) {
    case 0:
      // Without its module, or with another.
      return put(
        found[0].includes('::')
          ? found[0].slice(found[0].lastIndexOf('::') + 2)
          : `${one(set, below)!.name}::${found[0]}`,
      );
    case 1:
      return put(`${one(set, below)!.name}::${found[0].split('::').at(-1)!}`);
    default:
      return put(someType(set, below));
  }
}

type Signed = Pick<FunctionImage, 'params' | 'returns' | 'session' | 'type'>;

/** One of the parameters, with the whole type changed alike where that names it, or the type alone. */
function signed<T extends Signed>(f: T, set: Set_, below: Below): T {
  const i = below(f.params.length + 1);
  const p = f.params[i];
  switch (below(6)) {
    case 0:
      return { ...f, type: twisted(f.type, set, below) };
    case 1:
      return { ...f, returns: !f.returns };
    case 2:
      return below(2) === 0 ? { ...f, session: !f.session } : { ...f, params: without(f.params, i) };
    default: {
      if (p === undefined) return { ...f, type: twisted(f.type, set, below) };
      const kinds: Param['kind'][] = ['data', 'end', 'reference', 'pool', 'upvalue'];
      if (below(6) === 0) return { ...f, params: replaced(f.params, i, { ...p, kind: one(kinds, below)! }) };
      const type = twisted(p.type, set, below);
      const whole = below(5) === 0 ? f.type : f.type.replace(p.type, () => type);
      return { ...f, params: replaced(f.params, i, { ...p, type }), type: whole };
    }
  }
}

/** In one module, or (`everywhere`) in all that list the same. */
function constructor(set: Set_, at: number, below: Below): ModuleImage[] {
  const m = set[at]!;
  const i = below(m.constructors.length);
  const c = m.constructors[i];
  if (c === undefined) return [...set];
  const named = one(set, below)!.name;
  const changed = ((): ConstructorImage[] => {
    const field = below(c.fields.length);
    const f = c.fields[field];
    switch (below(10)) {
      case 0:
        return [];
      case 1:
        return [c, { ...c, name: `${c.name}2`, tag: c.tag + 1 }];
      case 2:
        return [{ ...c, module: below(4) === 0 ? '' : named }];
      case 3:
        return [{ ...c, type: one(m.constructors, below)!.type }];
      case 4:
        return [{ ...c, params: below(2) === 0 ? [...c.params].reverse() : [...c.params, 'z'] }];
      case 5:
        return [{ ...c, tag: below(3), kind: one(['variant', 'record', 'exception'] as const, below)! }];
      case 6:
        return [
          { ...c, fields: f === undefined ? [{ name: '0', type: someType(set, below) }] : without(c.fields, field) },
        ];
      default: {
        if (f === undefined) return [{ ...c, name: one(m.constructors, below)!.name }];
        return [{ ...c, fields: replaced(c.fields, field, { ...f, type: twisted(f.type, set, below) }) }];
      }
    }
  })();
  const key = (x: ConstructorImage): string => `${x.module}::${x.type}::${x.name}`;
  const everywhere = below(2) === 0;
  return set.map((image, k) => {
    if (k !== at && !everywhere) return image;
    const j = image.constructors.findIndex((x) => key(x) === key(c));
    if (j < 0) return image;
    // Indices in code stay what they are where a constructor is only changed.
    return {
      ...image,
      constructors: [...image.constructors.slice(0, j), ...changed, ...image.constructors.slice(j + 1)],
    };
  });
}

function host(set: Set_, m: ModuleImage, below: Below): ModuleImage {
  const i = below(m.hosts.length);
  const h = m.hosts[i];
  if (h === undefined) return m;
  const put = (x: HostImport): ModuleImage => ({ ...m, hosts: replaced(m.hosts, i, x) });
  const k = below(h.params.length + 1);
  switch (below(7)) {
    case 0:
      return put({ ...h, name: one([...libraryFunctions(), ...LISTED_HOSTS], below)!.name });
    case 1:
      return put({
        ...one(libraryFunctions(), below)!,
        ...(below(2) === 0 ? { params: h.params, result: h.result } : {}),
      });
    case 2:
      return put({ ...h, name: `${one(set, below)!.name}::${one(['get', 'pick', 'box', 'number', 'any'], below)!}` });
    case 3:
      return put({ ...h, async: !h.async });
    case 4:
      return put({
        ...h,
        params: k < h.params.length ? replaced(h.params, k, twisted(h.params[k]!, set, below)) : [...h.params, 'a'],
      });
    default:
      return put({ ...h, result: twisted(h.result, set, below) });
  }
}

function imported(set: Set_, m: ModuleImage, below: Below): ModuleImage {
  const all = m.callees.flatMap((c, i) => (c.kind === 'import' ? [{ c, i }] : []));
  const found = one(all, below);
  if (found === undefined) return m;
  const { c, i } = found;
  const put = (x: Callee): ModuleImage => ({ ...m, callees: replaced(m.callees, i, x) });
  switch (below(5)) {
    case 0:
      return put({ ...c, name: one(one(set, below)!.functions, below)?.name ?? c.name });
    case 1:
      return put({ ...c, module: below(m.requires.length) });
    case 2: {
      const f = one(one(set, below)!.functions, below);
      return f === undefined
        ? m
        : put({ ...c, signature: { params: f.params, returns: f.returns, session: f.session, type: f.type } });
    }
    default:
      return put({ ...c, signature: signed(c.signature, set, below) });
  }
}

/** A function as its module offers it; those that import it may hear of it. */
function exported(set: Set_, at: number, below: Below): ModuleImage[] {
  const m = set[at]!;
  const i = below(m.functions.length);
  const f = m.functions[i];
  if (f === undefined) return [...set];
  const made: FunctionImage = below(5) === 0 ? { ...f, exported: !f.exported } : signed(f, set, below);
  const told = below(2) === 0;
  const { params, returns, session, type } = made;
  return set.map((image, k) => {
    if (k === at) return { ...image, functions: replaced(image.functions, i, made) };
    if (!told) return image;
    const hears = (c: Callee): boolean =>
      c.kind === 'import' && c.name === f.name && image.requires[c.module]?.name === m.name;
    return {
      ...image,
      callees: image.callees.map(
        (c) => (hears(c) ? { ...c, signature: { params, returns, session, type } } : c) as Callee,
      ),
    };
  });
}

function required(set: Set_, m: ModuleImage, hashes: readonly string[], below: Below): ModuleImage {
  const i = below(m.requires.length);
  const r = m.requires[i];
  const name = one(set, below)!.name;
  switch (below(5)) {
    case 0:
      return { ...m, requires: [...m.requires, { name, hash: below(2) === 0 ? '' : one(hashes, below)! }] };
    case 1:
      return { ...m, requires: without(m.requires, i) };
    case 2:
      return r === undefined ? m : { ...m, requires: replaced(m.requires, i, { ...r, name }) };
    default:
      return r === undefined ? m : { ...m, requires: replaced(m.requires, i, { ...r, hash: one(hashes, below)! }) };
  }
}

/** Types that the code of one module names. */
function typed(set: Set_, m: ModuleImage, below: Below): ModuleImage {
  const i = below(m.types.length + m.globals.length);
  if (i < m.types.length) return { ...m, types: replaced(m.types, i, twisted(m.types[i]!, set, below)) };
  const g = m.globals[i - m.types.length];
  if (g === undefined) return m;
  return { ...m, globals: replaced(m.globals, i - m.types.length, { ...g, type: twisted(g.type, set, below) }) };
}

/** Some words of code. */
function coded(m: ModuleImage, below: Below): ModuleImage {
  const i = below(m.functions.length);
  const f = m.functions[i];
  if (f === undefined || f.code.length === 0) return m;
  const code = Int32Array.from(f.code);
  const at = below(code.length);
  code[at] = [code[at]! ^ 1, code[below(code.length)]!, below(12), code[at]! + 1][below(4)]!;
  return { ...m, functions: replaced(m.functions, i, { ...f, code }) };
}

/** One change. `hashes`: of the modules as they were. */
export function mutatedSet(set: Set_, hashes: readonly string[], below: Below): ModuleImage[] {
  const at = below(set.length);
  const m = set[at]!;
  const put = (x: ModuleImage): ModuleImage[] => replaced(set, at, x);
  switch (below(12)) {
    case 0:
    case 1:
    case 2:
      return constructor(set, at, below);
    case 3:
    case 4:
      return put(host(set, m, below));
    case 5:
    case 6:
      return put(imported(set, m, below));
    case 7:
      return exported(set, at, below);
    case 8:
      return put(required(set, m, hashes, below));
    case 9:
      return put(below(2) === 0 ? typed(set, m, below) : coded(m, below));
    case 10:
      return put({ ...m, name: below(3) === 0 ? `${m.name}::${one(set, below)!.name}` : one(set, below)!.name });
    default: {
      // Another version beside it, or another order.
      const other = below(set.length);
      if (below(2) === 0) return [...set.slice(0, at + 1), ...mutatedSet([m], hashes, below), ...set.slice(at + 1)];
      return set.map((x, k) => (k === at ? set[other]! : k === other ? m : x));
    }
  }
}

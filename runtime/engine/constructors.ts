/**
 * Constructors as they are named where values leave a machine: by the module that declares them, with its hash, and how they are
 * written there.
 * Invariant: reading gives a constructor that a module loaded here lists, one of the machine's own, or that of a tuple; no bytes
 * make another.
 */
import type { Reader, Writer } from '../bytecode/binary.js';
import { ERR, NONE, OK, SOME, builtinExceptions } from '../values/exceptions.js';
import { tupleConstructor, type Constructor } from '../values/value.js';
import type { Instance } from './function.js';

export type ConstructorName = Pick<Constructor, 'kind' | 'hash' | 'module' | 'type' | 'name' | 'tag'>;

const MAX_FIELDS = 4096;

const keyOf = ({ kind, hash, module, type, name, tag }: ConstructorName): string =>
  JSON.stringify([kind, hash, module, type, name, tag]);

/** Those of the modules that were shown, and the machine's. */
export class KnownConstructors {
  readonly #known = new Map<string, Constructor>();

  constructor() {
    for (const c of [...Object.values(builtinExceptions), NONE, SOME, OK, ERR]) this.#know(c);
  }
  #know(c: Constructor): void {
    this.#known.set(keyOf(c), c);
  }
  show(m: Instance): void {
    for (const c of m.constructors) this.#know(c);
  }
  readonly named = (name: ConstructorName): Constructor | undefined => this.#known.get(keyOf(name));
}

export function writeConstructor(w: Writer, c: Constructor): void {
  for (const text of [c.kind, c.module, c.type, c.name]) w.text(text);
  w.uint(c.tag);
  w.list(c.fields, (f) => w.text(f));
  w.text(c.hash);
}

/** Fails for one that `named` does not know. */
export function readConstructor(r: Reader, named: KnownConstructors['named']): Constructor {
  const start = r.offset;
  const [kind, module, type, name] = [r.text(), r.text(), r.text(), r.text()];
  const tag = r.uint();
  const fields = r.list(() => r.text());
  const hash = r.text();
  if (kind === 'tuple')
    return fields.length <= MAX_FIELDS ? tupleConstructor(fields.length) : r.fail('too many fields', start);
  const found = named({ kind: kind as Constructor['kind'], hash, module, type, name, tag });
  const same = found !== undefined && found.fields.length === fields.length && found.fields.every((f, i) => f === fields[i]); // prettier-ignore
  return same ? found : r.fail(`no constructor ${module}::${name} here`, start);
}

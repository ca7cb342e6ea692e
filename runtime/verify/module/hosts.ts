/**
 * What a module says of the functions of the host that it calls. Those of the machine and the library have one type each
 * (`runtime/bytecode/library.ts`); of its own and those of modules it requires, its word is the specification, and what they
 * give is checked at every call.
 * Invariant: no declaration makes a value of one type one of another: what comes out was of the library's type, was checked,
 * or went in under the same type.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { hostText, isLibraryModule, libraryFunction, moduleOfHost } from '../../bytecode/library.js';
import type { HostImport, ModuleImage } from '../../bytecode/module.js';
import { Rejection } from '../terms/rejection.js';
import { parseType, type Notation } from '../terms/session-type.js';

export function checkHosts(image: ModuleImage): void {
  const names = new Set<string>();
  const homes = new Set([image.name, ...image.requires.map((r) => r.name)]);
  for (const h of image.hosts) {
    if (names.has(h.name)) throw new Rejection(`the host function ${h.name} is listed twice`);
    names.add(h.name);
    const module = moduleOfHost(h.name);
    if (isLibraryModule(module)) checkLibrary(h);
    else if (!homes.has(module))
      throw new Rejection(`the host function ${h.name} is of module ${module}, which is not required`);
    else checkOwn(h, homes);
  }
}

function checkLibrary(h: HostImport): void {
  const real = libraryFunction(h.name);
  if (real === undefined) throw new Rejection(`the library has no host function ${h.name}`);
  if (hostText(real) !== hostText(h))
    throw new Rejection(`the host function ${h.name} is ${hostText(real)}, not ${hostText(h)}`);
}

/** What the host has of a type that the caller chooses, and functions, it was given. */
function checkOwn(h: HostImport, homes: ReadonlySet<string>): void {
  if (h.result === 'void') return;
  for (const name of declared(read(h, h.result)))
    if (name.includes('::') && !homes.has(moduleOfHost(name)))
      throw new Rejection(`the host function ${h.name} gives a ${name}, whose module is not required`);
  const given = new Set(h.params.flatMap((p) => handed(read(h, p))));
  for (const part of handed(read(h, h.result)))
    if (!given.has(part))
      throw new Rejection(`the host function ${h.name} promises a value of type ${part}, which no parameter has`);
}

function read(h: HostImport, text: string): Notation {
  const parsed = parseType(text);
  if (isLeft(parsed)) throw new Rejection(`the type of the host function ${h.name} cannot be read: ${text}`);
  return parsed.right;
}

/** Names in small letters that are types by themselves; of the others, `list` without arguments too, each is a variable. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['any', 'int', 'float', 'bool', 'string', 'bytes', 'exn', 'unit', 'void', 'thread', 'reference', 'service'],
]);

/** The type variables and functions in a type: what the host can only hand on. */
export function handed(n: Notation): readonly string[] {
  switch (n.kind) {
    case 'name':
      if (isVariable(n)) return [n.name];
      return n.args.flatMap(handed);
    case 'tuple':
      return n.items.flatMap(handed);
    case 'fun':
      return [JSON.stringify(n)];
    default:
      return [];
  }
}

/** The names of types that modules declare. */
function declared(n: Notation): readonly string[] {
  if (n.kind === 'tuple') return n.items.flatMap(declared);
  if (n.kind !== 'name') return [];
  return [...(isDeclared(n) ? [n.name] : []), ...n.args.flatMap(declared)];
}

export const isDeclared = (n: Notation): boolean => n.kind === 'name' && /^(?:\w+::)*[A-Z]\w*$/.test(n.name);
export const isVariable = (n: Notation): boolean =>
  n.kind === 'name' && n.args.length === 0 && /^[a-z_]\w*$/.test(n.name) && !KNOWN.has(n.name);

/**
 * What a module says of types it did not declare: those of the machine are known, those of another module are what that
 * module lists.
 * Invariant: a module lists all constructors of its own types, so nobody can say of a value that comes from elsewhere that
 * its fields hold something else, or that it has fewer ways to be made.
 */
import type { ConstructorImage, ModuleImage } from '../../bytecode/module.js';
import { builtinExceptions } from '../../values/exceptions.js';
import type { Linked } from './linking.js';
import { Rejection } from '../terms/rejection.js';

type Shape = Pick<ConstructorImage, 'kind' | 'tag' | 'params' | 'fields'>;

const shapeText = (c: Shape): string =>
  JSON.stringify([c.kind, c.tag, c.params, c.fields.map((f) => [f.name, f.type])]);
const keyOf = (c: Pick<ConstructorImage, 'module' | 'type' | 'name'>): string => `${c.module}::${c.type}::${c.name}`;

/** Types of the fields of the machine's exceptions. */
const CARRIED: Readonly<Record<string, string>> = { reason: 'exn', message: 'string' };

const variant = (tag: number, params: readonly string[], ...types: readonly string[]): Shape => ({
  kind: 'variant',
  tag,
  params,
  fields: types.map((type, i) => ({ name: String(i), type })),
});

/** The constructors of the machine itself, by type and name. */
const MACHINE: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['::option::None', variant(0, ['a'])],
  ['::option::Some', variant(1, ['a'], 'a')],
  ['::result::Ok', variant(0, ['a', 'e'], 'a')],
  ['::result::Err', variant(1, ['a', 'e'], 'e')],
  ...Object.entries(builtinExceptions).map(([name, c]): [string, Shape] => [
    `::exn::${name}`,
    { kind: 'exception', tag: c.tag, params: [], fields: c.fields.map((f) => ({ name: f, type: CARRIED[f]! })) },
  ]),
]);

/** Modules require each other in no circle, so what one gets from another can be of no type of its own. */
function checkImported(image: ModuleImage): void {
  const own = new RegExp(`(?<![\\w:])${image.name}::\\w+(?![\\w:])`);
  for (const c of image.callees) {
    if (c.kind !== 'import') continue;
    const { type, params } = c.signature;
    if (own.test([type, ...params.map((p) => p.type)].join(' ')))
      throw new Rejection(
        `${image.requires[c.module]!.name}::${c.name} speaks of types of ${image.name}, which a module that ${image.name} requires cannot know`,
      );
  }
}

export function checkConstructors(image: ModuleImage, modules: ReadonlyMap<string, Linked>): void {
  if (/^\w+(?:::\w+)*$/.test(image.name)) checkImported(image);
  const lists = new Map<string, ReadonlyMap<string, ConstructorImage> | undefined>();
  for (const r of image.requires) {
    const other = modules.get(r.name);
    lists.set(r.name, other && new Map(other.image.constructors.map((c) => [keyOf(c), c])));
  }
  for (const c of image.constructors) {
    if (c.module === image.name && c.module !== '') continue;
    const where = c.module === '' ? 'the machine' : `module ${c.module}`;
    const refused = (): never => {
      throw new Rejection(
        `${c.module === '' ? '' : `${c.module}::`}${c.type}::${c.name} is not what ${where} says it is`,
      );
    };
    if (c.module === '') {
      const real = MACHINE.get(keyOf(c));
      if (real === undefined || shapeText(real) !== shapeText(c)) refused();
      continue;
    }
    if (!lists.has(c.module)) throw new Rejection(`${keyOf(c)} is of module ${c.module}, which is not required`);
    const list = lists.get(c.module);
    if (list === undefined) continue;
    const theirs = list.get(keyOf(c));
    if (theirs === undefined || shapeText(theirs) !== shapeText(c)) refused();
  }
  checkWhole(image, modules);
}

/** What may be done with values of a type follows from all its constructors: whoever lists one lists the others too. */
function checkWhole(image: ModuleImage, modules: ReadonlyMap<string, Linked>): void {
  const listed = new Map<string, number>();
  for (const c of image.constructors)
    if (c.kind !== 'exception' && modules.has(c.module))
      listed.set(`${c.module}::${c.type}`, (listed.get(`${c.module}::${c.type}`) ?? 0) + 1);
  if (listed.size === 0) return;
  for (const [name, { image: other }] of modules)
    for (const c of other.constructors) {
      const type = `${name}::${c.type}`;
      if (c.module === name && c.kind !== 'exception' && listed.has(type)) listed.set(type, listed.get(type)! - 1);
    }
  for (const [type, left] of listed)
    if (left !== 0) throw new Rejection(`only some of the constructors of ${type} are listed`);
}

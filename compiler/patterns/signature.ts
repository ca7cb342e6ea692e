/**
 * Which constructors a type has: what makes a set of heads complete. Sum types are closed and listed in the order of
 * their declaration; numbers, strings, bytes and exceptions are open.
 * Invariant: a sum type whose declaration is not known counts as open, so it is never taken for exhausted by mistake.
 */
import type { Literal } from '../ast/ast.js';
import { globalKey, type GlobalId, type Resolution } from '../resolve/resolution.js';
import type { ModuleEnv } from '../types/module/interface.js';
import { headKey, type Head } from './pattern.js';

/** A constructor of a sum type; its place in the list is its tag. */
export interface Variant {
  readonly name: string;
  readonly arity: number;
}

/** The constructors of a sum type by tag, or undefined if its declaration is not known. */
export type Signatures = (type: GlobalId) => readonly Variant[] | undefined;

const BUILTIN: Readonly<Record<string, readonly Variant[]>> = {
  option: [
    { name: 'None', arity: 0 },
    { name: 'Some', arity: 1 },
  ],
  result: [
    { name: 'Ok', arity: 1 },
    { name: 'Err', arity: 1 },
  ],
};

/** Signatures of the built-in sum types, of those the module declares, and of those of the modules in `env`. */
export function signaturesOf(resolution: Resolution, env: ModuleEnv): Signatures {
  const imported = (type: GlobalId): readonly Variant[] | undefined => {
    const body = env.get(type.module)?.types.get(type.name)?.body;
    return body?.kind === 'sum' ? body.variants.map((v) => ({ name: v.name, arity: v.args.length })) : undefined;
  };
  const own = new Map<string, readonly Variant[]>();
  for (const item of resolution.module.items)
    if (item.kind === 'type' && item.body.kind === 'sum')
      own.set(
        globalKey({ module: resolution.name, name: item.name.text }),
        item.body.variants.map((v) => ({ name: v.name.text, arity: v.args.length })),
      );
  return (type) => own.get(globalKey(type)) ?? (type.module === '' ? BUILTIN[type.name] : undefined) ?? imported(type);
}

/** Every head a value of the column may have, or undefined where there are infinitely many or they are not known. */
function allHeads(head: Head, signatures: Signatures): readonly Head[] | undefined {
  switch (head.kind) {
    case 'tuple':
    case 'record':
      return [head];
    case 'cons':
    case 'nil':
      return [{ kind: 'nil' }, { kind: 'cons' }];
    case 'exception':
      return undefined;
    case 'literal':
      if (head.literal.type === 'unit') return [head];
      if (head.literal.type === 'bool')
        return [true, false].map((value): Head => ({ kind: 'literal', literal: { type: 'bool', value } }));
      return undefined;
    case 'variant':
      return signatures(head.type)?.map((v, tag): Head => ({
        kind: 'variant',
        type: head.type,
        tag,
        name: v.name,
        arity: v.arity,
      }));
  }
}

/**
 * The heads a value may have that are not among those present (at least one): `[]` if those present are complete,
 * undefined if a value outside them exists but its constructor has no name here.
 */
export function missingHeads(present: readonly Head[], signatures: Signatures): readonly Head[] | undefined {
  const first = present[0]!;
  const keys = new Set(present.map(headKey));
  const all = allHeads(first, signatures);
  if (all !== undefined) return all.filter((h) => !keys.has(headKey(h)));
  if (first.kind !== 'literal') return undefined;
  const fresh = freshLiteral(first.literal, keys);
  return fresh === undefined ? undefined : [fresh];
}

/** The first literal of the same type that is not among the keys: what a person would take for an example. */
function freshLiteral(like: Literal, keys: ReadonlySet<string>): Head | undefined {
  for (let n = 0; n <= keys.size; n++) {
    const head: Head = { kind: 'literal', literal: sample(like.type, n) };
    if (!keys.has(headKey(head))) return head;
  }
  return undefined;
}

/** The n-th example of an open literal type; all of them differ. */
function sample(type: Literal['type'], n: number): Literal {
  switch (type) {
    case 'int':
      return { type, value: n };
    case 'float':
      return { type, value: n };
    case 'string':
      return { type, value: letters(n) };
    case 'bytes':
      return { type, value: new TextEncoder().encode(letters(n)) };
    case 'bool':
      return { type, value: n === 0 };
    case 'unit':
      return { type };
  }
}

/** '', a, b, ..., z, aa, ab, ... */
function letters(n: number): string {
  let text = '';
  for (let rest = n; rest > 0; rest = Math.floor((rest - 1) / 26))
    text = String.fromCharCode(97 + ((rest - 1) % 26)) + text;
  return text;
}

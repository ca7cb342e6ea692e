/**
 * Patterns: what a value is taken apart into, and what of it falls by the wayside.
 * Invariant: each part of a held value is bound by a name or reported.
 */
import type { CaseArm, Pattern } from '../ast/ast.js';
import { prune, type Type } from '../types/solve/type.js';
import type { Body } from './body.js';

/** Binds what the pattern takes out of a value, which is used up by that. */
export function bind(b: Body, p: Pattern): void {
  switch (p.kind) {
    case 'any':
      return b.forgetValue(b.typeOf(p.id), p.span);
    case 'bind': {
      const local = b.typing.resolution.binders.get(p.name.id);
      return local && b.declare(local);
    }
    case 'literal':
      return;
    case 'constructor':
      return p.args.forEach((arg) => bind(b, arg));
    case 'tuple':
      return p.elements.forEach((e) => bind(b, e));
    case 'list':
      p.elements.forEach((e) => bind(b, e));
      if (p.rest?.name !== undefined) {
        const local = b.typing.resolution.binders.get(p.rest.name.id);
        if (local !== undefined) b.declare(local);
      } else if (p.rest !== undefined) b.forgetValue(b.typeOf(p.id), p.rest.span);
      return;
    case 'record': {
      const type = b.typeOf(p.id);
      for (const f of p.fields) {
        if (f.pattern !== undefined) bind(b, f.pattern);
        else {
          const local = b.typing.resolution.binders.get(f.name.id);
          if (local !== undefined) b.declare(local);
        }
      }
      const named = new Set(p.fields.map((f) => f.name.text));
      if (partsOf(b, type).some(([name, held]) => held && !named.has(name))) b.forgetValue(type, p.span);
      return;
    }
    case 'or': {
      const [first, ...others] = p.alternatives;
      if (first !== undefined) bind(b, first);
      // The others bind the same names.
      for (const other of others) {
        b.enter();
        bind(b, other);
        b.scopes.pop();
      }
    }
  }
}

/** What is matched here stands for all that no arm before has taken apart: is anything held among that? */
export function restIsHeld(b: Body, type: Type | undefined, before: readonly CaseArm[]): boolean {
  if (b.heldAs(type) === undefined || type?.kind !== 'con') return b.heldAs(type) !== undefined;
  const patterns = before.filter((arm) => arm.guard === undefined).flatMap(({ pattern: p }) => (p.kind === 'or' ? p.alternatives : [p])); // prettier-ignore
  if (type.id.module === '' && type.id.name === 'list')
    return !patterns.some((p) => p.kind === 'list' && p.rest !== undefined && p.elements.length < 2 && p.elements.every(always)); // prettier-ignore
  const covered = new Set(
    patterns.flatMap((p) => (p.kind === 'constructor' && p.args.every(always) ? [p.path.parts.at(-1)!.text] : [])),
  );
  const parts = partsOf(b, type);
  return parts.length === 0 || parts.some(([name, held]) => held && !covered.has(name));
}

const always = (p: Pattern): boolean => p.kind === 'any' || p.kind === 'bind';

/** The variants or fields of a declared type by name, and whether they hold anything. */
function partsOf(b: Body, type: Type | undefined): readonly (readonly [name: string, held: boolean])[] {
  if (type?.kind !== 'con') return [];
  const holds = (t: Type | undefined): boolean => b.heldAs(t) !== undefined;
  const [first, second] = type.args;
  if (type.id.module === '' && type.id.name === 'option') return [['Some', holds(first)], ['None', false]]; // prettier-ignore
  if (type.id.module === '' && type.id.name === 'result') return [['Ok', holds(first)], ['Err', holds(second)]]; // prettier-ignore
  const declared = b.surroundings.declared(type.id);
  if (declared === undefined) return [];
  const given = new Set<Type>(declared.params.filter((_, i) => holds(type.args[i])));
  const part = (t: Type): boolean => holds(t) || mentions(t, given);
  const itself = declared.itself === true;
  const { body } = declared;
  if (body.kind === 'record') return body.fields.map(([name, t]) => [name, part(t)] as const);
  return body.kind === 'sum' ? body.variants.map((v) => [v.name, itself || v.args.some(part)] as const) : [];
}

/** Whether one of these variables stands in a declared type, which is a tree. */
function mentions(type: Type, variables: ReadonlySet<Type>): boolean {
  const t = prune(type);
  if (variables.has(t)) return true;
  const below = t.kind === 'con' ? t.args : t.kind === 'tuple' ? t.elements : [];
  return below.some((part) => mentions(part, variables));
}

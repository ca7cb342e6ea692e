/**
 * Patterns as the matrix algorithms see them: a wildcard, a head constructor applied to sub-patterns, or alternatives.
 * Everything the source can write is brought to this form: names become wildcards, `[a, b, ..r]` becomes two `cons`
 * cells, literals become constructors without arguments, record fields are put in the order of the declaration.
 * Invariant: the number of arguments of a `con` is always the arity of its head.
 */
import type { Literal, Pattern } from '../ast/ast.js';
import { globalKey, type GlobalId, type Resolution } from '../resolve/resolution.js';

export type Head =
  | { readonly kind: 'variant'; readonly type: GlobalId; readonly tag: number; readonly name: string; readonly arity: number } // prettier-ignore
  | { readonly kind: 'exception'; readonly id: GlobalId; readonly arity: number }
  | { readonly kind: 'record'; readonly id: GlobalId; readonly fields: readonly string[] }
  | { readonly kind: 'tuple'; readonly arity: number }
  | { readonly kind: 'cons' }
  | { readonly kind: 'nil' }
  | { readonly kind: 'literal'; readonly literal: Literal };

export type Pat =
  | { readonly kind: 'wild' }
  | { readonly kind: 'con'; readonly head: Head; readonly args: readonly Pat[] }
  | { readonly kind: 'or'; readonly alternatives: readonly Pat[] };

export const WILD: Pat = { kind: 'wild' };

export const con = (head: Head, args: readonly Pat[] = []): Pat => ({ kind: 'con', head, args });

export const wilds = (count: number): Pat[] => new Array<Pat>(count).fill(WILD);

/** How many sub-patterns a head takes. */
export function arity(head: Head): number {
  switch (head.kind) {
    case 'variant':
    case 'exception':
    case 'tuple':
      return head.arity;
    case 'record':
      return head.fields.length;
    case 'cons':
      return 2;
    case 'nil':
    case 'literal':
      return 0;
  }
}

/** Two heads of one column are the same constructor iff their keys are equal. */
export function headKey(head: Head): string {
  switch (head.kind) {
    case 'variant':
      return `v${head.tag}`;
    case 'exception':
      return `x${globalKey(head.id)}`;
    case 'record':
    case 'tuple':
    case 'cons':
    case 'nil':
      return head.kind;
    case 'literal':
      return literalKey(head.literal);
  }
}

export function literalKey(literal: Literal): string {
  switch (literal.type) {
    case 'unit':
      return 'unit';
    case 'bytes':
      return `bytes ${[...literal.value].join(' ')}`;
    case 'float':
      // 0.0 and -0.0 are equal values.
      return `float ${literal.value === 0 ? 0 : literal.value}`;
    default:
      return `${literal.type} ${String(literal.value)}`;
  }
}

/** Cuts or pads sub-patterns to the arity, so that a program with a reported arity error can still be looked at. */
function fit(args: readonly Pat[], count: number): Pat[] {
  return Array.from({ length: count }, (_, i) => args[i] ?? WILD);
}

/** The matrix form of a source pattern; a constructor that was not resolved counts as a wildcard. */
export function lower(pattern: Pattern, resolution: Resolution): Pat {
  switch (pattern.kind) {
    case 'any':
    case 'bind':
      return WILD;
    case 'literal':
      return con({ kind: 'literal', literal: pattern.literal });
    case 'constructor': {
      const entity = resolution.uses.get(pattern.path.id);
      const args = pattern.args.map((p) => lower(p, resolution));
      if (entity?.kind === 'constructor') {
        const { type, tag, id } = entity;
        return con({ kind: 'variant', type, tag, name: id.name, arity: entity.arity }, fit(args, entity.arity));
      }
      if (entity?.kind === 'exception')
        return con({ kind: 'exception', id: entity.id, arity: entity.arity }, fit(args, entity.arity));
      return WILD;
    }
    case 'record': {
      const entity = resolution.uses.get(pattern.type.id);
      if (entity?.kind !== 'record') return WILD;
      const args = entity.fields.map((name) => {
        const field = pattern.fields.find((f) => f.name.text === name);
        return field?.pattern === undefined ? WILD : lower(field.pattern, resolution);
      });
      return con({ kind: 'record', id: entity.id, fields: entity.fields }, args);
    }
    case 'tuple':
      return con(
        { kind: 'tuple', arity: pattern.elements.length },
        pattern.elements.map((p) => lower(p, resolution)),
      );
    case 'list': {
      const rest: Pat = pattern.rest === undefined ? con({ kind: 'nil' }) : WILD;
      return pattern.elements.reduceRight<Pat>((tail, p) => con({ kind: 'cons' }, [lower(p, resolution), tail]), rest);
    }
    case 'or':
      return { kind: 'or', alternatives: pattern.alternatives.map((p) => lower(p, resolution)) };
  }
}

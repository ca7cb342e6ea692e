/**
 * Types as text, for payloads and signatures. Invariant: reads types, never binds a variable; the same type is the same
 * text within one `TypeNames`, which gives unsolved variables the names a, b, c.. in order of appearance.
 */
import type { EndType, Type } from '../types/type.js';

/** Names for type variables, shared by the parts of one signature. */
export class TypeNames {
  private readonly names = new Map<unknown, string>();

  of(variable: unknown): string {
    let name = this.names.get(variable);
    if (name === undefined) {
      const n = this.names.size;
      name = String.fromCharCode(97 + (n % 26)) + (n < 26 ? '' : String(Math.floor(n / 26)));
      this.names.set(variable, name);
    }
    return name;
  }
}

/** The type a chain of bound variables leads to. */
export function pruned(type: Type): Type {
  let t = type;
  while (t.kind === 'var' && t.instance !== undefined) t = t.instance;
  return t;
}

export function endOf(end: EndType): EndType {
  let e = end;
  while (e.forward !== undefined) e = e.forward;
  return e;
}

export function typeText(type: Type, names: TypeNames = new TypeNames()): string {
  const text = (t: Type): string => typeText(t, names);
  const t = pruned(type);
  switch (t.kind) {
    case 'var':
      return names.of(t);
    case 'con': {
      const name = t.id.name === 'unit' && t.id.module === '' ? '()' : t.id.name;
      return t.args.length === 0 ? name : `${name}<${t.args.map(text).join(', ')}>`;
    }
    case 'tuple':
      return `(${t.elements.map(text).join(', ')})`;
    case 'fun':
      return funText(t.params.map(text), pruned(t.result), text);
    case 'end':
      return 'end';
    case 'service':
      return `service<${labelsText(endOf(t.end), names)}>`;
    case 'pool':
      return `pool<${labelsText(endOf(t.end), names)}>`;
  }
}

/** `(a, b) -> c`; a function that returns nothing useful prints `void`. */
export function funText(params: readonly string[], result: Type, text: (t: Type) => string): string {
  const unit = result.kind === 'con' && result.id.module === '' && result.id.name === 'unit';
  return `(${params.join(', ')}) -> ${unit ? 'void' : text(result)}`;
}

/** What may be sent over an end, without saying when. */
function labelsText(end: EndType, names: TypeNames): string {
  const labels = [...end.sends].map(([label, types]) =>
    types.length === 0 ? label : `${label}(${types.map((t) => shallow(t, names)).join(', ')})`,
  );
  return labels.join(' | ');
}

/** Ends inside ends are not followed: types may be recursive through them. */
function shallow(type: Type, names: TypeNames): string {
  const t = pruned(type);
  return t.kind === 'service' || t.kind === 'pool' || t.kind === 'end' ? t.kind : typeText(t, names);
}

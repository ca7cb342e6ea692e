/**
 * Types in the notation the machine reads: parameters, results, constructor fields and casts of the image.
 * Invariant: the same type is the same text; within one `TypeNames` an unsolved variable has one name, so a body speaks
 * of the variables of its own signature. Types of other modules are written with their module.
 */
import type { EndType, Scheme, Type } from '../../types/solve/type.js';
import { endOf, prune } from '../../types/solve/type.js';

/** What whoever takes a message does with the end in one place of it; `end` if that is not known. */
export interface CarriedEnds {
  readonly carried: (label: string, place: number, end: EndType, service: EndType, names: TypeNames) => string;
}

/** Names for type variables, shared by the texts of one signature and its body. */
export class TypeNames {
  private readonly names = new Map<Type, string>();

  /** `home`: the module whose own types need no qualification. */
  constructor(
    readonly home: string,
    private readonly ends?: CarriedEnds,
  ) {}

  carried(label: string, place: number, end: EndType, service: EndType): string {
    return this.ends?.carried(label, place, end, service, this) ?? 'end';
  }

  /** Does the type mention only variables that have a name already? */
  knows(type: Type): boolean {
    const t = prune(type);
    switch (t.kind) {
      case 'var':
        return this.names.has(t);
      case 'con':
        return t.args.every((x) => this.knows(x));
      case 'tuple':
        return t.elements.every((x) => this.knows(x));
      case 'fun':
        return this.knows(t.result) && t.params.every((x) => this.knows(x));
      default:
        return true;
    }
  }

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

export function typeText(type: Type, names: TypeNames, open: readonly EndType[] = []): string {
  const list = (types: readonly Type[]): string => types.map((t) => typeText(t, names, open)).join(', ');
  const t = prune(type);
  switch (t.kind) {
    case 'var':
      return names.of(t);
    case 'con': {
      const { module, name } = t.id;
      if (module === '' && name === 'unit') return '()';
      const full = module === '' ? name : `${module}::${name}`;
      return t.args.length === 0 ? full : `${full}<${list(t.args)}>`;
    }
    case 'tuple':
      return `(${list(t.elements)})`;
    case 'fun':
      return functionText(t.params, t.result, names, open);
    case 'end':
      return 'end';
    case 'service':
      return offers(endOf(t.end), names, open);
    case 'pool':
      return 'pool';
  }
}

/** `(a, b) -> c`; a function that gives nothing prints `void`. */
export function functionText(
  params: readonly Type[],
  result: Type,
  names: TypeNames,
  open: readonly EndType[] = [],
): string {
  const from = params.map((p) => typeText(p, names, open)).join(', ');
  const to = typeText(result, names, open);
  return `(${from}) -> ${to === '()' ? 'void' : to}`;
}

/** What a client may send and what it may be sent. A service that its own messages carry has a name there. */
function offers(end: EndType, names: TypeNames, open: readonly EndType[]): string {
  const at = open.indexOf(end);
  if (at >= 0) return `_self${at}`;
  const inside = [...open, end];
  // What is known of one side of a link is known of the other.
  const other = end.dual === undefined ? undefined : endOf(end.dual);
  const sends = new Map([...(other?.receives ?? []), ...end.sends]);
  const receives = new Map([...(other?.sends ?? []), ...end.receives]);
  const all = (mark: string, messages: EndType['sends']): string[] =>
    [...messages].map(([label, types]) => {
      const payload = types
        .map((t, i) => {
          const whole = prune(t);
          return whole.kind === 'end' ? names.carried(label, i, whole.end, end) : typeText(whole, names, inside);
        })
        .join(', ');
      return `${mark}${label}${types.length === 0 ? '' : `(${payload})`}`;
    });
  const own = `_self${open.length}`;
  const said = [...all('!', sends), ...all('?', receives)].sort().join(', ');
  return `${said.includes(own) ? `rec ${own}. ` : ''}service{${said}}`;
}

/** A function's type as the machine reads it. */
export function schemeText(scheme: Scheme, names: TypeNames): string {
  const type = prune(scheme.type);
  return type.kind === 'fun' ? functionText(type.params, type.result, names) : typeText(type, names);
}

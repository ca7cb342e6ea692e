/**
 * What a host function can only hand on: values of a type that its caller chooses, functions, and references to services. The
 * host gives back what it was given under the same type, and nothing else passes for one.
 * Invariant: a value of a type variable went in at that variable in the same call; a function or a reference went in under the
 * same type, in this call or an earlier one of this machine; data is of the declared type to the last field.
 */
import { isRight } from 'fp-ts/lib/Either.js';
import type { ConstructorImage, HostImport } from '../bytecode/module.js';
import type { Instance } from '../engine/function.js';
import { ERR } from '../values/exceptions.js';
import { PersistentMap } from '../values/map.js';
import { Cons, NIL, fieldsOf, isData } from '../values/value.js';
import type { Constructor, Value } from '../values/value.js';
import { isDeclared, isVariable } from '../verify/module/hosts.js';
import { parseType, type Notation } from '../verify/terms/session-type.js';

type Name = Notation & { readonly kind: 'name' };

/** What was handed to the host so far, by value: the types it went in under. */
export type Known = WeakMap<object, Set<string>>;

/** For one call: what goes in, then whether what comes out may. */
export type Guard = (args: readonly Value[]) => (result: Value) => boolean;

/** A guard for the results of a function; undefined if nothing in its type asks for one. */
export function guardOf(h: HostImport, from: Instance | undefined, known: Known): Guard | undefined {
  const params = h.params.map(read);
  const result = h.result === 'void' ? undefined : read(h.result);
  const judged = result !== undefined && asks(result);
  if (!judged && !params.some((p) => p !== undefined && asks(p))) return undefined;
  const walk = new Walk(from);
  return (args) => {
    const given = new Map<string, Set<Value>>();
    params.forEach((p, i) => {
      if (p !== undefined) walk.parts(p, args[i], (type, v) => note(walk.key(type), type, v, given, known));
    });
    if (!judged) return () => true;
    return (value) =>
      walk.parts(result, value, (type, v) => {
        const key = walk.key(type);
        if (given.get(key)?.has(v) === true) return 'fits';
        const before = typeof v === 'object' && v !== null && !isVariable(type) ? known.get(v) : undefined;
        if (before?.has(key) === true) return 'fits';
        // Data that the host made is as good as its fields.
        return before === undefined && !isHanded(type) ? 'look inside' : 'refused';
      });
  };
}

function note(key: string, type: Notation, v: Value, given: Map<string, Set<Value>>, known: Known): 'look inside' {
  const all = given.get(key);
  if (all === undefined) given.set(key, new Set([v]));
  else all.add(v);
  if (typeof v === 'object' && v !== null && !variables(type)) known.set(v, (known.get(v) ?? new Set()).add(key));
  return 'look inside';
}

function read(text: string): Notation | undefined {
  const parsed = parseType(text);
  return isRight(parsed) ? parsed.right : undefined;
}

const isHanded = (n: Notation): boolean =>
  n.kind === 'fun' || (n.kind === 'name' && (isVariable(n) || n.name === 'service'));

function asks(n: Notation): boolean {
  if (n.kind === 'name') return isHanded(n) || isDeclared(n) || n.args.some(asks);
  if (n.kind === 'fun') return true;
  return n.kind === 'tuple' && n.items.some(asks);
}

/** Does the type change with the caller? */
function variables(n: Notation): boolean {
  if (isVariable(n)) return true;
  if (n.kind === 'name') return n.args.some(variables);
  if (n.kind === 'tuple') return n.items.some(variables);
  return n.kind === 'fun' && (variables(n.result) || n.params.some((p) => variables(p.type)));
}

type Answer = 'fits' | 'refused' | 'look inside';

class Walk {
  readonly #keys = new Map<Notation, string>();

  /** `from`: the module whose words the types are. */
  constructor(readonly from: Instance | undefined) {}

  /** The declared type in full, with the hash of its module. */
  #full(name: string): string {
    const at = name.lastIndexOf('::');
    const module = at < 0 ? (this.from?.image.name ?? '') : name.slice(0, at);
    return `${this.from?.closure.get(module) ?? ''} ${module}::${at < 0 ? name : name.slice(at + 2)}`;
  }
  /** The type as a text that means the same wherever it is written. */
  key(n: Notation): string {
    let key = this.#keys.get(n);
    if (key === undefined) {
      const full = (_: string, x: unknown): unknown =>
        typeof x === 'object' && x !== null && 'kind' in x && isDeclared(x as Notation) && !('done' in x)
          ? { ...x, name: this.#full((x as Name).name), done: true }
          : x;
      this.#keys.set(n, (key = JSON.stringify(n, full)));
    }
    return key;
  }

  /** Visits what can only be handed on and data with arguments; false if something is refused, or of no such type. */
  parts(type: Notation, whole: Value, visit: (type: Notation, v: Value) => Answer): boolean {
    const todo: [Notation, Value][] = [[type, whole]];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const [n, v] = next;
      if (isHanded(n)) {
        if (visit(n, v) === 'refused') return false;
      } else if (n.kind === 'tuple' && isData(v)) fieldsOf(v).forEach((x, i) => todo.push([n.items[i]!, x]));
      else if (n.kind === 'name' && isDeclared(n)) {
        if (!isData(v)) {
          if (this.#hasConstructors(n.name)) return false;
          continue;
        }
        const image = this.#declared(v.ctor);
        if (image === undefined || `${v.ctor.hash} ${image.module}::${image.type}` !== this.#full(n.name)) return false;
        if (n.args.length === 0) continue;
        const answer = visit(n, v);
        if (answer === 'refused') return false;
        if (answer === 'fits') continue;
        const bound = new Map(image.params.map((p, i) => [p, n.args[i]!]));
        fieldsOf(v).forEach((x, i) => todo.push([close(read(image.fields[i]!.type) ?? n, bound), x]));
      } else if (n.kind === 'name') inside(n, v, todo);
    }
    return true;
  }
  /** Is it data, and no type of the host's own? */
  #hasConstructors(name: string): boolean {
    const { from } = this;
    if (from === undefined) return false;
    const at = name.lastIndexOf('::');
    const module = at < 0 ? from.image.name : name.slice(0, at);
    const type = at < 0 ? name : name.slice(at + 2);
    const home = module === from.image.name ? from : from.required.get(module);
    const listed = [from, ...(home === undefined ? [] : [home])].flatMap((m) => m.image.constructors);
    return listed.some((c) => c.type === type && (at < 0 || c.module === module));
  }
  /** How the module that has it declares a constructor. */
  #declared(made: Constructor): ConstructorImage | undefined {
    const seen = new Set<Instance>(this.from === undefined ? [] : [this.from]);
    for (const m of seen) {
      const at = m.constructors.indexOf(made);
      if (at >= 0) return m.image.constructors[at];
      for (const below of m.required.values()) seen.add(below);
    }
    return undefined;
  }
}

function inside(n: Name, v: Value, todo: [Notation, Value][]): void {
  const [first, second] = n.args;
  if (!n.args.some(asks)) return;
  if (v instanceof Cons) for (let c = v; c !== NIL; c = c.tail) todo.push([first!, c.head]);
  else if (v instanceof PersistentMap) for (const e of v.entries()) todo.push([first!, e.key], [second!, e.value]);
  else if (isData(v)) fieldsOf(v).forEach((x) => todo.push([(v.ctor === ERR ? second : first)!, x]));
}

/** A field's type with the arguments of its data type put in. */
function close(n: Notation, bound: ReadonlyMap<string, Notation>): Notation {
  if (n.kind === 'name') {
    const meant = n.args.length === 0 ? bound.get(n.name) : undefined;
    return meant ?? (n.args.length === 0 ? n : { ...n, args: n.args.map((a) => close(a, bound)) });
  }
  if (n.kind === 'tuple') return { ...n, items: n.items.map((x) => close(x, bound)) };
  if (n.kind !== 'fun') return n;
  return { ...n, params: n.params.map((p) => ({ ...p, type: close(p.type, bound) })), result: close(n.result, bound) };
}

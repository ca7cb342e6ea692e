/**
 * Texts of an image as types. Each is read once.
 * Invariant: a name means the type of the module in whose words the text is written, or nothing.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { ModuleImage } from '../../bytecode/module.js';
import { offerType } from './offers.js';
import type { Protocols } from './protocol.js';
import { reject, type Budget } from './rejection.js';
import { parseType, type Notation } from './session-type.js';
import type { Terms } from './terms.js';
import type { Ty, Types } from './types.js';

const SIMPLE: ReadonlySet<string> = new Set(['any', 'int', 'float', 'bool', 'string', 'bytes', 'exn', 'unit']);

export class TypeTexts {
  readonly #texts = new Map<string, Ty>();
  /** Data types by name: the qualified names they may mean. */
  readonly #dataNames = new Map<string, Set<string>>();
  /** Names of services whose type is being read, by how many are around each, and how many are around what is read. */
  readonly #services: { readonly name: string; readonly around: number }[] = [];
  #around = 0;
  /** Another module is described: its words must not mean what they mean here. */
  elsewhere = false;

  constructor(
    readonly image: ModuleImage,
    readonly lenient: boolean,
    readonly env: {
      readonly types: Types;
      readonly budget: Budget;
      readonly protocols: Protocols;
      readonly terms: Terms;
    },
  ) {
    for (const c of image.constructors) {
      if (c.kind === 'exception') continue;
      const full = `${c.module}::${c.type}`;
      for (const name of [c.type, full]) this.#dataNames.set(name, (this.#dataNames.get(name) ?? new Set()).add(full));
    }
  }

  /** The type a text means. Trusted modules may have texts that mean nothing here: those are unknown types. */
  type(text: string): Ty {
    const key = this.elsewhere ? `:${text}` : text;
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    this.env.budget.spend(text.length);
    const parsed = parseType(text);
    let made: Ty;
    if (isLeft(parsed)) {
      if (!this.lenient) reject(`the type \`${clip(text)}\` cannot be read: ${parsed.left.message}`);
      made = this.env.types.any;
    } else made = this.data(parsed.right);
    this.#texts.set(key, made);
    return made;
  }

  data(n: Notation): Ty {
    const t = this.env.types;
    this.env.budget.spend(1);
    switch (n.kind) {
      case 'tuple':
        return n.items.length === 0 ? t.unit : t.make('tuple', '', n.items.map((x) => this.data(x))); // prettier-ignore
      case 'fun': {
        const result = n.result.kind === 'name' && n.result.name === 'void' ? t.unit : this.data(n.result);
        return t.fun(n.params.map((p) => this.data(p.type)), result); // prettier-ignore
      }
      case 'name':
        return this.#named(n.name, n.args);
      case 'rec': {
        if (n.body.kind !== 'name' || n.body.name !== 'service') reject(`rec ${n.name} is not of a service`);
        this.#services.push({ name: n.name, around: this.#around });
        const made = this.data(n.body);
        this.#services.pop();
        return made;
      }
      default:
        return this.lenient ? t.any : reject('a protocol stands where a data type is needed');
    }
  }

  #named(name: string, args: readonly Notation[]): Ty {
    const t = this.env.types;
    const itself = this.#services.findLast((x) => x.name === name);
    if (itself !== undefined && args.length === 0) {
      if (this.#around === itself.around) reject(`${name} is nothing but itself`);
      return t.make('up', String(this.#around - itself.around - 1));
    }
    if (name === 'service') return this.#service(args);
    if (name === 'thread' || name === 'reference') return t.reference;
    const count = args.length;
    if (SIMPLE.has(name) && count === 0) return t.make(name as 'int');
    if (name === 'void' && count === 0) return t.unit;
    if (name === 'list' && count === 1) return t.list(this.data(args[0]!));
    if (name === 'map' && count === 2) return t.make('map', '', args.map((a) => this.data(a))); // prettier-ignore
    if (this.elsewhere && !name.includes('::') && /^[A-Z]/.test(name))
      reject(`a type of another module is named with its module, not as ${name}`);
    const full = this.#dataName(name);
    if (full === undefined && /^[a-z_]\w*$/.test(name) && count === 0) return t.make('var', name);
    return t.make('data', full ?? name, args.map((a) => this.data(a))); // prettier-ignore
  }

  /** `service{!Ask(int), ?Answer(int)}`; without marks, labels that clients send. */
  #service(args: readonly Notation[]): Ty {
    const said = new Map<string, readonly Ty[]>();
    this.#around++;
    for (const n of args) {
      if (n.kind !== 'name') continue;
      const key = /^[!?]/.test(n.name) ? n.name : `!${n.name}`;
      if (said.has(key)) reject(`the service names ${key} twice`);
      said.set(
        key,
        n.args.map((x) => this.env.terms.of(this.env.protocols.carried(x))),
      );
    }
    this.#around--;
    return offerType(this.env.types, said);
  }

  /** The data type a name means: this module's own, else the only one of that name. */
  #dataName(name: string): string | undefined {
    const found = this.#dataNames.get(name);
    if (found === undefined) return undefined;
    const own = `${this.image.name}::${name}`;
    if (found.size === 1 || found.has(own)) return found.has(own) ? own : [...found][0]!;
    return this.lenient ? [...found][0]! : reject(`${name} names types of several modules; write module::${name}`);
  }

  /** `forall a. (a) -> a`: what a function is given for every type; its variables are its own. */
  generic(text: string): Ty {
    const parsed = parseType(text);
    if (isLeft(parsed) || parsed.right.kind !== 'exists') return this.type(text);
    this.env.budget.spend(text.length);
    const names = new Map<string, Ty>();
    let n: Notation = parsed.right;
    for (; n.kind === 'exists'; n = n.body) names.set(n.name, this.env.types.make('var', `'${n.name}`));
    return this.env.types.replace(this.data(n), names);
  }
}

const clip = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}..` : text);

/**
 * The lists of a module image while text is assembled: everything is named, and gets its index when it is first used or
 * when a directive lists it. Invariant: indices are never given twice and never change; a name means the first entry
 * that carries it.
 */
import { constantKey } from './assembly-text.js';
import { libraryFunction } from './library.js';
import type { Callee, Constant, ConstructorImage, HostImport, ModuleImage } from './module.js';

/** Host functions that need no `host` line: those of the original listing. */
export const LISTED_HOSTS: readonly HostImport[] = ['std::print', 'std::wait', 'std::get_time_ms'].map((name) =>
  libraryFunction(name)!,
);

export class Pools {
  readonly constants: Constant[] = [];
  readonly messages: string[] = [];
  readonly constructors: ConstructorImage[] = [];
  readonly types: string[] = [];
  readonly callees: Callee[] = [];
  readonly hosts: HostImport[] = [];
  readonly requires: { name: string; hash: string }[] = [];
  readonly globals: { name: string; type: string }[] = [];
  /** Index by name of this module's functions, all known before any code is read. */
  readonly functions = new Map<string, number>();
  readonly #index = new Map<string, number>();

  constructor(readonly known: readonly HostImport[]) {}

  #first(kind: string, name: string, index: number): number {
    const key = `${kind} ${name}`;
    if (!this.#index.has(key)) this.#index.set(key, index);
    return index;
  }
  #find(kind: string, name: string): number | undefined {
    return this.#index.get(`${kind} ${name}`);
  }

  addConstant(c: Constant): number {
    return this.#first('constant', constantKey(c), this.constants.push(c) - 1);
  }
  constant(c: Constant): number {
    return this.#find('constant', constantKey(c)) ?? this.addConstant(c);
  }
  addMessage(name: string): number {
    return this.#first('message', name, this.messages.push(name) - 1);
  }
  message(name: string): number {
    return this.#find('message', name) ?? this.addMessage(name);
  }
  addType(text: string): number {
    return this.#first('type', text, this.types.push(text) - 1);
  }
  type(text: string): number {
    return this.#find('type', text) ?? this.addType(text);
  }
  addGlobal(name: string, type: string): number {
    return this.#first('global', name, this.globals.push({ name, type }) - 1);
  }
  global(name: string): number | undefined {
    return this.#find('global', name);
  }
  addRequire(name: string, hash: string): number {
    return this.#first('require', name, this.requires.push({ name, hash }) - 1);
  }
  require(name: string): number {
    return this.#find('require', name) ?? this.addRequire(name, '');
  }
  addConstructor(c: ConstructorImage): number {
    return this.#first('constructor', `${c.type}::${c.name}`, this.constructors.push(c) - 1);
  }
  constructorOf(name: string): number | undefined {
    return this.#find('constructor', name);
  }
  addHost(h: HostImport): number {
    return this.#first('host', h.name, this.hosts.push(h) - 1);
  }
  host(name: string): number | undefined {
    const found = this.#find('host', name);
    if (found !== undefined) return found;
    const known = this.known.find((h) => h.name === name);
    return known === undefined ? undefined : this.addHost(known);
  }
  addCallee(callee: Callee, name: string): number {
    return this.#first('callee', name, this.callees.push(callee) - 1);
  }
  /** The callee called `name`: listed already, a function of this module, or one of the host. */
  callee(name: string): number | undefined {
    const found = this.#find('callee', name);
    if (found !== undefined) return found;
    const index = this.functions.get(name);
    if (index !== undefined) return this.addCallee({ kind: 'function', index }, name);
    const host = this.host(name);
    return host === undefined ? undefined : this.addCallee({ kind: 'host', index: host }, name);
  }

  /** Names that `kind` has so far, for suggestions. */
  names(kind: 'callee' | 'global' | 'constructor'): string[] {
    const named = [...this.#index.keys()].filter((k) => k.startsWith(`${kind} `)).map((k) => k.slice(kind.length + 1));
    return kind === 'callee' ? [...named, ...this.functions.keys(), ...this.known.map((h) => h.name)] : named;
  }

  image(rest: Pick<ModuleImage, 'name' | 'functions' | 'initialiser' | 'interface' | 'sourcePath'>): ModuleImage {
    return {
      ...rest,
      hash: '',
      constants: this.constants,
      messages: this.messages,
      constructors: this.constructors,
      types: this.types,
      callees: this.callees,
      hosts: this.hosts,
      requires: this.requires,
      globals: this.globals,
    };
  }
}

/**
 * What a program may do to the world outside: what was granted, and nothing else. Paths are judged by where they really are,
 * never by how they are written; `beneath.ts` says where that is, and holds it while it is used.
 * Invariant: what a grant means is settled before the program has changed anything; a link made later widens no grant.
 */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { own } from './support.js';

/** `true` allows everything of its kind; a list, only those paths, hosts (`host` or `host:port`), variables or programs. */
export type Grant = boolean | readonly string[];

export interface Grants {
  readonly read: Grant;
  readonly write: Grant;
  readonly net: Grant;
  readonly env: Grant;
  readonly run: Grant;
  /** The program's own ES modules: `extern fun f() from "./m.js"`. */
  readonly host: Grant;
  /** Standard input. */
  readonly input: boolean;
}

export type Capability = keyof Grants;

export const NO_GRANTS: Grants = {
  read: false,
  write: false,
  net: false,
  env: false,
  run: false,
  host: false,
  input: false,
};

/** The variable that holds what nodes share: a program sees it only if it is named, and no child process does. */
export const SECRET = 'QUARTZ_SECRET';

/** An action that was not allowed; its message names the flag that would allow it. */
export class Denied extends Error {}

/** Where a path really is; of what does not exist yet, where its nearest existing folder is. */
function real(file: string): string {
  const rest: string[] = [];
  for (let at = path.resolve(file); ; at = path.dirname(at)) {
    try {
      // The one written in JavaScript goes round in circles for ever where links lead up and down again.
      return path.join(realpathSync.native(at), ...rest);
    } catch {
      if (at === path.dirname(at)) return path.join(at, ...rest);
      rest.unshift(path.basename(at));
    }
  }
}

const inside = (folder: string, file: string): boolean =>
  file === folder || file.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

/** Whose rights count now, and how the flag is written that would give more. */
export interface Holder {
  readonly grants: Grants;
  readonly hint: (kind: Capability, value: string) => string;
}

const flag = (kind: Capability, value: string): string => `run with --allow-${kind}${value === '' ? '' : `=${value}`}`;

type Places = Readonly<Record<'read' | 'write' | 'host', readonly string[]>>;

export class Capabilities {
  /** Where relative paths begin; a real path. */
  readonly folder: string;
  readonly #holder: () => Holder;
  readonly #places: ReadonlyMap<Grants, Places>;
  readonly #hidden: readonly string[];

  /** `holders`: the grants, or all who hold some, with `now`: who acts at the moment. `hidden`: files that no grant opens. */
  constructor(holders: Grants | readonly Holder[], folder: string, hidden: readonly string[] = [], now?: () => Holder) {
    const all = Array.isArray(holders) ? (holders as readonly Holder[]) : [{ grants: holders as Grants, hint: flag }];
    this.folder = real(folder);
    this.#holder = now ?? ((): Holder => all[0]!);
    this.#places = new Map(all.map(({ grants }) => [grants, this.#placesOf(grants)]));
    this.#hidden = hidden.map((file) => real(path.resolve(folder, file)));
  }

  /** Is everything of this kind allowed, wherever it is? */
  unlimited(kind: 'read' | 'write'): boolean {
    return this.#holder().grants[kind] === true && this.#hidden.length === 0;
  }

  /** Throws `Denied` unless what is at `where`, a real path, may be read, written, or loaded; `written` is how the program calls it. */
  file(kind: 'read' | 'write' | 'host', where: string, written: string): void {
    const { grants, hint } = this.#holder();
    if (this.#hidden.includes(where)) throw new Denied('this file is not for programs');
    const places = this.#places.get(grants)![kind];
    if (grants[kind] === true || places.some((place) => inside(place, where))) return;
    const what = { read: 'reading', write: 'writing', host: 'loading host modules' }[kind];
    const beyond = places.includes(this.folder);
    throw new Denied(`${what}${beyond ? ' outside the current folder' : ''} is not allowed; ${hint(kind, written)}`);
  }

  /** Throws `Denied` unless the ES module at a path may be loaded. */
  module(file: string, written: string): void {
    this.file('host', real(path.resolve(this.folder, file)), written);
  }

  host(host: string, port: number): void {
    const { grants, hint } = this.#holder();
    const grant = grants.net;
    if (grant === true || listed(grant).some((g) => g === host || g === `${host}:${port}`)) return;
    throw new Denied(`the network is not allowed; ${hint('net', `${host}:${port}`)}`);
  }

  variable(name: string): void {
    const { grants, hint } = this.#holder();
    if ((grants.env === true && name !== SECRET) || listed(grants.env).includes(name)) return;
    throw new Denied(`the environment is not allowed; ${hint('env', name)}`);
  }

  /** All variables that may be read. */
  variables(all: Readonly<Record<string, string | undefined>>): [string, string][] {
    const { grants, hint } = this.#holder();
    if (grants.env === false) throw new Denied(`the environment is not allowed; ${hint('env', '')}`);
    const names = grants.env === true ? Object.keys(all).filter((name) => name !== SECRET) : listed(grants.env);
    return names.flatMap((name): [string, string][] => {
      const value = own(all, name);
      return value === undefined ? [] : [[name, value]];
    });
  }

  program(name: string): void {
    const { grants, hint } = this.#holder();
    if (grants.run === true || listed(grants.run).includes(name)) return;
    throw new Denied(`running other programs is not allowed; ${hint('run', name)}`);
  }

  input(): void {
    const { grants, hint } = this.#holder();
    if (!grants.input) throw new Denied(`reading standard input is not allowed; ${hint('input', '')}`);
  }

  #placesOf(grants: Grants): Places {
    const places = (grant: Grant): string[] => listed(grant).map((g) => real(path.resolve(this.folder, g)));
    return { read: places(grants.read), write: places(grants.write), host: places(grants.host) };
  }
}

const listed = (grant: Grant): readonly string[] => (typeof grant === 'boolean' ? [] : grant);

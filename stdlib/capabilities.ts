/**
 * What a program may do to the world outside. Files inside the current folder may be read and written; everything else
 * is denied until a flag allows it.
 * Invariant: a path is judged by where it really leads (symbolic links followed), so no link leads out of a folder.
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
}

export type Capability = keyof Grants;

export const NO_GRANTS: Grants = { read: false, write: false, net: false, env: false, run: false };

/** An action that was not allowed; its message names the flag that would allow it. */
export class Denied extends Error {}

/** Where a path really is; of what does not exist yet, where its nearest existing folder is. */
function real(file: string): string {
  const rest: string[] = [];
  for (let at = path.resolve(file); ; at = path.dirname(at)) {
    try {
      return path.join(realpathSync(at), ...rest);
    } catch {
      if (at === path.dirname(at)) return path.join(at, ...rest);
      rest.unshift(path.basename(at));
    }
  }
}

const inside = (folder: string, file: string): boolean =>
  file === folder || file.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

export class Capabilities {
  readonly #cwd: string;

  constructor(
    readonly grants: Grants,
    cwd: string,
  ) {
    this.#cwd = real(cwd);
  }

  /** The absolute path; throws `Denied` unless it may be read or written. */
  file(kind: 'read' | 'write', file: string): string {
    const absolute = real(path.resolve(this.#cwd, file));
    const grant = this.grants[kind];
    const allowed =
      grant === true ||
      inside(this.#cwd, absolute) ||
      this.#list(grant).some((g) => inside(real(path.resolve(this.#cwd, g)), absolute));
    if (!allowed)
      throw new Denied(
        `${kind === 'read' ? 'reading' : 'writing'} outside the current folder is not allowed; run with --allow-${kind}=${file}`,
      );
    return absolute;
  }

  host(host: string, port: number): void {
    const grant = this.grants.net;
    if (grant === true || this.#list(grant).some((g) => g === host || g === `${host}:${port}`)) return;
    throw new Denied(`the network is not allowed; run with --allow-net=${host}:${port}`);
  }

  variable(name: string): void {
    const grant = this.grants.env;
    if (grant === true || this.#list(grant).includes(name)) return;
    throw new Denied(`the environment is not allowed; run with --allow-env=${name}`);
  }

  /** All variables that may be read. */
  variables(all: Readonly<Record<string, string | undefined>>): [string, string][] {
    const grant = this.grants.env;
    if (grant === false) throw new Denied('the environment is not allowed; run with --allow-env');
    const names = grant === true ? Object.keys(all) : this.#list(grant);
    return names.flatMap((name): [string, string][] => {
      const value = own(all, name);
      return value === undefined ? [] : [[name, value]];
    });
  }

  program(name: string): void {
    const grant = this.grants.run;
    if (grant === true || this.#list(grant).includes(name)) return;
    throw new Denied(`running other programs is not allowed; run with --allow-run=${name}`);
  }

  #list(grant: Grant): readonly string[] {
    return typeof grant === 'boolean' ? [] : grant;
  }
}

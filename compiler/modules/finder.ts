/**
 * Where modules come from, as a record of functions: a folder on disk, a test's table, a browser's tabs. Canonical names
 * are paths under a root with `::` (`net::http` is `net/http.qz`).
 */
import type { SourceFile } from '../source/source.js';

export interface Finder {
  /** The source of a module by canonical name: the project's own first, then its dependencies, then the library. */
  readonly source: (name: string) => SourceFile | undefined;
  /** Names that could have been meant, for did-you-mean. */
  readonly names: () => readonly string[];
  /** The compiled form kept from an earlier run, if any: bytes that the caller must not trust. */
  readonly cached: (name: string) => Uint8Array | undefined;
  readonly keep: (name: string, bytes: Uint8Array) => void;
  /** The library alone: what its own modules require is looked for here, whatever the user's files are called. */
  readonly library?: Finder;
}

export const MODULE_NAME = /^[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*$/;

/** `net::http` -> `net/http.qz`. */
export const fileOf = (name: string): string => `${name.replaceAll('::', '/')}.qz`;

/** A finder over a table of texts; what tests and the embedding interface use. */
export function tableFinder(texts: Readonly<Record<string, SourceFile>>, library?: Finder): Finder {
  // A module may be called what every object of the host has: `constructor`.
  const own = new Map(Object.entries(texts));
  return {
    source: (name) => own.get(name) ?? library?.source(name),
    names: () => [...own.keys(), ...(library?.names() ?? [])],
    cached: (name) => (own.has(name) ? undefined : library?.cached(name)),
    keep: (name, bytes) => {
      if (!own.has(name)) library?.keep(name, bytes);
    },
    ...(library && { library }),
  };
}

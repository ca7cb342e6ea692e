/**
 * Where a path leads, held open while it is judged and used: the folder by descriptor, and a name in it that is no link.
 * Links are followed here, one by one, so nothing lies between judging and opening: who swaps a folder for a link in between
 * changes a name, not the descriptor. Where a system has no paths below a descriptor (`/proc/self/fd` of Linux), the place is
 * looked at again after opening.
 * Invariant: an entry was judged where its folder really was; opening it with `O_NOFOLLOW` leads nowhere else.
 */
import { closeSync, constants, existsSync, fstatSync, openSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Capabilities } from './capabilities.js';

const BY_DESCRIPTOR = existsSync('/proc/self/fd');
/** Linux: a descriptor that only names a place; needs no right to read there. */
const O_PATH = BY_DESCRIPTOR ? 0o10000000 : 0;
const MOST_LINKS = 40;

/** A failure with a code of the system's. */
const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** A folder held open. */
export class Folder {
  private constructor(
    readonly descriptor: number,
    /** Where it really was when it was opened. */
    readonly where: string,
  ) {}

  /** `nofollow`: not if the last part is a link. */
  static open(place: string, nofollow = false): Folder {
    const flags = O_PATH | constants.O_DIRECTORY | (nofollow ? constants.O_NOFOLLOW : 0);
    const descriptor = openSync(place, flags);
    try {
      return new Folder(
        descriptor,
        BY_DESCRIPTOR ? readlinkSync(`/proc/self/fd/${descriptor}`) : realpathSync.native(place),
      );
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /** A path to what has this name in it. */
  at(name: string): string {
    return BY_DESCRIPTOR ? `/proc/self/fd/${this.descriptor}/${name}` : path.join(this.where, name);
  }

  /** Throws if paths below it may by now lead elsewhere. */
  confirm(): void {
    if (BY_DESCRIPTOR) return;
    const held = fstatSync(this.descriptor);
    const there = statSync(this.where);
    if (held.ino !== there.ino || held.dev !== there.dev || realpathSync.native(this.where) !== this.where)
      throw failure('EBUSY');
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

export interface Entry {
  readonly folder: Folder;
  /** A single name, `.` for the folder itself. */
  readonly name: string;
}

/** The longest part of a path that is a folder, and the names after it. */
function nearest(place: string): { readonly folder: Folder; readonly rest: readonly string[] } {
  const rest: string[] = [];
  for (let at = place; ;) {
    try {
      return { folder: Folder.open(at), rest };
    } catch (error) {
      const cut = at.replace(/\/+$/, '').lastIndexOf('/');
      if (cut < 0 || at === '/') throw error;
      rest.unshift(at.slice(cut + 1));
      at = at.slice(0, cut) || '/';
    }
  }
}

const joined = (folder: Folder, names: readonly string[]): string => path.join(folder.where, ...names);

export class Paths {
  constructor(readonly may: Capabilities) {}

  /** A path as the program writes it, from the root. */
  #absolute(file: string): string {
    if (file === '') throw new Error('the path is empty');
    if (file.includes('\0')) throw new Error('a path has no character U+0000');
    return file.startsWith('/') ? file : `${this.may.folder}/${file}`;
  }

  /** What needs no judging, as the system reads it. */
  plain(file: string): string {
    return this.#absolute(file);
  }

  /** The folder a path begins with; of what cannot be reached, no more is told than may be read or written. */
  #folder(place: string, kind: 'read' | 'write', file: string): Folder {
    try {
      return Folder.open(place);
    } catch (error) {
      const { folder, rest } = nearest(place);
      try {
        this.may.file(kind, joined(folder, rest), file);
      } finally {
        folder.close();
      }
      throw error;
    }
  }

  /**
   * The entry that a path leads to, judged for all of the kinds; the caller closes its folder. A link at its end is followed,
   * unless the link itself is meant.
   */
  entry(kinds: readonly ('read' | 'write')[], file: string, what: 'target' | 'link' = 'target'): Entry {
    let place = this.#absolute(file);
    let before: Folder | undefined;
    try {
      for (let links = 0; links <= MOST_LINKS; links++) {
        const trimmed = place.replace(/\/+$/, '');
        const cut = trimmed.lastIndexOf('/');
        const last = trimmed.slice(cut + 1);
        const whole = last === '' || last === '.' || last === '..';
        const folder = this.#folder(whole ? trimmed || '/' : trimmed.slice(0, cut) || '/', kinds[0]!, file);
        before?.close();
        before = folder;
        const target = whole || what === 'link' ? undefined : linkAt(folder, last);
        if (target === undefined) {
          for (const kind of kinds) this.may.file(kind, whole ? folder.where : joined(folder, [last]), file);
          before = undefined;
          return { folder, name: whole ? '.' : last };
        }
        place = target.startsWith('/') ? target : folder.at(target);
      }
      throw failure('ELOOP');
    } finally {
      before?.close();
    }
  }

  /** The nearest folder there is on the way to a path, and the names of those that are missing after it, each judged. */
  missing(file: string): { readonly folder: Folder; readonly names: readonly string[] } {
    const { folder, rest } = nearest(this.#absolute(file));
    try {
      const names = rest.filter((name) => name !== '' && name !== '.');
      for (let n = Math.min(1, names.length); n <= names.length; n++)
        this.may.file('write', joined(folder, names.slice(0, n)), file);
      if (names.includes('..')) throw failure('ENOENT');
      return { folder, names };
    } catch (error) {
      folder.close();
      throw error;
    }
  }
}

function linkAt(folder: Folder, name: string): string | undefined {
  try {
    return readlinkSync(folder.at(name));
  } catch (error) {
    const { code } = error as { code?: string };
    // No link, or nothing at all: whoever opens it learns what is wrong with it.
    if (code === 'EINVAL' || code === 'ENOENT') return undefined;
    throw error;
  }
}

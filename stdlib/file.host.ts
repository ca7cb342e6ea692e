/**
 * Host half of `file`. Everything is done below an open folder, whose place was judged (`beneath.ts`).
 * Invariant: a file written in place of another is there whole or as it was before, with the mode and the owner it had; what
 * is no file, such as a pipe, is written into.
 */
import { constants, statSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Entry, Folder, Paths } from './beneath.js';
import { builtin } from './builtin.js';
import { type HostFunctions, toList } from './support.js';
import { type System, tried } from './system.js';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

const code = (error: unknown): string => (error as { code?: string }).code ?? '';
const missing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(code(error));

/** Opens what an entry names; never what a link there leads to. */
async function open({ folder, name }: Entry, flags: number, mode = 0o666): Promise<FileHandle> {
  const handle = await builtin.files.open(folder.at(name), flags | O_NOFOLLOW, mode);
  try {
    folder.confirm();
  } catch (error) {
    await handle.close();
    throw error;
  }
  return handle;
}

async function within<T>(entry: Entry, use: (entry: Entry) => Promise<T>): Promise<T> {
  try {
    return await use(entry);
  } finally {
    entry.folder.close();
  }
}

async function using<T>(opening: Promise<FileHandle>, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await opening;
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

/** Writes all of it, also to a pipe that is full for now. */
async function pour(handle: FileHandle, content: Uint8Array): Promise<void> {
  for (let at = 0; at < content.length;) {
    try {
      at += (await handle.write(content, at)).bytesWritten;
    } catch (error) {
      if (code(error) !== 'EAGAIN') throw error;
      await sleep(2);
    }
  }
}

/** Writes over a file, which a reader may see half done: where nothing can be put in its place. */
async function overwrite(existing: FileHandle, content: Uint8Array): Promise<void> {
  await existing.truncate(0);
  await existing.writeFile(content);
}

/** What is there, open to be written; undefined if nothing is. A pipe waits for its reader, as everywhere. */
async function written(entry: Entry): Promise<FileHandle | undefined> {
  for (;;) {
    try {
      return await open(entry, O_WRONLY | O_NONBLOCK);
    } catch (error) {
      if (code(error) === 'ENOENT') return undefined;
      const { folder, name } = entry;
      if (code(error) !== 'ENXIO' || !(await builtin.files.lstat(folder.at(name))).isFIFO()) throw error;
      await sleep(5);
    }
  }
}

async function replace(entry: Entry, content: Uint8Array): Promise<undefined> {
  const existing = await written(entry);
  if (existing === undefined) return draft(entry, content);
  return using(Promise.resolve(existing), async () => {
    const was = await existing.stat();
    if (!was.isFile()) await pour(existing, content);
    else
      try {
        await draft(entry, content, async (made) => {
          const fresh = await made.stat();
          if (fresh.uid !== was.uid || fresh.gid !== was.gid) await made.chown(was.uid, was.gid);
          // Bits that lend a program its owner's rights are lost when it is written, as everywhere.
          await made.chmod(was.mode & 0o777);
        });
      } catch (error) {
        if (!['EACCES', 'EPERM', 'EROFS'].includes(code(error))) throw error;
        await overwrite(existing, content);
      }
    return undefined;
  });
}

/** Writes beside the entry, then puts it in its place. */
async function draft(
  { folder, name }: Entry,
  content: Uint8Array,
  prepare?: (made: FileHandle) => Promise<void>,
): Promise<undefined> {
  const beside = `.${builtin.crypto.randomUUID()}.tmp`;
  const opening = open({ folder, name: beside }, O_WRONLY | O_CREAT | O_EXCL, prepare === undefined ? 0o666 : 0o600);
  await using(opening, async (made) => {
    try {
      await made.writeFile(content);
      await prepare?.(made);
      await builtin.files.rename(folder.at(beside), folder.at(name));
    } catch (error) {
      await builtin.files.rm(folder.at(beside), { force: true });
      throw error;
    }
  });
  return undefined;
}

/** Removes an entry: a link itself, a folder with all in it, which is never looked for by a path. */
async function remove({ folder, name }: Entry): Promise<undefined> {
  folder.confirm();
  try {
    await builtin.files.unlink(folder.at(name));
    return undefined;
  } catch (error) {
    if (code(error) !== 'EISDIR' && code(error) !== 'EPERM') throw error;
    let below: Folder;
    try {
      below = Folder.open(folder.at(name), true);
    } catch {
      throw error;
    }
    try {
      for (const each of await builtin.files.readdir(below.at('.'))) await remove({ folder: below, name: each });
    } finally {
      below.close();
    }
    await builtin.files.rmdir(folder.at(name));
  }
  return undefined;
}

/** A folder in another, new or made meanwhile. */
async function madeFolder(folder: Folder, name: string): Promise<Folder> {
  folder.confirm();
  try {
    await builtin.files.mkdir(folder.at(name));
  } catch (error) {
    if (code(error) !== 'EEXIST') throw error;
    try {
      return Folder.open(folder.at(name), true);
    } catch {
      throw error;
    }
  }
  return Folder.open(folder.at(name), true);
}

/** What is removed or moved has a name of its own. */
function named(entry: Entry): Entry {
  if (entry.name !== '.') return entry;
  entry.folder.close();
  throw new Error('the path ends in no name');
}

export function host(system: System): HostFunctions {
  const paths = new Paths(system.capabilities);
  const read = (path: string): Entry => paths.entry(['read'], path);
  const write = (path: string): Entry => paths.entry(['write'], path);
  /** What a path such as /dev/stdout names, which is nowhere below any folder; asked at once, while the caller runs. */
  const special = (path: string): string | undefined => {
    if (!system.capabilities.unlimited('write')) return undefined;
    const plain = paths.plain(path);
    const stat = statSync(plain, { throwIfNoEntry: false });
    return stat === undefined || stat.isFile() || stat.isDirectory() ? undefined : plain;
  };
  const into = (plain: string, content: Uint8Array): Promise<void> =>
    using(builtin.files.open(plain, O_WRONLY | O_NONBLOCK), (handle) => pour(handle, content));
  const look = (path: string): Promise<{ readonly size: number; readonly isFolder: boolean }> =>
    within(read(path), async ({ folder, name }) => {
      const stat = await builtin.files.lstat(folder.at(name));
      folder.confirm();
      return { size: stat.size, isFolder: stat.isDirectory() };
    });
  const lookOrNone = async (path: string): Promise<{ readonly isFolder: boolean } | undefined> => {
    try {
      return await look(path);
    } catch (error) {
      if (missing(error)) return undefined;
      throw error;
    }
  };
  return {
    _read: (path: string) =>
      tried(() =>
        // A path such as /dev/stdin names what is nowhere below any folder.
        system.capabilities.unlimited('read')
          ? builtin.files.readFile(paths.plain(path)).then((b) => new Uint8Array(b))
          : within(read(path), (entry) =>
              using(open(entry, O_RDONLY), async (h) => new Uint8Array(await h.readFile())),
            ),
      ),
    _write: (path: string, content: Uint8Array) =>
      tried(async () => {
        const device = special(path);
        if (device !== undefined) await into(device, content);
        else await within(write(path), (entry) => replace(entry, content));
        return undefined;
      }),
    _append: (path: string, content: Uint8Array) =>
      tried(async () => {
        const device = special(path);
        if (device !== undefined) await into(device, content);
        else
          await within(write(path), (entry) =>
            using(open(entry, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK), (handle) => pour(handle, content)),
          );
        return undefined;
      }),
    _list: (path: string) =>
      tried(() =>
        within(read(path), async ({ folder, name }) => {
          const listed = Folder.open(folder.at(name), true);
          try {
            const entries = await builtin.files.readdir(listed.at('.'), { withFileTypes: true });
            folder.confirm();
            return toList(entries.map((e) => (e.isDirectory() ? `${e.name}/` : e.name)).sort());
          } finally {
            listed.close();
          }
        }),
      ),
    _remove: (path: string) => tried(() => within(named(paths.entry(['write'], path, 'link')), remove)),
    _make_folder: (path: string) =>
      tried(async () => {
        const found = paths.missing(path);
        let { folder } = found;
        try {
          for (const name of found.names) {
            const next = await madeFolder(folder, name);
            folder.close();
            folder = next;
          }
        } finally {
          folder.close();
        }
        return undefined;
      }),
    _rename: (path: string, to: string) =>
      tried(() =>
        // Who may move a file to where it can be read may read it.
        within(named(paths.entry(['read', 'write'], path, 'link')), (from) =>
          within(named(paths.entry(['write'], to, 'link')), async (target) => {
            from.folder.confirm();
            target.folder.confirm();
            await builtin.files.rename(from.folder.at(from.name), target.folder.at(target.name));
            return undefined;
          }),
        ),
      ),
    _size: (path: string) => tried(async () => (await look(path)).size),
    _exists: (path: string) => tried(async () => (await lookOrNone(path)) !== undefined),
    _is_folder: (path: string) => tried(async () => (await lookOrNone(path))?.isFolder ?? false),
  };
}

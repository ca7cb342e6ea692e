/** Host half of `file`. Invariant: a written file is there whole or as it was before. */
import type { Stats } from 'node:fs';
import { builtin } from './builtin.js';
import { type HostFunctions, toList } from './support.js';
import { type System, tried } from './system.js';

async function replace(target: string, content: Uint8Array): Promise<undefined> {
  const draft = `${target}.${builtin.crypto.randomUUID()}.tmp`;
  try {
    await builtin.files.writeFile(draft, content);
    await builtin.files.rename(draft, target);
  } catch (error) {
    await builtin.files.rm(draft, { force: true });
    throw error;
  }
  return undefined;
}

const missing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as { code?: string }).code ?? '');

async function statOrNone(target: string): Promise<Stats | undefined> {
  try {
    return await builtin.files.stat(target);
  } catch (error) {
    if (missing(error)) return undefined;
    throw error;
  }
}

export function host({ capabilities: may }: System): HostFunctions {
  return {
    _read: (path: string) => tried(async () => new Uint8Array(await builtin.files.readFile(may.file('read', path)))),
    _write: (path: string, content: Uint8Array) => tried(async () => replace(may.file('write', path), content)),
    _append: (path: string, content: Uint8Array) =>
      tried(async () => builtin.files.appendFile(may.file('write', path), content)),
    _list: (path: string) =>
      tried(async () => {
        const entries = await builtin.files.readdir(may.file('read', path), { withFileTypes: true });
        return toList(entries.map((e) => (e.isDirectory() ? `${e.name}/` : e.name)).sort());
      }),
    _remove: (path: string) => tried(async () => builtin.files.rm(may.file('write', path), { recursive: true })),
    _make_folder: (path: string) =>
      tried(async () => {
        await builtin.files.mkdir(may.file('write', path), { recursive: true });
        return undefined;
      }),
    _rename: (path: string, to: string) =>
      tried(async () => builtin.files.rename(may.file('write', path), may.file('write', to))),
    _size: (path: string) => tried(async () => (await builtin.files.stat(may.file('read', path))).size),
    _exists: (path: string) => tried(async () => (await statOrNone(may.file('read', path))) !== undefined),
    _is_folder: (path: string) => tried(async () => (await statOrNone(may.file('read', path)))?.isDirectory() ?? false),
  };
}

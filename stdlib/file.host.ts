/** Host half of `file`. Invariant: a written file is there whole or as it was before. */
import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { type HostFunctions, toList } from './support.js';
import { type System, tried } from './system.js';

async function replace(target: string, content: Uint8Array): Promise<undefined> {
  const draft = `${target}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, content);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return undefined;
}

const missing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as { code?: string }).code ?? '');

async function statOrNone(target: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  try {
    return await stat(target);
  } catch (error) {
    if (missing(error)) return undefined;
    throw error;
  }
}

export function host({ capabilities: may }: System): HostFunctions {
  return {
    _read: (path: string) => tried(async () => new Uint8Array(await readFile(may.file('read', path)))),
    _write: (path: string, content: Uint8Array) => tried(async () => replace(may.file('write', path), content)),
    _append: (path: string, content: Uint8Array) => tried(async () => appendFile(may.file('write', path), content)),
    _list: (path: string) =>
      tried(async () => {
        const entries = await readdir(may.file('read', path), { withFileTypes: true });
        return toList(entries.map((e) => (e.isDirectory() ? `${e.name}/` : e.name)).sort());
      }),
    _remove: (path: string) => tried(async () => rm(may.file('write', path), { recursive: true })),
    _make_folder: (path: string) =>
      tried(async () => {
        await mkdir(may.file('write', path), { recursive: true });
        return undefined;
      }),
    _rename: (path: string, to: string) => tried(async () => rename(may.file('write', path), may.file('write', to))),
    _size: (path: string) => tried(async () => (await stat(may.file('read', path))).size),
    _exists: (path: string) => tried(async () => (await statOrNone(may.file('read', path))) !== undefined),
    _is_folder: (path: string) => tried(async () => (await statOrNone(may.file('read', path)))?.isDirectory() ?? false),
  };
}

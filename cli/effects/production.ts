/** The real effects: Node's file system and standard streams. Invariant: every failure of the system becomes an `EffectError` in plain words. */
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { constants } from 'node:os';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EffectError, type Effects } from './effects.js';
import { home } from './home.js';

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'there is no such folder',
  ELOOP: 'too many symbolic links',
};

function explain(action: string, file: string, error: unknown): EffectError {
  const code = (error as { code?: string }).code ?? 'unknown error';
  return new EffectError(`cannot ${action} ${file}: ${REASONS[code] ?? code}`);
}

/** Writes everything even where the stream is a full pipe. A closed pipe ends the program quietly, as for any Unix tool. */
function writeAll(fd: 1 | 2, content: string | Uint8Array): void {
  let bytes = Buffer.from(content as Uint8Array);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(fd, bytes));
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

async function* changes(folder: string): AsyncGenerator<void> {
  for (;;) {
    await new Promise<void>((resolve) => {
      const watcher = watch(folder, { recursive: true }, (_event, name) => {
        if (name === null || !/\.(qz|qrz)$/.test(name)) return;
        watcher.close();
        // Editors write a file in several steps.
        setTimeout(resolve, 50);
      });
    });
    yield;
  }
}

/** Signals that ask a program to end. */
const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

let temporary = 0;

/** What is left of a write that failed, if anything; where nothing could be written, nothing can be removed either. */
function discard(draft: string): void {
  try {
    rmSync(draft, { force: true });
  } catch {
    // The first error is the one to tell.
  }
}

export const production: Effects = {
  cwd: process.cwd(),
  env: process.env,
  readFile: (file) => {
    try {
      return readFileSync(file);
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw explain('read', file, error);
    }
  },
  readWithMode: (file) => {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(file, 'r');
      const { mode, uid } = fstatSync(descriptor);
      const known = process.platform !== 'win32';
      const own = !known || uid === process.getuid?.();
      return { content: readFileSync(descriptor), mode: known ? mode : 0o600, own };
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw explain('read', file, error);
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  },
  writeFile: (file, content, mode = 0o666) => {
    const draft = `${file}.${process.pid}.${temporary++}.tmp`;
    try {
      if (!existsSync(path.dirname(file))) mkdirSync(path.dirname(file), { recursive: true });
      // Nothing that lies there already is written into, be it a link to somewhere else.
      rmSync(draft, { force: true });
      writeFileSync(draft, content, { mode, flag: 'wx' });
      renameSync(draft, file);
    } catch (error) {
      discard(draft);
      throw explain('write', file, error);
    }
  },
  removeFile: (file) => {
    try {
      rmSync(file, { recursive: true, force: true });
    } catch (error) {
      throw explain('remove', file, error);
    }
  },
  makeTemporary: () => {
    try {
      return mkdtempSync(path.join(realpathSync(tmpdir()), 'quartz-'));
    } catch (error) {
      throw explain('make a folder in', tmpdir(), error);
    }
  },
  makeFolder: (folder) => {
    try {
      mkdirSync(folder);
    } catch (error) {
      throw explain('make', folder, error);
    }
  },
  list: (folder) => {
    try {
      return readdirSync(folder, { withFileTypes: true })
        .map((e) => (e.isDirectory() ? `${e.name}/` : e.name))
        .sort();
    } catch {
      return [];
    }
  },
  readStdin: () => readFileSync(0),
  stdin: () => process.stdin,
  stdout: (text) => writeAll(1, text),
  stdoutBytes: (bytes) => writeAll(1, bytes),
  stderr: (text) => writeAll(2, text),
  isTerminal: (stream) => process[stream].isTTY === true,
  importModule: (url) => import(url),
  changes,
  onInterrupt: (action) => {
    const heard = (signal: NodeJS.Signals): void => {
      undo();
      action(128 + constants.signals[signal]);
    };
    const undo = (): void => ENDING.forEach((signal) => process.off(signal, heard));
    ENDING.forEach((signal) => process.on(signal, heard));
    return undo;
  },
  home,
};

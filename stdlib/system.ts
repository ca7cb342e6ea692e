/** What the system-facing host halves get: the capabilities granted, the environment, the standard streams. */
import { Pending } from '../runtime/process/owned.js';
import { attempt } from './support.js';
import type { Value } from '../runtime/values/value.js';
import { type Capabilities, Denied } from './capabilities.js';

export interface System {
  readonly capabilities: Capabilities;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asked for only when somebody reads: opening it costs, and holds it. */
  readonly stdin: NodeJS.ReadableStream;
  readonly stderr: (text: string) => void;
  /** Makes a folder that is removed when the test that runs is over; undefined where none runs. */
  readonly temporary?: (() => string) | undefined;
  /** Random bytes; default the system's. */
  readonly randomBytes?: ((n: number) => Uint8Array) | undefined;
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'it exists already',
  ENOTEMPTY: 'the folder is not empty',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  ENXIO: 'nobody is at the other end',
  EBUSY: 'it is in use',
  EXDEV: 'it is on another file system',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection is closed',
  EADDRINUSE: 'the address is in use',
  EADDRNOTAVAIL: 'the address is not available',
  ENOTFOUND: 'the host is not known',
  EAI_AGAIN: 'the host is not known',
  ETIMEDOUT: 'it took too long',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
};

/** A failure of the system in plain words. */
export function reason(error: unknown): string {
  if (error instanceof Denied) return error.message;
  const { code, message } = error as { code?: string; message?: string };
  // What the system says ends in the path as the host wrote it, which is not the program's.
  const plain = message === undefined ? undefined : (/^[A-Z]+: ([^,]+), /.exec(message)?.[1] ?? message);
  return (code === undefined ? undefined : REASONS[code]) ?? plain ?? 'it failed';
}

/** As `tried`, for what can be given up when the thread that asked ends. */
export function cancellable(action: () => Pending): Pending | Promise<Value> {
  let begun: Pending;
  try {
    begun = action();
  } catch (error) {
    return tried(() => Promise.reject(error as Error));
  }
  return new Pending(
    tried(() => begun.answer),
    begun.cancel,
  );
}

/** Runs an action of the system; what fails becomes an `Err` with its reason. */
export const tried = (action: () => Promise<Value>): Promise<Value> => attempt(action, reason);

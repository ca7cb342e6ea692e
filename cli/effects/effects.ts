/**
 * Everything the command line does to the world, as one record. `production.ts` supplies the real one, tests a pure one;
 * no other file of `cli/` touches Node's file system, clock or standard streams.
 */
export interface Effects {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Undefined if there is no such file; throws `EffectError` if it cannot be read. */
  readonly readFile: (path: string) => Uint8Array | undefined;
  /**
   * As `readFile`, with the bits that say who may use it, and whether it is this user's; of a system that has none, those of a
   * private file of the user's.
   */
  readonly readWithMode: (
    path: string,
  ) => { readonly content: Uint8Array; readonly mode: number; readonly own: boolean } | undefined;
  /** Writes atomically: a reader sees the old file or the new one. `mode` says who may use it. Throws `EffectError`. */
  readonly writeFile: (path: string, content: Uint8Array | string, mode?: number) => void;
  readonly removeFile: (path: string) => void;
  /** Makes a new folder for things that nobody will miss; gives its path. */
  readonly makeTemporary: () => string;
  readonly makeFolder: (path: string) => void;
  /** Names in a folder, sorted; folders end in `/`. Empty if there is no such folder. */
  readonly list: (path: string) => readonly string[];
  readonly readStdin: () => Uint8Array;
  /** Standard input as a stream, for programs that run. */
  readonly stdin: () => NodeJS.ReadableStream;
  readonly stdout: (text: string) => void;
  readonly stdoutBytes: (bytes: Uint8Array) => void;
  readonly stderr: (text: string) => void;
  readonly isTerminal: (stream: 'stdout' | 'stderr') => boolean;
  /** Loads an ES module of the user's own. */
  readonly importModule: (url: string) => Promise<unknown>;
  /** A value for every change of a file under a folder, gathered over a short time. */
  readonly changes: (folder: string) => AsyncIterable<void>;
  /**
   * From now on Ctrl-C, and being told to end or that the terminal is gone, calls this instead of ending the process: once, with
   * the exit code that shells expect. Gives what undoes it.
   */
  readonly onInterrupt: (action: (exitCode: number) => void) => () => void;
  /** Where the package's own files are: `stdlib/`, `docs/errors/`. */
  readonly home: string;
}

/** What went wrong with a file, in words for the user. */
export class EffectError extends Error {}

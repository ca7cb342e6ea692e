/** The command line in tests: the real `main`, in a folder of its own, with output kept. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeEach } from 'vitest';
import { main } from '../../cli/main.js';
import { production } from '../../cli/effects/production.js';
import { root } from './compile.js';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What `-o -` wrote. */
  readonly bytes: Uint8Array;
}

export class Folder {
  readonly path: string;

  constructor(
    at = mkdtempSync(path.join(tmpdir(), 'quartz-test-')),
    /** What every command gets, beside what is given with it. */
    readonly env: Readonly<Record<string, string>> = {},
  ) {
    this.path = at;
  }

  /** The same folder, with one for the user's own things in it: only so are modules kept between commands. */
  ofUser(): Folder {
    return new Folder(this.path, { ...this.env, XDG_CACHE_HOME: path.join(this.path, '.user') });
  }

  /** A folder in this one. */
  inside(name: string): Folder {
    return new Folder(path.join(this.path, name), this.env);
  }

  write(name: string, content: string | Uint8Array): this {
    const file = path.join(this.path, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return this;
  }

  read(name: string): Uint8Array | undefined {
    return production.readFile(path.join(this.path, name));
  }

  /** Names of the files below a folder in this one; none if there is no such folder. */
  files(name: string): string[] {
    const folder = path.join(this.path, name);
    if (!existsSync(folder)) return [];
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.filter((e) => e.isFile()).map((e) => path.relative(folder, path.join(e.parentPath, e.name)));
  }

  delete(name: string): this {
    rmSync(path.join(this.path, name));
    return this;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** `quartz ...` or, if the first word is `quartzc`, the compiler. */
  async run(words: readonly string[], stdin = '', env: Record<string, string> = {}, terminal = false): Promise<Said> {
    let out = '';
    let err = '';
    let bytes = new Uint8Array();
    const compiler = words[0] === 'quartzc';
    const code = await main(compiler ? 'quartzc' : 'quartz', compiler ? words.slice(1) : words, {
      ...production,
      cwd: this.path,
      env: { ...this.env, ...env },
      home: root,
      readStdin: () => new TextEncoder().encode(stdin),
      stdin: () => Readable.from([Buffer.from(stdin)]),
      stdout: (text) => void (out += text),
      stdoutBytes: (more) => void (bytes = Uint8Array.from([...bytes, ...more])),
      stderr: (text) => void (err += text),
      isTerminal: () => terminal,
    });
    return { code, out, err, bytes };
  }
}

/** Gives every test of a file a folder of its own; all are removed at the end. */
export function eachInAFolder(use: (folder: Folder) => void): void {
  const folders: Folder[] = [];
  beforeEach(() => {
    const folder = new Folder();
    folders.push(folder);
    use(folder);
  });
  afterAll(() => folders.forEach((folder) => folder.remove()));
}

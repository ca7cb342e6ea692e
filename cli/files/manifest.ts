/**
 * The project file, `quartz.json`: name, version, entry, dependencies as paths. A folder with one is a project: its modules
 * are named from there, and what was compiled is kept in `.quartz-cache/`.
 */
import path from 'node:path';
import * as v from 'valibot';
import type { Effects } from '../effects/effects.js';
import { decodeText, shownPath } from './project.js';
import { Failure } from '../terminal/report.js';

export const MANIFEST = 'quartz.json';

const Schema = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[a-z][a-z0-9_]*$/, 'must be lower-case letters, digits and _, starting with a letter'),
  ),
  version: v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+$/, 'must be three numbers, such as 1.0.0')),
  entry: v.optional(v.pipe(v.string(), v.regex(/\.(qz|qrz)$/, 'must be a .qz file')), 'main.qz'),
  dependencies: v.optional(
    v.record(
      v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]*$/, 'must be a module name')),
      v.pipe(v.string(), v.minLength(1, 'must be a path')),
    ),
    {},
  ),
});

export interface Project {
  /** Absolute. */
  readonly root: string;
  readonly name: string;
  readonly version: string;
  /** Absolute path of the entry's source. */
  readonly entry: string;
  /** Absolute folders by name. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The project a folder belongs to: the nearest `quartz.json` in it or above it. Throws a Failure if that is not valid. */
export function projectOf(effects: Effects, folder: string): Project | undefined {
  for (let at = path.resolve(effects.cwd, folder); ; at = path.dirname(at)) {
    const bytes = effects.readFile(path.join(at, MANIFEST));
    if (bytes !== undefined) return read(effects, at, bytes);
    if (at === path.dirname(at)) return undefined;
  }
}

function read(effects: Effects, root: string, bytes: Uint8Array): Project {
  const shown = shownPath(effects, path.join(root, MANIFEST));
  let json: unknown;
  try {
    json = JSON.parse(decodeText(bytes, shown));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${shown} is not JSON: ${(error as Error).message}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new Failure(`${shown} must be an object with name and version`);
  const parsed = v.safeParse(Schema, json);
  if (!parsed.success) throw new Failure(parsed.issues.map((issue) => `${shown}: ${explain(issue)}`).join('\n'));
  const { name, version, entry, dependencies } = parsed.output;
  const absolute = Object.entries(dependencies).map(([key, folder]) => [key, path.resolve(root, folder)]);
  return { root, name, version, entry: path.resolve(root, entry), dependencies: Object.fromEntries(absolute) };
}

function explain(issue: v.BaseIssue<unknown>): string {
  const key = v.getDotPath(issue);
  if (key === null) return issue.message;
  if (issue.type === 'strict_object')
    return issue.expected === 'never' ? `there is no setting "${key}"` : `"${key}" is missing`;
  return `"${key}" ${/^(must|cannot)/.test(issue.message) ? issue.message : `must be a ${issue.expected}, not ${issue.received}`}`;
}

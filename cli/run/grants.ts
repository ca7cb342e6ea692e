/** The `--allow-..` flags: without a value everything of the kind, with `=a,b` only those. */
import { type Command, Option } from 'commander';
import type { Capability, Grant, Grants } from '../../stdlib/capabilities.js';

const KINDS: readonly [Capability, string, string][] = [
  ['read', 'paths', 'reading files outside the current folder'],
  ['write', 'paths', 'writing files'],
  ['net', 'hosts', 'the network'],
  ['env', 'names', 'environment variables'],
  ['run', 'programs', 'running other programs'],
  ['host', 'paths', "functions of the program's own ES modules"],
];

export function addGrantOptions(command: Command): Command {
  for (const [kind, values, what] of KINDS) {
    command.addOption(
      new Option(`--allow-${kind} [${values}]`, `allow ${what}; all, or those after = (comma-separated)`),
    );
  }
  return command;
}

const flagName = (kind: Capability): string => `allow${kind[0]!.toUpperCase()}${kind.slice(1)}`;

export function grantsOf(flags: Readonly<Record<string, unknown>>): Grants {
  const grant = (kind: Capability): Grant => {
    const value = flags[flagName(kind)];
    if (value === undefined) return false;
    return value === true || value === '' ? true : String(value).split(',').filter(Boolean);
  };
  const read = grant('read');
  return {
    // What stands in the current folder, and what is typed, is there to be read.
    read: typeof read === 'boolean' ? read || ['.'] : ['.', ...read],
    write: grant('write'),
    net: grant('net'),
    env: grant('env'),
    run: grant('run'),
    host: grant('host'),
    input: true,
  };
}

/** `--allow-read x.qz` must not take the file for its value: a value is only ever written with `=`. */
export function closeGrantFlags(words: readonly string[], command: Command): string[] {
  const valued = new Set(command.options.filter((o) => o.required).flatMap((o) => [o.long, o.short]));
  const out: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === '--' || !word.startsWith('-')) return [...out, ...words.slice(i)];
    if (/^--allow-(read|write|net|env|run|host)$/.test(word)) out.push(`${word}=`);
    else out.push(word);
    if (valued.has(word) && i + 1 < words.length) out.push(words[++i]!);
  }
  return out;
}

/**
 * The rights of threads on a node: its own program has what the `--allow-..` flags give, threads that come from other nodes,
 * and those that these start, what `--immigrants-may` gives.
 * Invariant: whose rights count is decided by the thread that runs while the host is asked, at once.
 */
import { type Command, Option } from 'commander';
import { isImmigrant } from '../../runtime/process/thread.js';
import { R } from '../../runtime/process/registers.js';
import {
  Capabilities,
  type Capability,
  type Grant,
  type Grants,
  type Holder,
  NO_GRANTS,
} from '../../stdlib/capabilities.js';
import { Misuse } from '../terminal/report.js';

const KINDS: readonly Capability[] = ['read', 'write', 'net', 'env', 'run', 'input'];

export const addImmigrantOption = (command: Command): Command =>
  command.addOption(
    new Option(
      '--immigrants-may <rights>',
      'what threads from other nodes may: read, write, net, env, run, input, or one with =values; can be given several times',
    ).argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]),
  );

/** `read,net` gives all of both; `read=data,docs` those paths. */
export function immigrantGrants(words: readonly string[]): Grants {
  const given: Record<string, Grant> = { ...NO_GRANTS };
  for (const word of words) {
    const at = word.indexOf('=');
    for (const kind of at < 0 ? word.split(',') : [word.slice(0, at)]) {
      if (!KINDS.includes(kind as Capability))
        throw new Misuse(`--immigrants-may knows ${KINDS.join(', ')}, not ${kind}`);
      const before = given[kind]!;
      const values = word
        .slice(at + 1)
        .split(',')
        .filter(Boolean);
      given[kind] =
        at < 0 || kind === 'input' || before === true ? true : [...(before === false ? [] : before), ...values];
    }
  }
  return given as unknown as Grants;
}

/** What threads of a node may do. */
export function nodeCapabilities(
  own: Grants,
  immigrants: Grants,
  folder: string,
  hidden: readonly string[],
): Capabilities {
  const ours: Holder = {
    grants: own,
    hint: (kind, value) => `run with --allow-${kind}${value === '' ? '' : `=${value}`}`,
  };
  const theirs: Holder = {
    grants: immigrants,
    hint: (kind, value) =>
      `threads from other nodes need --immigrants-may ${kind}${value === '' ? '' : `=${value}`} at this one`,
  };
  return new Capabilities([ours, theirs], folder, hidden, () => (isImmigrant(R.thread) ? theirs : ours));
}

/**
 * `quartz node`: a machine that other machines can reach: it runs a program of its own, takes in threads that move to it, or
 * both. Invariant: without a shared secret it does not start.
 */
import { randomBytes, scryptSync } from 'node:crypto';
import type { Command } from 'commander';
import { addNodeFunctions } from '../../runtime/link/functions.js';
import { DERIVATION, incarnated } from '../../runtime/link/hello.js';
import { LinkNode } from '../../runtime/link/node.js';
import { runNode } from '../../runtime/link/run.js';
import { hostAndPort, tcp } from '../../runtime/link/tcp.js';
import { Vm } from '../../runtime/vm.js';
import { type CrashFlags, crashLogOption } from '../run/crash-log.js';
import type { Effects } from '../effects/effects.js';
import type { Exit } from '../effects/exit.js';
import { addGrantOptions, grantsOf } from '../run/grants.js';
import { addImmigrantOption, immigrantGrants, nodeCapabilities } from '../run/immigrants.js';
import { type LimitFlags, addLimitOptions, limitsOf, finish, hostsFor, loadAll, tellFailures } from '../run/machine.js';
import { type CompileFlags, formatOption, maxBoundOption, wholeNumber } from '../terminal/options.js';
import { Failure, Misuse } from '../terminal/report.js';
import { secretOf } from '../run/secret.js';
import { resolveTarget, type Target } from '../files/targets.js';

interface Flags extends CompileFlags, CrashFlags, LimitFlags, Readonly<Record<string, unknown>> {
  readonly listen?: string;
  readonly secretFile?: string;
  readonly name?: string;
  readonly silence: number;
  readonly quiet?: boolean;
  readonly immigrantsMay?: readonly string[];
}

export function node(program: Command, effects: Effects, exit: Exit): void {
  const command = program
    .command('node')
    .argument('[target]', 'a program to start: as for `quartz run`')
    .argument('[args...]', 'words for the program (std::args)')
    .description('run a machine that threads can move to and from')
    .passThroughOptions();
  addLimitOptions(addImmigrantOption(addGrantOptions(command)))
    .option('--listen <host:port>', 'accept other nodes; port 0 lets the system choose')
    .option('--secret-file <file>', 'what every node must know (or the variable QUARTZ_SECRET)')
    .option('--name <name>', 'its name among nodes: small letters, digits, dashes (default: a random one)')
    .option(
      '--silence <milliseconds>',
      'a node not heard of for so long is lost',
      (text: string) => wholeNumber(text, 100, 3_600_000),
      15_000,
    )
    .option('--quiet', 'say nothing of nodes and threads that come and go, but of those that are refused or lost')
    .option('--unsafe', 'run although protocols were rejected')
    .addOption(crashLogOption())
    .addOption(formatOption())
    .addOption(maxBoundOption())
    .addHelpText(
      'after',
      `
Threads that arrive may use what --immigrants-may allows, and nothing else of the system; the --allow-.. flags are for the
node's own program, which dials with --allow-net. The secret has 16 bytes at least, its file mode 600. With --listen the node runs until it is stopped.

Examples:
  $ head -c 32 /dev/urandom | base64 > secret && chmod 600 secret
  $ quartz node --secret-file secret --listen 127.0.0.1:7001 --immigrants-may read=data
  $ quartz node --secret-file secret --allow-net main.qz          in it: node::connect("127.0.0.1:7001")`,
    )
    .action(async (target: string | undefined, args: string[], flags: Flags) => {
      if (target === undefined && flags.listen === undefined)
        throw new Misuse('name a program to run, an address to --listen at, or both');
      exit.code = await serve(effects, target, args, flags);
    });
}

const random = (n: number): Uint8Array => new Uint8Array(randomBytes(n));

/** What the nodes prove to each other that they have: slow to derive, so that secrets cannot be tried quickly. */
function keyOf(secret: Uint8Array): Uint8Array {
  const { salt, bytes, ...cost } = DERIVATION;
  return new Uint8Array(scryptSync(secret, salt, bytes, { ...cost, maxmem: 256 * cost.N * cost.r }));
}

async function serve(
  effects: Effects,
  target: string | undefined,
  args: readonly string[],
  flags: Flags,
): Promise<number> {
  const name = flags.name ?? `n${randomBytes(6).toString('hex')}`;
  if (!/^[0-9a-z-]{1,64}$/.test(name)) throw new Misuse('a name is of small letters, digits and dashes');
  if (flags.listen !== undefined && hostAndPort(flags.listen) === null)
    throw new Misuse(`${flags.listen} is not host:port`);
  const secret = secretOf(effects, flags.secretFile);
  const resolved = target === undefined ? undefined : await resolveTarget(effects, target, flags);
  const hidden = flags.secretFile === undefined ? [] : [flags.secretFile];
  const may = nodeCapabilities(grantsOf(flags), immigrantGrants(flags.immigrantsMay ?? []), effects.cwd, hidden);
  const vm = new Vm({
    environment: { write: effects.stdout },
    hosts: hostsFor(effects, may),
    args,
    limits: limitsOf(flags),
  });
  const say = (event: string, refusal = false): void => {
    if (refusal || flags.quiet !== true) effects.stderr(`node ${name}: ${event}\n`);
  };
  const link = new LinkNode(vm, {
    node: incarnated(name, random),
    key: keyOf(secret),
    random,
    transport: tcp,
    now: () => performance.now(),
    silence: flags.silence,
    onEvent: say,
  });
  addNodeFunctions(vm.hosts, link, (address) => {
    const at = hostAndPort(address);
    if (at !== null) may.host(at.host, at.port);
  });
  const log = tellFailures(effects, vm, flags);
  if (resolved !== undefined) startProgram(vm, resolved, flags.unsafe === true);
  const listener = flags.listen === undefined ? undefined : await listen(link, flags.listen);
  if (listener !== undefined) say(`listening at ${listener.address}`);
  const ticking = setInterval(() => link.tick(), Math.min(500, Math.max(50, flags.silence / 6)));
  const stop = { requested: false, exitCode: 0 };
  const goOn = effects.onInterrupt((exitCode) => {
    stop.requested = true;
    stop.exitCode = exitCode;
    link.wake();
  });
  const end = await runNode(vm, link, listener !== undefined, stop);
  goOn();
  clearInterval(ticking);
  listener?.close();
  const why = stop.requested
    ? 'the node was told to end'
    : end.exitCode === 0
      ? 'the program has ended'
      : 'the program failed';
  await link.close(why);
  if (stop.requested) return stop.exitCode;
  return finish(log, end);
}

async function listen(link: LinkNode, address: string): ReturnType<typeof tcp.listen> {
  try {
    return await tcp.listen(address, (channel) => link.accept(channel));
  } catch (e) {
    throw new Failure(`cannot listen at ${address}: ${(e as Error).message}`);
  }
}

function startProgram(vm: Vm, target: Target, unsafe: boolean): void {
  const entry = loadAll(vm, target.images, target.made, unsafe);
  const main = entry.exported(target.entry);
  if (main === undefined) throw new Failure(`module ${entry.image.name} exports no ${target.entry}`);
  if (main.arity > 1)
    throw new Failure(`${target.entry} takes ${main.arity} arguments; a program starts with none, or one list`);
  vm.spawnMain(entry, target.entry);
}

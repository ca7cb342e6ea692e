/** A thread that fails and of which nobody learns is told when it happens, once, wherever it runs; floods are counted. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CrashLog, failureLines } from '../cli/run/crash-log.js';
import { main } from '../cli/main.js';
import { production } from '../cli/effects/production.js';
import type { Failure } from '../runtime/engine/trace.js';
import { Folder } from './support/cli.js';
import { builtCli } from './support/built-cli.js';
import { root } from './support/compile.js';

let here: Folder;
beforeEach(() => void (here = new Folder()));
afterEach(() => here.remove());

const CARELESS = `session Careless(n)
  std::print(1 / n)
end

fun main()
  spawn Careless(0)
  std::wait(30)
  std::print("main is done")
end
`;

/** What a run wrote, in the order in which it did, to either stream. */
async function both(words: readonly string[]): Promise<{ said: string; code: number }> {
  let said = '';
  const code = await main('quartz', words, {
    ...production,
    cwd: here.path,
    env: { QUARTZ_SECRET: 'a secret of some length' },
    home: root,
    stdout: (text) => void (said += text),
    stderr: (text) => void (said += text),
    isTerminal: () => false,
  });
  return { said, code };
}

describe('failures are told when they happen', () => {
  it.each([['run'], ['node', '--quiet']])('by quartz %s', async (...command) => {
    here.write('careless.qz', CARELESS);
    expect(await both([...command, 'careless.qz'])).toEqual({
      said: 'failed: thread 2 (Careless) ended with DivideByZero\n  in Careless (careless.qz:2)\nmain is done\n',
      code: 1,
    });
  });

  it('as lines of JSON, and threads that are stuck too', async () => {
    here.write(
      'both.qz',
      `${CARELESS.split('fun main')[0]!}
session Waits(p)
  on Never from p
    close
  end
end

fun main()
  let w = spawn Waits(self)
  spawn Careless(0)
  on Neither from w
    w!Never
  end
end
`,
    );
    const { said } = await both(['run', '--unsafe', '--crash-log', 'json', 'both.qz']);
    const events = said
      .split('\n')
      .flatMap((l) => (l.startsWith('{') ? [JSON.parse(l) as Record<string, unknown>] : []));
    expect(events[0]).toMatchObject({
      event: 'failed',
      thread: 3,
      name: 'Careless',
      message: 'DivideByZero',
      trace: ['Careless (both.qz:2)'],
      peers: [],
    });
    expect(events.slice(1).map((e) => e['event'])).toEqual(['stuck', 'stuck']);
  });

  it('with the peers that learnt of it, and how the peer failed whose loss it is', async () => {
    here.write(
      'chain.qz',
      `session Deep(p, n : int)
  on Go from p
    p!Got(1 / n)
  end
end

fun main()
  let d = spawn Deep(self, 0)
  d!Go
  on Got(n) from d
    std::print(n)
  end
end
`,
    );
    const { said } = await both(['run', 'chain.qz']);
    expect(said).toBe(
      'failed: thread 1 (main) ended with PeerLost(DivideByZero)\n  in main (chain.qz:10)\n' +
        '  because its peer ended with DivideByZero\n    in Deep (chain.qz:3)\n',
    );
  });

  it('names the thread by where it began, however deep it was', async () => {
    here.write(
      'deep.qz',
      `fun down(n : int) -> int
  if n == 0
    1 / n
  else
    1 + down(n - 1)
  end
end

session Digger(n : int)
  std::print(down(n))
end

fun main()
  spawn Digger(100)
  std::wait(1)
end
`,
    );
    expect((await both(['run', 'deep.qz'])).said).toMatch(
      /^failed: thread 2 \(Digger\) ended with DivideByZero\n {2}in down/,
    );
  });
});

describe('floods', () => {
  const failure = (thread: number, name = 'Worker'): Failure => ({
    thread,
    name,
    message: 'DivideByZero',
    trace: [],
    peers: [],
    because: [],
  });
  const logged = (form: 'text' | 'json'): { log: CrashLog; said: () => string; clock: { now: number } } => {
    let said = '';
    const clock = { now: 0 };
    const stderr = (text: string): void => void (said += text);
    return {
      log: new CrashLog({ stderr, env: {}, isTerminal: () => false }, form, () => clock.now),
      said: () => said,
      clock,
    };
  };

  it('are told in part, and counted by kind', () => {
    const { log, said, clock } = logged('text');
    for (let i = 0; i < 1000; i++) log.failed(failure(i, i % 4 === 0 ? 'Other' : 'Worker'));
    expect(said().split('\n')).toHaveLength(21);
    clock.now = 300;
    log.failed(failure(1000));
    log.close();
    const lines = said().split('\n').slice(20);
    expect(lines).toEqual([
      'failed: 980 more threads that were left out here',
      '  245 times Other: DivideByZero',
      '  735 times Worker: DivideByZero',
      'failed: thread 1000 (Worker) ended with DivideByZero',
      '',
    ]);
  });

  it('are counted at the end too, once', () => {
    const { log, said } = logged('json');
    for (let i = 0; i < 25; i++) log.failed(failure(i, `W${i}`));
    log.close();
    log.close();
    const last = JSON.parse(said().trimEnd().split('\n').at(-1)!) as Record<string, unknown>;
    expect(last).toMatchObject({ event: 'left out', count: 5 });
    expect(said().trimEnd().split('\n')).toHaveLength(21);
  });

  it('name who learnt of it', () => {
    expect(failureLines({ ...failure(3), peers: [1, 4] })).toEqual([
      'failed: thread 3 (Worker) ended with DivideByZero',
      '  told: thread 1, thread 4',
    ]);
  });
});

describe('a program that is told to end', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s has told of its failures and writes its log and its timeline', async (signal, expected) => {
    here.write('on.qz', CARELESS.replace('std::wait(30)', 'std::wait(60000)'));
    const words = ['run', '--record', 'log', '--trace', 'trace.json', 'on.qz'];
    const child = spawn(process.execPath, [builtCli(), ...words], {
      cwd: here.path,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += String(chunk);
      if (err.includes('Careless (on.qz:2)')) child.kill(signal);
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(expected);
    expect(err.match(/failed:/g)).toHaveLength(1);
    expect(['log', 'trace.json'].map((name) => existsSync(path.join(here.path, name)))).toEqual([true, true]);
  });
});

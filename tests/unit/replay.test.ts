/**
 * Every rejected program of the tests and examples, driven on the machine along the schedule of its rejection: it ends in
 * the reported state, or is listed here with the reason why no run gets there.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { judgeModule } from '../../cli/protocols/systems.js';
import { compileOne, root } from '../support/compile.js';
import { Folder } from '../support/cli.js';
import { replayAll } from '../support/replay.js';

const FOLDERS = [
  'tests/errors/protocol',
  'tests/errors/services',
  'tests/errors/timer',
  'tests/errors/broken',
  'tests/spec/protocol',
  'tests/spec/sessions',
  'examples/protocols',
];

/** Programs whose replay stops before the reported state, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'tests/errors/protocol/bounded-buffer-consumer-leaves.qz':
    'the forced branch is that of a list with elements, and takes the first of a list that has none',
  'tests/errors/protocol/calculator-misspelt-answer.qz':
    'the forced branch divides by the zero that the other branch was there for',
};

const rejected = FOLDERS.flatMap((folder) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.qz'))
    .map((name) => `${folder}/${name}`),
).flatMap((file) => {
  const text = readFileSync(path.join(root, file), 'utf8');
  const built = compileOne(text, { unsafe: true });
  const judged = built.modules.at(-1)?.image === undefined ? [] : judgeModule(built.modules.at(-1)!);
  const found = judged.filter((j) => j.verdict.verdict === 'rejected');
  const whole = found.some((j) => j.run !== undefined);
  return found.length > 0 && built.diagnostics.some(isError) ? [{ file, text, whole }] : [];
});

describe('rejections are real', () => {
  it('has many programs to try', () => expect(rejected.length).toBeGreaterThan(50));

  it('has some whose run is one of the whole program', () =>
    expect(rejected.filter((r) => r.whole).length).toBeGreaterThanOrEqual(7));

  it('lists no exception in vain', () => {
    const files = rejected.map((r) => r.file);
    expect(Object.keys(EXCEPTIONS).filter((file) => !files.includes(file))).toEqual([]);
  });

  it('finds the service that a reference means in the run, and the client that came to it', () => {
    const [replayed] = replayAll(
      readFileSync(path.join(root, 'tests/spec/protocol/either-of-two-services.qz'), 'utf8'),
    );
    expect(replayed!.driven.lines).toContain(
      'Answers or Listens waits for Tell from Client, but the next message is Ask, at Listens (main.qz:11)',
    );
  });

  it.each(rejected)('$file', ({ file, text }) => {
    for (const { driven, schedule } of replayAll(text)) {
      expect({ reached: driven.reached, lines: driven.lines.slice(-4) }).toMatchObject({
        reached: !(file in EXCEPTIONS),
      });
      expect(driven.lines.filter((l) => l.includes('forced,')).length).toBe(driven.forced);
      if (driven.reached) expect(driven.lines.length).toBeGreaterThanOrEqual(schedule.roles.length);
    }
  });
});

describe('the command line', () => {
  const folder = new Folder();
  afterAll(() => folder.remove());

  it('writes a schedule, follows it, and says which branches were forced', async () => {
    const text = readFileSync(path.join(root, 'tests/errors/protocol/atm-locked-is-not-handled.qz'));
    folder.write('atm.qz', text);
    const checked = await folder.run(['check', '--trace', 'stuck.json', 'atm.qz']);
    expect(checked.code).toBe(1);
    const ran = await folder.run(['run', '--unsafe', '--schedule', 'stuck.json', 'atm.qz']);
    expect(ran.err).toContain('takes the other branch, at Secret (atm.qz:49): forced, its data decides otherwise\n');
    expect(ran.err).toMatch(/forced: data may never lead here\nthis is the state that was reported\n$/);
    expect(ran.code).toBe(0);
  });

  it('writes every rejection, and the run of a whole program', async () => {
    const several = readFileSync(path.join(root, 'tests/errors/protocol/bank-transfer-not-a-service.qz'));
    folder.write('bank.qz', several);
    await folder.run(['check', '--trace', 'bank.json', 'bank.qz']);
    for (const schedule of ['bank.json', 'bank-2.json', 'bank-3.json'])
      expect((await folder.run(['run', '--unsafe', '--schedule', schedule, 'bank.qz'])).code).toBe(0);
    const whole = readFileSync(path.join(root, 'tests/spec/protocol/tree-excused-by-the-other.qz'));
    folder.write('tree.qz', whole);
    const checked = await folder.run(['protocol', 'check', '--trace', 'tree.json', 'tree.qz']);
    expect(checked.out).toMatch(/^T, S, V \(tree.qz:7\) +rejected/m);
    const ran = await folder.run(['run', '--unsafe', '--schedule', 'tree.json', 'tree.qz']);
    expect(ran.err).toContain('T starts V\nT waits for X or Y from S or V, at T (tree.qz:7)\n');
    expect(ran.err).toMatch(/^this is the state that was reported$/m);
    expect(ran.code).toBe(0);
  });

  it('a protocol that is not regular cannot be run at all', async () => {
    const text = readFileSync(path.join(root, 'tests/errors/broken/sessions-last-step-inside-try.qz'));
    const ran = await folder.write('bank.qz', text).run(['run', '--unsafe', 'bank.qz']);
    expect(ran.err).toContain('error[Q0314]');
    expect(ran.err).not.toContain('defect');
    expect(ran.code).toBe(1);
  });
});

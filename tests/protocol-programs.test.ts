/**
 * The programs of `examples/protocols` and `tests/spec/protocol`: the checker says of each what its comments say, and each
 * runs in every engine to the expected output. Where the verdict is `proved`, nothing may be left waiting whatever the
 * scheduler does.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileText, root } from './support/compile.js';
import { compileProgram, runProgram, stillRunning } from './support/protocol-programs.js';
import { acceptedAsAStrangers, followSpec, fromBytes, onceFromBytes } from './support/spec.js';

const programs = (folder: string): string[] =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.qz'))
    .sort()
    .map((name) => `${folder}/${name}`);

const examples = programs('examples/protocols');
const SCHEDULES = 12;

describe('the collection', () => {
  it('has at least forty examples, each with a word on what it shows', () => {
    expect(examples.length).toBeGreaterThanOrEqual(40);
    const bare = examples.filter((file) => !/^# \S/.test(readFileSync(path.join(root, file), 'utf8')));
    expect(bare).toEqual([]);
  });

  it('says a verdict of each example', () => {
    const silent = examples.filter((file) => !/^# verdict: /m.test(readFileSync(path.join(root, file), 'utf8')));
    expect(silent).toEqual([]);
  });
});

describe.each([...examples, ...programs('tests/spec/protocol')])('%s', (file) => {
  const program = compileProgram(file);
  const { expected } = program;
  const modules = onceFromBytes(program.images);

  it('is judged as expected', () => {
    expect(program.diagnostics).toEqual([...expected.diagnostics].sort());
    expect(program.verdicts).toEqual(expected.verdicts);
    expect(program.crashes).toEqual(expected.crashes);
  });

  it.runIf(program.images.length > 0)('is accepted by the verifier', () => {
    acceptedAsAStrangers(program.images, file);
  });

  if (program.rejected) return;

  it('does nothing that its automata do not allow', () => {
    for (let seed = 0; seed < 2; seed++) {
      const { wrong, deeds } = followSpec(modules(), program, seed);
      expect({ seed, wrong }).toEqual({ seed, wrong: undefined });
      expect(deeds).toBeGreaterThan(0);
    }
  });

  if (expected.forEver) {
    it('goes on for ever', () => {
      expect(stillRunning(modules(), 20_000)).toBe(true);
    });
    return;
  }

  it.each(['interpreter', 'compiled'] as const)('does what it says (%s)', async (engine) => {
    const run = await runProgram(modules(), { engine });
    expect(run).toEqual({ output: expected.output, failures: expected.failures, stuck: [...expected.stuck].sort() });
  });

  it.runIf(expected.stuck.length === 0)('leaves nobody waiting under any schedule tried', async () => {
    for (let seed = 0; seed < SCHEDULES; seed++) {
      const { failures, stuck } = await runProgram(modules(), { seed });
      expect({ seed, failures, stuck }).toEqual({ seed, failures: expected.failures, stuck: [] });
    }
  });

  it('is not called proved if it gets stuck', () => {
    if (expected.stuck.length > 0) expect(program.verdicts).not.toEqual(['proved']);
  });
});

describe('a client in one module, the service in another', () => {
  const lib = [
    'fun ask(s)\n  let c = connect s\n  c!Foo\n  on Bar(n) from c\n    n\n  end\nend',
    'session Helper(m, s)\n  let c = connect s\n  c!Foo\n  on Bar(n) from c\n    m!Got(n)\n  end\nend',
  ].join('\n');
  const service = (answer: string): string => `session Svc()\n  on Foo from c\n    ${answer}\n    loop\n  end\nend`;
  const calls = {
    'a function': 'std::print(lib::ask(spawn svc::Svc))',
    'a session': 'let h = spawn lib::Helper(self, spawn svc::Svc)\n  on Got(n) from h\n    std::print(n)\n  end',
  };
  const compile = (call: string, answer: string): string[] =>
    compileText(`require lib\nrequire svc\nfun main()\n  ${call}\nend`, {
      others: { lib, svc: service(answer) },
    }).diagnostics.map((d) => d.code);

  it.each(Object.entries(calls))('they fit (%s)', (_, call) => {
    expect(compile(call, 'c!Bar(7)')).toEqual([]);
  });

  it.each(Object.entries(calls))('the service does not answer (%s)', (_, call) => {
    expect(compile(call, '()')).toEqual(['Q0301']);
  });
});

describe('a reference that lies in data of another module', () => {
  const type = 'service<!{Foo ~> ?{Bar(int) ~> End}}>';
  const module = (answer: string): string =>
    [
      `type Desk = { name : string, server : ${type} }`,
      `session Svc()\n  on Foo from c\n    ${answer}\n    loop\n  end\nend`,
      'fun desk()\n  Desk{name: "first", server: spawn Svc}\nend',
      `fun shared() -> ${type}\n  spawn Svc\nend`,
      `fun table() -> map<string, ${type}>\n  #{"a": spawn Svc, "b": spawn Svc}\nend`,
      `fun desks() -> list<Desk>\n  [Desk{name: "second", server: shared()}]\nend`,
    ].join('\n');
  const places = {
    'a record': 'svc::desk().server',
    'by itself': 'svc::shared()',
    'a map': 'svc::table()["b"]',
    'a record in a list': 'svc::desks()[0].server',
  };
  const compile = (place: string, answer: string): ReturnType<typeof compileText> =>
    compileText(
      `require std\nrequire svc\nfun main()\n  let s = ${place}\n  let c = connect s\n  c!Foo\n  on Bar(n) from c\n    std::print(n)\n  end\nend`,
      { others: { svc: module(answer) } },
    );

  // In a record it has a type alone, which may mean another session as well.
  it.each(Object.entries(places))('is found, and proved where no record is between (%s)', async (where, place) => {
    const built = compile(place, 'c!Bar(7)');
    expect(built.diagnostics.map((d) => d.code)).toEqual(where.includes('record') ? ['Q0331'] : []);
    expect(await runProgram(fromBytes(built.images))).toEqual({ output: ['7'], failures: [], stuck: [] });
  });

  it.each(Object.entries(places))('whose service never answers is an error (%s)', (_, place) => {
    expect(compile(place, '()').diagnostics.map((d) => d.code)).toEqual(['Q0301']);
  });
});

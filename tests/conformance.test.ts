/** The original language's own programs and forms, by their number in the conformance list (E). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CompileError, compile, createVm, load } from '../index.js';
import { root } from './support/compile.js';

const timer = readFileSync(path.join(root, 'examples/timer.qz'), 'utf8');

async function run(text: string, engine: 'interpreter' | 'compiled' = 'interpreter'): Promise<string> {
  let out = '';
  const vm = createVm({ engine, environment: { write: (s) => void (out += s) } });
  vm.spawnMain(load(vm, compile(text)));
  const end = await vm.runUntilIdle();
  expect(end).toMatchObject({ exitCode: 0, failures: [], stuck: [] });
  expect(vm.scheduler.live).toBe(0);
  return out;
}

describe('E, the original language', () => {
  it.each(['interpreter', 'compiled'] as const)(
    'E1 the Timer program prints the time and all sessions close (%s)',
    async (engine) => {
      const out = await run(timer, engine);
      expect(out).toMatch(/^\d+\n$/);
      // The wait is 10 ms; a clock of whole milliseconds may show one less.
      expect(Number(out)).toBeGreaterThanOrEqual(9);
    },
  );

  it('E3 headers without parentheses, a wrapper, require Prelude, and a session that ends in loop', async () => {
    const text = `module Forms
require Prelude

session Server
  on Start from client
    client!Ok
  end
  loop
end

session Client(target : Server)
  target!Start
  on Ok
    std::print("ok")
  end
end

fun main
  let s = spawn Server; spawn Client(s) # a comment
  let f = |a, b| a + b
  let y =
    f(1, 2)
  end
  if y == 3
    std::print(y)
  else
    std::print("no")
  end
end
end
`;
    let out = '';
    const vm = createVm({ environment: { write: (s) => void (out += s) } });
    vm.spawnMain(load(vm, compile({ main: text, Prelude: 'fun unused()\n  1\nend\n' })));
    expect(await vm.runUntilIdle()).toMatchObject({ exitCode: 0 });
    expect(out.split('\n').sort()).toEqual(['', '3', 'ok']);
  });

  it('E6 both sides of Ping and Pong fit; with Pang on one side they are rejected', () => {
    expect(() => compile(timer)).not.toThrow();
    const other = timer.replace('p!Pong', 'p!Pang');
    expect(other).not.toBe(timer);
    expect(() => compile(other)).toThrow(CompileError);
    expect(() => compile(other)).toThrow(/Pang/);
  });
});

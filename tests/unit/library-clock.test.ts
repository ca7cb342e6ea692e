/** The library's clocks and its source of entropy are those of the VM, so virtual time and fixed seeds govern them. */
import { describe, expect, it } from 'vitest';
import { HostRegistry } from '../../runtime/host/registry.js';
import { Vm, type VmOptions } from '../../runtime/vm.js';
import { pureModules } from '../../stdlib/pure.js';
import { compileText } from '../support/compile.js';
import { verifyAll } from '../support/spec.js';

async function run(text: string, options: VmOptions): Promise<string[]> {
  let written = '';
  const hosts = new HostRegistry();
  for (const [name, functions] of Object.entries(pureModules)) hosts.add(name, functions);
  const environment = { ...options.environment, write: (more: string): void => void (written += more) };
  const vm = new Vm({ ...options, hosts, environment });
  const loaded = verifyAll(compileText(text).images, 'compiler').map((m) => vm.load(m));
  vm.spawnMain(loaded.at(-1)!, 'main');
  expect((await vm.runUntilIdle()).failures).toEqual([]);
  return written.trim().split('\n');
}

describe('time', () => {
  it('passes as the virtual clock does', async () => {
    const program = `
require time
fun main()
  let start = time::monotonic()
  time::sleep(1500)
  std::print(time::now())
  std::print(time::monotonic() - start)
end`;
    expect(await run(program, { virtualTime: true })).toEqual(['1500', '1500.0']);
  });

  it('never goes back for measuring, whatever the clock does', async () => {
    const program = `
require time
fun main()
  let a = time::monotonic()
  let b = time::monotonic()
  std::print(b >= a)
  std::print(time::now() < 100)
end`;
    let now = 100;
    const environment = { now: (): number => (now -= 10) };
    expect(await run(program, { environment })).toEqual(['true', 'true']);
  });
});

describe('random::entropy', () => {
  const program = `
require random
fun main()
  let (n, _) = random::int(random::fresh(), 1, 1000000)
  std::print(n)
end`;
  const withEntropy = (x: number): Promise<string[]> => run(program, { environment: { entropy: () => x } });

  it('comes from the environment, so a fixed one repeats a run', async () => {
    expect(await withEntropy(0.25)).toEqual(await withEntropy(0.25));
    expect(await withEntropy(0.25)).not.toEqual(await withEntropy(0.75));
  });
});

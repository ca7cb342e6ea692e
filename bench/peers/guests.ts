/**
 * The bench programs that have no peer in another language: the guests' machines, and saving a VM. Reads names, answers
 * with milliseconds and what was done in them: so many instructions, or so many bytes.
 */
import { createInterface } from 'node:readline';
import { isLeft } from 'fp-ts/lib/Either.js';
import { compile, createVm, load } from '../../index.js';
import { assemble, runGrumpy, VMActor, type Item } from '../../runtime/guests/index.js';

interface Measured {
  readonly time: number;
  readonly amount: number;
  readonly unit: 'instructions' | 'bytes';
}

const timed = <T>(work: () => T): readonly [number, T] => {
  globalThis.gc?.();
  const start = performance.now();
  const made = work();
  return [performance.now() - start, made];
};

function expectResult(found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`the result is ${String(found)}, not ${String(expected)}`);
}

/** 10,000 messages of 1000 instructions, all queued before the first is executed: the hardest way for the memory. */
function vmactor(): Measured {
  const [messages, additions] = [10_000, 499];
  const sum: Item[] = ['OP_CONSTANT', 0];
  for (let n = 1; n <= additions; n++) sum.push('OP_CONSTANT', n, 'OP_ADD');
  const message = [...sum, 'OP_POP'];
  const actor = new VMActor();
  const [time] = timed(() => {
    for (let n = 0; n < messages; n++) actor.receiveListOfBytecode(message);
    actor.execute();
  });
  actor.send(...sum);
  actor.execute();
  expectResult(actor.top(), (additions * (additions + 1)) / 2);
  return { time, amount: messages * (2 * additions + 2), unit: 'instructions' };
}

/** Sums 1 to n in a loop of 14 instructions a round. */
function grumpy(): Measured {
  const n = 71_429;
  const image = assemble(
    `push 0\npush ${n}\nLloop:\nvar 0\nvar 1\nbinary +\nstore 0\npush 1\nvar 1\nbinary -\nstore 1\n` +
      'push 0\nvar 1\nbinary ==\nunary neg\npush Lloop\nbranch\nvar 0\nhalt\n',
  );
  if (isLeft(image)) throw new Error(image.left.message);
  const [time, end] = timed(() => runGrumpy(image.right));
  if (isLeft(end)) throw new Error(end.left);
  expectResult(end.right.result, `Vi32(${((n * (n + 1)) / 2) | 0})`);
  return { time, amount: end.right.instructions, unit: 'instructions' };
}

const WAITING = `
session Idle(parent)
  on Stop from parent
  end
end

session Root(n)
  let all = [spawn Idle(self) for i in 1..n]
  std::wait(3600000)
  for w in all
    w!Stop
  end
end

fun main()
  spawn Root(1000)
end
`;

/** A machine with 1000 threads that wait, each with a link to its parent, as bytes. */
function snapshot(): Measured {
  const vm = createVm();
  vm.spawnMain(load(vm, compile(WAITING)));
  vm.runReady();
  expectResult(vm.scheduler.live, 1001);
  const [time, bytes] = timed(() => vm.snapshot());
  return { time, amount: bytes.length, unit: 'bytes' };
}

const PROGRAMS: Readonly<Record<string, () => Measured>> = { vmactor, grumpy, snapshot };

for await (const name of createInterface({ input: process.stdin })) {
  const { time, amount, unit } = PROGRAMS[name]!();
  process.stdout.write(`${time} ${amount} ${unit}\n`);
}

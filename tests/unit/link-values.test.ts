/** Messages from elsewhere are looked at to their last value, however many there are, and none twice. */
import { expect, it } from 'vitest';
import { compile, createVm, load } from '../../index.js';
import { End, Message } from '../../runtime/process/link.js';
import { deliver } from '../../runtime/process/mail.js';
import type { Thread } from '../../runtime/process/thread.js';
import { list } from '../../runtime/values/list.js';
import { Cons, Label, NIL, type Value } from '../../runtime/values/value.js';
import { restingFrames } from '../support/oracle.js';
import { computing } from '../support/computing.js';

const PROGRAM = `
session Reader(p)
  on All(xs : list<int>) from p
    on Parts(ys : list<list<int>>) from p
      std::print(ys)
    end
    std::print(xs)
  end
end
fun main()
  let r = spawn Reader(self)
  std::wait(1000)
  r!All([1])
  r!Parts([[1]])
end
`;

/** Why a message cannot be taken by the session, which waits for `All` or, if that came, for `Parts`; or null. */
function judged(label: string): (value: Value) => string | null {
  const vm = createVm({ virtualTime: true });
  const module = load(vm, compile(PROGRAM));
  vm.spawnMain(module);
  const reader = (): Thread => [...vm.scheduler.threads].find((t) => t.id === 2)!;
  const waits = (): boolean => reader()?.waiting instanceof End;
  for (let i = 0; i < 1000 && !waits(); i++) vm.run(1);
  if (label === 'Parts') {
    const end = reader().waiting as End;
    deliver(end, new Message(Label.of('All'), NIL, undefined, undefined, null, 0));
    for (let i = 0; i < 1000 && !(waits() && end.head === null && end === reader().waiting && vm.scheduler.head === null); i++) vm.run(1); // prettier-ignore
  }
  const [frame] = restingFrames(reader(), 1);
  return (value) => vm.judge.message(frame!, reader().waiting as End, label, [value], reader());
}

it('the last of more than a million values counts', () => {
  const all = judged('All');
  const many = Array.from({ length: 1_200_000 }, (_, i) => i);
  expect(all(list(many))).toBeNull();
  expect(all(list([...many, 'no int']))).toBe('All carries values of another type than Reader waits for');
});

it('parts that are shared are looked at once', () => {
  const parts = judged('Parts');
  const suffixes = (last: unknown): Cons => {
    let xs = list([last]);
    let all = list([xs]);
    for (let i = 0; i < 100_000; i++) {
      xs = new Cons(i, xs);
      all = new Cons(xs, all);
    }
    return all;
  };
  const took = computing();
  expect(parts(suffixes(1))).toBeNull();
  expect(parts(suffixes('no int'))).toBe('Parts carries values of another type than Reader waits for');
  expect(parts(NIL)).toBeNull();
  expect(took()).toBeLessThan(20_000);
});

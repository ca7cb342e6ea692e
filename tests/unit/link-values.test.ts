/** Messages from elsewhere are looked at to their last value, however many there are, and none twice. */
import { expect, it } from 'vitest';
import { compile, createVm, load } from '../../index.js';
import { Expectations } from '../../runtime/link/expectations.js';
import { list } from '../../runtime/values/list.js';
import { Cons, Label, NIL } from '../../runtime/values/value.js';

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
  r!All([1])
  r!Parts([[1]])
end
`;

function expectations(): Expectations {
  const vm = createVm({});
  load(vm, compile(PROGRAM));
  return new Expectations(vm);
}

it('the last of more than a million values counts', () => {
  const what = expectations();
  const many = Array.from({ length: 1_200_000 }, (_, i) => i);
  expect(what.message(Label.of('All'), [list(many)])).toBeNull();
  expect(what.message(Label.of('All'), [list([...many, 'no int'])])).toBe('All carries values of another type');
});

it('parts that are shared are looked at once', () => {
  const what = expectations();
  const suffixes = (last: unknown): Cons => {
    let xs = list([last]);
    let all = list([xs]);
    for (let i = 0; i < 100_000; i++) {
      xs = new Cons(i, xs);
      all = new Cons(xs, all);
    }
    return all;
  };
  const start = performance.now();
  expect(what.message(Label.of('Parts'), [suffixes(1)])).toBeNull();
  expect(what.message(Label.of('Parts'), [suffixes('no int')])).toBe('Parts carries values of another type');
  expect(what.message(Label.of('Parts'), [NIL])).toBeNull();
  expect(performance.now() - start).toBeLessThan(20_000);
});

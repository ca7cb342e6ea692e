import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EndQueue } from '../../runtime/process/end-queue.js';
import { End, OPEN } from '../../runtime/process/link.js';
import { Vm } from '../../runtime/vm.js';

describe('a queue of ends', () => {
  const owner = new Vm().scheduler.newThread();
  const ends = Array.from({ length: 60 }, () => new End(owner, null, OPEN));
  const rank = new Map(ends.map((e, i) => [e, i]));
  const step = fc.record({ what: fc.constantFrom('push', 'insert', 'remove', 'take'), which: fc.nat(59) });

  it('is what a list is to which the same was done', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const queue = new EndQueue();
        const model: End[] = [];
        for (const { what, which } of steps) {
          const e = ends[which]!;
          const at = model.indexOf(e);
          const later = (other: End): boolean => rank.get(other)! > which;
          if (what === 'push' && at < 0) {
            queue.push(e);
            model.push(e);
          } else if (what === 'insert' && at < 0) {
            queue.insert(e, later);
            const place = model.findIndex(later);
            model.splice(place < 0 ? model.length : place, 0, e);
          } else if (what === 'remove') {
            queue.remove(e);
            if (at >= 0) model.splice(at, 1);
          } else if (what === 'take' && model.length > 0) queue.remove(model.shift()!);
          expect(queue.first).toBe(model[0] ?? null);
          expect(queue.empty).toBe(model.length === 0);
          expect([...queue].map((x) => rank.get(x))).toEqual(model.map((x) => rank.get(x)));
          if (queue.front < queue.back) expect(queue.items[queue.front]).not.toBeNull();
        }
        expect(queue.drain().map((x) => rank.get(x))).toEqual(model.map((x) => rank.get(x)));
        expect(queue.empty).toBe(true);
      }),
    );
  });
});

/**
 * What `cmp` learns. Invariant: payloads get types only when one label is left, and only inside the region they came in.
 */
import type { Flow } from './flow.js';
import type { Alt } from '../terms/protocol.js';
import { reject } from '../terms/rejection.js';
import { cellOn } from '../state/state.js';
import { advance, type Held } from './talk.js';
import type { Ty } from '../terms/types.js';

/** The label is known now: the payload gets its types, and the protocol goes on. */
export function narrow(f: Flow, hit: Alt): void {
  const pending = f.state.pending!;
  // A longer message may come where another is meant, but then the code goes no further.
  if (hit.payload.length > pending.count)
    reject(`$${hit.label} carries ${hit.payload.length} values, and ${pending.count} were taken`);
  const held = f.state.ends.get(pending.end);
  f.state = { ...f.state, pending: undefined };
  if (held?.kind === 'peer' || held?.kind === 'free') advance(f, { id: pending.end, state: held } as Held, [hit.next]);
  const prefix = `${pending.id}.`;
  const known = new Map<number, Ty>();
  f.env.budget.spend(f.height);
  const above: Ty[] = [];
  let changed = 0;
  let depth = 0;
  for (let c = f.state.stack; c !== undefined; c = c.below) {
    depth++;
    let t = c.type;
    if (t.kind === 'labels' && t.name === String(pending.id)) t = f.types.make('label', hit.label);
    else if (t.kind === 'payload' && t.name.startsWith(prefix)) {
      const i = Number(t.name.slice(prefix.length));
      const carried = hit.payload[i];
      const made = known.get(i) ?? (carried === undefined ? f.types.unit : f.arrived(carried));
      known.set(i, made);
      t = made;
    }
    if (t !== c.type) changed = depth;
    above.push(t);
  }
  const { region } = f.state;
  if (region !== undefined && f.height - changed < region.height) reject('compares a label from outside its `try`');
  let stack = f.cellAt(changed);
  for (const type of above.slice(0, changed).reverse()) stack = cellOn(stack, type);
  f.state = { ...f.state, stack };
}

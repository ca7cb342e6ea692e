/**
 * Can a thread wait on several peers at once? Only then does it matter to it in which order they are heard. Can it hear of
 * losses, in a `Down` branch? Only then does it matter in which order they come; or may it fail with that of a member of a
 * pool? Then it matters which member failed first.
 * Invariant: `false` only if no code that the thread can ever come to has such a wait; code reached through function values
 * is not followed and counts as having every kind. The answer stays the same while the thread lives: whether two messages
 * race is asked when the second comes, and the first may have been taken by then.
 */
import { ROWS } from '../bytecode/isa.js';
import type { Fn } from '../engine/function.js';
import { CodeProgram } from '../engine/program.js';
import type { Thread } from '../process/thread.js';

export interface Waits {
  readonly onSeveral: boolean;
  readonly forLosses: boolean;
  readonly onPools: boolean;
}

/** Of one function's own code; and what that names. */
interface Facts extends Waits {
  readonly calls: readonly Fn[];
}

const ANY: Waits = { onSeveral: true, forLosses: true, onPools: true };

const known = new WeakMap<Fn, Facts>();

function factsOf(fn: Fn): Facts {
  const found = known.get(fn);
  if (found !== undefined) return found;
  let [onSeveral, forLosses, onPools] = [false, false, false];
  const calls = new Set<Fn>();
  for (let pc = 0; pc < fn.code.length; pc += ROWS[fn.code[pc]!]!.length) {
    const row = ROWS[fn.code[pc]!]!;
    if (row.name === 'call' || row.name === 'tail_call') onSeveral = forLosses = onPools = true;
    row.operands.forEach((o, i) => {
      const word = fn.code[pc + 1 + i]!;
      const callee = o.kind === 'callee' ? fn.instance.callees[word] : undefined;
      if (callee?.kind === 'function') calls.add(callee);
      const table = o.kind === 'table' ? fn.tables[word] : undefined;
      if (table?.kind !== 'select') return;
      const waits = table.cases.filter((c) => c.kind !== 'after');
      forLosses ||= waits.some((c) => c.kind === 'down' || c.kind === 'any_down');
      onPools ||= waits.some((c) => c.kind === 'any');
      onSeveral ||=
        waits.some((c) => c.kind !== 'message' && c.kind !== 'down') || new Set(waits.map((c) => c.slot)).size > 1;
    });
  }
  const facts = { onSeveral, forLosses, onPools, calls: [...calls] };
  known.set(fn, facts);
  return facts;
}

const answers = new WeakMap<Fn, Waits>();

function reachedFrom(fn: Fn): Waits {
  const known = answers.get(fn);
  if (known !== undefined) return known;
  const seen = new Set<Fn>([fn]);
  let [onSeveral, forLosses, onPools] = [false, false, false];
  for (const f of seen) {
    const facts = factsOf(f);
    onSeveral ||= facts.onSeveral;
    forLosses ||= facts.forLosses;
    onPools ||= facts.onPools;
    for (const g of facts.calls) seen.add(g);
  }
  const waits = { onSeveral, forLosses, onPools };
  answers.set(fn, waits);
  return waits;
}

const firstAnswers = new WeakMap<Thread, Waits>();

/** Of a thread in all its life: what it could come to when it was first asked about, which should be at its start. */
export function waitsOf(t: Thread): Waits {
  let waits = firstAnswers.get(t);
  if (waits === undefined) firstAnswers.set(t, (waits = waitsFromHere(t)));
  return waits;
}

function waitsFromHere(t: Thread): Waits {
  // A thread without code of its own, or none yet, may turn out to be anything.
  if (!(t.program instanceof CodeProgram)) return ANY;
  const all = [...t.program.frames()].map(({ site }) => reachedFrom(site.fn));
  return {
    onSeveral: all.some((w) => w.onSeveral),
    forLosses: all.some((w) => w.forLosses),
    onPools: all.some((w) => w.onPools),
  };
}

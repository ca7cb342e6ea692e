/**
 * Runs a VM that is a node, in turns short enough that the network is heard in between.
 * Invariant: what threads said in a turn is sent before the node sleeps.
 */
import { TURN, breathe, runTurn } from '../scheduler/turn.js';
import type { ProgramEnd, Vm } from '../vm.js';
import { Evacuation } from './evacuation.js';
import type { LinkNode } from './node.js';

/** Runs until nothing is left to do; if `serving`, until the program halts. If `stop` says so, until guests have been sent home. */
export async function runNode(
  vm: Vm,
  node: LinkNode,
  serving: boolean,
  stop: { readonly requested: boolean } = { requested: false },
): Promise<ProgramEnd> {
  const { scheduler } = vm;
  let leaving: Evacuation | undefined;
  for (let atRest = false; ; atRest = true) {
    const rests = runTurn(scheduler, TURN, undefined, atRest);
    node.wires.flush();
    if (scheduler.halted) break;
    if (stop.requested) {
      leaving ??= new Evacuation(node);
      if (leaving.step()) break;
    }
    const at = scheduler.timers.nextAt();
    if (!rests || scheduler.head !== null) await breathe();
    else if (!serving && leaving === undefined && at === undefined && scheduler.outstanding === 0 && !node.busy) break;
    else await something(vm, at);
  }
  return vm.end();
}

function something({ scheduler }: Vm, at: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const before = scheduler.onAnswer;
    const wake = (): void => {
      clearTimeout(timer);
      scheduler.onAnswer = before;
      resolve();
    };
    scheduler.onAnswer = wake;
    if (at !== undefined) timer = setTimeout(wake, Math.min(Math.max(0, at - scheduler.now()), 0x7fffffff));
  });
}

/** Rejections replayed in tests: the schedule of the first, as it comes out of its file, and the program driven along it. */
import { scheduleOf } from '../../cli/schedules.js';
import { HostRegistry } from '../../runtime/host/registry.js';
import { drive, type Driven } from '../../runtime/scheduler/drive.js';
import { readSchedule, type Schedule } from '../../runtime/scheduler/schedule.js';
import { Vm } from '../../runtime/vm.js';
import { pureModules } from '../../stdlib/pure.js';
import { compileText } from './compile.js';
import { verifyAll } from './spec.js';

export interface Replayed {
  readonly driven: Driven;
  readonly schedule: Schedule;
}

export function replayFirst(text: string, change: (s: Schedule) => Schedule = (s) => s): Replayed {
  const built = compileText(text, { options: { unsafe: true } });
  for (const c of built.modules.at(-1)!.protocols!.compositions) {
    if (c.verdict.verdict !== 'rejected') continue;
    const read = readSchedule(JSON.stringify(scheduleOf(c.system, c.verdict, c)));
    if (!read.ok) throw new Error(read.error);
    const hosts = new HostRegistry();
    for (const [name, functions] of Object.entries(pureModules)) hosts.add(name, functions);
    const vm = new Vm({ virtualTime: true, hosts });
    const loaded = verifyAll(built.images, 'compiler').map((m) => vm.load(m));
    vm.spawnMain(loaded.at(-1)!, 'main');
    return { driven: drive(vm.scheduler, change(read.schedule)), schedule: read.schedule };
  }
  throw new Error('nothing was rejected');
}

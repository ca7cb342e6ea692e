/** Rejections replayed in tests: their schedules, as they come out of their files, and the program driven along them. */
import { scheduleOf } from '../../cli/protocols/schedules.js';
import { judgeModule } from '../../cli/protocols/systems.js';
import { drive, type Driven } from '../../runtime/scheduler/drive.js';
import { readSchedule, type Schedule } from '../../runtime/scheduler/schedule.js';
import { Vm } from '../../runtime/vm.js';
import { compileText } from './compile.js';
import { verifyAll } from './spec.js';
import { pureHosts } from './hosts.js';

export interface Replayed {
  readonly driven: Driven;
  readonly schedule: Schedule;
}

/** The first rejection of a program, as `quartz check --trace` writes it, driven. */
export function replayFirst(text: string, change: (s: Schedule) => Schedule = (s) => s): Replayed {
  const [first] = replayAll(text, change);
  if (first === undefined) throw new Error('nothing was rejected');
  return first;
}

/** Every rejection of a program, each driven in a machine of its own. */
export function replayAll(text: string, change: (s: Schedule) => Schedule = (s) => s): Replayed[] {
  const built = compileText(text, { options: { unsafe: true } });
  return judgeModule(built.modules.at(-1)!).flatMap((judged) => {
    const made = scheduleOf(judged);
    if (made === undefined) return [];
    const read = readSchedule(JSON.stringify(made));
    if (!read.ok) throw new Error(read.error);
    const hosts = pureHosts();
    const vm = new Vm({ virtualTime: true, hosts });
    const loaded = verifyAll(built.images, 'compiler').map((m) => vm.load(m));
    vm.spawnMain(loaded.at(-1)!, 'main');
    return [{ driven: drive(vm.scheduler, change(read.schedule)), schedule: read.schedule }];
  });
}

/**
 * Running code against what the verifier knows of it: after each instruction every slot of the frame that went on holds a value of
 * the type the verifier has for it there, now and then those of all frames, and what each frame gives its caller.
 */
import { CodeProgram } from '../../runtime/engine/program.js';
import { Judge, type RestingFrame } from '../../runtime/judge/frames.js';
import { R } from '../../runtime/process/registers.js';
import { ALIVE } from '../../runtime/process/thread.js';
import type { Thread } from '../../runtime/process/thread.js';
import { show } from '../../runtime/values/show.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { Vm, type VmOptions } from '../../runtime/vm.js';

export interface Watched {
  /** The first slot that holds what the verifier does not expect, with the frame. */
  readonly wrong: string | undefined;
  readonly instructions: number;
  /** Frames that were looked at of which the verifier knew types, not only that they are values. */
  readonly known: number;
  readonly vm: Vm;
}

/** Between two looks at all frames of a thread. */
const ALL_FRAMES = 64;

export function restingFrames(t: Thread, most = Number.POSITIVE_INFINITY): RestingFrame[] {
  const found: RestingFrame[] = [];
  if (t.status !== ALIVE || !(t.program instanceof CodeProgram)) return found;
  for (const { site, words, at } of t.program.frames()) {
    if (found.length >= most) break;
    found.push({ site, slots: words.slice(at + 1, at + 1 + site.depth) });
  }
  return found;
}

/** Goes on an instruction at a time, so many at most. */
export function watch(vm: Vm, most: number): Omit<Watched, 'vm'> {
  const judge = new Judge(() => vm.modules);
  let known = 0;
  let instructions = 0;
  for (; instructions < most && !vm.scheduler.halted; instructions++) {
    if (vm.scheduler.head === null) vm.scheduler.advance();
    if (vm.scheduler.head === null) break;
    vm.run(1);
    const ran = R.thread;
    const frames = restingFrames(ran, instructions % ALL_FRAMES === 0 ? undefined : 1);
    if (frames.length === 0) continue;
    const { fn } = frames[0]!.site;
    if (!judge.modules.of(fn.instance).isTrusted(fn.index)) known++;
    const why = judge.frames(frames, undefined, ran);
    if (why === null) continue;
    const { site, slots } = frames[0]!;
    const wrong = `${why}, at ${site.fn.name}+${site.pc}${site.after ? ' (in a call)' : ''}: ${slots.map(show).join(', ')}`;
    return { wrong, instructions, known };
  }
  return { wrong: undefined, instructions, known };
}

/** Runs `main` of the last module so. */
export function watched(modules: readonly VerifiedModule[], most: number, options: VmOptions = {}): Watched {
  const vm = new Vm({
    virtualTime: true,
    engine: 'interpreter',
    ...options,
    environment: { now: () => 0, write: () => undefined, ...options.environment },
  });
  const loaded = modules.map((m) => vm.load(m));
  vm.spawnMain(loaded.at(-1)!);
  return { ...watch(vm, most), vm };
}

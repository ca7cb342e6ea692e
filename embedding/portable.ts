/**
 * What the package gives on every platform: the exports that `index.ts` (Node) and `browser.ts` have in common.
 * Invariant: everything that `docs/embedding.md` names is exported here or in both of them, and nothing else is promised.
 */
import type { VerifiedModule } from '../runtime/verify/module/verified-module.js';
import type { Instance } from '../runtime/engine/function.js';
import type { Vm } from '../runtime/vm.js';
import type { Program } from './platform.js';

export { Vm, type ProgramEnd, type VmOptions } from '../runtime/vm.js';
export { Peer, NotAllowedError, PeerLostError, type Received } from '../runtime/embedding/peer.js';
export { fromValue, HostObject, WrongValue } from '../runtime/embedding/convert.js';
export { Debugger, type Breakpoint, type Frame, type Place, type Slot, type Stop } from '../runtime/debug.js';
export { disassemble as disassembleModule } from '../runtime/bytecode/disassemble.js';
export { encode } from '../runtime/bytecode/encode.js';
export { show } from '../runtime/values/show.js';
export { HostRegistry } from '../runtime/host/registry.js';
export { Recorder } from '../runtime/record/recorder.js';
export { Player } from '../runtime/record/player.js';
export { LOG_FORMAT, readLog, type Log, type LogHeader } from '../runtime/record/log.js';
export { Prioritised, Seeded, generator, type Strategy } from '../runtime/scheduler/strategy.js';
export { SnapshotError } from '../runtime/snapshot/graph.js';
export { admit, CompileError, RefusedError, type CompileOptions, type EmbedOptions, type Program } from './platform.js';
export type { ThreadEvents } from '../runtime/process/home.js';
export type { PlainFunction, PlainFunctions } from '../runtime/embedding/functions.js';
export type { Diagnostic } from '../compiler/diagnostics/diagnostic.js';
export type { ModuleImage } from '../runtime/bytecode/module.js';
export type { Instance, VerifiedModule };
export * from '../runtime/guests/index.js';

/** Loads a program, now or while the machine runs; its last module. Modules that are loaded already stay. */
export function load(vm: Vm, program: Program | readonly VerifiedModule[]): Instance {
  const modules = 'modules' in program ? program.modules : program;
  const loaded = modules.map((module) => vm.load(module)).at(-1);
  if (loaded === undefined) throw new Error('there is no module to load');
  return loaded;
}

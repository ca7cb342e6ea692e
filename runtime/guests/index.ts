/**
 * The guests, for embedders and the command line: GrumpyVM, VMActor with its S-expressions, and the Eval dialect.
 * Invariant: names are re-exported, nothing is defined here.
 */
export { Guests } from './guests.js';

export { assemble } from './grumpy/assemble.js';
export { disassemble } from './grumpy/disassemble.js';
export { decodeObject, encodeObject, type GrumpyError, type Image } from './grumpy/image.js';
export { loadGrumpy } from './grumpy/load.js';
export { GrumpyMachine, type GrumpyHost } from './grumpy/machine.js';
export { runGrumpy, type GrumpyOptions, type GrumpyOutcome } from './grumpy/run.js';

export { VMActor, type VMActorOptions } from './vmactor/actor.js';
export * from './vmactor/errors.js';
export { HostScheduler, type Waker } from './vmactor/host-scheduler.js';
export type { Handler } from './vmactor/instructions.js';
export { runSExpressions, SExpressionSession } from './vmactor/session.js';
export { Supervisor, TooManyRestarts, type RestartStrategy, type SupervisorOptions } from './vmactor/supervisor.js';
export type { Bytecode, Item, Value as ActorValue } from './vmactor/value.js';

export { EvalMachine } from './eval/machine.js';
export { compileText, EvalSession, HISTORY_FILE, PROMPT, report, runEval } from './eval/session.js';

export { analyse, type Form } from './sexpr/forms.js';
export { toQuartz } from './sexpr/quartz.js';
export { ACTOR_DIALECT, EVAL_DIALECT, isIncomplete, read, type SExpr, type SExprError } from './sexpr/reader.js';

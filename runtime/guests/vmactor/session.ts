/**
 * S-expressions from a file or from lines typed one by one, evaluated by one actor; without terminal or files, which are
 * the command line's.
 * Invariant: whatever the text, the answer is lines to show or one line of error, and a session survives every error.
 */
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { VMActor, type VMActorOptions } from './actor.js';
import { SExpressionSyntaxError } from './errors.js';
import { showQuoted } from './value.js';

const describe = (error: unknown): string => {
  if (error instanceof SExpressionSyntaxError) return `${error.line}:${error.column}: SyntaxError: ${error.message}`;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.split('\n')[0] ?? '';
};

/** Runs a whole text; the stack it leaves, deepest value first, as text. `fuel` bounds the instructions. */
export function runSExpressions(
  text: string,
  options: VMActorOptions & { readonly fuel?: number } = {},
): Either<string, readonly string[]> {
  const actor = new VMActor(options);
  return evaluate(actor, text, options.fuel ?? Infinity);
}

function evaluate(actor: VMActor, text: string, fuel: number): Either<string, readonly string[]> {
  try {
    actor.receiveListOfBytecode(actor.sExpressionToBytecode(text));
  } catch (error) {
    return left(describe(error));
  }
  const end = actor.run(fuel);
  if (end === 'failed') return left(actor.failure().message);
  if (end === 'fuel') return left(`stopped after ${fuel} instructions`);
  return right(actor.stack.toArray().map(showQuoted));
}

/** A read-eval-print loop's state: variables and functions last, each line's values are shown and dropped. */
export class SExpressionSession {
  private readonly actor: VMActor;

  constructor(private readonly options: VMActorOptions & { readonly fuel?: number } = {}) {
    this.actor = new VMActor(options);
  }

  /** The values a line leaves, or its error. */
  line(text: string): Either<string, readonly string[]> {
    const result = evaluate(this.actor, text, this.options.fuel ?? Infinity);
    if (result._tag === 'Left') this.actor.recover();
    this.actor.stack.replaceAll([]);
    return result;
  }
}

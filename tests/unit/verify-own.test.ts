/**
 * What this compiler makes is judged as if a stranger had made it: every example and every program of `tests/spec` is
 * accepted without trust, but for those listed here with the reason.
 * Invariant: the list is exact, so a program that begins to be accepted is taken off it.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import { assemble } from '../../runtime/bytecode/assemble.js';
import { disassemble } from '../../runtime/bytecode/disassemble.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { formatVerifyError, verifyAll } from '../../runtime/verify/verify.js';
import { root } from '../support/compile.js';
import { compileSpec } from '../support/spec.js';

/** Programs that only the compiler's word makes loadable, and what the types of the image cannot say of them. */
const REFUSED: Readonly<Record<string, string>> = {
  'tests/spec/exceptions/finally-at-every-exit.qz': 'rounds of a loop that cast in `finally`',
  'tests/spec/leaving/datum-of-a-member.qz': 'a pool that comes in a message is taken for an end',
  'tests/spec/protocol/given-away-before-the-answer.qz': 'an end that is given away with messages of it unread',
  'tests/spec/protocol/given-away-in-a-circle.qz': 'an end that is given away with messages of it unread',
  'tests/spec/protocol/serve-drops-the-finished.qz': 'a session that goes on from within a serve',
  'tests/spec/protocol/given-to-a-thread-that-loops.qz':
    'an end that is given to a session which may never come to use it',
  'tests/spec/protocol/pool-never-empty.qz': 'a branch for a message that no member ever sends',
  'tests/spec/protocol/pool-served-to-its-end.qz': 'a member that only one branch of a serve drops',
  'tests/spec/protocol/service-that-accepts-in-a-try.qz':
    'ways that meet after a handler at unlike points of the protocol',
  'tests/spec/protocol/service-that-computes-for-ever.qz':
    'a session that does nothing for ever has no type that can be written',
  'tests/spec/protocol/watch-in-a-service.qz': 'a session that does nothing for ever has no type that can be written',
  'tests/spec/sessions/end-in-an-unread-message.qz': 'an end that lies unread in a link that is given away',
  'tests/spec/sessions/loss-without-its-reason.qz':
    'only a flag of the code says that the member of a serve was given away',
  'tests/spec/sessions/watched-and-given-away.qz':
    'a reference does not say how far its client has come in the conversation',
};

const programs = ['examples', 'tests/spec'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true })
    .map((f) => `${folder}/${String(f).split(path.sep).join('/')}`)
    .filter((f) => f.endsWith('.qz') && !path.basename(f).startsWith('_'))
    .sort(),
);

/** Why one of the modules is refused; undefined if all are accepted. */
function refusal(images: readonly ModuleImage[]): string | undefined {
  const verdict = verifyAll(images, 'none');
  return isLeft(verdict) ? `${verdict.left.image.name}: ${formatVerifyError(verdict.left.error)}` : undefined;
}

it('are many', () => expect(programs.length).toBeGreaterThan(300));

it.each(programs)('%s', (file) => {
  const { images } = compileSpec(file);
  if (images.length === 0) return;
  const why = refusal(images);
  if (file in REFUSED) expect(why, 'is accepted now: take it off the list').toBeDefined();
  else expect(why).toBeUndefined();
  // The text form says as much: what was accepted comes back from it and is accepted again.
  const back = assemble(disassemble(images.at(-1)!), file);
  if (isLeft(back)) throw new Error(JSON.stringify(back.left));
  if (why === undefined) expect(refusal([...images.slice(0, -1), back.right])).toBeUndefined();
});

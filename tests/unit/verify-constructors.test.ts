/** A module cannot say of another module's types what that module does not say itself. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import { formatVerifyError, nothing, verify } from '../../runtime/verify/verify.js';
import { compileText } from '../support/compile.js';

const shapes = 'type Point = { x : int, y : int }\nfun origin()\n  return Point{x: 0, y: 0}\nend\n';
const main = 'require shapes\nfun main()\n  let p = shapes::Point{x: 1, y: 2}\n  std::print(p.x)\nend\n';

it('a list of constructors that differs from the owner’s is refused', () => {
  const { images, diagnostics } = compileText(main, { others: { shapes } });
  const owner = images.find((m) => m.name === 'shapes');
  const image = images.find((m) => m.name === 'main');
  if (owner === undefined || image === undefined) throw new Error(diagnostics.map((d) => d.message).join());
  const judged = verify(owner, { module: nothing });
  if (isLeft(judged)) throw new Error(formatVerifyError(judged.left));
  const module = (name: string) => (name === 'shapes' ? judged.right : undefined);
  const honest = verify(image, { module });
  expect(isLeft(honest) ? formatVerifyError(honest.left) : 'accepted').toBe('accepted');
  const constructors = owner.constructors.map((c) => ({
    ...c,
    fields: c.fields.map((x) => ({ ...x, type: 'string' })),
  }));
  const forged = verify({ ...image, constructors }, { module });
  expect(isLeft(forged) && formatVerifyError(forged.left)).toMatch(/is not what module shapes says it is$/);
});

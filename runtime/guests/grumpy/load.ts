/**
 * A GrumpyVM program from a file's name and contents: text if the name ends in `.s`, else an object file.
 * Invariant: an image, or one line of error that starts with the name.
 */
import { mapLeft, type Either } from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { assemble } from './assemble.js';
import { decodeObject, type Image } from './image.js';

export function loadGrumpy(name: string, bytes: Uint8Array): Either<string, Image> {
  const image = name.endsWith('.s') ? assemble(new TextDecoder().decode(bytes)) : decodeObject(bytes);
  return pipe(
    image,
    mapLeft(({ message }) => `${name}: ${message}`),
  );
}

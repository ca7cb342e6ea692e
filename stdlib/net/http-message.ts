/**
 * What both sides of HTTP have in common: bodies as bytes, headers as fields in their order, several of one name included.
 * Invariant: a message of ours says nothing of its length that is not so.
 */
import type { IncomingMessage } from 'node:http';
import { Pending } from '../../runtime/process/owned.js';
import { PersistentMap } from '../../runtime/values/map.js';
import { type Cons, fieldsOf as parts, type Data, type Value } from '../../runtime/values/value.js';
import { fromList, toList, tuple } from '../support.js';

/** Bodies larger than this are refused where a program gets them whole. */
const MAX_BODY = 16 * 1024 * 1024;

/** Answers with these never have a body (RFC 9110, 15). */
export const NO_BODY: ReadonlySet<number> = new Set([204, 304]);

/** A header: name and value. */
export type Field = readonly [string, string];

/** The whole body. Rejects if it is too large, or does not come to its end. */
export function bodyOf(message: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY) {
        message.removeAllListeners('data').resume();
        reject(new Error('the body is too large'));
      } else chunks.push(chunk);
    });
    message.once('end', () => resolve(new Uint8Array(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))));
    message.once('error', reject);
    message.once('close', () => reject(new Error('the connection was closed before the end of the body')));
  });
}

/** The next bytes of a body, as many as there are; none at the end. */
export function chunkOf(message: IncomingMessage): Pending {
  let cancel = (): void => undefined;
  const answer = new Promise<Uint8Array>((resolve, reject) => {
    const events = ['readable', 'end', 'close', 'error'];
    const stop = (): void => events.forEach((event) => message.off(event, look));
    const look = (): void => {
      const chunk = message.read() as Buffer | null;
      const over = message.readableEnded || message.destroyed || message.errored !== null;
      if (chunk === null && !over) return;
      stop();
      if (chunk !== null) resolve(new Uint8Array(chunk));
      else if (message.readableEnded && message.complete) resolve(new Uint8Array());
      else reject(message.errored ?? new Error('the connection was closed before the end of the body'));
    };
    cancel = (): void => {
      stop();
      reject(new Error('nobody waits for it any more'));
    };
    for (const event of events) message.on(event, look);
    look();
  });
  return new Pending(answer, () => cancel());
}

/** Headers as a map: several of one name are one, with commas between, as HTTP has it. */
export const headersOf = (message: IncomingMessage): Value =>
  PersistentMap.of(
    Object.entries(message.headers).flatMap(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );

/** All headers as they came, names in small letters. */
export function fieldsIn({ rawHeaders }: IncomingMessage): Field[] {
  const found: Field[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) found.push([rawHeaders[i]!.toLowerCase(), rawHeaders[i + 1]!]);
  return found;
}

export const listed = (fields: readonly Field[]): Cons => toList(fields.map(([name, value]) => tuple(name, value)));

/** Headers that a program gives. */
export function fieldsOf(headers: PersistentMap | Cons): Field[] {
  if (headers instanceof PersistentMap)
    return [...headers.entries()].map(({ key, value }): Field => [key as string, value as string]);
  return fromList<Data>(headers).map((pair) => parts(pair) as unknown as Field);
}

/**
 * Headers for the host, flat, and what they say of the length of the body. Throws if that is not what it is, or if they say how
 * the body is sent, which is not theirs to say.
 */
export function checkedHeaders(
  fields: readonly Field[],
  length: number | undefined,
): { readonly headers: string[]; readonly said: number | undefined } {
  const headers: string[] = [];
  let said: number | undefined;
  for (const [name, value] of fields) {
    const lower = name.toLowerCase();
    if (lower === 'transfer-encoding')
      throw new Error('transfer-encoding cannot be set: how a body is sent is chosen here');
    if (lower === 'content-length') {
      const n = /^\d{1,15}$/.test(value) ? Number(value) : undefined;
      if (n === undefined || (said !== undefined && said !== n)) throw new Error(`content-length cannot be ${value}`);
      if (length !== undefined && n !== length)
        throw new Error(`content-length says ${n}, the body has ${length} bytes`);
      if (said !== undefined) continue;
      said = n;
    }
    headers.push(name, value);
  }
  return { headers, said };
}

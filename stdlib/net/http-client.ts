/**
 * Host half of `net::http`: the client. Connections are kept for the next request to the same server.
 * Invariant: a request that may have had an effect is not sent twice: only one whose method is idempotent is sent again, and
 * only if a kept connection turned out to be closed before a byte of the answer came (RFC 9112, 9.3.1); the others get a
 * connection of their own.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Owned, Pending } from '../../runtime/process/owned.js';
import type { PersistentMap } from '../../runtime/values/map.js';
import type { Cons } from '../../runtime/values/value.js';
import { builtin } from '../builtin.js';
import { type HostFunctions, tuple } from '../support.js';
import { cancellable, type System } from '../system.js';
import { bytesOf, textOf } from '../text.js';
import { bodyOf, checkedHeaders, chunkOf, type Field, fieldsIn, fieldsOf, headersOf, listed } from './http-message.js';

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
/** Methods whose requests have no body unless they are given one. */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'DELETE']);
const PATIENCE = 30_000;
/** What is said of a kept connection that the server had closed. */
const STALE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

/** An answer whose body is read piece by piece; it belongs to the thread that asked. */
class Reply extends Owned {
  constructor(readonly message: IncomingMessage) {
    super();
    message.on('error', () => undefined);
    message.once('close', () => this.finished());
  }
  describe(): string {
    return `Reply(${this.message.statusCode})`;
  }
  close(): void {
    this.finished();
    this.letGo();
  }
  protected override letGo(): void {
    this.message.destroy();
  }
}

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly fields: readonly Field[];
  readonly body: Uint8Array;
}

/** The answer as soon as its headers are there. `begun` is told of every request that is sent. */
function ask(asked: Asked, begun: (request: ClientRequest) => void, again = false): Promise<IncomingMessage> {
  const { method, url, fields, body } = asked;
  const repeatable = IDEMPOTENT.has(method);
  return new Promise((resolve, reject) => {
    const { headers, said } = checkedHeaders(fields, body.length === 0 && method === 'HEAD' ? undefined : body.length);
    if (said === undefined && (body.length > 0 || !BODILESS.has(method)))
      headers.push('content-length', `${body.length}`);
    if (!headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')) headers.push('host', url.host);
    const send = url.protocol === 'https:' ? builtin.https.request : builtin.http.request;
    // Only what may be sent again goes over a connection that may be gone already.
    const kept = repeatable && !again ? {} : { agent: false as const };
    const request = send(url, {
      method,
      headers: headers as unknown as Record<string, string>,
      timeout: PATIENCE,
      ...kept,
    });
    begun(request);
    request.on('response', resolve);
    request.on('timeout', () => request.destroy(new Error('it took too long')));
    request.on('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && STALE.has(error.code ?? '') && repeatable && !again;
      if (stale) ask(asked, begun, true).then(resolve, reject);
      else reject(error);
    });
    request.end(body);
  });
}

export function client({ capabilities: may }: System): HostFunctions {
  const asking = <T>(
    method: string,
    text: string,
    fields: readonly Field[],
    body: Uint8Array,
    made: (message: IncomingMessage) => T | Promise<T>,
  ): ReturnType<typeof cancellable> =>
    cancellable(() => {
      const url = new URL(text);
      may.host(url.hostname, Number(url.port) || (url.protocol === 'https:' ? 443 : 80));
      let request: ClientRequest | undefined;
      let message: IncomingMessage | undefined;
      const upper = method.toUpperCase();
      const answer = ask({ method: upper, url, fields, body }, (r) => (request = r)).then((m) => made((message = m)));
      return new Pending(answer, () => {
        const why = new Error('nobody waits for it any more');
        message?.destroy(why);
        request?.destroy(why);
      });
    });
  return {
    _fetch: (method: string, url: string, headers: PersistentMap, body: string) =>
      asking(method, url, fieldsOf(headers), bytesOf(body), async (m) =>
        tuple(m.statusCode ?? 0, headersOf(m), textOf(await bodyOf(m))),
      ),
    _ask: (method: string, url: string, headers: Cons, body: Uint8Array) =>
      asking(method, url, fieldsOf(headers), body, async (m) =>
        tuple(m.statusCode ?? 0, listed(fieldsIn(m)), await bodyOf(m)),
      ),
    _open: (method: string, url: string, headers: Cons, body: Uint8Array) =>
      asking(method, url, fieldsOf(headers), body, (m) => new Reply(m)),
    reply_status: ({ message }: Reply) => message.statusCode ?? 0,
    reply_headers: ({ message }: Reply) => listed(fieldsIn(message)),
    _read_reply: ({ message }: Reply) => cancellable(() => chunkOf(message)),
    close_reply: (reply: Reply) => {
      reply.close();
      return undefined;
    },
  };
}

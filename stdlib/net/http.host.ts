/**
 * Host half of `net::http`: the server. A request waits until a thread takes it; then it belongs to that thread, and if the
 * thread ends without having answered, it is answered with 500.
 * Invariant: every request that came gets an answer, or its connection is closed; what waits to be taken is bounded, in number
 * and in bytes.
 */
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { Owned, Pending } from '../../runtime/process/owned.js';
import type { PersistentMap } from '../../runtime/values/map.js';
import type { Cons } from '../../runtime/values/value.js';
import type { Value } from '../../runtime/values/value.js';
import { builtin } from '../builtin.js';
import { type HostFunctions, tuple } from '../support.js';
import { cancellable, type System, tried } from '../system.js';
import { bytesOf, textOf } from '../text.js';
import { client } from './http-client.js';
import {
  bodyOf,
  chunkOf,
  checkedHeaders,
  type Field,
  fieldsIn,
  fieldsOf,
  headersOf,
  listed,
  NO_BODY,
} from './http-message.js';
import { Listening, listening } from './listening.js';

/** Bytes of bodies that wait until their requests are taken. */
const MOST_WAITING = 64 * 1024 * 1024;

class Server extends Listening<Exchange, HttpServer> {
  /** Requests are taken as soon as their headers are there: their bodies are read piece by piece. */
  early = false;
  held = 0;
  constructor(server: HttpServer) {
    super(server, 'Server', 'the server is closed', (exchange) => exchange.refuse(503, 'there are too many requests'));
  }
  /** A request that nobody asked for yet. */
  came(message: IncomingMessage, response: ServerResponse): void {
    const exchange = new Exchange(message, response);
    const put = (): void => {
      const { length } = exchange.content;
      if (this.held + length > MOST_WAITING) return exchange.refuse(503, 'there are too many requests');
      this.held += length;
      exchange.left = (): void => {
        this.arrived.withdraw(exchange);
        this.held -= length;
        exchange.left = null;
      };
      this.arrived.put(exchange);
    };
    if (this.early || !hasBody(message)) put();
    else if (this.arrived.isFull) exchange.refuse(503, 'there are too many requests');
    else
      exchange.collect().then(put, (error: unknown) => {
        if (!response.destroyed) exchange.refuse(413, (error as Error).message);
      });
  }
  protected override letGo(): void {
    super.letGo();
    this.server.closeIdleConnections();
  }
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

class Exchange extends Owned {
  content: Uint8Array = new Uint8Array();
  collected = false;
  /** It leaves the queue of its server. */
  left: (() => void) | null = null;
  #gone = false;
  /** Tell those who wait until something is written that it will not be. */
  readonly #broken = new Set<(why: Error) => void>();
  /** Bytes that are still to be written, if the program has said how many there are. */
  #promised: number | undefined;

  constructor(
    readonly message: IncomingMessage,
    readonly response: ServerResponse,
  ) {
    super();
    this.collected = !hasBody(message);
    response.on('error', () => undefined);
    response.once('close', () => {
      this.#gone = true;
      for (const broken of this.#broken) broken(new Error('the client is gone'));
      this.left?.();
      this.finished();
    });
  }
  describe(): string {
    return `Exchange(${this.message.method} ${this.message.url})`;
  }
  async collect(): Promise<this> {
    if (!this.collected) this.content = await bodyOf(this.message);
    this.collected = true;
    return this;
  }

  /** Answers in the program's stead. */
  refuse(status: number, why: string): void {
    const { response } = this;
    this.finished();
    this.left?.();
    if (response.destroyed || response.writableEnded) return;
    if (response.headersSent) return void response.destroy();
    const body = bytesOf(`${why}\n`);
    const more = status === 503 ? { 'retry-after': '1' } : {};
    const close = this.collected ? {} : { connection: 'close' };
    response.writeHead(status, { 'content-type': 'text/plain', 'content-length': body.length, ...more, ...close });
    response.end(body);
  }
  protected override letGo(): void {
    this.refuse(500, 'internal server error');
  }

  /** Who answers has the exchange no more: where that fails, the client is told so at once. */
  async taken(answer: () => Promise<undefined>): Promise<undefined> {
    try {
      return await answer();
    } catch (error) {
      this.refuse(500, 'internal server error');
      throw error;
    }
  }
  /** Writes all of an answer; throws where it is none, before anything is written. */
  async respond(status: number, fields: readonly Field[], body: Uint8Array): Promise<undefined> {
    this.#head(status, fields, body.length);
    await this.#ended(body);
  }
  begin(status: number, fields: readonly Field[]): void {
    this.#promised = this.#head(status, fields, undefined);
    this.response.flushHeaders();
  }
  async write(chunk: Uint8Array): Promise<undefined> {
    const { response } = this;
    if (!response.headersSent || response.writableEnded) throw new Error('this answer is not begun, or is finished');
    if (this.#gone) throw new Error('the client is gone');
    if (this.#promised !== undefined) {
      if (chunk.length > this.#promised) throw new Error('there is more than content-length says');
      this.#promised -= chunk.length;
    }
    // Without a body nothing is written, and nothing says when it was.
    if (this.#isBodiless(response.statusCode) || chunk.length === 0) return undefined;
    await new Promise<void>((resolve, reject) => {
      this.#broken.add(reject);
      response.write(chunk, (error) => {
        this.#broken.delete(reject);
        if (error) reject(error);
        else resolve();
      });
    });
    return undefined;
  }
  async finish(): Promise<undefined> {
    const { response } = this;
    if (!response.headersSent || response.writableEnded) throw new Error('this answer is not begun, or is finished');
    if ((this.#promised ?? 0) > 0 && !this.#isBodiless(response.statusCode)) {
      response.destroy();
      throw new Error(`content-length says ${this.#promised} bytes more`);
    }
    await this.#ended();
  }

  #isBodiless(status: number): boolean {
    return this.message.method === 'HEAD' || NO_BODY.has(status);
  }

  /** Writes the headers; gives what the program says of the length. */
  #head(status: number, fields: readonly Field[], length: number | undefined): number | undefined {
    const { response } = this;
    if (response.headersSent) throw new Error('this request has its answer already');
    if (this.#gone || response.destroyed) throw new Error('the client is gone');
    if (status < 200 || status > 999) throw new Error(`${status} is not the status of an answer`);
    const bodiless = this.#isBodiless(status);
    if (NO_BODY.has(status) && (length ?? 0) > 0) throw new Error(`an answer with status ${status} has no body`);
    const { headers, said } = checkedHeaders(fields, bodiless && length === 0 ? undefined : length);
    if (length !== undefined && said === undefined && !NO_BODY.has(status)) headers.push('content-length', `${length}`);
    response.writeHead(status, headers);
    return said;
  }
  #ended(body?: Uint8Array): Promise<void> {
    const { response } = this;
    return new Promise((resolve, reject) => {
      response.once('finish', resolve);
      this.#broken.add(reject);
      if (body === undefined) response.end();
      else response.end(body);
    });
  }
}

function listen(host: string, port: number): Promise<Server> {
  const http = builtin.http.createServer();
  const server = new Server(http);
  http.on('request', (message, response) => server.came(message, response));
  return listening(server, host, port);
}

/** The next request; with its whole body, unless it is read piece by piece. */
function accepted({ arrived }: Server, whole: boolean): Pending {
  const { answer, cancel } = arrived.take();
  let taken: Exchange | undefined;
  const got = answer.then((value) => {
    taken = value as Exchange;
    taken.left?.();
    return whole && !taken.collected ? taken.collect() : taken;
  });
  return new Pending(got, () => {
    if (taken === undefined) cancel();
    else taken.refuse(500, 'internal server error');
  });
}

export function host(system: System): HostFunctions {
  const { capabilities: may } = system;
  return {
    _listen: (address: string, port: number) =>
      tried(async () => {
        may.host(address, port);
        return listen(address, port);
      }),
    port: (server: Server) => server.port,
    _accept: (server: Server) => cancellable(() => accepted(server, true)),
    _accept_early: (server: Server) => {
      server.early = true;
      return cancellable(() => accepted(server, false));
    },
    _request: ({ message, content }: Exchange) =>
      tuple(message.method ?? '', message.url ?? '', headersOf(message), textOf(content)),
    body: ({ content }: Exchange) => content,
    headers: ({ message }: Exchange) => listed(fieldsIn(message)),
    _read_body: ({ message, collected }: Exchange) =>
      collected ? new Uint8Array() : cancellable(() => chunkOf(message)),
    _respond: (exchange: Exchange, status: number, headers: PersistentMap, body: string) =>
      tried(() => exchange.taken(() => exchange.respond(status, fieldsOf(headers), bytesOf(body)))),
    _answer: (exchange: Exchange, status: number, headers: Cons, body: Uint8Array) =>
      tried(() => exchange.taken(() => exchange.respond(status, fieldsOf(headers), body))),
    _begin: (exchange: Exchange, status: number, headers: Cons) =>
      tried(async (): Promise<Value> => exchange.begin(status, fieldsOf(headers))),
    _write_body: (exchange: Exchange, chunk: Uint8Array) => tried(() => exchange.write(chunk)),
    _finish: (exchange: Exchange) => tried(() => exchange.taken(() => exchange.finish())),
    close_server: (server: Server) => {
      server.close();
      return undefined;
    },
    ...client(system),
  };
}

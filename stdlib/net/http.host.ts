/** Host half of `net::http`, on the host's own server and client. A request waits until the program answers it. */
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { PersistentMap } from '../../runtime/values/map.js';
import { Opaque, type Value } from '../../runtime/values/value.js';
import { builtin } from '../builtin.js';
import { type HostFunctions, tuple } from '../support.js';
import { type System, tried } from '../system.js';
import { Listening } from './listening.js';

/** Bodies larger than this are refused: a program gets them whole. */
const MAX_BODY = 16 * 1024 * 1024;

class Server extends Listening<Exchange, HttpServer> {
  constructor(server: HttpServer) {
    super(server, 'Server', 'the server is closed');
  }
}

class Exchange extends Opaque {
  constructor(
    readonly message: IncomingMessage,
    readonly body: string,
    readonly response: ServerResponse,
  ) {
    super();
  }
  describe(): string {
    return `Exchange(${this.message.method} ${this.message.url})`;
  }
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY) throw new Error('the body is too large');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const headersOf = (message: IncomingMessage): Value =>
  PersistentMap.of(Object.entries(message.headers).flatMap(([name, value]) => [name, [value].flat().join(', ')]));

const plainHeaders = (headers: PersistentMap): Record<string, string> =>
  Object.fromEntries([...headers.entries()].map(({ key, value }) => [key as string, value as string]));

function listen(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const http = builtin.http.createServer();
    const server = new Server(http);
    http.on('request', (message, response) => {
      bodyOf(message).then(
        (body) => server.arrived.put(new Exchange(message, body, response)),
        () => response.writeHead(413).end(),
      );
    });
    http.once('error', reject);
    http.listen(port, host, () => resolve(server));
  });
}

function respond(exchange: Exchange, status: number, headers: PersistentMap, body: string): Promise<Value> {
  return new Promise((resolve, reject) => {
    const { response } = exchange;
    if (response.headersSent) throw new Error('this request has its answer already');
    if (response.destroyed) throw new Error('the client is gone');
    response.on('error', reject);
    response.on('close', () => resolve(undefined));
    response.writeHead(status, plainHeaders(headers)).end(body);
  });
}

function fetchUrl(method: string, url: URL, headers: PersistentMap, body: string): Promise<Value> {
  return new Promise((resolve, reject) => {
    const ask = url.protocol === 'https:' ? builtin.https.request : builtin.http.request;
    const asked = ask(url, { method, headers: plainHeaders(headers), timeout: 30_000 }, (message) => {
      bodyOf(message).then((text) => resolve(tuple(message.statusCode ?? 0, headersOf(message), text)), reject);
    });
    asked.on('timeout', () => asked.destroy(new Error('it took too long')));
    asked.on('error', reject);
    asked.end(body);
  });
}

export function host({ capabilities: may }: System): HostFunctions {
  return {
    _listen: (address: string, port: number) =>
      tried(async () => {
        may.host(address, port);
        return listen(address, port);
      }),
    port: (server: Server) => server.port,
    _accept: (server: Server) => tried(() => server.arrived.take()),
    _request: ({ message, body }: Exchange) => tuple(message.method ?? '', message.url ?? '', headersOf(message), body),
    _respond: (exchange: Exchange, status: number, headers: PersistentMap, body: string) =>
      tried(() => respond(exchange, status, headers, body)),
    close_server: ({ server, arrived }: Server) => {
      server.close();
      server.closeIdleConnections();
      arrived.close();
      return undefined;
    },
    _fetch: (method: string, url: string, headers: PersistentMap, body: string) =>
      tried(async () => {
        const parsed = new URL(url);
        may.host(parsed.hostname, Number(parsed.port) || (parsed.protocol === 'https:' ? 443 : 80));
        return fetchUrl(method, parsed, headers, body);
      }),
  };
}

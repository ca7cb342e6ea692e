/** Opening connections: who dials proves first, who proves nothing goes soon, and every end of a connection is told why. */
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HELLO_LIMIT, MOST_UNPROVED } from '../../runtime/link/connections.js';
import { decodeFrame, encodeFrame } from '../../runtime/link/frame.js';
import type { Frame } from '../../runtime/link/frame.js';
import { Hello, incarnated, proofOf, shown } from '../../runtime/link/hello.js';
import type { Heard } from '../../runtime/link/hello.js';
import { tcp } from '../../runtime/link/tcp.js';
import { World, type Place } from '../support/nodes.js';

const identity = (node: string, key: string): ConstructorParameters<typeof Hello>[0] => ({
  node,
  key: new TextEncoder().encode(key),
  random: (n) => new Uint8Array(n).fill(node.charCodeAt(0)),
});
/** What each side hears last: a peer, or why it refuses. */
function talk(one: string, two: string): { dialler: Heard; acceptor: Heard; proofs: string[] } {
  const sides = [new Hello(identity('d@1', one), 'dial'), new Hello(identity('a@1', two), 'accept')] as const;
  const proofs: string[] = [];
  const last: Heard[] = [{}, {}];
  let frame: Frame | undefined = sides[0].opening();
  for (let to = 1; frame !== undefined; to = 1 - to) {
    if (frame.operation === 'qvm_hello' && frame.proof.length > 0) proofs.push(frame.node);
    last[to] = sides[to]!.hear(frame);
    frame = last[to]!.send;
  }
  return { dialler: last[0]!, acceptor: last[1]!, proofs };
}

describe('hello', () => {
  it('opens for those who know the secret only, and the dialler proves first', () => {
    const both = talk('s', 's');
    expect([both.dialler.peer, both.acceptor.peer, both.proofs]).toEqual(['a@1', 'd@1', ['d@1', 'a@1']]);
    const stranger = talk('guess', 's');
    expect(stranger.acceptor.refuse).toBe('the secret is wrong');
    // The stranger got nothing that was made with the key.
    expect(stranger.proofs).toEqual(['d@1']);
    expect(stranger.dialler.peer).toBeUndefined();
  });

  it('refuses a proof reflected from the other role, and whatever comes before it', () => {
    const dialler = new Hello(identity('d', 's'), 'dial');
    dialler.opening();
    const proof = dialler.hear({ ...new Hello(identity('a', 's'), 'dial').opening(), node: 'a' } as Frame).send!;
    expect(dialler.hear({ ...proof, node: 'a' } as Frame).refuse).toBe('the secret is wrong');
    expect(dialler.hear(proof).refuse).toBe('a malformed qvm_hello');
    const a = new Hello(identity('a', 's'), 'accept');
    expect(a.hear({ operation: 'qvm_kill', thread: 'a.1' }).refuse).toBe('qvm_kill before qvm_hello');
    expect(a.hear({ ...proof } as Frame).refuse).toBe('a malformed qvm_hello');
    const k = new Uint8Array(1);
    expect(proofOf(k, 'dial', ['a', 'b'], [k, k])).not.toEqual(proofOf(k, 'accept', ['a', 'b'], [k, k]));
  });

  it('knows itself, and another incarnation of its own name', () => {
    const opening = (node: string): Frame => new Hello(identity(node, 's'), 'dial').opening();
    const a = (): Hello => new Hello(identity('a@1', 's'), 'accept');
    expect(a().hear(opening('a@1')).refuse).toBe('a is this node itself');
    expect(a().hear(opening('a@2')).refuse).toBeUndefined();
    expect(incarnated('a', (n) => new Uint8Array(n).fill(15))).toBe('a@0f0f0f0f0f0f');
    expect([shown('a@0f.12'), shown('a@0f'), shown('a')]).toEqual(['a.12', 'a', 'a']);
  });
});

describe('a connection that proves nothing', () => {
  async function silent(w: World): Promise<string[]> {
    const heard: string[] = [];
    const channel = await w.network.dial('a');
    channel.receive({
      frame: (bytes) => {
        const d = decodeFrame(bytes);
        if (d.ok && d.frame.operation === 'qvm_close') heard.push(d.frame.reason);
      },
      drained: () => undefined,
      broken: (why) => heard.push(why),
      closed: (why) => heard.push(why),
    });
    return heard;
  }

  it('is closed after five seconds, and an honest one is not', async () => {
    const w = new World();
    const [a, b] = [w.place('a'), w.place('b')];
    const heard = await silent(w);
    const joined = b.node.connect('a');
    await w.settle();
    await joined;
    w.now = HELLO_LIMIT - 1;
    a.node.tick();
    await w.settle();
    expect(heard).toEqual([]);
    w.now = HELLO_LIMIT + 1;
    a.node.tick();
    await w.settle();
    expect(heard[0]).toBe('no proof of the secret came within 5 s');
    expect(a.events.at(-1)).toBe('refused a connection: no proof of the secret came within 5 s');
    expect(a.node.connected('b')).toBe(true);
  });

  it('makes room for others when there are many: a flood keeps nobody out', async () => {
    const w = new World();
    const [a, b] = [w.place('a'), w.place('b')];
    const flood: string[][] = [];
    for (let i = 0; i < 3 * MOST_UNPROVED; i++) flood.push(await silent(w));
    const joined = b.node.connect('a');
    await w.settle();
    expect(await joined).toBe('a');
    const closed = flood.filter((heard) => heard.length > 0);
    expect(closed).toHaveLength(2 * MOST_UNPROVED + 1);
    expect(closed[0]![0]).toBe('more than 64 connections have not proved that they know the secret');
    expect(a.node.connected('b')).toBe(true);
  });

  it('to a listener that says nothing ends as well', async () => {
    const w = new World();
    const b: Place = w.place('b');
    void w.network.listen('deaf', () => undefined);
    const joined = b.node.connect('deaf');
    const why = joined.catch((e: unknown) => (e as Error).message);
    await w.settle();
    w.now = HELLO_LIMIT + 1;
    b.node.tick();
    expect(await why).toBe('no proof of the secret came within 5 s');
  });
});

describe('over TCP', () => {
  const open: { close(): void }[] = [];
  afterEach(() => {
    for (const o of open.splice(0)) o.close();
  });

  /** The reason in the `qvm_close` that comes back for some bytes. */
  async function reasonFor(bytes: Uint8Array): Promise<string> {
    const w = new World();
    const a = w.place('a');
    const listener = await tcp.listen('127.0.0.1:0', (c) => a.node.accept(c));
    open.push(listener);
    const got: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      const socket = net.connect(Number(listener.address.split(':')[1]), '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (chunk: Buffer) => got.push(chunk));
      socket.on('end', resolve);
      socket.on('error', reject);
    });
    const all = Buffer.concat(got);
    expect(all.readUInt32BE(0)).toBe(all.length - 4);
    const d = decodeFrame(all.subarray(4));
    return d.ok && d.frame.operation === 'qvm_close' ? d.frame.reason : 'no reason';
  }

  it('every refusal says why, also of frames that are too long', async () => {
    const framed = (f: Uint8Array): Uint8Array =>
      Buffer.concat([Buffer.from([0, 0, f.length >> 8, f.length & 255]), f]);
    expect(await reasonFor(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toBe(
      'a frame of 1195725856 bytes; the limit is 512',
    );
    // More than the limit, all of it sent: what stays unread does not take the reason back.
    expect(await reasonFor(Buffer.alloc(300_000, 255))).toBe('a frame of 4294967295 bytes; the limit is 512');
    expect(await reasonFor(framed(Uint8Array.of(77)))).toBe('no such operation (byte 0 of a frame)');
    expect(await reasonFor(framed(encodeFrame({ operation: 'qvm_ping', number: 1, answer: false })))).toBe(
      'qvm_ping before qvm_hello',
    );
    const old = encodeFrame({ ...new Hello(identity('old', 's'), 'dial').opening(), version: 2 } as Frame);
    expect(await reasonFor(framed(old))).toBe('protocol version 2; this machine speaks version 3');
  });
});

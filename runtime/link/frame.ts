/**
 * Frames of the QuartzVM protocol: `[QVM_OPERATION][QVM_NUM_PARAMS][QVM_PARAMS...]`, from one table of operations. The page
 * is docs/protocol.md; its byte examples are tests.
 * Invariant: `decodeFrame` never throws: whatever the bytes, the answer is a frame whose parameters have the kinds the
 * table says and keep its limits, or a sentence. Encoding is one-to-one: a frame has one spelling.
 */
import { MalformedError, Reader, Writer } from '../bytecode/binary.js';

/** What a parameter is, beyond its wire type. `address` is `node.number`: of a thread, or the name of a link. */
export type ParamKind = 'number' | 'name' | 'address' | 'label' | 'text' | 'bytes' | 'side' | 'flag' | 'hash';

/** Every operation: its code on the wire and its parameters in order. */
export const OPERATIONS = {
  /** Opens a connection, four times in turn (see `hello.ts`). Empty bytes where there is nothing to say yet. */
  qvm_hello: { code: 1, params: { version: 'number', node: 'name', nonce: 'bytes', proof: 'bytes' } },
  /** Take an immigrant thread. Answered by `qvm_status`; runs after `qvm_moved`. */
  qvm_immigrate: { code: 2, params: { thread: 'address', context: 'bytes', code: 'bytes' } },
  /** Give a thread. Answered by `qvm_status` with context and code pointer. */
  qvm_emigrate: { code: 3, params: { thread: 'address' } },
  /** Kill a thread. Answered by `qvm_status`. */
  qvm_kill: { code: 4, params: { thread: 'address' } },
  /** The answer to operation number `about` on a thread. Context and code are empty but for `qvm_emigrate`. */
  qvm_status: {
    code: 5,
    params: { about: 'number', thread: 'address', status: 'number', context: 'bytes', code: 'bytes' },
  },
  /** Message number `sequence` (from 0) to one side of a link. */
  qvm_send: {
    code: 6,
    params: { link: 'address', side: 'side', sequence: 'number', label: 'label', payload: 'bytes' },
  },
  /** A new link whose side 0 is the sender's: a client of a thread, or someone who only watches it end. */
  qvm_link: { code: 7, params: { link: 'address', thread: 'address', watch: 'flag' } },
  /** After `sequence` messages one side of a link learns that the other is lost. The reason is a value. */
  qvm_lost: { code: 8, params: { link: 'address', side: 'side', sequence: 'number', reason: 'bytes' } },
  /** A thread lives elsewhere now. To the node itself: the immigrant is yours, run it. */
  qvm_moved: { code: 9, params: { thread: 'address', node: 'name' } },
  /** A module by hash; without content a request, or (`missing`) the answer that it is not here. */
  qvm_module: { code: 10, params: { hash: 'hash', missing: 'flag', content: 'bytes' } },
  /** Are you there? Answered by the same number with `answer`. */
  qvm_ping: { code: 11, params: { number: 'number', answer: 'flag' } },
  /** The connection ends, and why. Nothing follows. */
  qvm_close: { code: 12, params: { reason: 'text' } },
  /** To the side of a link that sent them: its first `sequence` messages have been taken in on the other side. */
  qvm_took: { code: 13, params: { link: 'address', side: 'side', sequence: 'number' } },
  /** Does a thread only wait for clients, and talk to nobody? Answered by `qvm_status`: ok if so, busy if not. */
  qvm_rest: { code: 14, params: { thread: 'address' } },
} as const satisfies Record<string, { readonly code: number; readonly params: Readonly<Record<string, ParamKind>> }>;

export type Operation = keyof typeof OPERATIONS;
type Held<K extends ParamKind> = K extends 'number' | 'side'
  ? number
  : K extends 'bytes'
    ? Uint8Array
    : K extends 'flag'
      ? boolean
      : string;
type ParamsOf<O extends Operation> = (typeof OPERATIONS)[O]['params'];
export type FrameOf<O extends Operation> = { readonly operation: O } & {
  readonly [P in keyof ParamsOf<O>]: Held<ParamsOf<O>[P] & ParamKind>;
};
export type Frame = { [O in Operation]: FrameOf<O> }[Operation];

/** Answers of `qvm_status`. */
export const STATUS = {
  ok: 0,
  /** No such thread here. */
  unknown: 1,
  /** It cannot be moved now: it waits for the host, is not Quartz code, or is moving already. */
  busy: 2,
  /** The context is malformed, or does not fit the code. */
  context: 3,
  /** A module is missing, was refused by the verifier, or needs what this host does not have. */
  code: 4,
  /** No answer came in time; to an answer that came later: nobody waits for it any more. */
  late: 5,
} as const;
export type StatusName = keyof typeof STATUS;
export const statusName = (status: number): string =>
  Object.entries(STATUS).find(([, n]) => n === status)?.[0] ?? 'refused';

/** Bytes of the largest frame; before the peer has proved that it knows the secret. */
export const MAX_FRAME = 16 * 1024 * 1024;
export const MAX_HELLO = 512;
/** Bytes of the largest thing in a frame: what more there is in one is far smaller than the rest. */
export const MAX_CONTENT = MAX_FRAME - 256 * 1024;
const MAX_NUMBER = Number.MAX_SAFE_INTEGER;

/** A node: its name and its incarnation. */
export const NODE = /^[0-9a-z-]{1,64}(?:@[0-9a-z]{1,16})?$/;
export const ADDRESS = /^[0-9a-z-]{1,64}(?:@[0-9a-z]{1,16})?\.(?:0|[1-9]\d{0,15})$/;
const HASH = /^[0-9a-f]{64}$/;

/** Wire types of parameters. */
const UINT = 0;
const TEXT = 1;
const BYTES = 2;
const wireType = (kind: ParamKind): number =>
  kind === 'bytes' ? BYTES : kind === 'number' || kind === 'side' || kind === 'flag' ? UINT : TEXT;

/** What a text of a kind has to look like; null if it does. */
function wrongText(kind: ParamKind, s: string): string | null {
  if (kind === 'address') return ADDRESS.test(s) ? null : 'not an address';
  if (kind === 'name') return NODE.test(s) ? null : 'not the name of a node';
  if (kind === 'hash') return HASH.test(s) ? null : 'not a hash';
  const most = kind === 'label' ? 256 : 1024;
  return s.length <= most ? null : 'too long';
}

const byCode = new Map<number, Operation>(
  Object.entries(OPERATIONS).map(([name, { code }]) => [code, name as Operation]),
);
export const operationOf = (code: number): Operation | undefined => byCode.get(code);

/** The bytes of a frame. What it is given must fit the table (texts may not hold lone surrogates). */
export function encodeFrame(frame: Frame): Uint8Array {
  const { code, params } = OPERATIONS[frame.operation];
  const w = new Writer();
  const all = Object.entries(params) as [string, ParamKind][];
  w.byte(code);
  w.byte(all.length);
  const values = frame as unknown as Readonly<Record<string, number | string | boolean | Uint8Array>>;
  for (const [name, kind] of all) {
    const type = wireType(kind);
    w.byte(type);
    if (type === UINT) w.uint(Number(values[name]));
    else if (type === TEXT) w.text(values[name] as string);
    else w.bytes(values[name] as Uint8Array);
  }
  return w.done();
}

export type Decoded = { readonly ok: true; readonly frame: Frame } | { readonly ok: false; readonly reason: string };

/** The frame that the bytes are, all of them; byte parameters are copies. */
export function decodeFrame(bytes: Uint8Array, limit = MAX_FRAME): Decoded {
  if (bytes.length > limit) return { ok: false, reason: `a frame of ${bytes.length} bytes; the limit is ${limit}` };
  try {
    return { ok: true, frame: readFrame(new Reader(bytes)) };
  } catch (e) {
    if (e instanceof MalformedError) return { ok: false, reason: `${e.message} (byte ${e.offset} of a frame)` };
    throw e;
  }
}

function readFrame(r: Reader): Frame {
  const operation = byCode.get(r.byte());
  if (operation === undefined) return r.fail('no such operation', 0);
  const params = Object.entries(OPERATIONS[operation].params) as [string, ParamKind][];
  if (r.byte() !== params.length) r.fail(`${operation} takes ${params.length} parameters`, 1);
  const made: Record<string, unknown> = { operation };
  for (const [name, kind] of params) made[name] = readParam(r, operation, name, kind);
  r.finish();
  return made as unknown as Frame;
}

function readParam(r: Reader, operation: string, name: string, kind: ParamKind): unknown {
  const start = r.offset;
  const type = wireType(kind);
  const fail = (why: string): never => r.fail(`${operation}: ${name} is ${why}`, start);
  if (r.byte() !== type) fail('of another type');
  if (type === BYTES) return r.bytes();
  if (type === TEXT) {
    const s = r.text();
    const why = wrongText(kind, s);
    return why === null ? s : fail(why);
  }
  const n = r.uint();
  if (n > (kind === 'number' ? MAX_NUMBER : 1)) fail('too large');
  return kind === 'flag' ? n === 1 : n;
}

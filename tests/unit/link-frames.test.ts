/** Frames and values on the wire: one spelling each, the bytes of docs/protocol.md, and no exception whatever the bytes. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../../runtime/bytecode/binary.js';
import { OPERATIONS, decodeFrame, encodeFrame } from '../../runtime/link/frame.js';
import type { Frame, ParamKind } from '../../runtime/link/frame.js';
import { writeParcel } from '../../runtime/link/parcel.js';
import { readParcel } from '../../runtime/link/unparcel.js';
import type { Recipient } from '../../runtime/link/unparcel.js';
import { CodeProgram } from '../../runtime/engine/program.js';
import { Reference } from '../../runtime/process/thread.js';
import { equal } from '../../runtime/values/compare.js';
import { ERR, NONE, OK, SOME, builtinExceptions, exception } from '../../runtime/values/exceptions.js';
import { list } from '../../runtime/values/list.js';
import { PersistentMap } from '../../runtime/values/map.js';
import { Cons, Float, Label, NIL, makeData, tupleConstructor } from '../../runtime/values/value.js';
import type { Value } from '../../runtime/values/value.js';
import { Vm } from '../../runtime/vm.js';
import { root } from '../support/compile.js';

const hex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join(' ');

const name = fc.stringMatching(/^[0-9a-z-]{1,12}(@[0-9a-f]{12})?$/);
const address = fc.tuple(name, fc.nat()).map(([n, i]) => `${n}.${i}`);
const byKind: Record<ParamKind, fc.Arbitrary<unknown>> = {
  number: fc.maxSafeNat(),
  side: fc.nat(1),
  flag: fc.boolean(),
  name,
  address,
  label: fc.string({ unit: 'grapheme', maxLength: 20 }),
  text: fc.string({ unit: 'grapheme', maxLength: 40 }),
  bytes: fc.uint8Array({ maxLength: 40 }),
  hash: fc.stringMatching(/^[0-9a-f]{64}$/),
};
const frames: fc.Arbitrary<Frame> = fc.oneof(
  ...Object.entries(OPERATIONS).map(([operation, { params }]) =>
    fc
      .record(Object.fromEntries(Object.entries(params).map(([n, kind]) => [n, byKind[kind as ParamKind]])))
      .map((values) => ({ operation, ...values }) as unknown as Frame),
  ),
);

const data: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<Value>(undefined, true, false, NIL, NONE.constant),
    fc.maxSafeInteger().map((n) => n + 0),
    fc.double({ noNaN: true }).map((x) => new Float(x)),
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.uint8Array({ maxLength: 9 }),
    fc.array(tie('value'), { maxLength: 4 }).map(list),
    fc.array(tie('value'), { maxLength: 6 }).map((f) => makeData(tupleConstructor(f.length), f)),
    tie('value').map((v) => makeData(SOME, [v])),
    tie('value').map((v) => exception('PeerLost', v)),
    fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 4 }).map((e) => PersistentMap.of(e.flat())),
  ),
})).value;

const vm = new Vm();
const known = new Map([...Object.values(builtinExceptions), NONE, SOME, OK, ERR].map((c) => [c.name, c]));
const to: Recipient = {
  module: () => undefined,
  constructorNamed: ({ name }) => known.get(name),
  label: (n) => (n === 'Known' ? Label.of('Known') : undefined),
  reference: (node, number) => new Reference(node, number, null),
  nobody: new CodeProgram(0, vm.scheduler),
};
const sender = {
  modulesOf: () => [],
  end: () => ({ link: '', side: 0, state: 3, sent: 0, received: 0, taken: 0, watch: false }),
  address: (r: Reference) => ({ node: r.node, number: r.number }),
};
const pack = (...values: Value[]): Uint8Array => writeParcel(sender, values).bytes;

describe('frames', () => {
  it('have the bytes of the page', () => {
    const page = readFileSync(path.join(root, 'docs/protocol.md'), 'utf8');
    const examples: Frame[] = [
      { operation: 'qvm_kill', thread: 'a.2' },
      { operation: 'qvm_send', link: 'b.1', side: 0, sequence: 5, label: 'Took', payload: pack() },
      { operation: 'qvm_ping', number: 300, answer: false },
    ];
    for (const f of examples) {
      expect(page).toContain(`    ${hex(encodeFrame(f))}\n`);
      expect(decodeFrame(encodeFrame(f))).toEqual({ ok: true, frame: f });
    }
    for (const [operation, { code }] of Object.entries(OPERATIONS))
      expect(page).toContain(`| ${code} | \`${operation}\` |`);
  });

  it('come back as they were sent', () => {
    fc.assert(
      fc.property(frames, (f) => {
        expect(decodeFrame(encodeFrame(f))).toEqual({ ok: true, frame: f });
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('give a reason when bytes are changed, and have one spelling', () => {
    fc.assert(
      fc.property(frames, fc.nat(), fc.nat(255), fc.nat(), (f, at, byte, cut) => {
        const bytes = encodeFrame(f);
        bytes[at % bytes.length] = byte;
        const d = decodeFrame(bytes);
        if (d.ok) expect(hex(encodeFrame(d.frame))).toBe(hex(bytes));
        else expect(d.reason.length).toBeGreaterThan(0);
        expect(decodeFrame(encodeFrame(f).subarray(0, cut % bytes.length)).ok).toBe(false);
      }),
      { seed: 2, numRuns: 3000 },
    );
  });

  it('longer than the limit are not looked at', () => {
    expect(decodeFrame(new Uint8Array(513), 512)).toEqual({
      ok: false,
      reason: 'a frame of 513 bytes; the limit is 512',
    });
  });
});

describe('values on the wire', () => {
  it('come back as they were sent', () => {
    fc.assert(
      fc.property(data, data, (a, b) => {
        const { roots } = readParcel(pack(a, b), to);
        expect(equal(roots[0], a)).toBe(true);
        expect(equal(roots[1], b)).toBe(true);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('give MalformedError and nothing else when bytes are changed', () => {
    fc.assert(
      fc.property(data, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }), (a, changes) => {
        const bytes = pack(a, 'x');
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        try {
          readParcel(bytes, to);
        } catch (e) {
          expect(e).toBeInstanceOf(MalformedError);
        }
      }),
      { seed: 4, numRuns: 3000 },
    );
  });

  it('may be nested 200,000 deep', () => {
    let deep: Value = NIL;
    for (let i = 0; i < 200_000; i++) deep = new Cons(deep, NIL);
    let [back] = readParcel(pack(deep), to).roots;
    let depth = 0;
    for (; back !== NIL; back = (back as Cons).head) depth++;
    expect(depth).toBe(200_000);
  });
});

/**
 * GrumpyVM by its programs: every `.s` of `grumpy/` is assembled, written, read, disassembled, run, and compared with its
 * row of expectations; then the object format byte by byte, the machine as a program, hostile input and speed.
 */
import { isLeft, isRight, type Either } from 'fp-ts/lib/Either.js';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../runtime/guests/grumpy/assemble.js';
import { Channels } from '../../runtime/guests/grumpy/channels.js';
import { disassemble } from '../../runtime/guests/grumpy/disassemble.js';
import { decodeObject, encodeObject, type Image } from '../../runtime/guests/grumpy/image.js';
import { INSTRUCTIONS } from '../../runtime/guests/grumpy/isa.js';
import { loadGrumpy } from '../../runtime/guests/grumpy/load.js';
import { GrumpyMachine, type GrumpyHost } from '../../runtime/guests/grumpy/machine.js';
import { collectionReport, runGrumpy, type GrumpyOptions } from '../../runtime/guests/grumpy/run.js';
import { PROGRAMS } from './grumpy/expectations.js';

const FOLDER = new URL('./grumpy/', import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.s'));

const source = (name: string): string => readFileSync(new URL(`${name}.s`, FOLDER), 'utf8');

function right<E, A>(either: Either<E, A>): A {
  if (isLeft(either)) throw new Error(JSON.stringify(either.left));
  return either.right;
}

function left<E, A>(either: Either<E, A>): E {
  if (isRight(either)) throw new Error('an error was expected');
  return either.left;
}

const image = (text: string): Image => right(assemble(text));

function run(program: Image, options: GrumpyOptions = {}): { outcome: string; out: string; err: string } {
  let out = '';
  let err = '';
  const outcome = runGrumpy(program, {
    ...options,
    stdout: (bytes) => (out += Buffer.from(bytes).toString('latin1')),
    stderr: (text) => (err += text),
  });
  return { outcome: isLeft(outcome) ? `error: ${outcome.left}` : outcome.right.result, out, err };
}

describe('programs', () => {
  it('has a row for every file and a file for every row', () => {
    expect(FILES.map((name) => name.slice(0, -2)).sort()).toEqual(Object.keys(PROGRAMS).sort());
    expect(FILES.length).toBeGreaterThanOrEqual(60);
  });

  for (const [name, row] of Object.entries(PROGRAMS)) {
    it(`${row.item} ${name}`, () => {
      const program = image(source(name));
      const bytes = encodeObject(program);
      expect(encodeObject(right(decodeObject(bytes)))).toEqual(bytes);
      expect(encodeObject(image(right(disassemble(program))))).toEqual(bytes);
      const options = { ...(row.heap && { heap: row.heap }), ...(row.quantum && { quantum: row.quantum }) };
      const { outcome, out, err } = run(right(decodeObject(bytes)), options);
      if (row.result !== undefined) expect(outcome).toBe(row.result);
      else expect(outcome).toContain(row.error!);
      expect(outcome.startsWith('error: ')).toBe(row.result === undefined);
      expect(outcome).not.toContain('\n');
      expect(out).toBe(row.out ?? '');
      expect(err).toBe((row.gc ?? []).map(([x, y]) => collectionReport(x, y)).join(''));
    });
  }

  it('A2.2 uses every instruction somewhere', () => {
    const used = new Set(Object.keys(PROGRAMS).flatMap((name) => source(name).split(/\s+/)));
    expect(INSTRUCTIONS.map((row) => row.name).filter((name) => !used.has(name))).toEqual([]);
  });
});

describe('object files', () => {
  const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/[\s|]/g, ''), 'hex'));

  it('A1.1 the example of PA1 is these 32 bytes', () => {
    expect(encodeObject(image(source('pa1_example')))).toEqual(
      hex(
        '00 00 00 08 | 0b 00 00 00 00 | 00 04 00 00 00 04 | 0c | 0f | 00 01 00 00 00 03 | 00 01 00 00 00 0c | 04 03 | 0d',
      ),
    );
  });

  it.each([
    ['push tt', '00 00'],
    ['push -1', '00 01 ff ff ff ff'],
    ['push true', '00 02'],
    ['push false', '00 03'],
    ['push undef', '00 05'],
    ['pop', '01'],
    ['peek 2', '02 00 00 00 02'],
    ['unary neg', '03 00'],
    ['binary +', '04 00'],
    ['binary *', '04 01'],
    ['binary -', '04 02'],
    ['binary /', '04 03'],
    ['binary <', '04 04'],
    ['binary ==', '04 05'],
    ['swap', '05'],
    ['alloc', '06'],
    ['set', '07'],
    ['get', '08'],
    ['var 4294967295', '09 ff ff ff ff'],
    ['store 258', '0a 00 00 01 02'],
    ['setframe 1', '0b 00 00 00 01'],
    ['call', '0c'],
    ['ret', '0d'],
    ['branch', '0e'],
    ['halt', '0f'],
    ['spawn', '10'],
    ['channel', '11'],
    ['send', '12'],
    ['recv', '13'],
    ['print', '14'],
  ])('A1.3 %s is %s', (text, bytes) => {
    expect(encodeObject(image(text))).toEqual(hex(`00 00 00 01 ${bytes}`));
  });

  it('A1.5 a label is the index of the next instruction, before or after its use', () => {
    expect(encodeObject(image('_La:\npush _La\npush Lb\n\n  Lb:  \r\npop\r\n'))).toEqual(
      hex('00000003 | 00 04 00000000 | 00 04 00000002 | 01'),
    );
  });

  it.each([
    ['Lx:\nLx:', "line 2: label 'Lx' is declared twice"],
    ['push 1\nfly', "line 2: unknown instruction 'fly'"],
    ['push 2147483648', "found '2147483648'"],
    ['push +5', "found '+5'"],
    ['push Vi32(3)', "found 'Vi32(3)'"],
    ['push', 'line 1: push takes one operand, found 0'],
    ['pop 3', 'line 1: pop takes no operand, found 1'],
    ['push Lnone', "label 'Lnone' is not declared"],
    ['main:', "'main' is not a label"],
    ['L:', "'L' is not a label"],
    ['binary %', "unknown binary operator '%'"],
    ['unary -', "unknown unary operator '-'"],
    ['var -1', "found '-1'"],
    ['peek 4294967296', "found '4294967296'"],
    ['Lx: pop', 'a label stands alone'],
    ['/* comment */', "unknown instruction '/*'"],
    ['p\u001bop', "unknown instruction 'p?op'"],
  ])('A1.4 A1.5 A1.6 refuses %j', (text, message) => {
    expect(left(assemble(text)).message).toContain(message);
  });

  it.each([
    ['', 'the header of 4 bytes is cut short at byte 0'],
    ['0000', 'cut short at byte 2'],
    ['ffffffff 01', '4294967295 instructions promised in a file of 5 bytes'],
    ['00000001 15', 'unknown opcode 0x15 at byte 4'],
    ['00000001 00', 'the operand of push is cut short at byte 5'],
    ['00000001 00 06 00000000', 'unknown value tag 0x06 at byte 5'],
    ['00000001 00 01 0000', 'the operand of push is cut short at byte 6'],
    ['00000001 0403 01', '1 bytes after the last instruction at byte 6'],
    ['00000001 0406', 'unknown binary operator 0x06'],
    ['00000001 0301', 'unknown unary operator 0x01'],
    ['00000002 0401', 'the file ends before instruction 1 of 2 at byte 6'],
  ])('A2.5 refuses the object file %s', (bytes, message) => {
    expect(left(decodeObject(hex(bytes))).message).toContain(message);
  });

  it('are told from texts by the name of the file', () => {
    const text = Buffer.from('push 1\nhalt\n');
    const object = encodeObject(image('push 1\nhalt\n'));
    expect(encodeObject(right(loadGrumpy('a.s', text)))).toEqual(object);
    expect(encodeObject(right(loadGrumpy('a.o', object)))).toEqual(object);
    expect(left(loadGrumpy('a.s', object))).toContain('a.s: line 1: unknown instruction');
    expect(left(loadGrumpy('a.o', text))).toContain('a.o: malformed object file');
  });

  it('refuses to disassemble an address no label can have', () => {
    expect(left(disassemble(right(decodeObject(hex('00000001 00 04 00000002'))))).message).toContain('Vloc(2)');
  });
});

describe('threads', () => {
  it('A4.6 gives the same results at any quantum', () => {
    for (const quantum of [1, 2, 3, 7, 50, 1000]) {
      for (const name of ['spawn_heaps_diverge', 'spawn_grandchild', 'channel_pipeline', 'channel_full']) {
        const { outcome, out } = run(image(source(name)), { quantum });
        expect([name, quantum, outcome, [...out].sort().join('')]).toEqual([
          name,
          quantum,
          PROGRAMS[name]!.result,
          PROGRAMS[name]!.out ?? '',
        ]);
      }
    }
    expect(run(image(source('spawn_interleaves'))).out).toBe('AAABBB');
  });

  it('stops at the limit of instructions and of threads', () => {
    const forever = image('Lx:\npush true\npush Lx\nbranch\n');
    expect(run(forever, { instructions: 1000 }).outcome).toBe('error: stopped after 1000 instructions');
    const bomb = image('Lx:\npush 1\npush Lx\nalloc\nspawn\npush true\npush Lx\nbranch\n');
    expect(run(bomb, { threads: 100 }).outcome).toContain('too many threads');
  });
});

describe('options', () => {
  it('are refused when they make no sense', () => {
    const program = image('push 1\nhalt\n');
    for (const options of [{ quantum: 0 }, { quantum: 1.5 }, { heap: -1 }, { heap: 2 ** 40 }, { heap: Number.NaN }]) {
      expect(run(program, options).outcome).toMatch(/^error: the (quantum|heap) must be/);
    }
    expect(run(program, { heap: 0 }).outcome).toBe('Vi32(1)');
  });

  it('a larger heap takes larger objects', () => {
    const text = 'push 100000\npush 7\nalloc\npush 99999\nget\nhalt\n';
    expect(run(image(text)).outcome).toContain('heap exhausted: 100001 values wanted, 0 of 1024 in use');
    expect(run(image(text), { heap: 100_001 }).outcome).toBe('Vi32(7)');
  });
});

describe('the machine as a program', () => {
  const host = (printed: number[], children: GrumpyMachine[] = []): GrumpyHost => ({
    channels: new Channels(() => undefined),
    print: (byte) => printed.push(byte),
    collected: () => undefined,
    spawn: (child) => children.push(child) > 0,
  });

  it('runs exactly as many instructions as it has fuel for', () => {
    const machine = new GrumpyMachine(image(source('countdown')), host([]));
    expect(machine.run(5)).toBe('fuel');
    expect(machine.executed).toBe(5);
    expect(machine.run(0)).toBe('fuel');
    // push, then 100 rounds of nine, then halt
    expect(machine.run(896)).toBe('fuel');
    expect(machine.run(1)).toBe('done');
    expect(machine.executed).toBe(902);
    expect(machine.run(10)).toBe('done');
  });

  it('forks into independent machines and comes back from a snapshot', () => {
    const program = image(source('list_sum'));
    const machine = new GrumpyMachine(program, host([]));
    machine.run(60);
    const twin = machine.fork();
    const saved = structuredClone(machine.snapshot());
    expect(saved.kind).toBe('grumpy');
    expect(machine.run(10_000)).toBe('done');
    const later = GrumpyMachine.restore(saved.state, host([]));
    for (const copy of [twin, later]) {
      expect(copy.executed).toBe(60);
      expect(copy.run(10_000)).toBe('done');
      expect(right(copy.result())).toBe('Vi32(55)');
    }
  });

  it('waits on an empty channel without executing anything', () => {
    const machine = new GrumpyMachine(image(source('channel_deadlock')), host([]));
    expect(machine.run(10)).toBe('waiting');
    expect(machine.run(10)).toBe('waiting');
    expect(machine.executed).toBe(1);
  });

  it('stays failed', () => {
    const machine = new GrumpyMachine(image(source('error_div_zero')), host([]));
    expect(machine.run(10)).toBe('failed');
    expect(machine.run(10)).toBe('failed');
    expect(machine.failure().message).toBe('instruction 2 (binary /): division by zero');
  });

  it('executes a million instructions in well under a second', () => {
    const program = image(source('countdown').replace('push 100', 'push 200000'));
    const start = performance.now();
    const outcome = right(runGrumpy(program));
    expect(outcome.instructions).toBe(1_800_002);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

/**
 * Endings that are reached with stacks of several heights: the frame there is as high as the lowest, in both engines and between
 * any two instructions, so such a thread can be stepped, saved and restored like any other.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { assemble, formatAsmError } from '../../runtime/bytecode/assemble.js';
import { decode } from '../../runtime/bytecode/decode.js';
import { formatVerifyError, nothing, verify } from '../../runtime/verify/verify.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { Vm, type VmOptions } from '../../runtime/vm.js';

/** `f` comes to its ending with as many values on the stack as `n` says; `_boo` is the ending. */
const program = (n: number, ending: string, inside = ''): string => `function f < (int) -> int >:
  ${inside}
  load 0
  push 0
  eq
  jump_if _boo
  push 7
  push "seven"
  load 0
  push 1
  eq
  jump_if _boo
  push 8
  list(1)
  _boo:
  ${ending}
${inside === '' ? '' : '  _handler:\n  print\n  push 3\n  ret'}
function main < () -> void >:
  push 5
  push ${n}
  call_function @f
  add
  print
`;

function verified(text: string): VerifiedModule {
  const image = assemble(text, 'ending.qza');
  if (isLeft(image)) throw new Error(image.left.map(formatAsmError).join('\n'));
  const verdict = verify(image.right, { module: nothing });
  if (isLeft(verdict)) throw new Error(formatVerifyError(verdict.left));
  return verdict.right;
}

const admit = (bytes: Uint8Array): VerifiedModule => {
  const image = decode(bytes);
  if (isLeft(image)) throw new Error(image.left.message);
  const verdict = verify(image.right, { module: nothing });
  if (isLeft(verdict)) throw new Error(formatVerifyError(verdict.left));
  return verdict.right;
};

/** What a run says and how it ends; `saved` takes a snapshot before each instruction and goes on with what was restored. */
function outcome(text: string, options: VmOptions, saved = false): string {
  const out: string[] = [];
  const environment = { write: (s: string): void => void out.push(s) };
  let vm = new Vm({ ...options, environment });
  vm.spawnMain(vm.load(verified(text)));
  if (!saved) vm.runReady();
  else
    for (let i = 0; i < 100 && vm.scheduler.head !== null; i++) {
      vm.run(1);
      vm = Vm.restore(vm.snapshot(), admit, { ...options, environment });
    }
  const end = vm.end();
  return `${out.join('')}${end.failures.map((f) => `${f.message} in ${f.trace.join(' ')}`).join('; ')}`;
}

describe('an ending reached at several heights', () => {
  for (const [name, ending, inside] of [
    ['close_err', 'close_err "boo"', ''],
    ['raise', 'raise "boo"', ''],
    ['raise in a try', 'raise "boo"', 'try _handler'],
    ['halt', 'halt', ''],
  ] as const)
    for (const n of [0, 1, 2])
      it(`is the same in every engine and between any two instructions: ${name}, way ${n}`, () => {
        const text = program(n, ending, inside);
        const expected = outcome(text, { engine: 'interpreter' });
        expect(expected).toMatch(
          name === 'halt' ? /^$/ : name === 'raise in a try' ? /^Failure\("boo"\)\n8\n$/ : /boo/,
        );
        for (const engine of ['compiled', 'auto'] as const) expect(outcome(text, { engine })).toBe(expected);
        expect(outcome(text, { engine: 'interpreter' }, true)).toBe(expected);
      });
});

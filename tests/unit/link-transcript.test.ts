/** The transcript in docs/protocol.md is what two nodes say to each other when a thread moves: UPDATE_DOCS=1 writes it anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { isLeft } from 'fp-ts/lib/Either.js';
import { assemble } from '../../runtime/bytecode/assemble.js';
import { sealed } from '../../runtime/bytecode/encode.js';
import { decodeFrame } from '../../runtime/link/frame.js';
import { verify } from '../../runtime/verify/verify.js';
import { root } from '../support/compile.js';
import { World } from '../support/nodes.js';

const page = path.join(root, 'docs/protocol.md');
const PROGRAM = `module main
host std::print "a" -> "void"
host std::wait "int" -> "void" async
function main < () -> void >:
 push 41
 push 1000
 call_function @std::wait
 push 1
 add
 call_function @std::print
`;

const hex = (bytes: Uint8Array): string[] => [...bytes].map((b) => b.toString(16).padStart(2, '0'));

/** A frame: what it is, and its bytes; of a module's content only how much it is. */
function written(bytes: Uint8Array, from: string, to: string): string[] {
  const d = decodeFrame(bytes);
  if (!d.ok) throw new Error(d.reason);
  const content = d.frame.operation === 'qvm_module' ? d.frame.content.length : 0;
  const shown = hex(bytes.subarray(0, bytes.length - content));
  const lines = Array.from({ length: Math.ceil(shown.length / 32) }, (_, i) =>
    shown.slice(32 * i, 32 * i + 32).join(' '),
  );
  if (content > 0) lines[lines.length - 1] += ` .. and the ${content} bytes of the module`;
  return [`${from} > ${to}  ${d.frame.operation}`, ...lines.map((l) => `    ${l}`)];
}

it('is what the code writes', async () => {
  const w = new World();
  const lines: string[] = [];
  w.network.onFrame = (bytes, dialled): void => {
    lines.push(...written(bytes, dialled ? 'a' : 'b', dialled ? 'b' : 'a'));
  };
  const [a, b] = [w.place('a@1'), w.place('b@1')];
  const image = assemble(PROGRAM, 'main.qza');
  if (isLeft(image)) throw new Error(JSON.stringify(image.left));
  const judged = verify(sealed(image.right), { module: () => undefined, trust: 'none' });
  if (isLeft(judged)) throw new Error(JSON.stringify(judged.left));
  const thread = a.vm.spawnMain(a.vm.load(judged.right));
  await w.settle();
  const joined = a.node.connect('b@1');
  await w.settle();
  await joined;
  a.node.moving.migrate(thread, 'b@1', false, () => undefined);
  await w.settle();
  w.now = 1000;
  await w.settle();
  expect(b.out).toEqual(['42\n']);
  expect(thread.status).toBe(2);
  void a.node.close('that was all');
  await w.settle();

  const block = `<!-- transcript -->\n\n${lines.map((l) => `    ${l}`).join('\n')}\n\n<!-- end of the transcript -->`;
  const text = readFileSync(page, 'utf8');
  const place = /<!-- transcript -->[^]*<!-- end of the transcript -->/;
  expect(text).toMatch(place);
  if (process.env['UPDATE_DOCS'] !== undefined)
    writeFileSync(
      page,
      text.replace(place, () => block),
    );
  else expect(place.exec(text)![0]).toBe(block);
  expect(lines.filter((l) => !l.startsWith(' ')).map((l) => l.slice(7))).toEqual([
    ...['qvm_hello', 'qvm_hello', 'qvm_hello', 'qvm_hello', 'qvm_immigrate', 'qvm_module', 'qvm_module', 'qvm_status'],
    ...['qvm_moved', 'qvm_link', 'qvm_lost', 'qvm_close'],
  ]);
});

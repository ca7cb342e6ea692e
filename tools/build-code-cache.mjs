// Keeps what V8 made of the bundle while it ran a program that it knew already: the code that every start needs.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Script } from 'node:vm';

const cli = path.resolve(import.meta.dirname, '../dist/cli');
const file = path.join(cli, 'bundle.js.txt');
const folder = mkdtempSync(path.join(tmpdir(), 'quartz-build-'));
try {
  const program = path.join(folder, 'hello.qz');
  writeFileSync(program, 'fun main()\n  std::print("hello")\nend\n');
  // The first run fills the program's cache; the code that is kept comes from a script that saw only the second.
  for (const last of [false, true]) {
    const script = new Script(readFileSync(file, 'latin1'), { filename: 'quartz/bundle.js' });
    const { main, production } = script.runInThisContext()(createRequire(path.join(cli, 'quartz.js')), cli);
    let said = '';
    const effects = {
      ...production,
      cwd: folder,
      env: { QUARTZ_CACHE: folder },
      stdout: (text) => (said += text),
      stderr: (text) => (said += text),
    };
    const code = await main('quartz', ['run', program], effects);
    if (code !== 0 || said !== 'hello\n') throw new Error(`a first program does not run: ${said}`);
    if (last) writeFileSync(`${file}.cache`, script.createCachedData());
  }
} finally {
  rmSync(folder, { recursive: true });
}

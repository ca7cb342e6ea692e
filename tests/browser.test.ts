/**
 * The package in Chromium: the worker of docs/embedding.md runs programs, and all that the page shows, and the cases that
 * Node passes too, run in a worker, with and without leave to make code from text.
 */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as onNode from '../index.js';
import { addressOf, application, hasBrowser, launch, open, serve } from './support/browser.js';
import type { Folder } from './support/cli.js';
import { root } from './support/compile.js';
import { browserBlocks, embeddingPrograms } from './support/embedding-programs.js';
import { cases } from './support/embedding-cases.js';

if (!hasBrowser)
  console.warn('SKIPPED: the tests in a browser need /usr/bin/chromium (Debian: apt-get install chromium)');

describe.each(cases)('on Node', ({ title, run, expected }) => {
  it(title, async () => expect(await run(onNode)).toEqual(expected));
});

const FIB = `
fun fib(n : int) -> int
  if n < 2
    n
  else
    fib(n - 1) + fib(n - 2)
  end
end

fun main()
  fib(22)
end
`;

/** A worker that runs all that the guide shows and all cases, and tells how often it was forbidden to make code. */
const SUITE = `
import * as quartz from 'quartz-lang';
import { cases } from '${path.join(root, 'tests/support/embedding-cases.ts')}';

const programs = [
${embeddingPrograms.map(({ code }) => `async (quartz, console) => {\n${code}\n}`).join(',\n')}
];
let forbidden = 0;
addEventListener('securitypolicyviolation', () => forbidden++);

async function printed(program) {
  const lines = [];
  await program(quartz, { log: (...values) => lines.push(values.map(String).join(' ')) });
  return lines.join('\\n').split('\\n');
}

/** Is a program compiled when it has run for long? And how many attempts were forbidden so far? */
async function compiles(engine) {
  const vm = quartz.createVm({ engine });
  const module = quartz.load(vm, quartz.compile(${JSON.stringify(FIB)}));
  vm.spawnMain(module);
  const { exitCode } = await vm.runUntilIdle();
  // Reports of the page's policy come as tasks of their own.
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { exitCode, compiled: module.functions.every((f) => f.compiled), forbidden };
}

onmessage = async () => {
  const engines = {};
  for (const engine of ['interpreter', 'auto', 'compiled']) engines[engine] = await compiles(engine);
  const outcomes = [];
  for (const program of programs) outcomes.push(await printed(program).catch(String));
  for (const { run } of cases) outcomes.push(await run(quartz).catch(String));
  postMessage({ names: Object.keys(quartz).sort(), engines, outcomes, forbidden });
};
`;

const MAIN = `
${browserBlocks[1]}
globalThis.run = run;
globalThis.everything = () => {
  const worker = new Worker('suite.js', { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(null);
  }).finally(() => worker.terminate());
};
`;

const PLAIN = browserBlocks[0]!.replace("'quartz-lang'", "'/node_modules/quartz-lang/dist/quartz.browser.js'");

interface Ran {
  readonly output: string;
  readonly exitCode: number;
  readonly problems: readonly string[];
}

/** What the worker with all programs says. */
interface Everything {
  readonly names: readonly string[];
  readonly engines: unknown;
  /** Of the guide's programs, then of the cases. */
  readonly outcomes: readonly unknown[];
  readonly forbidden: number;
}

describe.skipIf(!hasBrowser)('in Chromium', () => {
  let folder: Folder;
  let server: Server;
  let browser: BrowserContext;
  beforeAll(async () => {
    folder = await application({
      'worker.js': browserBlocks[0]!,
      'main.js': MAIN,
      'suite.js': SUITE,
      'plain/worker.js': PLAIN,
      'plain/main.js': MAIN,
    });
    folder.write('site/plain/index.html', folder.read('site/index.html')!);
    server = await serve(folder);
    browser = await launch(folder.inside('profile').path);
  });
  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    folder?.remove();
  });

  const run = (page: Page, program: unknown): Promise<Ran> => page.evaluate(`run(${JSON.stringify(program)})`);
  const timer = readFileSync(path.join(root, 'examples/timer.qz'), 'utf8');

  it('the worker of the guide runs without a bundler, by the address of the package', async () => {
    const { page, said } = await open(browser, `${addressOf(server)}/plain/`);
    expect(await run(page, { text: 'fun main(args)\n  std::print(args)\nend\n', args: ['x'] })).toEqual({
      output: '["x"]\n',
      exitCode: 0,
      problems: [],
    });
    expect(said).toEqual([]);
    await page.close();
  });

  describe.each(['/', '/strict/'])('%s', (where) => {
    const strict = where === '/strict/';
    let page: Page;
    let said: string[];
    beforeAll(async () => {
      ({ page, said } = await open(browser, addressOf(server) + where));
    });
    afterAll(() => page?.close());

    it('the worker of the guide runs the timer', async () => {
      const { output, ...end } = await run(page, { text: timer });
      expect(end).toEqual({ exitCode: 0, problems: [] });
      expect(output).toMatch(/^\d+\n$/);
      expect(Number(output)).toBeGreaterThanOrEqual(10);
    });

    it('and tells of exceptions, of rejected programs, and of modules that no browser has', async () => {
      const failing = 'exception Broken(int)\n\nfun main()\n  std::print(1)\n  raise Broken(7)\nend\n';
      expect(await run(page, { text: failing })).toEqual({ output: '1\n', exitCode: 1, problems: ['Broken(7)'] });
      const stuck = await run(page, { text: timer.replace('  q!Ping\n', '') });
      expect(stuck).toMatchObject({ output: '', exitCode: 1 });
      expect(stuck.problems[0]).toMatch(/^error\[Q0301\]/);
      const filing = await run(page, { text: 'require file\n\nfun main()\n  file::read("x")\nend\n' });
      expect(filing).toMatchObject({ output: '', exitCode: 1 });
      expect(filing.problems[0]).toMatch(/^the host has no function file::/);
    });

    it('has an input that has ended, and errors on the console', async () => {
      const text = 'require io\n\nfun main()\n  std::print(io::read_line())\n  io::print_error("oops")\nend\n';
      expect(await run(page, { text })).toEqual({ output: 'None\n', exitCode: 0, problems: [] });
      expect(said).toEqual(['oops']);
    });

    describe('a worker with all programs', () => {
      let all: Everything;
      beforeAll(async () => {
        all = await page.evaluate('everything()');
      });

      it('has the same exports as on Node', () => expect(all.names).toEqual(Object.keys(onNode).sort()));

      it(strict ? 'interprets what it may not compile, after one attempt' : 'compiles', () => {
        const once = strict ? 1 : 0;
        expect(all.engines).toEqual({
          interpreter: { exitCode: 0, compiled: false, forbidden: 0 },
          auto: { exitCode: 0, compiled: !strict, forbidden: once },
          compiled: { exitCode: 0, compiled: !strict, forbidden: once },
        });
        expect(all.forbidden).toBe(once);
      });

      const wanted = [
        ...embeddingPrograms.map(({ title, prints }) => ({ title: `docs/embedding.md: ${title}`, expected: prints })),
        ...cases,
      ];
      it.each(wanted.map(({ title, expected }, i) => ({ title, expected, i })))('$title', ({ expected, i }) => {
        expect(all.outcomes[i]).toEqual(expected);
      });
    });

    it('and the console says nothing else', () => {
      expect(said.filter((line) => !strict || !line.includes("'unsafe-eval'"))).toEqual(['oops']);
    });
  });
});

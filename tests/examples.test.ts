/**
 * The programs of `examples/` do what the files beside them say: `NAME.expected` is the whole output of `NAME.qz`, given
 * the words and the standard input below. The HTTP service is asked as a client would.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_GRANTS } from '../stdlib/capabilities.js';
import { root } from './support/compile.js';
import { followProgram, runProgram } from './support/program.js';

const folder = path.join(root, 'examples');
const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');

interface Given {
  readonly args?: readonly string[];
  readonly stdin?: string;
}

const PROGRAMS: Readonly<Record<string, Given>> = {
  bank: {},
  calculator: { stdin: 'data/sums.txt' },
  life: {},
  logs: { stdin: 'data/access.log' },
  matrix: {},
  pretty: { stdin: 'data/menu.json' },
  queens: {},
  sheet: { stdin: 'data/budget.sheet' },
  timer: {},
  words: { args: ['data/poems'] },
};

/** What other examples require, and the program that a test of its own runs. */
const OTHERS = ['notes', 'parsers'];

const parsers = { parsers: read('parsers.qz') };

describe('examples', () => {
  it('are all run', () => {
    const names = readdirSync(folder)
      .filter((f) => f.endsWith('.qz'))
      .map((f) => f.slice(0, -3));
    expect(names.sort()).toEqual([...Object.keys(PROGRAMS), ...OTHERS].sort());
  });

  it.each(Object.entries(PROGRAMS))('%s', async (name, { args = [], stdin }) => {
    const options = {
      name,
      args,
      stdin: stdin === undefined ? '' : read(stdin),
      folder,
      others: name === 'calculator' ? parsers : {},
    };
    const ran = await runProgram(read(`${name}.qz`), options);
    expect(ran.end).toEqual({ exitCode: 0, failures: [], stuck: [] });
    expect(existsSync(path.join(folder, `${name}.expected`))).toBe(true);
    expect(ran.output).toBe(read(`${name}.expected`));
    // Nor does any thread do what the checker has not seen.
    expect((await followProgram(read(`${name}.qz`), options)).wrong).toBeUndefined();
  });

  it('pretty says where a text stops being JSON', async () => {
    const ran = await runProgram(read('pretty.qz'), { name: 'pretty', stdin: '{"a": 1,\n "b": ?}' });
    expect(ran.errors).toBe('this is not JSON: a value cannot start like this, line 2, column 7\n');
    expect(ran.end.exitCode).toBe(1);
  });

  it('notes answers over HTTP, several clients at once', async () => {
    let hear = (_port: number): void => undefined;
    const listening = new Promise<number>((resolve) => (hear = resolve));
    const ended = runProgram(read('notes.qz'), {
      name: 'notes',
      grants: { ...NO_GRANTS, net: ['127.0.0.1'] },
      realTime: true,
      onOutput: (text) => {
        const port = /listening on (\d+)/.exec(text)?.[1];
        if (port !== undefined) hear(Number(port));
      },
    });
    const port = await Promise.race([listening, ended.then((ran) => Promise.reject(new Error(JSON.stringify(ran))))]);
    const ask = async (method: string, url: string, body?: string): Promise<readonly [number, string]> => {
      const response = await fetch(
        `http://127.0.0.1:${port}${url}`,
        body === undefined ? { method } : { method, body },
      );
      return [response.status, await response.text()];
    };
    expect(await ask('POST', '/notes', 'buy milk')).toEqual([201, '{"number":1,"text":"buy milk"}']);
    const many = await Promise.all(Array.from({ length: 20 }, (_, i) => ask('POST', '/notes', `note ${i}`)));
    expect(many.map(([status]) => status)).toEqual(Array.from({ length: 20 }, () => 201));
    expect(new Set(many.map(([, body]) => (JSON.parse(body) as { number: number }).number)).size).toBe(20);
    expect(await ask('GET', '/notes/1')).toEqual([200, '{"number":1,"text":"buy milk"}']);
    expect(await ask('DELETE', '/notes/1')).toEqual([204, '']);
    expect(await ask('GET', '/notes/1')).toEqual([404, '{"error":"there is no /notes/1"}']);
    expect((JSON.parse((await ask('GET', '/notes'))[1]) as unknown[]).length).toBe(20);
    expect((await ask('POST', '/notes', ' '))[0]).toBe(400);
    expect(await ask('POST', '/stop')).toEqual([200, 'stopped\n']);
    const ran = await ended;
    expect(ran.end).toEqual({ exitCode: 0, failures: [], stuck: [] });
    expect(ran.output).toMatch(/^listening on \d+\nstopped\n$/);
  });
});

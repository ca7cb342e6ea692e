/** docs/bench.md: its programs are those of the bench, its figures those that were kept; how a table and a picture are made. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BenchRow, pageWith, pictureOf, tableOf } from '../../bench/report.js';
import { root } from '../support/compile.js';

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const page = read('docs/bench.md');
const rows: readonly BenchRow[] = [
  { name: 'fib', quartz: 20, erlang: 40, javascript: 10, go: 5, ratio: 2 },
  { name: 'throw', quartz: 200, erlang: 20, javascript: null, go: null, ratio: 0.1 },
  { name: 'snapshot', quartz: 3.25, erlang: null, javascript: null, ratio: null, bytes: 77 },
];

describe('docs/bench.md', () => {
  it('tells of every program', () => {
    const programs = readdirSync(path.join(root, 'bench/programs')).map((f) => path.basename(f, '.qz'));
    for (const name of programs) expect(page).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('has the figures that were kept, and the picture made of them', () => {
    const kept = path.join(root, 'docs/plots/bench.json');
    if (!existsSync(kept)) return expect(page).toContain('<!-- figures -->\n<!-- end of figures -->');
    const figures = JSON.parse(readFileSync(kept, 'utf8')) as readonly BenchRow[];
    expect(page).toBe(pageWith(page, figures));
    expect(read('docs/plots/bench.svg')).toBe(pictureOf(figures));
  });

  it('is given its table in one place, as often as wanted', () => {
    const once = pageWith(page, rows);
    expect(once).toContain(tableOf(rows));
    expect(pageWith(once, rows)).toBe(once);
  });
});

describe('figures', () => {
  it('become a table', () => {
    expect(tableOf(rows).split('\n').slice(2)).toEqual([
      '| fib | 20.0 | 40.0 | 10.0 | 5.0 | 2.00 |',
      '| throw | 200.0 | 20.0 |  |  | 0.10 |',
      '| snapshot | 3.3 |  |  |  | 77 bytes |',
    ]);
  });

  it('become marks on a logarithmic axis, to the right of 1 if faster than Erlang', () => {
    const picture = pictureOf(rows);
    const at = [...picture.matchAll(/<circle cx="([\d.]+)" [^>]*><title>(\w+)/g)].map(
      (m) => [m[2], Number(m[1])] as const,
    );
    expect(at.map(([side]) => side)).toEqual(['quartz', 'javascript', 'go', 'quartz']);
    const one = Number(/<text x="([\d.]+)" [^>]*>1<\/text>/.exec(picture)![1]);
    const [fib, javascript, go, thrown] = at.map(([, x]) => x - one);
    expect(javascript! / fib!).toBeCloseTo(2, 1);
    expect(go! / fib!).toBeCloseTo(3, 1);
    expect(thrown! / fib!).toBeCloseTo(-Math.log2(10), 1);
  });

  it('of nothing are refused', () => expect(() => pictureOf(rows.slice(2))).toThrow('nothing to draw'));
});

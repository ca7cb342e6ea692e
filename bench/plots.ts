/**
 * Draws the growth of the protocol checker from the figures that `bench/check.ts --json FILE` writes:
 * `tsx bench/plots.ts FILE FOLDER`. Invariant: nothing is measured here; every point is a figure of the file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Chart, chartSvg } from '../tools/pictures/plot.js';

interface Figure {
  readonly name: string;
  readonly milliseconds: number;
  readonly states: number;
}

const [source, folder] = process.argv.slice(2);
if (source === undefined || folder === undefined) throw new Error('usage: tsx bench/plots.ts FIGURES.json FOLDER');
const { growth } = JSON.parse(readFileSync(source, 'utf8')) as { readonly growth: readonly Figure[] };

/** Figures whose name matches, by the number in it. */
const line = (name: string, pattern: RegExp): Chart['lines'][number] => ({
  name,
  points: growth.flatMap((f) => {
    const found = pattern.exec(f.name);
    return found === null ? [] : [[Number(found[1]), f.milliseconds] as const];
  }),
});

const charts: Readonly<Record<string, Chart>> = {
  'check-peers': {
    title: 'Growth with the number of peers',
    x: 'peers',
    y: 'milliseconds',
    lines: [
      line('ring(10, p): each sends 10 messages to the next', /^ring\(10, (\d+)\)$/),
      line('exchange(4, p): each sends 4 messages to every other', /^exchange\(4, (\d+)\)$/),
    ],
  },
  'check-bound': {
    title: 'Growth with the bound that is needed',
    x: 'messages in a queue',
    y: 'milliseconds',
    lines: [line('ring(k, 10): ten peers, k messages each', /^ring\((\d+), 10\)$/)],
  },
  'check-labels': {
    title: 'Growth with the number of labels',
    x: 'labels',
    y: 'milliseconds',
    lines: [line('pairs(n, 2, 2): each of two messages is any of n', /^pairs\((\d+), 2, 2\)$/)],
  },
};
for (const [name, chart] of Object.entries(charts)) writeFileSync(path.join(folder, `${name}.svg`), chartSvg(chart));

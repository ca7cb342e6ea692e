/** Pictures: layouts without overlaps, runs that are runs, markup that stays well formed whatever the names are. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../compiler/protocol/decide/decide.js';
import { ring } from '../../compiler/protocol/decide/families.js';
import { readSystems } from '../../compiler/protocol/decide/read.js';
import type { System } from '../../compiler/protocol/decide/system.js';
import { graphOfRole, type PictureGraph } from '../../tools/pictures/graph.js';
import { type Box, layout } from '../../tools/pictures/layout.js';
import { dotOfGraph, mermaidOfGraph, mermaidOfSequence } from '../../tools/pictures/markup.js';
import { runOf } from '../../tools/pictures/runs.js';
import { compact, type Sequence, sequenceOf } from '../../tools/pictures/sequence.js';
import { graphPicture, sequencePicture, svgDocument } from '../../tools/pictures/svg.js';
import { textOfGraph, textOfSequence } from '../../tools/pictures/text.js';
import { apply, start } from '../support/brute-force.js';

const read = (roles: object, name = 'test'): System => {
  const found = readSystems({ name, roles });
  if (!found.ok) throw new Error(found.errors.join());
  return found.systems[0]!;
};
const drawn = (system: System): Sequence => {
  const verdict = decide(system);
  return sequenceOf(system, verdict, runOf(system, verdict)!, () => undefined);
};

const PING = read({
  P: {
    init: 0,
    edges: [
      [0, '!', 'Q', 'Ping', 1],
      [1, '?', 'Q', 'Pong', 2],
      [0, '!', 'Q', 'More', 3],
      [3, '?', 'Q', 'Pong', 0],
    ],
  },
  Q: {
    init: 0,
    edges: [
      [0, '?', 'P', 'Ping', 1],
      [1, '!', 'P', 'Pong', 2],
      [0, '?', 'P', 'More', 3],
      [3, '!', 'P', 'Pong', 0],
    ],
  },
});
const STUCK = read({
  P: {
    init: 0,
    edges: [
      [0, '!', 'Q', 'Ping', 1],
      [1, '?', 'Q', 'Pong', 2],
    ],
  },
  Q: { init: 0, edges: [[0, '?', 'P', 'Pang', 1]] },
});
const ROUND = read({
  P: {
    init: 0,
    edges: [
      [0, '!', 'Q', 'a', 1],
      [1, '?', 'Q', 'b', 0],
    ],
  },
  Q: {
    init: 0,
    edges: [
      [0, '?', 'P', 'a', 1],
      [1, '!', 'P', 'b', 0],
    ],
  },
});

describe('layout', () => {
  const graph = fc.integer({ min: 1, max: 9 }).chain((count) =>
    fc.record({
      boxes: fc.array(fc.record({ width: fc.integer({ min: 30, max: 90 }), height: fc.constant(30) }), {
        minLength: count,
        maxLength: count,
      }),
      arcs: fc.array(
        fc.record({
          from: fc.nat(count - 1),
          to: fc.nat(count - 1),
          label: fc.record({ width: fc.integer({ min: 8, max: 120 }), height: fc.constant(16) }),
        }),
        { maxLength: 16 },
      ),
    }),
  );

  it('never lays states or texts over each other, and keeps all inside', () => {
    fc.assert(
      fc.property(graph, ({ boxes, arcs }) => {
        const made = layout(boxes, arcs);
        const loopless = arcs.map((a, i) => [a, i] as const).filter(([a]) => a.from !== a.to);
        const all: { x: number; y: number; box: Box }[] = [
          ...made.states.map((p, i) => ({ ...p, box: boxes[i]! })),
          ...loopless.map(([a, i]) => ({ ...made.arcs[i]!.label, box: a.label })),
        ];
        all.forEach((a, i) => {
          expect(a.x - a.box.width / 2).toBeGreaterThan(-0.01);
          expect(a.x + a.box.width / 2).toBeLessThan(made.width + 0.01);
          expect(a.y + a.box.height / 2).toBeLessThan(made.height + 0.01);
          for (const b of all.slice(i + 1)) {
            const apart =
              Math.abs(a.x - b.x) >= (a.box.width + b.box.width) / 2 - 0.01 ||
              Math.abs(a.y - b.y) >= (a.box.height + b.box.height) / 2 - 0.01;
            expect(apart).toBe(true);
          }
        });
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  it('joins the states an arc joins, from the first to the last point', () => {
    const box = { width: 30, height: 30 };
    const made = layout(
      [box, box, box],
      [0, 1, 2].map((from) => ({ from, to: (from + 1) % 3, label: { width: 40, height: 16 } })),
    );
    made.arcs.forEach((arc, i) => {
      expect(arc.points[0]).toEqual(made.states[i]);
      expect(arc.points.at(-1)).toEqual(made.states[(i + 1) % 3]);
    });
    expect(made.states.map((p) => p.y)).toEqual([...made.states.map((p) => p.y)].sort((a, b) => a - b));
  });
});

describe('runs', () => {
  it('shows a shortest complete run of a safe system', () => {
    const run = runOf(PING, decide(PING))!;
    expect(run.complete).toBe(true);
    expect(run.steps.map((s) => s.edge.label)).toEqual(['Ping', 'Ping', 'Pong', 'Pong']);
  });

  it('shows one round of a system that never ends', () => {
    const run = runOf(ROUND, decide(ROUND))!;
    expect([run.complete, run.loopFrom, run.steps.length]).toEqual([false, 0, 4]);
  });

  it('finds a complete run of a system too large to search whole', () => {
    const large = ring(6, 8);
    const run = runOf(large, decide(large))!;
    expect(run.complete).toBe(true);
    expect(run.steps.length).toBe(96);
  });

  it('keeps a run a run when receives are moved forward', () => {
    const system = ring(2, 4);
    const steps = compact(runOf(system, decide(system))!.steps);
    let config = start(system);
    for (const step of steps) {
      const next = apply(system, config, step);
      expect(next).toBeDefined();
      config = next!;
    }
    expect(config.queues).toEqual({});
  });
});

describe('text', () => {
  it('draws an automaton, each state once', () => {
    expect(textOfGraph(graphOfRole(PING, 0))).toEqual([
      'P',
      '  (0)',
      '    |- Q!Ping -> (1) --Q?Pong--> ((2))',
      '    `- Q!More -> (3) --Q?Pong--> (0)',
    ]);
  });

  it('draws a rejection with the message that is not taken and who waits', () => {
    expect(textOfSequence(drawn(STUCK)).slice(1)).toEqual([
      '       P                Q',
      '       |- Ping --------x|',
      '       |                |',
      'waits for Pong   waits for Pang',
    ]);
  });

  it('draws a round between two lines', () => {
    const lines = textOfSequence(drawn(ROUND));
    expect(lines.filter((l) => l.startsWith('~~'))).toHaveLength(2);
    expect(lines.filter((l) => /[<>]/.test(l))).toHaveLength(2);
  });
});

/** Tags in order, so that a missing or wrong end shows. */
function balanced(svg: string): boolean {
  const open: string[] = [];
  for (const [, close, name, self] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (close === '/') {
      if (open.pop() !== name) return false;
    } else if (self !== '/') open.push(name!);
  }
  return open.length === 0 && !/[<>]/.test(svg.replace(/<\/?[a-z]+(\s[^<>]*)?>/g, '').trim());
}

describe('markup', () => {
  const hostile: PictureGraph = {
    title: '<script>"&\u0000',
    states: [{ text: '"];x' }, { text: "a'b", final: 'end' }],
    arrows: [{ from: 0, to: 1, text: 'p!<b>&"\n\u001b', kind: 'send' }],
  };

  it('writes well-formed SVG, whatever the names are', () => {
    const svg = svgDocument([graphPicture(hostile), ...[PING, STUCK, ROUND].map((s) => sequencePicture(drawn(s)))]);
    expect(balanced(svg)).toBe(true);
    expect(svg).not.toMatch(/<script|\u0000|\u001b/);
  });

  it('keeps everything inside the picture', () => {
    for (const system of [PING, STUCK, ROUND]) {
      const picture = sequencePicture(drawn(system));
      for (const [, x, y] of picture.body.join('\n').matchAll(/<text x="([-\d.]+)" y="([-\d.]+)"/g)) {
        expect(Number(x)).toBeGreaterThanOrEqual(0);
        expect(Number(x)).toBeLessThanOrEqual(picture.width);
        expect(Number(y)).toBeLessThanOrEqual(picture.height);
      }
    }
  });

  it('draws as many arrows as the graph and the run have', () => {
    const count = (body: readonly string[]): number => body.filter((l) => l.includes('marker-end="url(#')).length;
    expect(count(graphPicture(graphOfRole(PING, 0)).body)).toBe(4 + 1);
    expect(count(sequencePicture(drawn(PING)).body)).toBe(2);
    expect(count(sequencePicture(drawn(STUCK)).body)).toBe(0);
  });

  it('writes DOT and Mermaid with texts escaped', () => {
    expect(dotOfGraph(hostile)).toContain('  s0 [label="\\"];x"];');
    expect(mermaidOfGraph(hostile).join('\n')).not.toContain('<b>');
    expect(mermaidOfSequence(drawn(STUCK))).toContain('  r0-xr1: Ping');
    expect(mermaidOfSequence(drawn(ROUND)).filter((l) => /^ {2}(loop|end)/.test(l))).toHaveLength(2);
  });
});

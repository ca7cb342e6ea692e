/**
 * Texts of the helpers that compiled code calls: writing frames, applying function values.
 * Invariant: a frame is written as the interpreter writes it: site number, slots, newest frame first.
 */

const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `a${i}`);

/**
 * `k` after a call: the flag says whether to write the frame, trace it or drop it; `j`: the same where no slot can hold an
 * end, so that dropping needs no look. `x`: as `k` for an instruction that raised or ended the thread itself. `y`: suspends here. `z`: as `y` for the resuming function, which rewrites the frame
 * it came from in place.
 */
export function spillText(kind: string, n: number): string {
  const a = names(n);
  const write = ['R.out[R.top] = site;', ...a.map((x, i) => `R.out[R.top + ${i + 1}] = ${x};`), `R.top += ${n + 1};`];
  const dropped = n === 0 || kind === 'j' ? 'if (R.flag === 2) passed(site);' : `unwound(site, [${a.join(', ')}]);`;
  switch (kind) {
    case 'y':
      return `function y${n}(${['site', ...a].join(', ')}) { R.flag = 1; ${write.join(' ')} return undefined; }`;
    case 'z': {
      const inPlace = a.map((x, i) => `d[${i + 1}] = ${x};`).join(' ');
      return `function z${n}(${['d', 'p', 'site', ...a].join(', ')}) {
  R.flag = 1;
  if (p === 0) { d[0] = site; ${inPlace} R.solo = d; return undefined; }
  ${write.join(' ')} return undefined;
}`;
    }
    case 'x':
      return `function x${n}(${['site', ...a].join(', ')}) { ${dropped} return undefined; }`;
    default:
      return `function ${kind}${n}(${['site', ...a].join(', ')}) { if (R.flag === 1) { ${write.join(' ')} } else { ${dropped} } return undefined; }`;
  }
}

/** Applying a function value to n arguments: enters it, or makes a partial application. */
export function applyText(n: number): string {
  const a = names(n);
  const more = a.map((x) => `, ${x}`).join('');
  const cases = [0, 1, 2, 3, 4].map((k) => {
    const held = Array.from({ length: k }, (_, i) => `c[${i}]`);
    return `case ${k}: return f.fast(${[...held, ...a].join(', ')});`;
  });
  return `function apply${n}(${['g', ...a].join(', ')}) {
  const f = g.fn, c = g.args; R.fuel--;
  if (c.length + ${n} < f.arity) {
    if (R.metering) R.allocated += 1 + c.length + ${n};
    return new Partial(f, [...c${more}]);
  }
  switch (c.length) { ${cases.join(' ')} default: return f.fast(...c${more}); }
}`;
}

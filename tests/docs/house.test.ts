/** The pages for who changes Quartz: the list of decisions is the folder, the picture of the wings is the rule, files named exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

describe('the list of decisions', () => {
  const decisions = readdirSync(path.join(root, 'docs/decisions')).filter((file) => /^\d{3}-/.test(file));

  it('has each of them once, by its title', () => {
    const listed = [
      ...read('docs/decisions/README.md').matchAll(/^\| \[(\d{3})\]\(([^)]*)\) \| (.*?) \| \d{4}-\d\d-\d\d \| /gm),
    ];
    expect(listed.map((m) => m[2])).toEqual([...decisions].sort());
    for (const [, number, file, title] of listed) {
      const first = read(`docs/decisions/${file!}`).split('\n')[0]!;
      expect(first.toLowerCase()).toContain(title!.toLowerCase());
      expect(first).toContain(number);
    }
  });
});

describe('npm run help', () => {
  it('lists every script but those that npm calls by itself', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const own = Object.keys(scripts).filter((name) => !['prepare', 'prepack', 'postpack'].includes(name));
    const listed = [...read('tools/help.mjs').matchAll(/^ {2}'?([\w:]+)'?: '/gm)].map((m) => m[1]!);
    expect(listed.sort()).toEqual(own.sort());
  });
});

describe('docs/house.md', () => {
  const page = read('docs/house.md');

  it('names files and folders that there are', () => {
    const named = [...page.matchAll(/`((?:compiler|runtime|stdlib|cli|grammar|tests|docs)\/[\w./*-]*)`/g)].map(
      (m) => m[1]!,
    );
    expect(named.length).toBeGreaterThan(20);
    const gone = named.filter((name) => {
      if (/NAME|Q0999/.test(name)) return false;
      if (!name.includes('*')) return !existsSync(path.join(root, name)) && !decision(name);
      const [folder, pattern] = [path.dirname(name), path.basename(name)];
      const matcher = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
      return !readdirSync(path.join(root, folder)).some((file) => matcher.test(file));
    });
    expect(gone).toEqual([]);
  });

  const decision = (name: string): boolean =>
    readdirSync(path.join(root, 'docs/decisions')).some((file) => `docs/decisions/${file}`.startsWith(`${name}-`));
});

describe('ARCHITECTURE.md', () => {
  it('draws the wings as the rule has them', () => {
    const rule = read('tests/architecture.test.ts');
    const drawn = [...read('ARCHITECTURE.md').matchAll(/^ {4}(\w+\/\w+) +(\w+(?: > \w+)+)$/gm)];
    expect(drawn.length).toBeGreaterThan(3);
    for (const [, room, wings] of drawn)
      expect(rule).toContain(
        `'${room!}': [${wings!
          .split(' > ')
          .map((w) => `'${w}'`)
          .join(', ')}]`,
      );
    expect([...rule.matchAll(/^ {2}'[\w/]+': \['\w+'(?:, '\w+')*\],$/gm)].length).toBeGreaterThanOrEqual(drawn.length);
  });
});

describe('the commands of CONTRIBUTING.md', () => {
  const page = read('CONTRIBUTING.md');
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

  it('name files and scripts that there are', () => {
    const files = [...page.matchAll(/^ {4}npx (?:vitest run|tsx) (\S+)(?: run (\S+))?/gm)].flatMap((m) => [
      m[1]!,
      m[2] ?? m[1]!,
    ]);
    expect(files.length).toBeGreaterThan(2);
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
    const named = [...page.matchAll(/^ {4}npm run (\S+)/gm)].map((m) => m[1]!);
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

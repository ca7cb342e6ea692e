// `npm run fuzz [-- NAME [ARGUMENTS..]]`: the random searches of tests/fuzz. Without a name each runs for about a minute; the exit
// code is 1 if any found something. What is found is printed with the seed that makes it again.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** A short round of each: its arguments. The last line of a search says how much it did. */
const SHORT = {
  programs: ['40', '1', '30', '2'],
  'higher-order': ['200', '1'],
  differential: ['200', '1'],
  schedules: ['40', '1'],
  slots: ['60', '1'],
  modules: ['3000', '1'],
  'module-sets': ['3000', '1'],
  code: ['500', '1'],
  killing: ['500', '1'],
  guests: ['5000', '1'],
  syntax: ['3000', '1'],
};

const [name, ...args] = process.argv.slice(2);
if (name !== undefined && !(name in SHORT)) {
  console.error(`there is no search ${name}; there are ${Object.keys(SHORT).join(', ')}`);
  process.exit(1);
}
const root = path.resolve(import.meta.dirname, '..');
let failed = false;
for (const [search, short] of Object.entries(SHORT)) {
  if (name !== undefined && name !== search) continue;
  console.log(`# ${search} ${(name === undefined ? short : args).join(' ')}`);
  const script = path.join('tests', 'fuzz', `${search}.ts`);
  const tsx = path.join(root, 'node_modules', '.bin', 'tsx');
  const { status } = spawnSync(tsx, [script, ...(name === undefined ? short : args)], { cwd: root, stdio: 'inherit' });
  if (status !== 0) failed = true;
}
process.exit(failed ? 1 : 0);

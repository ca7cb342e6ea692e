// Puts the command line into one file: of the time to start, most went into finding and linking hundreds of modules. The
// modules themselves stay beside it, as the library that `import 'quartz-lang'` gives.
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const cli = path.join(root, 'dist', 'cli');

const made = await build({
  stdin: {
    contents: "export { main } from './main.js';\nexport { production } from './effects/production.js';\n",
    resolveDir: cli,
    sourcefile: 'bundle-entry.js',
  },
  bundle: true,
  write: false,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // Comments have letters beyond ASCII, and the cache of code makes length cheap; names stay, for traces.
  minifyWhitespace: true,
  legalComments: 'eof',
  // What is imported on demand is in the file as well, and runs on demand.
  define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '""', 'import.meta.url': '__url' },
  logLevel: 'warning',
});
const body = made.outputFiles[0].text;
const text = `(function (require, __dirname) {
const module = { exports: {} };
const __url = require('node:url').pathToFileURL(__dirname + '/bundle.js').href;
${body}
return module.exports;
})`;
// eslint-disable-next-line no-control-regex
if (/[^\x00-\x7f]/.test(text)) throw new Error('the bundle must be ASCII; see tools/launch.mjs');
writeFileSync(path.join(cli, 'bundle.js.txt'), text);
writeFileSync(path.join(root, 'dist', 'build-stamp'), createHash('sha256').update(text).digest('hex').slice(0, 16));
for (const bin of ['quartz.js', 'quartzc.js']) {
  copyFileSync(path.join(root, 'tools', 'launch.mjs'), path.join(cli, bin));
  chmodSync(path.join(cli, bin), 0o755);
}

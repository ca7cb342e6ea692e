// Writes the package's entry for browsers, one file beside the compiled code.
import path from 'node:path';

const dist = path.resolve(import.meta.dirname, '../dist');
const load = (file) => import(path.join(dist, file));

const { browserBundle } = await load('tools/browser/bundle.js');
const { libraryFinder } = await load('cli/files/project.js');
const { production } = await load('cli/effects/production.js');
const { stamp } = await load('cli/files/stamp.js');

const finder = libraryFinder({ ...production, home: dist });
production.writeFile(path.join(dist, 'quartz.browser.js'), await browserBundle(dist, { finder, stamp: stamp() }));

/**
 * A site with the package on it, and a browser that looks at it. Invariant: the package is resolved as an application's
 * bundler does it, by the `exports` of package.json; nothing is fetched from anywhere but this machine.
 */
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { build } from 'esbuild';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { production } from '../../cli/effects/production.js';
import { libraryFinder } from '../../cli/files/project.js';
import { stamp } from '../../cli/files/stamp.js';
import type { Library } from '../../embedding/platform.js';
import { compile } from '../../index.js';
import { browserBundle } from '../../tools/browser/bundle.js';
import { Folder } from './cli.js';
import { root } from './compile.js';

const CHROMIUM = '/usr/bin/chromium';
export const hasBrowser = existsSync(CHROMIUM);

/** Where pages under `/strict/` may make no code from text. */
const STRICT = "default-src 'self'; script-src 'self'";

/** As a build packs it: with what the compiler makes of the library. */
function compiledLibrary(): Library {
  const finder = libraryFinder(production);
  const kept = new Map<string, Uint8Array>();
  const all = finder.names().filter((name) => name !== 'std');
  compile(all.map((name) => `require ${name}\n`).join(''), {
    library: { ...finder, keep: (name, bytes) => void kept.set(name, bytes) },
  });
  return { finder: { ...finder, cached: (name) => kept.get(name) }, stamp: stamp() };
}

/** An application that depends on the package, as files; what it serves is below `site`. */
export async function application(modules: Readonly<Record<string, string>>): Promise<Folder> {
  const folder = new Folder();
  const bundle = await browserBundle(root, compiledLibrary());
  folder.write('node_modules/quartz-lang/package.json', production.readFile(path.join(root, 'package.json'))!);
  folder.write('node_modules/quartz-lang/dist/quartz.browser.js', bundle);
  folder.write('site/node_modules/quartz-lang/dist/quartz.browser.js', bundle);
  // Asked for by every browser.
  folder.write('site/favicon.ico', '');
  folder.write('site/index.html', '<!doctype html><title>Quartz</title><script type="module" src="main.js"></script>');
  for (const [name, text] of Object.entries(modules)) folder.write(`src/${name}`, text);
  await build({
    entryPoints: Object.keys(modules).map((name) => path.join(folder.path, 'src', name)),
    outdir: path.join(folder.path, 'site'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // By its address, as the page's text says.
    external: ['/node_modules/*'],
    logLevel: 'silent',
  });
  return folder;
}

export function serve(folder: Folder): Promise<Server> {
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? '/', 'http://localhost').pathname;
    const strict = asked.startsWith('/strict/');
    const file = (strict ? asked.slice('/strict'.length) : asked).replace(/\/$/, '/index.html');
    const content = folder.read(path.join('site', file));
    response.writeHead(content === undefined ? 404 : 200, {
      'Content-Type': file.endsWith('.js') ? 'text/javascript' : 'text/html',
      ...(strict ? { 'Content-Security-Policy': STRICT } : {}),
    });
    response.end(content);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

export const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const QUIET = ['gpu', 'quic', 'background-networking', 'component-update', 'sync'].map((what) => `--disable-${what}`);

export const launch = (profile: string): Promise<BrowserContext> =>
  chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: ['--headless', '--no-sandbox', '--no-first-run', ...QUIET],
  });

/** A page, and what its console and those of its workers say. */
export async function open(browser: BrowserContext, address: string): Promise<{ page: Page; said: string[] }> {
  const page = await browser.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  await page.goto(address);
  return { page, said };
}

// Builds the programs of pages, for browsers: dist/page/play.js and style.css, which `aigc export --to web` puts into a page,
// from src/page; and dist/studio-page, which `aigc studio` serves, from src/studio/page.
const { copyFileSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { deflateRawSync } = require('node:zlib');
const esbuild = require('esbuild');

const wasm = '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm';

/** TensorFlow.js's module as text, and nothing of its build with threads, which a page opened from disk cannot have. */
const wasmBinary = {
  name: 'wasm-binary',
  /** @param {import('esbuild').PluginBuild} build */
  setup(build) {
    build.onResolve({ filter: /^wasm-binary$/ }, ({ path }) => ({ path, namespace: 'wasm-binary' }));
    build.onLoad({ filter: /.*/, namespace: 'wasm-binary' }, () => {
      const text = deflateRawSync(readFileSync(require.resolve(wasm)), { level: 9 }).toString('base64');
      return { contents: `export const wasmBinary = ${JSON.stringify(text)};` };
    });
    build.onLoad({ filter: /tfjs-backend-wasm-threaded-simd(\.worker)?\.js$/ }, () => ({
      contents: 'export default undefined; export const wasmWorkerContents = undefined;',
    }));
  },
};

/** @type {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  minify: true,
  format: 'iife',
  platform: 'browser',
  target: ['chrome103', 'firefox113', 'safari16.4'],
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
};

const exportPage = () =>
  esbuild.build({
    ...shared,
    entryPoints: { play: join(__dirname, 'src/page/main.ts'), style: join(__dirname, 'src/page/page.css') },
    outdir: join(__dirname, 'dist/page'),
    plugins: [wasmBinary],
  });

async function studioPage() {
  const from = join(__dirname, 'src/studio/page');
  const to = join(__dirname, 'dist/studio-page');
  const licence = readFileSync(join(dirname(require.resolve('uplot/package.json')), 'LICENSE'), 'utf8');
  await esbuild.build({
    ...shared,
    entryPoints: [
      { in: join(from, 'main.ts'), out: 'studio' },
      { in: join(from, 'studio.css'), out: 'studio' },
    ],
    outdir: to,
    banner: { js: `/* Holds uPlot, github.com/leeoniya/uPlot:\n\n${licence.trim()}\n*/` },
  });
  for (const file of ['index.html', 'icon.svg']) copyFileSync(join(from, file), join(to, file));
}

Promise.all([exportPage(), studioPage()]).catch(() => {
  process.exitCode = 1;
});

// Builds the program of the page that `aigc export --to web` writes: dist/page/play.js and play.css, from src/page.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
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

esbuild
  .build({
    entryPoints: { play: join(__dirname, 'src/page/main.ts'), style: join(__dirname, 'src/page/page.css') },
    outdir: join(__dirname, 'dist/page'),
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['chrome103', 'firefox113', 'safari16.4'],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [wasmBinary],
  })
  .catch(() => {
    process.exitCode = 1;
  });

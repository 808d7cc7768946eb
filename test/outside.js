// What tests try is loaded outside of jest's sandbox, once for all files of a worker: a sandbox of its own for each file
// would load it again, and run it cold.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { compileFunction, constants } = require('node:vm');
const { transformSync, version } = require('esbuild');

const folder = join(__dirname, '..', 'node_modules', '.cache', 'aigc-tests');
mkdirSync(folder, { recursive: true });

// import() of what is ours becomes require(), as in what is built.
const supported = { 'dynamic-import': false };
const options = { loader: 'ts', format: 'cjs', target: 'node20', sourcemap: 'inline', supported };

/** @param {string} path @returns {string} the file that holds it as JavaScript, where jest finds the lines of the source */
function translate(path) {
  const source = readFileSync(path);
  const name = createHash('sha256').update(`${version} ${path} `).update(source).digest('hex');
  const file = join(folder, `${name}.js`);
  if (statSync(file, { throwIfNoEntry: false })) return file;
  const { code } = transformSync(source, { ...options, sourcefile: path });
  writeFileSync(`${file}.${process.pid}`, code);
  renameSync(`${file}.${process.pid}`, file);
  return file;
}

/** @param {NodeModule} module @param {string} path */
function run(module, path) {
  const filename = translate(path);
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const names = ['exports', 'require', 'module', '__filename', '__dirname'];
  const compiled = compileFunction(readFileSync(filename, 'utf8'), names, {
    filename,
    importModuleDynamically,
  });
  compiled.call(module.exports, module.exports, createRequire(path), module, path, dirname(path));
}

require.extensions['.ts'] = run;

const ours = join(__dirname, '..', 'src');

/** @param {string} path @returns {unknown} the module and all of ours that it needs as in a new process; what is loaded stays */
function loadAnew(path) {
  const loaded = Object.entries(require.cache).filter(([name]) => name.startsWith(ours));
  for (const [name] of loaded) delete require.cache[name];
  try {
    return require(path);
  } finally {
    for (const [name, module] of loaded) require.cache[name] = module;
  }
}

module.exports = { load: require, loadAnew };

// Turns TypeScript into what jest runs, file by file; `npm run check` is what looks at types.
const { createHash } = require('node:crypto');
const { dirname, join } = require('node:path');
const { transformSync, version } = require('esbuild');

// In jest's sandbox import() would want a flag of Node's; require() does.
const supported = { 'dynamic-import': false };
const options = { loader: 'ts', format: 'cjs', target: 'node20', sourcemap: 'inline', supported };

/** @param {string} code @param {string} path */
const fromOutside = (code, path) =>
  code.replaceAll(/\brequire\("((?:\.\.\/)+src\/[^"]*|@tensorflow\/[^"]*)"\)/g, (_, name) => {
    const found = name.startsWith('.') ? join(dirname(path), name) : name;
    return `loadOutside(${JSON.stringify(found)})`;
  });

module.exports = {
  process: (source, path) => ({
    code: fromOutside(transformSync(source, { ...options, sourcefile: path }).code, path),
  }),
  getCacheKey: (source, path) =>
    createHash('sha256')
      .update(JSON.stringify([version, options, fromOutside.toString(), path, source]))
      .digest('hex'),
};

// Turns TypeScript into what jest runs, file by file; `npm run check` is what looks at types.
const { createHash } = require('node:crypto');
const { transformSync, version } = require('esbuild');

// In jest's sandbox import() would want a flag of Node's; require() does.
const supported = { 'dynamic-import': false };
const options = { loader: 'ts', format: 'cjs', target: 'node20', sourcemap: 'inline', supported };

module.exports = {
  process: (source, path) => ({ code: transformSync(source, { ...options, sourcefile: path }).code }),
  getCacheKey: (source, path) =>
    createHash('sha256')
      .update(JSON.stringify([version, options, path, source]))
      .digest('hex'),
};

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/environment.js',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/test/typescript.js' },
  reporters: ['default', '<rootDir>/test/closing-line.js'],
  moduleNameMapper: { '/native-import$': '<rootDir>/test/native-import.js' },
  // What code finds by name in a realm of jest's is slow to find; these are handed to each module.
  sandboxInjectedGlobals: ['Math', 'Number', 'Object', 'Array', 'Float32Array', 'Uint8Array', 'Int32Array'],
  testTimeout: 60_000,
  maxWorkers: 2,
  // A worker that holds TensorFlow takes longer to end than jest's half second when the machine is busy.
  workerGracefulExitTimeout: 10_000,
};

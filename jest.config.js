/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/environment.js',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/test/typescript.js' },
  reporters: ['default', '<rootDir>/test/closing-line.js'],
  testTimeout: 60_000,
  maxWorkers: 2,
  // A worker that holds TensorFlow takes longer to end than jest's half second when the machine is busy.
  workerGracefulExitTimeout: 10_000,
};

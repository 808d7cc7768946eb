/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/environment.js',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: { isolatedModules: true, noEmit: false } }] },
  reporters: ['default', '<rootDir>/test/closing-line.js'],
  testTimeout: 60_000,
  maxWorkers: 2,
};

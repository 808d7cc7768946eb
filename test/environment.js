// The jest environment: Node's, with the typed arrays that native addons return, and quiet native libraries.
// Without them `x.dataSync() instanceof Float32Array` is false in tests, because jest gives each file a realm of its own.
const { TestEnvironment } = require('jest-environment-node');

const shared = [
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
]; // jest-environment-node shares ArrayBuffer and Uint8Array itself

module.exports = class extends TestEnvironment {
  constructor(...options) {
    super(...options);
    for (const type of shared) this.global[type.name] = type;
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '3'; // tests change only a copy of the environment, which libraries do not see
  }
};

// The jest environment: Node's, with what is tested loaded outside of it, and quiet native libraries.
const { TestEnvironment } = require('jest-environment-node');
const { load, loadAnew } = require('./outside');

/** Jest gives each file a realm of its own, with types of its own. What tests hand over, or name as what they expect, is
 *  of these: without them `x.dataSync() instanceof Float32Array` is false in a test. */
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
  Error,
  RangeError,
  SyntaxError,
  TypeError,
]; // jest-environment-node shares ArrayBuffer and Uint8Array itself

module.exports = class extends TestEnvironment {
  constructor(...options) {
    super(...options);
    Object.assign(this.global, { loadOutside: load, loadAnew, Math, process });
    for (const type of shared) this.global[type.name] = type;
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
    this.before = { folder: process.cwd(), environment: { ...process.env } };
  }

  /** The next file of this worker finds the process as this one did. */
  async teardown() {
    const { folder, environment } = this.before;
    process.chdir(folder);
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
    await super.teardown();
  }
};

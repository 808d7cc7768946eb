// Stands for src/native-import.ts in tests: in jest's sandbox import() would want a flag of Node's, outside of it none.
const vm = require('node:vm');

const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
const script = new vm.Script('(name) => import(name)', { filename: __filename, importModuleDynamically });

exports.nativeImport = script.runInThisContext();

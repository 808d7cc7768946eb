// TensorFlow.js's WebAssembly module, put in by esbuild.page.js: base64 of raw deflate.
declare module 'wasm-binary' {
  export const wasmBinary: string;
}

import { missingLibraries } from '../../src/backend-doctor/gpu';

test('reads from TensorFlow’s log which libraries it misses', () => {
  const log = [
    "W dso_loader.cc:60] Could not load dynamic library 'libcudnn.so.8'; dlerror: libcudnn.so.8: cannot open shared object file",
    "W dso_loader.cc:60] Could not load dynamic library 'libcublas.so.12'; dlerror: libcublas.so.12: cannot open",
    'I gpu_device.cc: Created device /device:GPU:0',
  ].join('\n');
  expect(missingLibraries(log)).toEqual(['libcudnn.so.8', 'libcublas.so.12']);
});

test('finds none in a log that misses none', () => {
  expect(missingLibraries('I libtensorflow_framework.so.2 is fine')).toEqual([]);
});

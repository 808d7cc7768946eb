import { placeCuda, placeTensorFlow } from '../../src/backend-install/layout';

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('takes the library and the headers of its C interface from the wheel, no Python', () => {
  expect(placeTensorFlow('tensorflow/libtensorflow_cc.so.2')).toBe('deps/lib/libtensorflow_cc.so.2');
  expect(placeTensorFlow('tensorflow/include/tensorflow/c/c_api.h')).toBe(
    'deps/include/tensorflow/c/c_api.h',
  );
  expect(placeTensorFlow('tensorflow/include/external/llvm-project/x.h')).toBeUndefined();
  expect(placeTensorFlow('tensorflow/python/ops.py')).toBeUndefined();
});

test('puts CUDA’s libraries where TensorFlow’s library looks for them', () => {
  expect(placeCuda('nvidia/cudnn/lib/libcudnn.so.9')).toBe('deps/nvidia/cudnn/lib/libcudnn.so.9');
  expect(placeCuda('nvidia/cudnn/include/cudnn.h')).toBeUndefined();
});

test('takes no path that leaves the folder it is unpacked in', () => {
  expect(placeTensorFlow('tensorflow/include/tensorflow/c/../../../../../x.h')).toBeUndefined();
  expect(placeCuda('nvidia/cudnn/lib/../../../../x.so')).toBeUndefined();
});

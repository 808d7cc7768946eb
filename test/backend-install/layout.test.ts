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
  expect(placeCuda('nvidia/cusolver/lib/libcusolver.so.11')).toBe(
    'deps/nvidia/cusparse/lib/libcusolver.so.11',
  );
  expect(placeCuda('nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc')).toBe(
    'deps/nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc',
  );
});

test('leaves out of CUDA what nobody opens', () => {
  for (const name of [
    'cudnn/include/cudnn.h',
    'cublas/lib/libnvblas.so.12',
    'cuda_nvrtc/lib/libnvrtc.alt.so.12',
    'cuda_runtime/lib/libcudart_static.a',
    'cuda_nvcc/nvvm/lib64/libnvvm.so',
  ]) {
    expect(placeCuda(`nvidia/${name}`)).toBeUndefined();
  }
});

test('takes no path that leaves the folder it is unpacked in', () => {
  expect(placeTensorFlow('tensorflow/include/tensorflow/c/../../../../../x.h')).toBeUndefined();
  expect(placeCuda('nvidia/cudnn/lib/../../../../x.so')).toBeUndefined();
});

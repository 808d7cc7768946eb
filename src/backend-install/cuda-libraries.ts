// NVIDIA's libraries as TensorFlow 2.21 asks for them: their names, where in a build it looks, and how each tells its version.

import { standInFolder } from './layout';

export interface CudaLibrary {
  /** As people call it. */
  readonly title: string;
  /** As TensorFlow opens it. */
  readonly name: string;
  /** The folder below a build's deps/nvidia. */
  readonly folder: string;
  /** The function that tells the version. */
  readonly ask: string;
  /** The package of pip's that holds it. */
  readonly wheel: string;
}

/** All without which it registers no GPU: seen by giving it a driver that answers, and taking them away. */
export const cudaLibraries: readonly CudaLibrary[] = [
  library('the CUDA runtime', 'libcudart.so.12', 'cuda_runtime', 'cudaRuntimeGetVersion', 'cuda-runtime'),
  library('cuBLAS', 'libcublas.so.12', 'cublas', 'cublasGetProperty'),
  library('cuBLASLt', 'libcublasLt.so.12', 'cublas', 'cublasLtGetProperty'),
  library('cuDNN', 'libcudnn.so.9', 'cudnn', 'cudnnGetProperty'),
  library('cuFFT', 'libcufft.so.11', 'cufft', 'cufftGetProperty'),
  library('cuSOLVER', 'libcusolver.so.11', standInFolder, 'cusolverGetProperty', 'cusolver'),
  library('cuSPARSE', 'libcusparse.so.12', 'cusparse', 'cusparseGetProperty'),
];

function library(title: string, name: string, folder: string, ask: string, wheel = folder): CudaLibrary {
  return { title, name, folder, ask, wheel: `nvidia-${wheel}-cu12` };
}

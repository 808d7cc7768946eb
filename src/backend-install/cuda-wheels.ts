// NVIDIA's CUDA libraries, as Python wheels: the versions that TensorFlow's wheel was taken with, and their checksums.
import { BackendError } from '../errors';
import type { CudaLibraries } from '../tensor/native/location';
import { defaultVersion } from './wheels';

export interface CudaWheel {
  /** As pip takes it. */
  readonly requirement: string;
  readonly sha256: string;
  /** Which installs take it. */
  readonly with: readonly CudaLibraries[];
}

/** Within the ranges that TensorFlow 2.21's `and-cuda` extra asks for. */
const wheels: readonly CudaWheel[] = [
  {
    requirement: 'nvidia-cublas-cu12==12.9.3.13',
    sha256: 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
    with: ['whole', 'lean'],
  },
  {
    requirement: 'nvidia-cuda-cupti-cu12==12.8.90',
    sha256: 'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182',
    with: ['whole'],
  },
  {
    requirement: 'nvidia-cuda-nvcc-cu12==12.9.86',
    sha256: '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0',
    with: ['whole', 'lean', 'system'],
  },
  {
    requirement: 'nvidia-cuda-nvrtc-cu12==12.9.86',
    sha256: '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
    with: ['whole', 'lean'],
  },
  {
    requirement: 'nvidia-cuda-runtime-cu12==12.9.79',
    sha256: '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
    with: ['whole', 'lean', 'system'],
  },
  {
    requirement: 'nvidia-cudnn-cu12==9.28.0.42',
    sha256: '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
    with: ['whole', 'lean'],
  },
  {
    requirement: 'nvidia-cufft-cu12==11.4.1.4',
    sha256: 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
    with: ['whole'],
  },
  {
    requirement: 'nvidia-curand-cu12==10.3.10.19',
    sha256: '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e',
    with: ['whole'],
  },
  {
    requirement: 'nvidia-cusolver-cu12==11.7.5.82',
    sha256: '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
    with: ['whole'],
  },
  {
    requirement: 'nvidia-cusparse-cu12==12.5.10.65',
    sha256: '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
    with: ['whole'],
  },
  {
    requirement: 'nvidia-nccl-cu12==2.32.3',
    sha256: 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c',
    with: ['whole'],
  },
  {
    requirement: 'nvidia-nvjitlink-cu12==12.9.86',
    sha256: 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
    with: ['whole'],
  },
];

/** What they unpack to (4.0, 2.2 and 0.04 GB) and the largest of them twice, in bytes. */
export const cudaBytes: Readonly<Record<CudaLibraries, number>> = { whole: 5.5e9, lean: 3.4e9, system: 2e8 };

export const cudaPlatforms = [
  'manylinux_2_27',
  'manylinux_2_17',
  'manylinux2014',
  'manylinux_2_12',
  'manylinux2010',
].map((tag) => `${tag}_x86_64`);

/** @throws BackendError for a TensorFlow whose CUDA libraries we do not know */
export function cudaWheels(version: string, cuda: CudaLibraries): readonly CudaWheel[] {
  if (version === defaultVersion) return wheels.filter((wheel) => wheel.with.includes(cuda));
  throw new BackendError(
    `The CUDA libraries of TensorFlow ${version} are not known to this version of aigc.`,
    {
      hint: `With --cuda, leave --tensorflow at ${defaultVersion}.`,
    },
  );
}

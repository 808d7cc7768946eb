// Which Python wheels TensorFlow's library comes from, and the checksums of those that we know.
import { basename } from 'node:path';
import { BackendError } from '../errors';
import { platform } from '../tensor/native/location';

export type Variant = 'cpu' | 'cuda';

/** The version that is built when none is asked for; the one that aigc is tested with. */
export const defaultVersion = '2.21.0';

/** A wheel whose content we know. */
export interface Pin {
  /** As the wheel's file name has it: `tensorflow_cpu`. */
  readonly name: string;
  readonly version: string;
  /** The last part of the file name, less `.whl`. */
  readonly tag: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What to ask pip for. */
export interface WheelRequest {
  /** The project's name in the package index. */
  readonly project: string;
  readonly version: string;
  readonly platforms: readonly string[];
}

const pins: readonly Pin[] = [
  {
    name: 'tensorflow_cpu',
    version: '2.21.0',
    tag: 'manylinux_2_27_x86_64',
    bytes: 273829956,
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  },
  {
    name: 'tensorflow',
    version: '2.21.0',
    tag: 'manylinux_2_27_x86_64',
    bytes: 572440367,
    sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
  },
];

/** The Python that the wheels are made for. Any Python can download them, and none is needed to use them. */
export const pythonTag = 'cp311';

const linuxTags = (machine: string) =>
  ['manylinux_2_27', 'manylinux_2_17', 'manylinux2014'].map((tag) => `${tag}_${machine}`);

/** The platforms that TensorFlow publishes a C++ library for, and the project that holds it. */
const sources: Readonly<Record<string, Partial<Record<Variant, Omit<WheelRequest, 'version'>>>>> = {
  'linux-x64': {
    cpu: { project: 'tensorflow-cpu', platforms: linuxTags('x86_64') },
    cuda: { project: 'tensorflow', platforms: linuxTags('x86_64') },
  },
  'linux-arm64': { cpu: { project: 'tensorflow', platforms: linuxTags('aarch64') } },
  'darwin-arm64': { cpu: { project: 'tensorflow', platforms: ['macosx_12_0_arm64'] } },
};

/** @throws BackendError when TensorFlow has no library for this machine */
export function requestFor(variant: Variant, version: string): WheelRequest {
  const source = hasOldLibc() ? undefined : sources[platform]?.[variant];
  if (source) return { ...source, version };
  const where = hasOldLibc() ? `${platform} without glibc 2.27 or newer` : platform;
  throw new BackendError(`TensorFlow publishes no ${variant} library for ${where}.`, {
    hint: 'The wasm backend works everywhere: `--backend wasm`. On Windows, native works inside WSL 2.',
  });
}

/** A wheel's name, version and platform, from the name of its file. @throws BackendError when it is not a wheel's */
export function parseWheelName(path: string): Pick<Pin, 'name' | 'version' | 'tag'> {
  const match = /^(\w+)-([^-]+)-[^-]+-[^-]+-([\w.]+)\.whl$/.exec(basename(path));
  const [, name, version, tag] = match ?? [];
  if (name === undefined || version === undefined || tag === undefined) {
    throw new BackendError(
      `Expected a wheel's file name, like tensorflow_cpu-2.21.0-…-….whl, got ${basename(path)}.`,
      {
        hint: 'Keep the name that the file had in the package index: it says what is inside.',
      },
    );
  }
  return { name: name.toLowerCase(), version, tag };
}

/** What we know of a wheel that has this name. */
export function findPin(wheel: Pick<Pin, 'name' | 'version' | 'tag'>): Pin | undefined {
  return pins.find(
    (pin) => pin.name === wheel.name && pin.version === wheel.version && pin.tag === wheel.tag,
  );
}

/** What we know of the wheel that pip will bring: for the progress bar. */
export function expectedPin(request: WheelRequest): Pin | undefined {
  const name = request.project.replaceAll('-', '_');
  return request.platforms.map((tag) => findPin({ name, version: request.version, tag })).find(Boolean);
}

/** musl's systems (Alpine) report no glibc. */
function hasOldLibc(): boolean {
  if (process.platform !== 'linux') return false;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const [major = 0, minor = 0] = (header.glibcVersionRuntime ?? '').split('.').map(Number);
  return major < 2 || (major === 2 && minor < 27);
}

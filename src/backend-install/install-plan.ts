// Decides what an install does, before it touches anything.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { BackendError, UsageError } from '../errors';
import { type CudaLibraries, cudaOf } from '../tensor/native/location';
import {
  defaultVersion,
  expectedPin,
  findPin,
  type Pin,
  parseWheelName,
  requestFor,
  type Variant,
  type WheelRequest,
} from './wheels';

export interface InstallRequest {
  readonly variant: Variant;
  /** Which of NVIDIA's libraries a CUDA build brings; all when left out. */
  readonly cuda?: CudaLibraries | undefined;
  /** TensorFlow's version; that of the wheel, or else the default. */
  readonly version?: string | undefined;
  /** A wheel on this disk, in place of a download. */
  readonly wheel?: string | undefined;
  /** SHA-256 that the wheel must have, in place of the one that aigc knows. */
  readonly sha256?: string | undefined;
}

export interface InstallPlan {
  readonly variant: Variant;
  /** Undefined for a CPU build. */
  readonly cuda: CudaLibraries | undefined;
  readonly version: string;
  readonly source: WheelRequest;
  /** Absolute path of a wheel that need not be downloaded. */
  readonly wheel: string | undefined;
  readonly pin: Pin | undefined;
  /** What the wheel must hash to, in hexadecimal. */
  readonly sha256: string;
}

/** @throws UsageError for flags that do not go together; BackendError for what this machine or aigc does not know */
export function planInstall(request: InstallRequest): InstallPlan {
  const named = request.wheel === undefined ? undefined : parseWheelName(request.wheel);
  if (named && request.version !== undefined && request.version !== named.version) {
    throw new UsageError(`Expected a wheel of TensorFlow ${request.version}, got one of ${named.version}.`, {
      hint: 'Leave --tensorflow out: the wheel says its version.',
    });
  }
  const version = request.version ?? named?.version ?? defaultVersion;
  const source = requestFor(request.variant, version);
  if (named) requireFitting(named, source);
  const wheel = request.wheel === undefined ? undefined : resolve(request.wheel);
  if (wheel !== undefined && !existsSync(wheel)) {
    throw new BackendError(`There is no file ${wheel}.`, { hint: 'Check the path after --wheel.' });
  }
  const pin = named ? findPin(named) : expectedPin(source);
  const sha256 = request.sha256 ?? pin?.sha256;
  if (sha256 === undefined) {
    throw new BackendError(`aigc knows no checksum of ${source.project} ${version} for this machine.`, {
      hint: `Take ${defaultVersion} where it is known, or give the wheel's checksum from the package index with --sha256 HEX.`,
    });
  }
  return {
    variant: request.variant,
    cuda: cudaOf(request),
    version,
    source,
    wheel,
    pin,
    sha256: sha256.toLowerCase(),
  };
}

function requireFitting(named: ReturnType<typeof parseWheelName>, source: WheelRequest): void {
  const name = source.project.replaceAll('-', '_');
  const tags = named.tag.split('.');
  if (named.name === name && tags.some((tag) => source.platforms.includes(tag))) return;
  throw new BackendError(
    `Expected a wheel of ${name} for ${source.platforms.join(' or ')}, got ${named.name} for ${named.tag}.`,
    { hint: 'The CPU build (--cpu) and the CUDA build (--cuda) come from different wheels.' },
  );
}

// Which sets stay on disk: those that would not fit comfortably in memory.
import { totalmem } from 'node:os';
import { fileSize } from '../words';
import { maxDataBytes } from './byte-source';

/** Where the pixels of a set are kept, by how many bytes they are: those on disk are read when they are needed. */
export type Keep = (bytes: number) => 'memory' | 'disk';

export const inMemoryAlways: Keep = () => 'memory';

/** What `--stream` says. */
export type StreamChoice = 'auto' | 'on' | 'off';

/** Of memory. TensorFlow holds the images once more, and what is measured a part of them. */
const comfortableShare = 1 / 4;

/** The memory that this process may have: the machine's, or what its control group grants it. */
export function memoryBytes(): number {
  const granted = process.constrainedMemory();
  return granted > 0 ? Math.min(granted, totalmem()) : totalmem();
}

const mostInMemory = () => Math.min(maxDataBytes, comfortableShare * memoryBytes());

export function keepBy(stream: StreamChoice): Keep {
  if (stream === 'on') return () => 'disk';
  return (bytes) => (stream === 'auto' && bytes > mostInMemory() ? 'disk' : 'memory');
}

/** Why images of so many bytes stay on disk, to stand behind "because". */
export function reasonToStay(bytes: number): string {
  if (bytes <= mostInMemory()) return 'of --stream on';
  return bytes > maxDataBytes
    ? `they are more than ${fileSize(maxDataBytes)}`
    : `they are more than a quarter of the memory, ${fileSize(memoryBytes())}`;
}

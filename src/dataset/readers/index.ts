// The registry of readers. Adding a format is a file and a line: the first that recognises a place by its content reads
// it, else the first that does by its name. What decodes is loaded when a reader reads.
import type { Reader } from './reader';

const loaders: readonly (() => Promise<Reader>)[] = [
  async () => (await import('./idx-set')).idx,
  async () => (await import('./npy')).npy,
  async () => (await import('./npz')).npz,
  async () => (await import('./csv')).csv,
  async () => (await import('./parquet')).parquet,
  async () => (await import('./cifar')).cifar,
  async () => (await import('./python')).python,
  async () => (await import('./pictures')).pictures,
  async () => (await import('./archive')).archive,
];

/** One after the other, so that none is loaded behind the one that is looked for. */
export async function* eachReader(): AsyncGenerator<Reader> {
  for (const load of loaders) yield await load();
}

export function loadReaders(): Promise<readonly Reader[]> {
  return Promise.all(loaders.map((load) => load()));
}

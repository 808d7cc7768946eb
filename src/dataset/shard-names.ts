// The names of files that hold a set in parts: samples-00003-of-00008.npy, as TensorFlow's and Hugging Face's are called,
// but counted from 1, as `--shard 3/8` is.

const ending = /([.-]idx[34]-ubyte(?:\.gz)?|\.npy|\.parquet)$/i;
const part = /-(\d{5,})-of-(\d{5,})/;

/** Where a part lies of what would lie at a path. */
export function shardPath(
  path: string,
  { index, of }: { readonly index: number; readonly of: number },
): string {
  const digits = (number: number) => String(number).padStart(5, '0');
  return path.replace(ending, (found) => `-${digits(index)}-of-${digits(of)}${found}`);
}

export interface ShardName {
  /** What the parts of one set have in common. */
  readonly set: string;
  readonly index: number;
  readonly of: number;
}

/** @returns undefined of what is no part of images that aigc has written */
export function parseShardName(name: string): ShardName | undefined {
  const [, index, of] = part.exec(name) ?? [];
  if (index === undefined || !ending.test(name) || /-labels\.npy$/i.test(name)) return undefined;
  return Number(index) >= 1
    ? { set: name.replace(part, '*'), index: Number(index), of: Number(of) }
    : undefined;
}

/** Whether a file belongs to another part than this file: of a thousand parts none looks through those of the others. */
export function isOfAnotherShard(name: string, own: string): boolean {
  const [other, mine] = [part.exec(name), part.exec(own)];
  return other !== null && mine !== null && other[0] !== mine[0];
}

// Tar archives that tests make.
import { type Header, pack } from 'tar-stream';

export type TarEntry = Partial<Header> & { content?: Uint8Array | string };

export async function tarOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header as Header, Buffer.from(content));
  tar.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of tar) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

// The members of a zip archive, by its central directory: sizes as they are claimed, content as it comes.
import { AigcError, DataError } from '../../errors';
import { grouped } from '../../words';

export interface ZipMember {
  readonly name: string;
  /** Unfolded, as the archive claims; more does not come. */
  readonly bytes: number;
  /** @throws DataError when it is damaged */
  open(): AsyncGenerator<Buffer>;
}

export interface Zip {
  /** Files alone, in their order. */
  readonly members: readonly ZipMember[];
  close(): void;
}

/** Of any archive: more is no set of images. */
export const maxMembers = 2_000_000;

/** A local header, or the end of an archive without members. */
export const isZip = (head: Buffer) => ['PK\x03\x04', 'PK\x05\x06'].includes(head.toString('latin1', 0, 4));

/** The name in the first local header. */
export function firstName(head: Buffer): string {
  return head.length < 30 ? '' : head.toString('latin1', 30, 30 + head.readUInt16LE(26));
}

/** Opens an archive; the caller closes it. @throws DataError when it is none, or is damaged */
export async function openZip(path: string): Promise<Zip> {
  const damaged = (error: unknown) =>
    error instanceof AigcError
      ? error
      : new DataError(`${path} is a damaged zip archive: ${wordsOf(error)}.`, {
          hint: 'Copy or download it again.',
          cause: error,
        });
  const { openPromise } = await import('yauzl');
  const zip = await openPromise(path, { autoClose: false }).catch((error: unknown) => {
    throw damaged(error);
  });
  try {
    if (zip.entryCount > maxMembers) throw new Error(`it claims ${grouped(zip.entryCount)} members`);
    const members: ZipMember[] = [];
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      const open = async function* () {
        try {
          const stream = await zip.openReadStreamPromise(entry);
          for await (const chunk of stream) yield chunk as Buffer;
        } catch (error) {
          throw damaged(error);
        }
      };
      members.push({ name: entry.fileName, bytes: entry.uncompressedSize, open });
    }
    return { members, close: () => zip.close() };
  } catch (error) {
    zip.close();
    throw damaged(error);
  }
}

const wordsOf = (error: unknown) => (error as Error).message.replace(/\s+/g, ' ').replace(/\.$/, '');

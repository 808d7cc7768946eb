// Zip archives as tests need them: files as they are, not packed.
import { crc32 } from 'node:zlib';

export function zipOf(files: readonly (readonly [name: string, content: Uint8Array | string])[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let at = 0;
  for (const [name, content] of files) {
    const [bytes, words] = [Buffer.from(content), Buffer.from(name)];
    const head = (signature: number, before: number, after: number) => {
      const fields = Buffer.alloc(before + 26 + after);
      fields.writeUInt32LE(signature, 0);
      fields.writeUInt16LE(20, before);
      fields.writeUInt32LE(crc32(bytes), before + 10);
      fields.writeUInt32LE(bytes.length, before + 14);
      fields.writeUInt32LE(bytes.length, before + 18);
      fields.writeUInt16LE(words.length, before + 22);
      return fields;
    };
    const central = head(0x02014b50, 6, 14);
    central.writeUInt32LE(at, 42);
    centrals.push(central, words);
    const local = Buffer.concat([head(0x04034b50, 4, 0), words, bytes]);
    locals.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
}

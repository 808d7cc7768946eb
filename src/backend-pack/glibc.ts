// Which glibc a pack's programs and libraries ask for: the newest version that their symbols name.
import type { SourceFile } from './pieces';

/** Those of TensorFlow and NVIDIA are larger, and known to be content with the 2.27 of their wheels. */
const largestSeen = 2 ** 28;

export interface GlibcWatch {
  see(data: Buffer, file: SourceFile): void;
  /** `2.36`, or undefined where nothing asks for any. */
  needed(): string | undefined;
}

export function createGlibcWatch(): GlibcWatch {
  const newest: [number, number] = [0, 0];
  let last: { file: SourceFile; isElf: boolean; seen: number; tail: string } | undefined;
  return {
    see: (data, file) => {
      if (last?.file !== file) {
        last = { file, isElf: data.subarray(0, 4).toString('latin1') === '\x7fELF', seen: 0, tail: '' };
      }
      last.seen += data.length;
      if (!last.isElf || last.seen > largestSeen) return;
      const text = last.tail + data.toString('latin1');
      last.tail = text.slice(-16);
      for (const [, major, minor] of text.matchAll(/GLIBC_(\d+)\.(\d+)/g)) {
        const found = [Number(major), Number(minor)] as const;
        if (found[0] > newest[0] || (found[0] === newest[0] && found[1] > newest[1]))
          newest.splice(0, 2, ...found);
      }
    },
    needed: () => (newest[0] === 0 ? undefined : newest.join('.')),
  };
}

// Reads from a file what its XMP says of how it was made, whoever wrote it.
import { readWhole } from '../read-file';
import { namespaces, sourceTypes } from './provenance';

/** What a file says of itself; by a name only what is said. */
export interface FoundProvenance {
  /** IPTC's term, such as `trainedAlgorithmicMedia`, or another address whole. */
  readonly source?: string;
  /** What made it. */
  readonly tool?: string;
  readonly toolVersion?: string;
  /** What aigc says, by the names that it has in `Provenance`. */
  readonly made: Readonly<Record<string, string>>;
}

/** Larger files are no pictures that we read either. */
const maxFileBytes = 2 ** 28;
const maxPacketBytes = 2 ** 20;

/** @returns undefined when the file says nothing of it @throws DataError when it cannot be read */
export async function readProvenance(path: string): Promise<FoundProvenance | undefined> {
  return findProvenance(await readWhole(path, maxFileBytes));
}

/** Looks for the packet as such, which is not compressed in any kind of file that we write. */
export function findProvenance(file: Buffer): FoundProvenance | undefined {
  const start = file.indexOf('<x:xmpmeta');
  const end = start < 0 ? -1 : file.indexOf('</x:xmpmeta>', start);
  if (end < 0 || end - start > maxPacketBytes) return undefined;
  const values = new Map(properties(file.toString('utf8', start, end)));
  const iptc = (name: string) => values.get(namespaces.Iptc4xmpExt + name);
  const source = iptc('DigitalSourceType');
  const tool = iptc('AISystemUsed') ?? values.get(`${namespaces.xmp}CreatorTool`);
  const toolVersion = iptc('AISystemVersionUsed');
  const made = [...values].flatMap(([name, value]) =>
    name.startsWith(namespaces.aigc) ? [[name.slice(namespaces.aigc.length), value]] : [],
  );
  if (source === undefined && made.length === 0) return undefined;
  return {
    ...(source !== undefined && { source: source.replace(sourceTypes, '') }),
    ...(tool !== undefined && { tool }),
    ...(toolVersion !== undefined && { toolVersion }),
    made: Object.fromEntries(made),
  };
}

/** The properties of a packet by their whole names, be they attributes or elements of text. No DTD, so no entities of
 *  its own; each letter is looked at once or twice, whatever they are. */
function* properties(xml: string): Generator<[name: string, value: string]> {
  const prefixes = new Map<string, string>();
  const whole = (name: string) => {
    const colon = name.indexOf(':');
    return (prefixes.get(name.slice(0, colon)) ?? '') + name.slice(colon + 1);
  };
  let open: { readonly name: string; readonly from: number } | undefined;
  for (let at = xml.indexOf('<'); at >= 0; at = xml.indexOf('<', at)) {
    if (xml.startsWith('<!', at)) return;
    const name = matchAt(/[^\s/>=]+/y, xml, at + 1) ?? '';
    if (xml[at + 1] === '/') {
      if (open) yield [open.name, unescaped(xml.slice(open.from, at).trim())];
      open = undefined;
      at += 2;
      continue;
    }
    const { attributes, end } = attributesAt(xml, at + 1 + name.length);
    for (const [key, value] of attributes) if (key.startsWith('xmlns:')) prefixes.set(key.slice(6), value);
    for (const [key, value] of attributes) yield [whole(key), value];
    open = { name: whole(name), from: end };
    at = end;
  }
}

function attributesAt(xml: string, from: number) {
  const attributes: [name: string, value: string][] = [];
  for (let at = from; ; ) {
    at += (matchAt(/[\s/?]*/y, xml, at) ?? '').length;
    const name = matchAt(/[^\s/>=]+/y, xml, at);
    if (name === undefined || !/^\s*=\s*["']/.test(xml.slice(at + name.length, at + name.length + 9))) {
      const close = xml.indexOf('>', at);
      return { attributes, end: close < 0 ? xml.length : close + 1 };
    }
    const quoteAt = xml.indexOf('=', at + name.length) + 1;
    const quote = quoteAt + (matchAt(/\s*/y, xml, quoteAt) ?? '').length;
    const close = xml.indexOf(xml[quote] as string, quote + 1);
    if (close < 0) return { attributes, end: xml.length };
    attributes.push([name, unescaped(xml.slice(quote + 1, close))]);
    at = close + 1;
  }
}

/** @param pattern sticky */
function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi,
    (all, decimal, hex, name) => {
      if (name !== undefined) return named[name.toLowerCase()] ?? all;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
    },
  );
}

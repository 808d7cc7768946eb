// What a generated picture, film, array or page says of itself: that it was generated, and how, as an XMP packet.
// XMP: ISO 16684-1. Digital source types: cv.iptc.org/newscodes/digitalsourcetype. AISystemUsed and AISystemVersionUsed:
// IPTC Photo Metadata Standard 2025.1.
import { printableLine, xmlText } from '../words';

/** Of IPTC's terms those that we have a use for: all of it was drawn by a trained model; what was drawn by one stands
 *  beside images that were not. The others are carried on from images that say so: changed by a model, drawn by code. */
const digitalSources = [
  'trainedAlgorithmicMedia',
  'compositeSynthetic',
  'compositeWithTrainedAlgorithmicMedia',
  'algorithmicMedia',
] as const;
export type DigitalSource = (typeof digitalSources)[number];

export function isDigitalSource(term: string | undefined): term is DigitalSource {
  return digitalSources.some((known) => known === term);
}

export const sourceTypes = 'http://cv.iptc.org/newscodes/digitalsourcetype/';

/** How something was made. No date, path or host is in it: the same request gives the same bytes. */
export interface Provenance {
  readonly source: DigitalSource;
  /** Of the aigc that made it. */
  readonly version: string;
  /** What drew, where that says of itself another name or version than ours. */
  readonly drawnBy?: { readonly tool: string; readonly version?: string };
  /** The one model that drew; left out of what shows several. */
  readonly model?: DrawingModel;
  /** Undefined where no randomness is in it. */
  readonly seed?: number | undefined;
  /** What repeats it, when called in the run folder. */
  readonly command: string;
}

export interface DrawingModel {
  readonly family: string;
  /** Training steps of the checkpoint. */
  readonly step: number;
  /** Of its weights.safetensors. */
  readonly weightsSha256: string;
  /** What it was trained on: the set's name, and what tells it from others. */
  readonly data: string;
  readonly dataFingerprint: string;
}

export const namespaces = {
  Iptc4xmpExt: 'http://iptc.org/std/Iptc4xmpExt/2008-02-29/',
  xmp: 'http://ns.adobe.com/xap/1.0/',
  aigc: 'urn:aigc:provenance:1:',
} as const;

const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';

/** @param fileSha256 of the file beside which the packet lies, where it cannot lie inside */
export function xmpPacket(
  { source, version, drawnBy, model, seed, command }: Provenance,
  fileSha256?: string,
): string {
  const properties = {
    'Iptc4xmpExt:DigitalSourceType': sourceTypes + source,
    'Iptc4xmpExt:AISystemUsed': drawnBy?.tool ?? (model ? `aigc ${model.family}` : 'aigc'),
    'Iptc4xmpExt:AISystemVersionUsed': drawnBy ? drawnBy.version : version,
    'xmp:CreatorTool': `aigc ${version}`,
    ...Object.fromEntries(
      Object.entries({ ...model, seed, command, fileSha256 }).map(([name, value]) => [`aigc:${name}`, value]),
    ),
  };
  const prefixes = Object.entries(namespaces).map(([prefix, uri]) => attribute(`xmlns:${prefix}`, uri));
  const attributes = Object.entries(properties).flatMap(([name, value]) =>
    value === undefined ? [] : [attribute(name, String(value))],
  );
  const description = `<rdf:Description rdf:about=""${prefixes.join('')}${attributes.join('')}/>`;
  return (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>' +
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${rdf}">${description}</rdf:RDF></x:xmpmeta>` +
    '<?xpacket end="r"?>'
  );
}

const attribute = (name: string, value: string) => ` ${name}="${xmlText(printableLine(value))}"`;

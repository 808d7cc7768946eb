// What a model in another tool's format says of itself, as names and texts: what it is, and how it was made.
import { sourceTypes } from '../images/provenance';
import { weightsMetadata } from '../run/weights-metadata';
import { printableLine } from '../words';
import type { ExportJob } from './target';

/** @returns without provenance, as asked for, only what its user needs to know */
export function modelProperties({ saved, provenance }: ExportJob): Record<string, string> {
  const { manifest, options } = saved;
  const setting = { ...manifest.setting, options };
  return {
    ...weightsMetadata({ ...saved, setting, step: manifest.step }),
    checkpointSha256: manifest.weights.sha256,
    ...(provenance && {
      data: printableLine(provenance.model?.data ?? ''),
      dataFingerprint: provenance.model?.dataFingerprint ?? '',
      command: provenance.command,
      digitalSourceTypeOfImages: sourceTypes + provenance.source,
    }),
  };
}

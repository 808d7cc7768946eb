// What a model in another tool's format says of itself, as names and texts: what it is, and how it was made.
import { sourceTypes } from '../images/provenance';
import { weightsMetadata } from '../run/weights-metadata';
import { printableLine } from '../words';
import type { ExportJob } from './target';

/** What its user needs to know: the same for the same weights. */
export function weightsProperties(saved: ExportJob['saved']): Record<string, string> {
  const { manifest, options } = saved;
  const setting = { ...manifest.setting, options };
  return {
    ...weightsMetadata({ ...saved, setting, step: manifest.step }),
    checkpointSha256: manifest.weights.sha256,
  };
}

/** That, and unless it was asked for without, how it was made. */
export function modelProperties({ saved, provenance }: ExportJob): Record<string, string> {
  return {
    ...weightsProperties(saved),
    ...(provenance && {
      data: printableLine(provenance.model?.data ?? ''),
      dataFingerprint: provenance.model?.dataFingerprint ?? '',
      command: provenance.command,
      digitalSourceTypeOfImages: sourceTypes + provenance.source,
    }),
  };
}

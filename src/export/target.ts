// What a target of `aigc export` is: a form in which a model leaves aigc.
import type { DataSet } from '../dataset/image-set';
import type { Provenance } from '../images/provenance';
import type { Precision } from '../page/packed-weights';
import type { SavedModel } from '../use/open-model';

export interface ExportJob {
  readonly saved: SavedModel;
  readonly out: string;
  readonly lastWeights: boolean;
  /** `auto`: the fewest bytes that leave pixels as they are. */
  readonly precision: 'auto' | Precision;
  readonly seed: number;
  /** What the file, and what is saved from it, says of how it was made; undefined when nothing. */
  readonly provenance: Provenance | undefined;
  /** The data that the model was trained on; undefined, with a warning, where it is not to be had. */
  loadData(): Promise<DataSet | undefined>;
  warn(line: string): void;
}

export interface ExportTarget {
  readonly name: string;
  /** One line for the help. */
  readonly summary: string;
  /** What `--out` is when it is left out. */
  readonly out: string;
  /** How the file's name must end. */
  readonly endings: readonly string[];
  /** Makes what the file holds. */
  make(job: ExportJob): Promise<Exported>;
}

export interface Exported {
  readonly bytes: Uint8Array;
  /** For the event, besides how many bytes there are. */
  readonly event: Readonly<Record<string, unknown>>;
  /** Follows "Exported the vae at step 468: play.html, ". */
  readonly words: string;
}

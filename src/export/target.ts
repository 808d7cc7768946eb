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
  /** Whether it is a folder of files. */
  readonly folder?: boolean;
  /** How the file's name must end; those of files in a folder. */
  readonly endings: readonly string[];
  /** Makes what is written. */
  make(job: ExportJob): Promise<Exported>;
}

export interface Exported {
  /** What the file holds; of a folder, what each of its files does, by name. */
  readonly content: Uint8Array | ReadonlyMap<string, Uint8Array>;
  /** For the event, besides how many bytes there are. */
  readonly event: Readonly<Record<string, unknown>>;
  /** Follows "Exported the vae at step 468: play.html, ". */
  readonly words: string;
}

// What the page of `aigc studio` and its server say to each other: every address, every body, every event. Types and
// addresses alone, so that the page and the server both read it.
//
// The token. The URL that is printed is `http://127.0.0.1:PORT/#token=TOKEN`: what stands behind # is sent to nobody.
// The page takes it out of the address (history.replaceState), keeps it in sessionStorage, and opens a session by
// POST /api/session with `Authorization: Bearer TOKEN`. The answer sets a cookie (HttpOnly, SameSite=Strict), by which
// the browser may GET what is under /api and /play: also images, frames and EventSource, which send no headers. The
// cookie lets nobody act: every POST wants `Authorization: Bearer TOKEN`, and `Content-Type: application/json`. A GET
// takes the header too. Without either it is 401; the page then asks for the URL that was printed.
//
// A run's or a search's `id` is its folder's path below the served folder, with `/` between names, and `.` for the served
// folder itself. It goes into a query: `?run=${encodeURIComponent(id)}`. Numbers that are not finite do not occur: they
// are null. All texts are data: names, messages and figures' names come from files that anybody may have written.

export const addresses = {
  /** POST: `Session`. */
  session: '/api/session',
  /** GET: `Listing`. */
  runs: '/api/runs',
  /** GET `?run=ID`: `RunDetail`. */
  run: '/api/run',
  /** GET `?run=ID&points=N`: `Series`; at most N points a line, 100 to 10,000, 1,500 when it is left out. */
  series: '/api/series',
  /** GET `?search=ID`: `SearchDetail`. */
  search: '/api/search',
  /** GET: `Families`. */
  families: '/api/families',
  /** GET `?run=ID&file=epoch-0001.png`: a PNG; with `&width=N`, 16 to 1,024, a WebP of at most that width. The URLs of
   *  `Grid` are such, complete. */
  grid: '/api/grid',
  /** GET `?job=ID`: text/plain, the last 64 KiB of what a job's process said on stderr. */
  log: '/api/log',
  /** GET `?watch=ID&watch=ID`: server-sent events, `Events`. */
  events: '/api/events',
  /** POST `StartRequest`: `Check`. Tries options without starting anything. */
  check: '/api/check',
  /** POST `StartRequest`: `JobStarted`. */
  start: '/api/start',
  /** POST `RunRequest`: `Done`. Ends the run after the step in hand, with a checkpoint. */
  stop: '/api/stop',
  /** POST `RunRequest`: `Done`. A checkpoint after the step in hand; the run goes on. */
  checkpoint: '/api/checkpoint',
  /** POST `ResumeRequest`: `JobStarted`. */
  resume: '/api/resume',
  /** POST `EvaluateRequest`: `JobStarted`. */
  evaluate: '/api/evaluate',
  /** POST `PlayRequest`: `JobStarted`; when the job is `done` its `url` is the page that plays the checkpoint. */
  play: '/api/play',
  /** POST `JobRequest`: `Done`. Ends what a job does: SIGTERM. */
  cancel: '/api/cancel',
} as const;

/** The body of every answer that is not 2xx: 400 a request that cannot be used, 401 without the token, 403 from another
 *  page, 404 no such thing, 409 not now, such as a run that is at work already, 413 a body of more than 1 MiB, 415 no JSON. */
export interface Failure {
  readonly error: {
    /** One or two sentences. */
    readonly message: string;
    /** What to do. */
    readonly hint?: string;
    /** The option that it is about. */
    readonly option?: string;
  };
}

export interface Session {
  readonly version: string;
  /** The served folder, as it was named, for the title. */
  readonly folder: string;
}

/** `running`: a process of this machine trains it; `running-elsewhere`: one of another machine does; `starting`: this
 *  studio has started it and it has written nothing yet; `finished`; `stopped`: in good order, it can be resumed;
 *  `failed`: it diverged, collapsed, or an error ended it; `stale`: it says that it is running, and nobody trains it:
 *  it was killed, and can be resumed; `damaged`: its run.json cannot be read. */
export type RunState =
  | 'running'
  | 'running-elsewhere'
  | 'starting'
  | 'finished'
  | 'stopped'
  | 'failed'
  | 'stale'
  | 'damaged';

export type Value = number | string | boolean | null;

/** A figure with its label and unit: 'elbo', 'ELBO', 'nats'. */
export interface FigureSpec {
  readonly name: string;
  readonly label: string;
  readonly unit?: string;
  readonly better?: 'lower' | 'higher';
}

export interface Figure extends FigureSpec {
  readonly value: number | null;
}

export interface Grid {
  readonly epoch: number;
  readonly file: string;
  /** The whole picture; it changes when the file does. */
  readonly url: string;
  /** The same, at most 240 pixels wide. */
  readonly thumbnail: string;
}

/** A run in the list. */
export interface RunRow {
  readonly id: string;
  readonly state: RunState;
  readonly family: string;
  readonly dataset: string;
  readonly backend: string;
  /** The search that it is a trial of. */
  readonly search?: string;
  /** Whole epochs done; how many there are to be, where that is known. */
  readonly epoch: number;
  readonly epochs?: number;
  readonly step: number;
  readonly endStep?: number;
  /** The newest. */
  readonly losses: readonly Figure[];
  /** On the test split, of the last epoch. */
  readonly heldOut: readonly Figure[];
  /** The best checkpoint. */
  readonly best?: Figure & { readonly step: number };
  readonly imagesPerSecond?: number;
  /** Only while it is running, and its end is known. */
  readonly secondsLeft?: number;
  /** Resident memory of its process, on this machine. */
  readonly memoryBytes?: number;
  readonly grid?: Grid;
  readonly rollbacks: number;
  /** What ended it, of a run that failed; what is wrong, of a damaged one. A sentence. */
  readonly problem?: string;
  /** ISO 8601: when it was begun, and when it last wrote. */
  readonly created?: string;
  readonly updated: string;
  /** Options that were asked for and those that followed, by name: for columns of the table. */
  readonly options: Readonly<Record<string, Value>>;
}

export interface Listing {
  readonly runs: readonly RunRow[];
  readonly searches: readonly SearchRow[];
  readonly jobs: readonly Job[];
  /** Runs beyond so many below the folder are left out: 5,000. */
  readonly leftOut: number;
}

export interface Checkpoint {
  readonly step: number;
  readonly best: boolean;
  /** Whether `play` can make a page of it: of aigc's own families. */
  readonly plays: boolean;
  /** ISO 8601. */
  readonly written: string;
  readonly bytes: number;
}

/** What the watchdog said, in the order of the steps. */
export interface Warning {
  readonly kind: 'rollback' | 'collapse' | 'problem';
  readonly step: number;
  /** A sentence. */
  readonly message: string;
}

/** A line of evaluations.jsonl. */
export interface EvaluatedFigure extends FigureSpec {
  readonly step?: number;
  readonly value: number | null;
  readonly standardError?: number;
  /** The same figure of real images. */
  readonly real?: number;
  /** What it was measured on, in words. */
  readonly protocol: string;
}

export interface RunDetail extends RunRow {
  /** Options by name: what flags and files said; and all of them, completed by defaults. */
  readonly asked?: Readonly<Record<string, Value>>;
  readonly resolved: Readonly<Record<string, Value>>;
  /** What trains the same again, to be pasted into a shell. */
  readonly command: string;
  /** In the order of their epochs. */
  readonly grids: readonly Grid[];
  /** The newest first. */
  readonly checkpoints: readonly Checkpoint[];
  readonly warnings: readonly Warning[];
  readonly evaluations: readonly EvaluatedFigure[];
  readonly provenance: {
    /** Of aigc. */
    readonly version: string;
    readonly backend: string;
    readonly dataset: string;
    /** SHA-256 of the data. */
    readonly fingerprint: string;
    /** Who trains it now: "process 123 on node-7". */
    readonly owner?: string;
  };
  /** What its nats mean, a sentence. */
  readonly note?: string;
  /** What can be done now. */
  readonly can: {
    readonly stop: boolean;
    readonly checkpoint: boolean;
    readonly resume: boolean;
    readonly evaluate: boolean;
    readonly play: boolean;
  };
}

/** Curves of a run, as columns. All columns of a table are of one length, in the order of the steps; null where a row has
 *  no such figure. */
export interface Series {
  readonly id: string;
  /** Logged steps. Of a long log each row is the mean over a stretch of them; `low` and `high` are its least and largest
   *  values, and `step` its last step. */
  readonly steps: {
    readonly step: readonly number[];
    /** Of training, without pauses. */
    readonly minutes: readonly number[];
    readonly imagesPerSecond: readonly (number | null)[];
    readonly losses: readonly Curve[];
    /** How many logged steps a row stands for; the last may stand for fewer. */
    readonly perRow: number;
  };
  /** Logged epochs; of very many, evenly spread ones and the last. */
  readonly epochs: {
    readonly epoch: readonly number[];
    readonly step: readonly number[];
    readonly minutes: readonly number[];
    readonly seconds: readonly (number | null)[];
    readonly imagesPerSecond: readonly (number | null)[];
    readonly losses: readonly Line[];
    readonly heldOut: readonly Line[];
    /** The watchdog's figures: diversity, separation, likeness, coverage, labelEntropy. */
    readonly collapse: readonly Line[];
  };
  readonly stepsPerEpoch?: number;
  /** Lines of the log that had to be passed over. */
  readonly damagedLines: number;
  /** Counts lines: `lines` events with a number above it are not in here. It begins anew when a log is rewritten. */
  readonly line: number;
}

export interface Line extends FigureSpec {
  readonly values: readonly (number | null)[];
}

export interface Curve extends Line {
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** A line of metrics.jsonl. */
export type MetricLine =
  | {
      readonly event: 'step';
      readonly step: number;
      readonly minutes: number;
      readonly losses: Readonly<Record<string, number>>;
      readonly imagesPerSecond: number;
    }
  | {
      readonly event: 'epoch';
      readonly step: number;
      readonly epoch: number;
      readonly minutes: number;
      readonly seconds: number;
      readonly losses: Readonly<Record<string, number>>;
      readonly heldOut?: Readonly<Record<string, number>>;
      readonly collapse?: Readonly<Record<string, number>>;
      readonly imagesPerSecond: number;
    };

/** A search of `aigc tune` in the list. */
export interface SearchRow {
  readonly id: string;
  readonly state: 'running' | 'running-elsewhere' | 'ended' | 'damaged';
  readonly family: string;
  readonly dataset: string;
  readonly figure?: FigureSpec;
  /** Trials with a result. */
  readonly trials: number;
  /** Trials in all; absent where it goes on until time is up. */
  readonly ofTrials?: number;
  readonly best?: { readonly trial: number; readonly value: number };
  /** Minutes that it has worked. */
  readonly spentMinutes: number;
  readonly updated: string;
  readonly problem?: string;
}

export interface TrialResult {
  readonly trial: number;
  /** Its run, where its folder is there. */
  readonly run?: string;
  readonly bracket: number;
  /** From 1, the shortest. */
  readonly rung: number;
  /** In all, in the search's unit. */
  readonly length: number;
  readonly status: 'measured' | 'diverged' | 'failed';
  readonly value?: number;
  readonly standardError?: number;
  readonly seconds: number;
  readonly options: Readonly<Record<string, Value>>;
  readonly reason?: string;
}

export interface SearchDetail extends SearchRow {
  readonly unit: 'epochs' | 'steps';
  /** How long the best are trained. */
  readonly length: number;
  /** η; absent for random search. */
  readonly eta?: number;
  /** The rungs of a bracket: how many trials reach each, and how long they have then been trained. */
  readonly rungs: readonly { readonly trials: number; readonly length: number }[];
  /** Brackets that have begun, each with its results by rung. */
  readonly brackets: readonly {
    readonly bracket: number;
    readonly results: readonly TrialResult[];
  }[];
  /** Options that are searched, and where. */
  readonly space: Readonly<
    Record<
      string,
      | { readonly from: number; readonly to: number; readonly log?: boolean }
      | { readonly among: readonly Value[] }
    >
  >;
  /** What trains the best anew. */
  readonly command?: string;
}

/** How an option is declared: what a form's field is made of. */
export interface OptionSpec {
  readonly name: string;
  /** `--latent-dim` */
  readonly flag: string;
  readonly kind: 'integer' | 'number' | 'choice' | 'boolean' | 'text';
  readonly description: string;
  readonly why?: string;
  /** Absent when leaving it out means something of its own, which the description says. */
  readonly default?: Value;
  readonly choices?: readonly Value[];
  /** `above` is a bound that is not itself allowed. */
  readonly range?: { readonly min?: number; readonly max?: number; readonly above?: number };
  /** "a whole number of at least 1" */
  readonly expected: string;
  readonly placeholder: string;
  /** It does something only where each of these options has one of these values; null: is not given. */
  readonly onlyWith?: Readonly<Record<string, readonly Value[]>>;
  /** It does nothing where one of these options has one of these values. */
  readonly notWith?: Readonly<Record<string, readonly Value[]>>;
  /** `words`: what a run writes and says on the way; `call`: this call alone, such as the backend. */
  readonly role: 'identity' | 'changeable' | 'words' | 'call' | 'flag';
  /** May be given to `resume`. */
  readonly resumes: boolean;
}

export interface FamilySpec {
  readonly name: string;
  readonly summary: string;
  readonly papers: readonly { readonly title: string; readonly url: string }[];
  readonly conditional: boolean;
  readonly defaultEpochs: number;
  readonly options: readonly OptionSpec[];
}

export interface Families {
  readonly families: readonly FamilySpec[];
  readonly defaultFamily: string;
  /** What every family has: data, epochs, seed, …, backend. */
  readonly shared: readonly OptionSpec[];
  /** Names for `data`; a path is taken too. */
  readonly data: readonly { readonly name: string; readonly summary: string }[];
  /** For `evaluate`. */
  readonly metrics: readonly { readonly name: string; readonly summary: string; readonly slow: boolean }[];
}

export interface StartRequest {
  readonly model: string;
  /** By name; those that are left out have their defaults. */
  readonly options: Readonly<Record<string, Value>>;
  /** The run's folder below the served one, such as `vae/wide`; a free name is found when it is left out. */
  readonly name?: string;
}

export interface Check {
  /** All options as they would be. */
  readonly resolved: Readonly<Record<string, Value>>;
  /** Options that do nothing beside the others, and why: { decaySteps: '--schedule is constant' } */
  readonly idle: Readonly<Record<string, string>>;
  /** The words that would be started. */
  readonly command: string;
  /** The folder that it would get. */
  readonly run: string;
}

export interface RunRequest {
  readonly run: string;
}

export interface ResumeRequest extends RunRequest {
  /** Those whose `resumes` is true, such as `epochs`. */
  readonly options?: Readonly<Record<string, Value>>;
}

export interface EvaluateRequest extends RunRequest {
  /** The newest checkpoint when it is left out. */
  readonly step?: number;
  /** Names of metrics; the quick ones when it is left out. */
  readonly metrics?: readonly string[];
}

export interface PlayRequest extends RunRequest {
  readonly step?: number;
}

export interface JobRequest {
  readonly job: string;
}

export interface JobStarted {
  readonly job: Job;
}

export interface Done {
  /** What is done, or will be: "The run ends after the step in hand." */
  readonly message: string;
}

/** A process that this studio started. */
export interface Job {
  readonly id: string;
  readonly kind: 'train' | 'resume' | 'evaluate' | 'play';
  readonly run: string;
  readonly state: 'running' | 'done' | 'failed' | 'stopped';
  readonly command: string;
  /** ISO 8601. */
  readonly began: string;
  readonly ended?: string;
  /** Its last word on how far it is, a sentence such as "measured fid". */
  readonly progress?: string;
  /** Of a job that failed. */
  readonly problem?: { readonly message: string; readonly hint?: string };
  /** Of `play`, when it is done. */
  readonly url?: string;
}

/** Server-sent events: the name of each, and its data as JSON. After `hello`, which comes first on every connection, the
 *  page asks for `Listing` (and for the detail and series of what it shows) anew. */
export interface Events {
  readonly hello: Session;
  /** Rows that are new or changed, and ids that are gone; at most a few a second for each run. */
  readonly runs: { readonly changed: readonly RunRow[]; readonly removed: readonly string[] };
  readonly searches: { readonly changed: readonly SearchRow[]; readonly removed: readonly string[] };
  /** Lines of a run that is watched (`?watch=ID`), as they are logged; `line` is the number of the last. At most 500 an
   *  event. */
  readonly lines: { readonly run: string; readonly line: number; readonly lines: readonly MetricLine[] };
  /** More came at once than is worth sending, or the log was rewritten (a roll-back, a resume): ask for the series anew. */
  readonly rewritten: { readonly run: string };
  /** Grids, checkpoints, evaluations, warnings or the configuration of a watched run changed: ask for its detail anew. */
  readonly detail: { readonly run: string };
  readonly job: Job;
}

// An Indexed Job of Kubernetes (batch/v1): a pod for each call of aigc, which differ in their number alone.
import type { Job, JobSpec } from 'kubernetes-types/batch/v1';
import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import { exitCodes } from '../../errors';
import { shellWord } from '../../words';
import type { KubernetesSettings } from './settings';

export interface IndexedJobRequest extends KubernetesSettings {
  /** A DNS label of at most 57 characters: with an index behind it, it is a pod's host name. */
  readonly name: string;
  readonly mount: string;
  /** Calls in all. */
  readonly count: number;
  /** Pods at a time. */
  readonly parallel: number;
  /** Of the call with a number, from 1, in its place. */
  words(number: typeof callNumber): readonly (string | typeof callNumber)[];
}

/** Stands for the number of a call. */
export const callNumber = Symbol('the number of a call');

/** From SIGTERM to SIGKILL: for the step in hand, which takes seconds where it is long, and a checkpoint on a slow disk. */
const graceSeconds = 120;

/** How often a call is made again after failures that may pass; a trial that memory does not suffice for ends with that. */
const retries = 3;

const container = 'aigc';
const volume = 'shared';

/** Kubernetes 1.29 and newer know all of it. */
export function indexedJob(request: IndexedJobRequest): Job {
  const { name, namespace, count, parallel } = request;
  const labels = { 'app.kubernetes.io/name': 'aigc', 'app.kubernetes.io/instance': name };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, ...(namespace !== undefined && { namespace }), labels },
    spec: {
      completionMode: 'Indexed',
      completions: count,
      parallelism: Math.min(parallel, count),
      backoffLimitPerIndex: retries,
      // Two pods are never at one run: the next begins when the one before has ended.
      podReplacementPolicy: 'Failed',
      podFailurePolicy: failurePolicy(),
      template: { metadata: { labels }, spec: podSpec(request) },
    },
  };
}

/** The first rule that holds counts. What none is for, a bug of ours or a backend that is not there, is tried again. */
function failurePolicy(): NonNullable<JobSpec['podFailurePolicy']> {
  const { usage, data, diverged, signal } = exitCodes;
  const onExitCodes = (...values: number[]) => ({ containerName: container, operator: 'In', values });
  return {
    rules: [
      // Preempted, drained, evicted: no fault of the trial's, which goes on from its checkpoint.
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      // The same by SIGTERM, as when somebody deletes the pod.
      { action: 'Ignore', onExitCodes: onExitCodes(signal + 15) },
      // It would fail again.
      { action: 'FailIndex', onExitCodes: onExitCodes(usage, data, diverged) },
      // SIGKILL: out of memory, or out of its time to end.
      { action: 'Count', onExitCodes: onExitCodes(signal + 9) },
    ],
  };
}

function podSpec({ image, claim, mount, cpu, memory, gpu, words }: IndexedJobRequest): PodSpec {
  const quantities = {
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memory }),
    ...(gpu !== undefined && { 'nvidia.com/gpu': gpu }),
  };
  const aigc: Container = {
    name: container,
    image,
    // `exec`, so that SIGTERM reaches aigc, and its exit code is the container's.
    command: ['sh', '-c', withoutReferences(`exec aigc ${words(callNumber).map(shellText).join(' ')}`)],
    workingDir: mount,
    volumeMounts: [{ name: volume, mountPath: mount }],
    ...(Object.keys(quantities).length > 0 && { resources: { requests: quantities, limits: quantities } }),
  };
  return {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: graceSeconds,
    automountServiceAccountToken: false,
    containers: [aigc],
    volumes: [{ name: volume, persistentVolumeClaim: { claimName: claim } }],
  };
}

function shellText(word: string | typeof callNumber): string {
  return typeof word === 'string' ? shellWord(word) : '"$((JOB_COMPLETION_INDEX + 1))"';
}

/** Kubernetes takes $(NAME) in a command for a variable, and $$ for a dollar. */
function withoutReferences(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/** As YAML that readers of 1.1, as kubectl is, and of 1.2 take for the same. @param comments lines at its head */
export async function manifestLines(job: Job, comments: readonly string[]): Promise<string[]> {
  const { stringify } = await import('yaml'); // Trials start without it.
  const text = stringify(job, { compat: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false });
  return [...comments.map((line) => `# ${line}`), ...text.trimEnd().split('\n')];
}

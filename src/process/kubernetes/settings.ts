// What --kubernetes says: "image=REGISTRY/aigc:1,claim=shared,cpu=4,memory=8Gi,gpu=1".
import { didYouMean, UsageError } from '../../errors';

export interface KubernetesSettings {
  /** Holds aigc on its PATH. */
  readonly image: string;
  /** Of the volume that all pods share. */
  readonly claim: string;
  /** Where pods see that volume; absolute. */
  readonly mount?: string;
  readonly namespace?: string;
  /** Quantities of Kubernetes, such as 4, 500m and 8Gi. */
  readonly cpu?: string;
  readonly memory?: string;
  /** NVIDIA's. */
  readonly gpu?: string;
}

const required = ['image', 'claim'] as const;

/** Names: RFC 1123, as Kubernetes checks them. Quantities: its reference, "Resource Management for Pods and Containers". */
const forms: { readonly [K in keyof Required<KubernetesSettings>]: readonly [RegExp, string] } = {
  image: [/^[a-z0-9][\w./:@-]{0,511}$/, 'the name of an image, such as registry.example.org/aigc:1'],
  claim: [/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'the name of a PersistentVolumeClaim'],
  mount: [/^\/[^:\0]*$/, 'an absolute path without a colon'],
  namespace: [/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'the name of a namespace'],
  cpu: [/^\d{1,6}(\.\d{1,3})?$|^\d{1,9}m$/, 'cores, such as 4, 0.5 or 500m'],
  memory: [/^\d{1,15}(\.\d{1,3})?([kMGT]|[KMGT]i)?$/, 'bytes, such as 8Gi or 500M'],
  gpu: [/^[1-9]\d{0,3}$/, 'a whole number of at least 1'],
};

const names = Object.keys(forms) as (keyof KubernetesSettings)[];

/** @throws UsageError for what is no setting, is there twice, or is missing */
export function kubernetesSettings(words: string): KubernetesSettings {
  const found: Partial<Record<keyof KubernetesSettings, string>> = {};
  for (const word of words.split(',').filter((one) => one.trim() !== '')) {
    const [name, value] = settingOf(word.trim());
    if (found[name] !== undefined) {
      throw new UsageError(`--kubernetes names ${name} twice.`, { hint: 'Name each setting once.' });
    }
    found[name] = value;
  }
  const missing = required.find((name) => found[name] === undefined);
  if (missing === undefined) return found as KubernetesSettings;
  throw new UsageError(`--kubernetes does not say ${missing}: ${forms[missing][1]}.`, {
    hint: 'Give both, as in --kubernetes "image=registry.example.org/aigc:1,claim=shared,cpu=4,memory=8Gi".',
  });
}

function settingOf(word: string): [keyof KubernetesSettings, string] {
  const at = word.indexOf('=');
  const name = names.find((one) => one === word.slice(0, Math.max(at, 0)));
  if (!name) {
    throw new UsageError(`--kubernetes: expected settings such as image=NAME,claim=NAME, got "${word}".`, {
      hint: didYouMean(at < 0 ? word : word.slice(0, at), names),
    });
  }
  const value = word.slice(at + 1);
  const [form, expected] = forms[name];
  if (form.test(value)) return [name, value];
  throw new UsageError(`--kubernetes: ${name} is to be ${expected}, got "${value}".`, {
    hint: 'The rest of what a pod may have is added to the Job that is printed.',
  });
}

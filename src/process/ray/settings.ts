// What --ray says: the address of the head, and what a trial asks of the cluster: "http://head:8265,cpus=4,gpus=1".
import { UsageError } from '../../errors';

export interface RaySettings {
  /** Of its dashboard, which takes jobs; its path ends with a slash. */
  readonly head: URL;
  /** Of a trial; parts of one are possible. */
  readonly cpus: number;
  readonly gpus: number;
}

const hint =
  'Such as --ray http://HEAD:8265,cpus=4,gpus=1; without more than the address a trial has one CPU.';

/** @throws UsageError for what is no address of a head, and for what cannot be asked */
export function raySettings(words: string): RaySettings {
  const [address = '', ...asked] = words.split(',').map((word) => word.trim());
  const amounts = new Map(asked.map(amountOf));
  return { head: headAt(address), cpus: amounts.get('cpus') ?? 1, gpus: amounts.get('gpus') ?? 0 };
}

function headAt(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--ray: expected the address of a head's dashboard, got "${address}".`, { hint });
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('--ray: an address with a password would be written into the folder.', {
      hint: 'Put a token into RAY_AUTH_TOKEN, as for `ray job submit`.',
    });
  }
  const { origin, pathname } = url;
  return new URL(`${origin}${pathname.replace(/\/*$/, '/')}`);
}

function amountOf(word: string): [string, number] {
  const [, name, amount] = /^(cpus|gpus)=(\d{1,5}(?:\.\d{1,4})?)$/.exec(word) ?? [];
  if (name !== undefined && amount !== undefined) return [name, Number(amount)];
  throw new UsageError(`--ray: expected cpus=N or gpus=N after the address, got "${word}".`, { hint });
}

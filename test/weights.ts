import { createHash } from 'node:crypto';
import type { Model } from '../src/models/family';
import { readVariables } from '../src/run/variables';

/** SHA-256 of each variable's bytes by its name: what two models are compared by, bit for bit. */
export async function weightsOf(model: Model): Promise<Record<string, string>> {
  const hashed = [...(await readVariables(model))].map(
    ([name, { values }]) => [name, createHash('sha256').update(values).digest('hex')] as const,
  );
  return Object.fromEntries(hashed);
}

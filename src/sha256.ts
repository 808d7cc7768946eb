// SHA-256 of what is in memory.
import { createHash } from 'node:crypto';

/** Of the parts as if they were one, in hexadecimal. Text counts as UTF-8. */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

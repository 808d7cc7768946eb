// Numbers of which nobody knows how many come: bytes while all are whole and from 0 to 255, then floats.
import { DataError } from '../../errors';
import { grouped } from '../../words';
import { maxDataBytes } from '../byte-source';

export class GrowingNumbers {
  private values: Uint8Array | Float32Array = new Uint8Array(1 << 16);
  length = 0;

  /** @param source for the error message */
  constructor(private readonly source: string) {}

  push(value: number): void {
    if (this.length === this.values.length) this.grow();
    const isByte = value >= 0 && value <= 255 && Number.isInteger(value);
    if (!isByte && this.values instanceof Uint8Array) this.values = Float32Array.from(this.values);
    this.values[this.length++] = value;
  }

  /** What has come. */
  taken(): Uint8Array | Float32Array {
    return this.values.subarray(0, this.length);
  }

  private grow(): void {
    if (this.length >= maxDataBytes / 2) {
      throw new DataError(`${this.source} holds more than ${grouped(this.length)} numbers.`, {
        hint: 'Split the set into smaller files.',
      });
    }
    const larger =
      this.values instanceof Uint8Array ? new Uint8Array(2 * this.length) : new Float32Array(2 * this.length);
    larger.set(this.values);
    this.values = larger;
  }
}

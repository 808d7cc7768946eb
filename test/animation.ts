// Reads animations by sharp, which aigc keeps from reading anything but what it means to.
import sharp from 'sharp';

export function openAnimation(input: string | Uint8Array, options: sharp.SharpOptions = {}): sharp.Sharp {
  sharp.unblock({ operation: ['VipsForeignLoadWebp', 'VipsForeignLoadNsgif'] });
  return sharp(input, options);
}

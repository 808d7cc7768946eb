// Grey into colours and back.

/** Luma of ITU-R BT.601 in 16-bit fractions, as JPEG has it; they sum to 1, so that grey stays what it is. */
const luma = { red: 19595, green: 38470, blue: 7471, half: 32768, bits: 16 } as const;

/** Whether all pixels are. @param rgb [pixels, 3] */
export function isGrey(rgb: Uint8Array): boolean {
  for (let i = 0; i < rgb.length; i += 3) if (rgb[i] !== rgb[i + 1] || rgb[i] !== rgb[i + 2]) return false;
  return true;
}

/** @param rgb [pixels, 3] @returns [pixels] */
export function toGrey(rgb: Uint8Array): Uint8Array {
  const grey = new Uint8Array(rgb.length / 3);
  for (let i = 0; i < grey.length; i++) {
    const [red, green, blue] = [rgb[3 * i] as number, rgb[3 * i + 1] as number, rgb[3 * i + 2] as number];
    grey[i] = (luma.red * red + luma.green * green + luma.blue * blue + luma.half) >> luma.bits;
  }
  return grey;
}

/** @param grey [pixels] @returns [pixels, 3] */
export function greyToRgb(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(3 * grey.length);
  for (let i = 0, to = 0; i < grey.length; i++) {
    const value = grey[i] as number;
    rgb[to++] = value;
    rgb[to++] = value;
    rgb[to++] = value;
  }
  return rgb;
}

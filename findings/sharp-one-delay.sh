#!/bin/sh
# sharp 0.35.5 (libvips 8.18.7): one number as the delay of a new animation
#
# Expected: its manual takes `delay` as a number or a list of numbers, "delay(s) between animation frames", so one
# number should hold for all of them.
# Seen: frames that are joined (`join: { animated: true }`, or raw pixels with `pageHeight`) get it for the first frame
# alone. The others have 0 in a GIF, which players replace by a tenth of a second or by nothing, and 100 ms in a WebP. A
# list with one entry a frame is right.
# For who trains: a film of a latent walk or of a training run plays at another speed than was asked for.
# aigc hands over lists.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund sharp@0.35.5
cat >look.js <<'JS'
const sharp = require('sharp');

const greys = [10, 50, 200, 30];
const flat = (grey) => Buffer.alloc(16 * 16 * 3, grey);
const delaysOf = async (image) => (await sharp(await image.toBuffer(), { animated: true }).metadata()).delay.join(' ');

async function look() {
  const raw = { width: 16, height: 16, channels: 3 };
  const pages = await Promise.all(greys.map((grey) => sharp(flat(grey), { raw }).png().toBuffer()));
  const joined = () => sharp(pages, { join: { animated: true } });
  const stacked = () => sharp(Buffer.concat(greys.map(flat)), { raw: { ...raw, height: 64, pageHeight: 16 } });
  const seen = {
    'GIF, joined files, delay: 120': await delaysOf(joined().gif({ delay: 120 })),
    'GIF, raw pixels, delay: 120': await delaysOf(stacked().gif({ delay: 120 })),
    'GIF, joined files, delay: [120, 120, 120, 120]': await delaysOf(joined().gif({ delay: greys.map(() => 120) })),
    'WebP, joined files, delay: 120': await delaysOf(joined().webp({ delay: 120 })),
    'WebP, raw pixels, delay: 120': await delaysOf(stacked().webp({ delay: 120 })),
  };
  console.log('sharp', sharp.versions.sharp, 'libvips', sharp.versions.vips, 'milliseconds of the four frames:');
  console.log(seen);
  const before = ['120 0 0 0', '120 0 0 0', '120 120 120 120', '120 100 100 100', '120 100 100 100'];
  if (Object.values(seen).join() === before.join()) return;
  console.error(`CHANGED: before it was ${before.join(', ')}`);
  process.exit(1);
}
look();
JS
node look.js

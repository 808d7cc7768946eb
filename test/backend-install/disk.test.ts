import { requireSpace } from '../../src/backend-install/disk';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();

test('refuses an install that the disk has no room for, with both figures', async () => {
  const asked = requireSpace(folder(), 1e18);
  await expect(asked).rejects.toThrow(/needs 1000000000\.0 GB in .*; [\d.]+ [kMG]B are free/);
});

test('lets an install pass that fits', async () => {
  await expect(requireSpace(folder(), 1)).resolves.toBeUndefined();
});

// The papers of the objectives that every GAN can train with.
import type { Paper } from '../family';

/** Of the recipe `r3` too. */
export const relativisticPaper: Paper = {
  title: 'Huang et al. 2024, The GAN is dead; long live the GAN! (relativistic)',
  url: 'https://arxiv.org/abs/2501.05441',
};

export const objectivePapers: readonly Paper[] = [
  { title: 'Mao et al. 2017, Least Squares GANs (mse)', url: 'https://arxiv.org/abs/1611.04076' },
  {
    title: 'Gulrajani et al. 2017, Improved Training of WGANs (wgan-gp)',
    url: 'https://arxiv.org/abs/1704.00028',
  },
  { title: 'Miyato et al. 2018, Spectral Normalization (sngan)', url: 'https://arxiv.org/abs/1802.05957' },
  relativisticPaper,
];

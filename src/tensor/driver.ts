// What is to be said of NVIDIA's driver.

/** The oldest driver that CUDA 12 runs on (NVIDIA's CUDA compatibility guide, minor version compatibility). */
export const oldestDriver = 525;

export const driverRemedy = `With an NVIDIA GPU, install its driver, ${oldestDriver} or newer; in a container, start it with --gpus all.`;

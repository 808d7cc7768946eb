// What XLA is told beyond the graph, by the environment.

const sharedLoops = '--xla_backend_extra_options=xla_cpu_use_multi_output_fusion=true';

/**
 * Has XLA make one loop on the CPU of those that read the same. It reads its flags when a process compiles by it for the first time,
 * and they hold from then on: of a step with convolutions it would make some that take many times as long, so it is not
 * for all. Programs that are started later are not told. Whoever has set the flag has it as it is.
 */
export function withSharedLoops<T>(compile: () => T): T {
  const before = process.env.XLA_FLAGS;
  if (!before?.includes('--xla_backend_extra_options')) {
    process.env.XLA_FLAGS = [before, sharedLoops].filter(Boolean).join(' ');
  }
  try {
    return compile();
  } finally {
    if (before === undefined) delete process.env.XLA_FLAGS;
    else process.env.XLA_FLAGS = before;
  }
}

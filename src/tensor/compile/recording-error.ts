// What is wrong with a step that cannot be compiled, and which line of its code does it.
import { dirname, sep } from 'node:path';

/** A step that cannot be compiled as it is written: for the developer of the step to read. */
export class RecordingError extends Error {
  /** What is wrong, and where. */
  readonly problem: string;

  constructor(problem: string, remedy?: string) {
    const found = problem + sourceLine();
    super([`This step cannot be compiled: ${found}.`, remedy].filter(Boolean).join(' '));
    this.name = 'RecordingError';
    this.problem = found;
  }
}

/** Everything under src/tensor works for the step that it is asked to run. */
const ownFolder = dirname(__dirname) + sep;
/** As installed, or as their source maps say. */
const libraries = /[\\/](node_modules|tfjs-[\w-]+)[\\/]/;
const framesKept = 60;

/** ", at FILE:LINE" of the innermost call that is neither TensorFlow.js's nor ours. */
function sourceLine(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = framesKept;
  const stack = new Error().stack ?? '';
  Error.stackTraceLimit = limit;
  for (const line of stack.split('\n').slice(1)) {
    const place = /\(?((?:\/|[A-Za-z]:\\|file:)[^()]*:\d+):\d+\)?$/.exec(line)?.[1];
    if (place && !libraries.test(place) && !place.startsWith(ownFolder)) return `, at ${place}`;
  }
  return '';
}

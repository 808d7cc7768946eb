// The types of tfjs as TensorFlow numbers them.
import type { Binding } from '../native/binding';
import { RecordingError } from './recording-error';

/** The number of a tfjs type in TensorFlow's enum DataType. */
export function dataType(binding: Binding, dtype: string): number {
  const types: Readonly<Record<string, number>> = {
    float32: binding.TF_FLOAT,
    int32: binding.TF_INT32,
    bool: binding.TF_BOOL,
  };
  const type = types[dtype];
  if (type === undefined) throw new RecordingError(`tensors of type ${dtype} cannot be compiled`);
  return type;
}

// Takes needless reshapes out of a recording: TensorFlow.js makes 3-D matrices of every product's operands, and back.
import type { Event, Operation, Recording, TensorId } from './recording';

type Shape = readonly number[];

/**
 * Lets every reader of a reshaped tensor read an earlier tensor of the same values and shape, when there is one. What
 * nobody reads any more is left for the graph to leave out.
 * @param shapes of the recording's inputs and variables
 */
export function withoutReshapes(recording: Recording, shapes: ReadonlyMap<TensorId, Shape>): Recording {
  const shapeOf = new Map(shapes);
  /** The tensor that a reshaped one was first, and the one to read for a root's values in some shape. */
  const roots = new Map<TensorId, TensorId>();
  const views = new Map<string, TensorId>();
  const replaced = new Map<TensorId, TensorId>();
  const current = (id: TensorId) => replaced.get(id) ?? id;

  function reshaped(event: Operation, [source, target]: readonly [TensorId, TensorId]): Event {
    const [output, shape] = [event.outputs[0] as TensorId, event.shapes[0] as Shape];
    const root = roots.get(source) ?? source;
    const rootShape = shapeOf.get(root);
    if (rootShape) views.set(`${root}: ${rootShape}`, root);
    const same = views.get(`${root}: ${shape}`);
    if (same === undefined) {
      roots.set(output, root);
      views.set(`${root}: ${shape}`, output);
    } else {
      replaced.set(output, same);
    }
    return { ...event, inputs: [root, target] };
  }

  const events = recording.events.map((event): Event => {
    if (event.kind === 'constant') {
      shapeOf.set(event.id, event.shape);
      return event;
    }
    const inputs = event.inputs.map(current);
    if (event.kind === 'update') {
      event.outputs.forEach((id, i) => {
        shapeOf.set(id, shapeOf.get(event.state[i] as TensorId) as Shape);
      });
      return { ...event, inputs };
    }
    event.outputs.forEach((id, i) => {
      shapeOf.set(id, event.shapes[i] as Shape);
    });
    return event.op === 'Reshape'
      ? reshaped(event, inputs as unknown as readonly [TensorId, TensorId])
      : { ...event, inputs };
  });
  return {
    ...recording,
    events,
    outputs: new Map(
      [...recording.outputs].map(([name, output]) => [name, { ...output, id: current(output.id) }]),
    ),
    variables: recording.variables.map(({ before, after }) => ({ before, after: current(after) })),
  };
}

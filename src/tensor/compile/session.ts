// Runs a graph in a session of TensorFlow's, through tfjs-node's binding.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Binding, TensorMetadata } from '../native/binding';
import { encodeSavedModel, type GraphFunction, type GraphNode, savedModelTag } from './saved-model';

export interface Session {
  /** Feeds and fetches tensors by name. The caller deletes what comes back. */
  run(feeds: readonly string[], ids: readonly number[], fetches: readonly string[]): TensorMetadata[];
  close(): void;
}

/** The binding takes a graph only as a SavedModel on disk: the folder is there while it is read. */
export function openSession(
  binding: Binding,
  nodes: readonly GraphNode[],
  functions: readonly GraphFunction[] = [],
): Session {
  const folder = mkdtempSync(join(tmpdir(), 'aigc-graph-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), encodeSavedModel(nodes, [], functions));
    const model = binding.loadSavedModel(folder, savedModelTag);
    return {
      run: (feeds, ids, fetches) => binding.runSavedModel(model, [...ids], feeds.join(), fetches.join()),
      close: () => binding.deleteSavedModel(model),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

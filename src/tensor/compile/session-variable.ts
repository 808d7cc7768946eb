// A variable inside the session, and the order in which the graph's nodes read and change it.
import { type GraphNodes, nodeOf, type TensorName, type TensorType, typeOf } from './graph-nodes';
import type { TensorId } from './recording';

interface Made {
  /** The name of its node. */
  readonly node: string;
  readonly type: TensorType;
  /** The tensor that the recording knows as its first value. */
  readonly before: TensorId;
}

/**
 * A read hands out the variable's own memory. TensorFlow copies it before an update in place when someone still holds
 * it; so that this is rare, an update waits for those that read the old value. What must not be left to chance is
 * the order of the read and the update themselves: that is a control edge.
 */
export class SessionVariable {
  readonly handle: TensorName;
  private holding: TensorId;
  private writer: string | undefined;
  private reading: TensorName | undefined;
  private readonly readerNodes = new Set<string>();
  private readonly views = new Set<TensorName>();
  private readonly computedFloats = new Set<TensorName>();
  private reads = 0;
  private assigns = 0;

  /** @param shared the handle of the same variable, and what the names of further nodes begin with */
  constructor(
    private readonly nodes: GraphNodes,
    private readonly made: Made,
    private readonly shared?: { readonly handle: TensorName; readonly prefix: string },
  ) {
    const { node, type, before } = made;
    this.holding = before;
    this.handle =
      shared?.handle ??
      nodes.add(node, 'VarHandleOp', [], {
        dtype: typeOf(type.dtype),
        shape: { kind: 'shape', value: type.shape },
        shared_name: { kind: 'text', value: node },
        container: { kind: 'text', value: '' },
      });
  }

  /** The same variable as it was before any of this one's nodes, for nodes that never run together with these.
   *  @param handle another tensor of the same handle, of other nodes */
  fork(prefix: string, handle: TensorName = this.handle, nodes: GraphNodes = this.nodes): SessionVariable {
    return new SessionVariable(nodes, this.made, { handle, prefix });
  }

  /** The step begins anew, with what the variable holds now. */
  beginAgain(): void {
    this.holding = this.made.before;
  }

  /** Whether a tensor of the recording is what the variable holds at this point of the graph. */
  holds(id: TensorId): boolean {
    return this.holding === id;
  }

  /** The tensor of what it holds at this point. */
  read(): TensorName {
    this.reading ??= this.addRead(`${this.node}_read${this.reads++}`, this.writer ? [this.writer] : []);
    return this.reading;
  }

  /** Takes note of a node when one of its operands is what the variable holds.
   *  @param gives what its first output is: that once more, perhaps in the same memory; floats; or neither */
  noteReader(operands: readonly TensorName[], node: string, gives: 'view' | 'floats' | 'other'): void {
    if (!operands.some((tensor) => tensor === this.reading || this.views.has(tensor))) return;
    this.readerNodes.add(node);
    if (gives === 'view') this.views.add(`${node}:0`);
    else if (gives === 'floats') this.computedFloats.add(`${node}:0`);
  }

  /** The tensors of floats that were computed from what it holds. */
  computed(): readonly TensorName[] {
    return [...this.computedFloats];
  }

  /** What the next change has to wait for. */
  readers(): readonly string[] {
    const own = this.reading === undefined ? [] : [nodeOf(this.reading)];
    return [...(this.writer ? [this.writer] : []), ...own, ...this.readerNodes];
  }

  /** From here on it holds another value, which `writer` puts there. */
  changed(to: TensorId, writer: string): void {
    this.holding = to;
    this.writer = writer;
    this.reading = undefined;
    this.readerNodes.clear();
    this.views.clear();
    this.computedFloats.clear();
  }

  /** @param to what the recording calls the tensor @returns the node that gives the variable the tensor's value */
  assign(tensor: TensorName, to: TensorId): string {
    const writer = this.addAssign(`${this.node}_assign${this.assigns++}`, tensor, this.readers());
    this.changed(to, writer);
    return writer;
  }

  addInitialiser(): { feed: TensorName; writer: string } {
    const feed = this.nodes.addPlaceholder(`${this.node}_initial`, this.made.type);
    return { feed, writer: this.addAssign(`${this.node}_initialise`, feed, []) };
  }

  /** For a run of its own, between steps. */
  addReader(): TensorName {
    return this.addRead(`${this.node}_value`, []);
  }

  private get node(): string {
    return (this.shared?.prefix ?? '') + this.made.node;
  }

  private addRead(name: string, after: readonly string[]): TensorName {
    return this.nodes.add(
      name,
      'ReadVariableOp',
      [this.handle],
      { dtype: typeOf(this.made.type.dtype) },
      after,
    );
  }

  /** The variable gets memory of its own: what was fed belongs to JavaScript, whose thread alone may free it. */
  private addAssign(name: string, tensor: TensorName, after: readonly string[]): string {
    const { dtype } = this.made.type;
    const own = this.nodes.add(`${name}_copy`, 'Snapshot', [tensor], { T: typeOf(dtype) });
    this.nodes.add(name, 'AssignVariableOp', [this.handle, own], { dtype: typeOf(dtype) }, after);
    return name;
  }
}

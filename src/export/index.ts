// The registry of what `aigc export --to` takes.
import { film } from './film';
import { onnx } from './onnx/onnx';
import { pytorch } from './pytorch/pytorch';
import { safetensors } from './safetensors';
import { savedmodel } from './savedmodel/savedmodel';
import type { ExportTarget } from './target';
import { web } from './web/web';

export const targets: readonly [ExportTarget, ...ExportTarget[]] = [
  web,
  film,
  safetensors,
  onnx,
  pytorch,
  savedmodel,
];

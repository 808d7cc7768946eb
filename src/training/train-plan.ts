// What `aigc train --dry-run` says: everything that was resolved, and what it will cost.
import type { TrainValues } from '../config/train-options';
import { pixelBytes } from '../dataset/blocks';
import { type DataSet, isStored } from '../dataset/image-set';
import { reasonToStay } from '../dataset/keep';
import type { Family, Model, ModelSetting } from '../models/family';
import { counted, fileSize, grouped } from '../words';

interface Planned {
  readonly family: Family;
  readonly backendName: string;
  readonly data: DataSet;
  readonly model: Model;
  readonly setting: ModelSetting;
  readonly values: TrainValues;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  readonly endStep: number;
}

export function describePlan(planned: Planned) {
  const { family, backendName, data, model, setting, batchSize, stepsPerEpoch, endStep } = planned;
  const { height, width, channels } = setting.image;
  const variableBytes = [...model.variables.values()].reduce((sum, variable) => sum + 4 * variable.size, 0);
  const dataBytes = pixelBytes(data.train) + (data.test ? pixelBytes(data.test) : 0);
  const stays = isStored(data.train);
  const counts = Object.entries(model.parameterCounts).map(([name, count]) => `${name} ${grouped(count)}`);
  const event = {
    event: 'plan',
    model: family.name,
    options: setting.options,
    values: planned.values,
    backend: backendName,
    data: {
      name: data.name,
      trainCount: data.train.count,
      testCount: data.test?.count ?? 0,
      height,
      width,
      channels,
    },
    parameterCounts: model.parameterCounts,
    memoryBytes: { variables: variableBytes, dataset: stays ? 0 : dataBytes },
    ...(stays && { diskBytes: dataBytes }),
    batchSize,
    stepsPerEpoch,
    steps: endStep,
  };
  const images = stays
    ? `${fileSize(dataBytes)} of images stay on disk, because ${reasonToStay(pixelBytes(data.train))}`
    : `${fileSize(dataBytes)} for images`;
  const options = Object.entries(setting.options).filter(([, value]) => value !== undefined);
  const lines = [
    `model        ${family.name}: ${options.map(([name, value]) => `${name} ${value}`).join(', ')}`,
    `parameters   ${counts.join(', ')}`,
    `data         ${data.name}: ${counted(data.train.count, 'image')} of ${height}×${width}×${channels}`,
    `steps        ${endStep} of ${batchSize} images, ${stepsPerEpoch} an epoch`,
    `memory       ${fileSize(variableBytes)} for weights and optimizer, ${images}`,
    `backend      ${backendName}`,
  ];
  return { event, lines };
}

// `aigc data stats`: a set in numbers, as scripts and papers want them.
import { classesOf, classTitle } from '../../dataset/classes';
import type { AnySet } from '../../dataset/image-set';
import { channelStatistics, countRepeats } from '../../dataset/statistics';
import { countLabels } from '../../dataset/summary';
import type { Output } from '../../output';
import { counted, fixed, grouped, imageKind } from '../../words';
import { loadNamedData } from '../data-input';

export async function showStatistics(path: string, output: Output): Promise<void> {
  const data = await loadNamedData(path, output);
  const { name, fingerprint, train, test } = data;
  const inTrain = test && countRepeats(test, train);
  const names = classesOf(data);
  const [ofTrain, ofTest] = [figures(train), test && figures(test)];
  const lines = [`${name}: ${imageKind(train)}, fingerprint ${fingerprint.slice(0, 12)}`];
  for (const [title, each] of [['Training', ofTrain] as const, ['Test', ofTest] as const]) {
    if (!each) continue;
    const { channels, count, repeats, labelCounts } = each;
    const means = channels.map(({ mean }) => fixed(mean, 4)).join(', ');
    const deviations = channels.map(({ standardDeviation }) => fixed(standardDeviation, 4)).join(', ');
    lines.push(
      '',
      `${title}: ${counted(count, 'image')}, ${grouped(repeats)} of them the same as one before`,
    );
    lines.push(`  mean ${means}, standard deviation ${deviations}, of pixels in [0, 1]`);
    if (labelCounts)
      lines.push(
        `  by class: ${labelCounts.map((count, label) => `${classTitle(label, names)}: ${grouped(count)}`).join(', ')}`,
      );
  }
  if (inTrain !== undefined)
    lines.push('', `${counted(inTrain, 'test image')} also among the training images`);
  output.result(
    {
      event: 'statistics',
      ...{ name, fingerprint, train: ofTrain },
      ...(ofTest && { test: { ...ofTest, inTrain } }),
    },
    lines,
  );
}

function figures(set: AnySet) {
  const { count, height, width, channels, labels } = set;
  const labelCounts = labels && countLabels(labels);
  const repeats = countRepeats(set);
  return {
    ...{ count, height, width, channels: channelStatistics(set), channelCount: channels, repeats },
    ...(labelCounts && { labelCounts }),
  };
}

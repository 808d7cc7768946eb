// Writes what happens in a run as event files, for TensorBoard (`--tensorboard`).
import { readPictureHeader } from '../../images/picture-header';
import type { Model } from '../../models/family';
import { readWholeSync } from '../../read-file';
import { createEventFile, type Summary } from '../../run/event-file';
import type { CollapseFigures, Figures, Observer } from '../../run/events';
import type { Session } from '../open-session';

/**
 * Scalars of each logged step and epoch, the grids, the configuration, and with each checkpoint a histogram of each
 * weight. A run that is resumed goes on in another file; what it does again replaces what it did.
 * @param startStep steps that are done
 */
export function createTensorboard(session: Session, configuration: object, startStep: number): Observer {
  const file = createEventFile(session.folder.tensorboard);
  file.purge(startStep + 1);
  file.add(startStep + 1, { configuration: { kind: 'text', text: codeBlock(configuration) } });
  return {
    on: (event) => {
      switch (event.event) {
        case 'step':
          file.add(event.step, {
            ...scalars('train', event.losses),
            ...scalars('speed', { 'images per second': event.imagesPerSecond }),
          });
          break;
        case 'epoch':
          file.add(event.step, {
            ...scalars('epoch', event.losses),
            ...scalars('test', event.heldOut ?? {}),
            ...(event.collapse && scalars('watch', numbersOf(event.collapse))),
          });
          break;
        case 'grid':
          file.add(event.step, { samples: pictureOf(event.file) });
          break;
        case 'checkpoint':
          file.add(event.step, histograms(session.model));
          break;
        case 'rollback':
          file.purge(event.toStep + 1);
      }
    },
    close: file.close,
  };
}

const scalars = (group: string, figures: Figures): Record<string, Summary> =>
  Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [`${group}/${name}`, { kind: 'scalar', value }]),
  );

/** Classes that are missing, by how many they are. */
function numbersOf({ missingClasses, expectedClasses, ...figures }: CollapseFigures): Figures {
  return { ...figures, ...(missingClasses && { missingClasses: missingClasses.length }) };
}

/** No grid comes near it. */
const maxGridBytes = 2 ** 28;

/** @throws DataError when it cannot be read */
function pictureOf(path: string): Summary {
  const png = readWholeSync(path, maxGridBytes);
  const { height, width } = readPictureHeader(png);
  return { kind: 'image', png, height, width };
}

/** The weights have come to rest: a checkpoint holds them. */
function histograms({ variables, kinds }: Model): Record<string, Summary> {
  const weights = [...variables].filter(([name]) => kinds.get(name)?.kind === 'weight');
  return Object.fromEntries(
    weights.map(([name, variable]) => [
      `weights/${name}`,
      { kind: 'histogram', values: variable.dataSync() as Float32Array },
    ]),
  );
}

/** Markdown that says what it is given, whatever stands in it. */
const codeBlock = (values: object) => JSON.stringify(values, null, 2).replaceAll(/^/gm, '    ');

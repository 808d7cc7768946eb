// Writes what happens in a run as event files, for TensorBoard (`--tensorboard`).
import { readPictureHeader } from '../../images/picture-header';
import type { Model } from '../../models/family';
import { readWholeSync } from '../../read-file';
import { createEventFile, type EventFile, type Summary } from '../../run/event-file';
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
  file.add(startStep + 1, 'configuration', { kind: 'text', text: codeBlock(configuration) });
  return {
    on: (event) => {
      switch (event.event) {
        case 'step':
          addFigures(file, event.step, 'train', event.losses);
          addFigures(file, event.step, 'speed', { 'images per second': event.imagesPerSecond });
          break;
        case 'epoch':
          addFigures(file, event.step, 'epoch', event.losses);
          addFigures(file, event.step, 'test', event.heldOut ?? {});
          if (event.collapse) addFigures(file, event.step, 'watch', numbersOf(event.collapse));
          break;
        case 'grid':
          file.add(event.step, 'samples', pictureOf(event.file));
          break;
        case 'checkpoint':
          addWeights(file, event.step, session.model);
          break;
        case 'rollback':
          file.purge(event.toStep + 1);
      }
    },
    close: file.close,
  };
}

function addFigures(file: EventFile, step: number, group: string, figures: Figures): void {
  for (const [name, value] of Object.entries(figures))
    file.add(step, `${group}/${name}`, { kind: 'scalar', value });
}

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
function addWeights(file: EventFile, step: number, { variables, kinds }: Model): void {
  for (const [name, variable] of variables) {
    if (kinds.get(name)?.kind !== 'weight') continue;
    file.add(step, `weights/${name}`, { kind: 'histogram', values: variable.dataSync() as Float32Array });
  }
}

/** Markdown that says what it is given, whatever stands in it. */
const codeBlock = (values: object) => JSON.stringify(values, null, 2).replaceAll(/^/gm, '    ');

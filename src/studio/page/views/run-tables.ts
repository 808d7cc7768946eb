// What there is to read of a run besides its curves: words of the watchdog, checkpoints, measurements, configuration.
import { commandBox } from '../../../page/command-box';
import { element, facts, table } from '../../../page/dom';
import { fileSize, grouped } from '../../../words';
import type { RunDetail } from '../../api';
import { ago, measurement, optionWords, reading, valueWords } from '../figure-words';
import { linkTo } from '../view';

const number = (words: string) => element('span', { class: 'number' }, words);
const kinds = { rollback: 'went back', collapse: 'samples', problem: 'ended' } as const;

export function warningsOf({ warnings, problem }: RunDetail): HTMLElement | undefined {
  const said = warnings.some(({ message }) => message === problem);
  const words = [
    ...(problem !== undefined && !said ? [element('li', {}, element('strong', {}, 'Ended: '), problem)] : []),
    ...warnings.map(({ kind, step, message }) =>
      element('li', {}, element('strong', {}, `Step ${grouped(step)}, ${kinds[kind]}: `), message),
    ),
  ];
  if (words.length === 0) return undefined;
  return element(
    'section',
    { class: 'warnings' },
    element('h2', {}, 'What the watchdog said'),
    element('ul', {}, ...words),
  );
}

export function checkpointsOf({ id, checkpoints }: RunDetail): HTMLElement | undefined {
  if (checkpoints.length === 0) return undefined;
  return table(
    'Checkpoints',
    ['Step', 'Written', 'Size', 'Use'],
    checkpoints.map(({ step, best, plays, written, bytes }) => [
      element(
        'span',
        { class: 'number' },
        grouped(step),
        best ? element('strong', { class: 'best' }, ' best') : undefined,
      ),
      ago(written),
      number(fileSize(bytes)),
      plays
        ? element(
            'a',
            { href: linkTo('play', { id, step: String(step) }), 'data-key': `play ${step}` },
            'Play',
            element('span', { class: 'unseen' }, ` with the checkpoint of step ${grouped(step)}`),
          )
        : undefined,
    ]),
  );
}

export function evaluationsOf({ evaluations }: RunDetail): HTMLElement | undefined {
  if (evaluations.length === 0) return undefined;
  const measurements = table(
    'Measured, and how',
    ['Figure', 'Value', 'Real images', 'Step', 'Protocol'],
    evaluations.map(({ value, standardError, real, step, protocol, ...spec }) => [
      spec.label,
      number(value === null ? '–' : measurement(value, standardError, spec)),
      real === undefined ? '' : number(reading(real)),
      step === undefined ? '' : number(grouped(step)),
      protocol,
    ]),
  );
  measurements.classList.add('wide');
  return measurements;
}

/** What was asked for first, then what followed from it. */
export function configurationOf({ asked, resolved }: RunDetail): HTMLElement {
  const isAsked = (name: string) => asked !== undefined && name in asked;
  const names = Object.keys(resolved).filter((name) => resolved[name] !== null);
  const row = (name: string) => [optionWords(name), valueWords(resolved[name])] as const;
  const given = names.filter(isAsked);
  const followed = names.filter((name) => !isAsked(name));
  return element(
    'section',
    { class: 'configuration' },
    element('h2', {}, 'Configuration'),
    given.length > 0 ? facts(given.map(row)) : undefined,
    element(
      'details',
      { open: given.length === 0 },
      element('summary', { 'data-key': 'defaults' }, 'The rest of it, by default'),
      facts(followed.map(row)),
    ),
  );
}

export function originOf({ command, provenance, note, created }: RunDetail): HTMLElement {
  const { version, backend, dataset, fingerprint, owner } = provenance;
  const rows: (readonly [string, string])[] = [
    ['Trained on', backend],
    ['Data', `${dataset}, SHA-256 ${fingerprint.slice(0, 16)}…`],
    ['Program', `aigc ${version}`],
    ...(created === undefined ? [] : [['Begun', new Date(created).toLocaleString('en-GB')] as const]),
    ...(owner === undefined ? [] : [['Trained now by', owner] as const]),
  ];
  return element(
    'section',
    { class: 'origin' },
    commandBox('The command that repeats it:', command),
    note === undefined ? undefined : element('p', { class: 'hint' }, note),
    facts(rows),
  );
}

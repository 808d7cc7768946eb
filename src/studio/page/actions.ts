// What can be done to a run.
import { button, checkbox, element, select } from '../../page/dom';
import { grouped } from '../../words';
import type { JobStarted, OptionSpec, RunDetail, Value } from '../api';
import { addresses } from '../api';
import { ask } from './dialog';
import { createField, type Field, givenIn } from './option-field';
import { linkTo, order, type Studio } from './view';

/** The buttons of what can be done now. */
export function actionsOf(studio: Studio, run: RunDetail): HTMLElement[] {
  const { can, id } = run;
  const key = (name: string) => ({ 'data-key': name });
  const say = (address: string) => order(studio, address, { run: id });
  const play = element('a', { class: 'button', href: linkTo('play', { id }), ...key('play') }, 'Play');
  const again = element(
    'a',
    { class: 'button', href: linkTo('start', { like: id }), ...key('like') },
    'Start one like it',
  );
  return [
    ...(can.stop ? [button('Stop', () => say(addresses.stop), { class: 'main', ...key('stop') })] : []),
    ...(can.checkpoint ? [button('Checkpoint now', () => say(addresses.checkpoint), key('checkpoint'))] : []),
    ...(can.resume
      ? [
          button('Resume', () => resume(studio, run), {
            class: run.state === 'finished' ? undefined : 'main',
            ...key('resume'),
          }),
        ]
      : []),
    ...(can.evaluate ? [button('Evaluate', () => evaluate(studio, run), key('evaluate'))] : []),
    ...(can.play ? [play] : []),
    ...(run.state === 'damaged' ? [] : [again]),
  ];
}

/** The options that are asked about first: how long it goes on. */
const lengths = ['epochs', 'steps', 'maxMinutes'];

async function resume(studio: Studio, run: RunDetail): Promise<void> {
  const { shared, families } = await studio.families();
  const own = families.find(({ name }) => name === run.family)?.options ?? [];
  const all = [...shared, ...own].filter(({ resumes }) => resumes);
  const fields = all.map((spec) => createField({ ...spec, ...before(spec, run) }, () => undefined));
  const isLength = ({ spec }: Field) => lengths.includes(spec.name);
  ask(studio, {
    title: `Resume ${run.id}`,
    body: [
      element(
        'p',
        {},
        `It goes on at step ${grouped(run.checkpoints[0]?.step ?? run.step)}, to the end that it was given, or to another.`,
      ),
      ...fields.filter(isLength).map(({ row }) => row),
      element(
        'details',
        {},
        element('summary', {}, 'Other options'),
        ...fields.filter((field) => !isLength(field)).map(({ row }) => row),
      ),
    ],
    act: 'Resume',
    done: async () => {
      const { job } = await studio.client.post<JobStarted>(addresses.resume, {
        run: run.id,
        options: givenIn(fields),
      });
      studio.store.addJob(job);
    },
  });
}

/** What the run has stands where a new run's default would. */
function before({ name }: OptionSpec, { resolved }: RunDetail): { default?: Value } {
  const value = resolved[name];
  return value === undefined || value === null ? {} : { default: value };
}

async function evaluate(studio: Studio, run: RunDetail): Promise<void> {
  const { metrics } = await studio.families();
  const quick = metrics.filter(({ slow }) => !slow).map(({ name }) => name);
  const chosen = new Set(quick);
  // As they are, the server takes those of the quick ones that the model has.
  const isAsGiven = () => chosen.size === quick.length && quick.every((name) => chosen.has(name));
  let step = run.checkpoints[0]?.step;
  const steps = run.checkpoints.map((each) => ({
    value: String(each.step),
    label: `step ${grouped(each.step)}${each.best ? ', the best' : ''}`,
  }));
  const choice = ({ name, summary, slow }: (typeof metrics)[number]) =>
    element(
      'div',
      { class: 'option' },
      checkbox(name, chosen.has(name), (on) => {
        if (on) chosen.add(name);
        else chosen.delete(name);
      }),
      element('p', { class: 'hint' }, `${summary}${slow ? ' (slow)' : ''}`),
    );
  ask(studio, {
    title: `Evaluate ${run.id}`,
    body: [
      select('Checkpoint', steps, (value) => {
        step = Number(value);
      }),
      element(
        'fieldset',
        {},
        element('legend', {}, 'What to measure, of what the model has'),
        ...metrics.map(choice),
      ),
    ],
    act: 'Evaluate',
    done: async () => {
      const { job } = await studio.client.post<JobStarted>(addresses.evaluate, {
        run: run.id,
        step,
        ...(isAsGiven() ? {} : { metrics: [...chosen] }),
      });
      studio.store.addJob(job);
    },
  });
}

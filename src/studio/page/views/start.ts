// The form that starts a run: made of the options that its family and training declare.
import { commandBox } from '../../../page/command-box';
import { button, element, newId } from '../../../page/dom';
import type {
  Check,
  Families,
  FamilySpec,
  JobStarted,
  OptionSpec,
  RunDetail,
  StartRequest,
  Value,
} from '../../api';
import { addresses } from '../../api';
import { Refusal } from '../client';
import { createField, type Field, givenIn } from '../option-field';
import { calmly } from '../refill';
import { linkTo, type Studio, tellTrouble, type View } from '../view';

/** What is asked first. */
const firstNames = ['data', 'epochs', 'steps', 'seed'];
/** Of a terminal, which the run has none of. */
const notFields = ['terminalGrid'];

export function openStart(studio: Studio, parameters: URLSearchParams): View {
  const place = element('div', {}, element('p', { class: 'opening' }, 'Opening'));
  let form: Form | undefined;
  let closed = false;
  open().catch((error) => !closed && tellTrouble(studio, error));
  return {
    element: element(
      'article',
      { class: 'start', 'aria-labelledby': 'start-title' },
      element('div', { class: 'head' }, element('h1', { id: 'start-title' }, 'Start a run')),
      place,
    ),
    title: 'Start a run',
    close: () => {
      closed = true;
      form?.close();
    },
  };

  async function open(): Promise<void> {
    const like = parameters.get('like');
    const [families, run] = await Promise.all([
      studio.families(),
      like === null ? undefined : studio.client.get<RunDetail>(addresses.run, { run: like }),
    ]);
    if (closed) return;
    form = createForm(studio, families, run);
    place.replaceChildren(form.element);
  }
}

interface Form {
  readonly element: HTMLElement;
  close(): void;
}

function createForm(studio: Studio, families: Families, like: RunDetail | undefined): Form {
  const parts = partsOf(families, like);
  const { family, name, summary, own, preview, trouble, go } = parts;
  const fieldOf = (spec: OptionSpec) => createField(spec, () => checked.ask());
  const shared = families.shared.filter((spec) => !notFields.includes(spec.name)).map(fieldOf);
  let ofFamily: readonly Field[] = [];
  const all = () => [...shared, ...ofFamily];

  const request = (): StartRequest => {
    const folder = name.value.trim();
    return {
      model: family.value,
      options: givenIn(all()),
      ...(folder === '' ? {} : { name: folder }),
    };
  };
  const showTrouble = (error: unknown) => {
    const { message, hint, option } = error as Refusal;
    const field = all().find(({ spec }) => spec.name === option);
    const words = hint === undefined ? message : `${message} ${hint}`;
    field?.setTrouble(words);
    trouble.textContent = field ? '' : words;
    trouble.classList.toggle('gone', field !== undefined);
  };
  const checked = calmly(async () => {
    const wrong = all().filter((field) => field.wrong() !== undefined);
    if (wrong.length > 0) {
      for (const field of all()) field.setTrouble(field.wrong());
      go.disabled = true;
      return;
    }
    try {
      const check = await studio.client.post<Check>(addresses.check, request());
      for (const field of all()) {
        field.setIdle(check.idle[field.spec.name]);
        field.setTrouble(undefined);
      }
      trouble.classList.add('gone');
      name.placeholder = check.run;
      preview.replaceChildren(commandBox('The command that it is:', check.command));
      go.disabled = false;
    } catch (error) {
      for (const field of all()) field.setTrouble(undefined);
      showTrouble(error);
      go.disabled = error instanceof Refusal && error.status === 400;
    }
  }, 200);

  const takeFamily = (values: Readonly<Record<string, Value>>) => {
    const spec = families.families.find((one) => one.name === family.value) as FamilySpec;
    summary.textContent = `${spec.summary}; ${spec.defaultEpochs} epochs unless you say otherwise`;
    ofFamily = spec.options.map(fieldOf);
    for (const field of ofFamily) field.set(values[field.spec.name]);
    own.replaceChildren(...ofFamily.map(({ row }) => row));
    checked.ask();
  };
  const values = like?.asked ?? like?.resolved ?? {};
  for (const field of shared) field.set(values[field.spec.name] ?? undefined);
  // Another family that has an option of the same name is given the same.
  family.addEventListener('change', () => takeFamily(givenIn(ofFamily)));
  name.addEventListener('input', checked.ask);
  takeFamily(values);
  offerData(shared, families);

  const form = element(
    'form',
    { novalidate: true },
    ...fieldsetsOf(parts, shared, studio.session.folder),
    preview,
    trouble,
    element('div', { class: 'buttons' }, go, button('Begin anew', reset)),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    go.disabled = true;
    try {
      const { job } = await studio.client.post<JobStarted>(addresses.start, request());
      studio.store.addJob(job);
      location.hash = linkTo('run', { id: job.run });
    } catch (error) {
      showTrouble(error);
      form.querySelector<HTMLElement>('[aria-invalid]')?.focus();
    } finally {
      go.disabled = false;
    }
  });
  return { element: form, close: checked.end };

  function reset(): void {
    for (const field of all()) field.set(undefined);
    name.value = '';
    checked.ask();
  }
}

const rowsOf = (fields: readonly Field[], takes: (spec: OptionSpec) => boolean) =>
  fields.filter(({ spec }) => takes(spec)).map(({ row }) => row);

const fieldset = (legend: string, ...rows: readonly Node[]) =>
  element('fieldset', {}, element('legend', {}, legend), element('div', { class: 'options' }, ...rows));

const more = (summary: string, ...rows: readonly Node[]) =>
  element('details', {}, element('summary', {}, summary), element('div', { class: 'options' }, ...rows));

/** What the form changes or reads. */
function partsOf({ families, defaultFamily }: Families, like: RunDetail | undefined) {
  const family = element(
    'select',
    { id: newId() },
    ...families.map(({ name }) => element('option', { value: name }, name)),
  );
  family.value = families.find(({ name }) => name === like?.family)?.name ?? defaultFamily;
  return {
    family,
    name: element('input', { type: 'text', id: newId(), autocomplete: 'off', spellcheck: 'false' }),
    summary: element('p', { class: 'hint' }),
    own: element('div', { class: 'options' }),
    preview: element('div', { class: 'preview' }),
    trouble: element('p', { class: 'wrong gone', role: 'alert' }),
    go: element('button', { type: 'submit', class: 'main' }, 'Start'),
  };
}

function fieldsetsOf(
  { family, name, summary, own }: ReturnType<typeof partsOf>,
  shared: readonly Field[],
  folder: string,
): HTMLElement[] {
  const below = `below ${folder}; a free name is found when it is left out`;
  const isFirst = (spec: OptionSpec) => firstNames.includes(spec.name);
  return [
    fieldset(
      'What',
      labelled('family', family, summary),
      ...rowsOf(shared, isFirst),
      labelled('folder', name, element('p', { class: 'hint' }, below)),
    ),
    fieldset('The model', own),
    more(
      'On the way: checkpoints, grids, the watchdog',
      ...rowsOf(shared, (spec) => !isFirst(spec) && spec.role !== 'call'),
    ),
    more('This machine: backend, threads', ...rowsOf(shared, ({ role }) => role === 'call')),
  ];
}

const labelled = (label: string, control: HTMLElement, hint: HTMLElement) =>
  element(
    'div',
    { class: 'option' },
    element('div', { class: 'head' }, element('label', { for: control.id }, label), control),
    hint,
  );

/** Names of data sets, to choose from or to write over. */
function offerData(fields: readonly Field[], { data }: Families): void {
  const input = fields.find(({ spec }) => spec.name === 'data')?.row.querySelector('input');
  if (!input) return;
  const id = newId();
  input.setAttribute('list', id);
  input.after(
    element(
      'datalist',
      { id },
      ...data.map(({ name, summary }) => element('option', { value: name }, summary)),
    ),
  );
}

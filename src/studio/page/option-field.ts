// A field of a form, made of an option's declaration.
import { element, newId } from '../../page/dom';
import type { OptionSpec, Value } from '../api';
import { optionWords, valueWords } from './figure-words';
import { setText } from './refill';

export interface Field {
  readonly spec: OptionSpec;
  readonly row: HTMLElement;
  /** What was given; undefined for the default. */
  value(): Value | undefined;
  /** What is wrong with that by itself, a sentence; the server knows what else is. */
  wrong(): string | undefined;
  set(value: Value | undefined): void;
  /** Why it does nothing beside the others; undefined when it does something. */
  setIdle(reason: string | undefined): void;
  /** What is wrong with its value. */
  setTrouble(words: string | undefined): void;
}

/** @param changed told of each change */
export function createField(spec: OptionSpec, changed: () => void): Field {
  const id = newId();
  const control = controlOf(spec, id);
  const idle = element('p', { class: 'idle gone' });
  const trouble = element('p', { class: 'wrong gone', id: `${id}-wrong` });
  const label = element('label', { for: id }, optionWords(spec.name));
  const head = spec.kind === 'boolean' ? [control, label] : [label, control];
  const row = element(
    'div',
    { class: `option ${spec.kind}`, 'data-option': spec.name },
    element('div', { class: 'head' }, ...head),
    element('p', { class: 'hint', id: `${id}-help` }, helpOf(spec)),
    idle,
    trouble,
  );
  control.setAttribute('aria-describedby', `${id}-help ${id}-wrong`);
  control.addEventListener('input', changed);
  const show = (place: HTMLElement, words: string | undefined) => {
    setText(place, words ?? '');
    place.classList.toggle('gone', words === undefined);
  };
  return {
    spec,
    row,
    value: () => given(spec, control),
    wrong: () => wrongWords(spec, given(spec, control)),
    set: (value) => put(spec, control, value),
    setIdle: (reason) => {
      row.classList.toggle('vain', reason !== undefined);
      show(idle, reason && `Does nothing: ${reason}.`);
    },
    setTrouble: (words) => {
      if (words === undefined) control.removeAttribute('aria-invalid');
      else control.setAttribute('aria-invalid', 'true');
      show(trouble, words);
    },
  };
}

/** What was given, by name. */
export function givenIn(fields: readonly Field[]): Record<string, Value> {
  const given = fields.flatMap(({ spec, value }): [string, Value][] => {
    const own = value();
    return own === undefined ? [] : [[spec.name, own]];
  });
  return Object.fromEntries(given);
}

type Control = HTMLInputElement | HTMLSelectElement;

function controlOf({ kind, choices = [], placeholder, ...spec }: OptionSpec, id: string): Control {
  if (kind === 'choice') {
    const open = spec.default === undefined ? [element('option', { value: '' }, 'left open')] : [];
    const options = choices.map((value) => element('option', { value: String(value) }, String(value)));
    const select = element('select', { id }, ...open, ...options);
    select.value = String(spec.default ?? '');
    return select;
  }
  if (kind === 'boolean') return element('input', { type: 'checkbox', id, checked: spec.default === true });
  const hint = spec.default === undefined ? (kind === 'text' ? placeholder : '') : valueWords(spec.default);
  return element('input', {
    type: 'text',
    inputmode: kind === 'text' ? undefined : kind === 'integer' ? 'numeric' : 'decimal',
    id,
    placeholder: hint,
    autocomplete: 'off',
    spellcheck: 'false',
  });
}

function helpOf({ description, why, kind, expected, range }: OptionSpec): string {
  const bounds = range && Object.keys(range).length > 0 && kind !== 'choice' ? [expected] : [];
  return [description, ...bounds, ...(why === undefined ? [] : [why])].join('; ');
}

function given(spec: OptionSpec, control: Control): Value | undefined {
  if (control instanceof HTMLInputElement && control.type === 'checkbox')
    return control.checked === (spec.default === true) ? undefined : control.checked;
  const words = control.value.trim();
  if (words === '') return undefined;
  if (spec.kind === 'integer' || spec.kind === 'number') {
    const number = Number(words.replace('−', '-'));
    return Number.isNaN(number) ? words : number;
  }
  const value = spec.choices?.find((choice) => String(choice) === words) ?? words;
  return value === spec.default ? undefined : value;
}

function wrongWords(
  { kind, range = {}, flag, expected }: OptionSpec,
  value: Value | undefined,
): string | undefined {
  if (value === undefined || (kind !== 'integer' && kind !== 'number')) return undefined;
  const { min = -Infinity, max = Infinity, above = -Infinity } = range;
  const right =
    typeof value === 'number' &&
    (kind === 'number' || Number.isInteger(value)) &&
    value >= min &&
    value <= max &&
    value > above;
  return right ? undefined : `${flag} must be ${expected}.`;
}

function put(spec: OptionSpec, control: Control, value: Value | undefined): void {
  if (control instanceof HTMLInputElement && control.type === 'checkbox')
    control.checked = (value ?? spec.default) === true;
  else
    control.value = String(value ?? (control instanceof HTMLSelectElement ? spec.default : undefined) ?? '');
}

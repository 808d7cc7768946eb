// A question to be answered before something is done.
import { button, element, newId } from '../../page/dom';
import type { Studio } from './view';
import { tellTrouble } from './view';

interface Question {
  readonly title: string;
  readonly body: readonly (Node | string)[];
  readonly act: string;
  /** When it throws, the question stays. */
  done(): Promise<void>;
}

export function ask(studio: Studio, { title, body, act, done }: Question): void {
  const id = newId();
  const go = element('button', { type: 'submit', class: 'main' }, act);
  const form = element(
    'form',
    { method: 'dialog' },
    element('h2', { id }, title),
    ...body,
    element(
      'div',
      { class: 'buttons' },
      go,
      button('Cancel', () => dialog.close()),
    ),
  );
  const dialog = element('dialog', { 'aria-labelledby': id }, form);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    go.disabled = true;
    try {
      await done();
      dialog.close();
    } catch (error) {
      tellTrouble(studio, error);
    } finally {
      go.disabled = false;
    }
  });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

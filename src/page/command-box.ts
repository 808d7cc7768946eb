// A command to copy.
import { button, element } from './dom';

/** @param lead what the command does */
export function commandBox(lead: string, text: string): HTMLElement {
  const copy = button('Copy', async () => {
    const copied = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    copy.textContent = copied ? 'Copied' : 'Select it';
    setTimeout(() => {
      copy.textContent = 'Copy';
    }, 2000);
  });
  return element(
    'div',
    { class: 'command' },
    element('p', {}, lead),
    element('div', {}, element('code', { tabindex: 0 }, text), copy),
  );
}

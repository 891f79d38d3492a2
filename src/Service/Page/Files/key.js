import { key } from './api.js';
import { byId } from './dom.js';

/** Asks for a key until one is given; one that was refused is forgotten first. */
export function askForKey(detail) {
  const dialog = byId('key');
  const wasWrong = key.value !== null;
  key.value = null;
  byId('key-why').textContent = wasWrong
    ? `The key was refused. ${detail}`
    : 'Enter an API key that may read. It is kept in this tab until you close it, and sent to this service alone.';
  if (!dialog.open) {
    dialog.showModal();
  }
  byId('key-value').value = '';
  byId('key-value').focus();
}

/** Wires the dialog. */
export function onKey(changed) {
  byId('key-form').addEventListener('submit', event => {
    event.preventDefault();
    key.value = byId('key-value').value.trim();
    byId('key').close();
    changed();
  });
  byId('forget').addEventListener('click', () => {
    key.value = null;
    changed();
  });
}

// The dialog that says what the keys do, opened with "?".
import {is_typing} from './citations.js';
import {add_language} from './sheets.js';

let dialog = null;

const open_keyboard = async () => {
  if (dialog && dialog.open) return;
  const address = add_language(new URL('/view/keyboard', window.location.href));
  const reply = await fetch(address, {credentials: 'same-origin'});
  if (!reply.ok) return;
  const text = await reply.text();
  if (!dialog) {
    dialog = document.createElement('dialog');
    dialog.id = 'keyboard';
    document.body.append(dialog);
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) dialog.close(); // beside it
    });
  }
  dialog.innerHTML = text;
  dialog.setAttribute('aria-label', dialog.querySelector('h2').textContent);
  if (!dialog.open) dialog.showModal();
};

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-toggle="keyboard"]')) open_keyboard();
});

document.addEventListener('keydown', (event) => {
  if (event.key !== '?' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (is_typing(event.target) || document.querySelector('dialog[open]')) return;
  event.preventDefault();
  open_keyboard();
});

// The Escape that closes the dialog closes nothing else.
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && dialog && dialog.open) event.stopPropagation();
}, true);

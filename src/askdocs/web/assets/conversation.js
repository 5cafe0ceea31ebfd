// The conversation: asking, the names of messages, and a new question at the top.
import {find, word} from './frame.js';

export const ask = (words) => {
  const box = find('#question textarea');
  if (!box) return;
  box.value = words;
  box.dispatchEvent(new Event('input', {bubbles: true}));
  box.focus();
  // Gradio takes the new value over on its next turn.
  setTimeout(() => find('#send').click(), 30);
};

document.addEventListener('click', (event) => {
  const button = event.target.closest('button.ask');
  if (button) ask(button.textContent);
});

// Gradio names a message by its source, which is HTML: a screen reader would read out the tags.
const name_messages = () => {
  for (const [role, name] of [['user', word('asked')], ['bot', word('answer')]]) {
    if (!name) return; // the words are not there yet
    document.querySelectorAll(`#chat [data-testid="${role}"]`).forEach((message) => {
      if (message.getAttribute('aria-label') !== name) message.setAttribute('aria-label', name);
    });
  }
};

// A new question goes to the top, so that its answer is read from its beginning.
let questions = 0;
const show_last_question = () => {
  const rows = document.querySelectorAll('#chat .user-row');
  if (rows.length === questions) return;
  questions = rows.length;
  const log = find('#chat [role="log"]');
  const last = rows[rows.length - 1];
  if (!log || !last) return;
  // Its answer is put below it in the next frame, and only then is there room to scroll.
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const distance = last.getBoundingClientRect().top - log.getBoundingClientRect().top;
    log.scrollTop += distance - 20;
  }));
};

new MutationObserver(() => {
  name_messages();
  show_last_question();
}).observe(document.body, {
  subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'],
});

// The address names the open conversation, so that reloading the page brings it back.
export const remember = (conversation) => {
  const address = new URL(window.location.href);
  if (conversation) address.searchParams.set('c', conversation);
  else address.searchParams.delete('c');
  window.history.replaceState(null, '', address);
};

// What the chat page does in the browser. It makes no HTML: the server gives everything as it is to
// be shown. Each part listens for its own clicks; this file joins them.
import {remember} from './conversation.js';
import {find, open_side} from './frame.js';
import {options} from './options.js';
import {close_document} from './viewer.js';

document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-toggle="side"], [data-action]');
  if (!target) return;
  if (target.dataset.toggle === 'side') {
    open_side(!document.body.classList.contains('side-open'));
  } else if (target.dataset.action !== 'delete') {
    const anew = find('#history [data-action="new"]');
    if (!target.closest('#history') && anew) anew.click();
    open_side(false);
    close_document();
  }
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  if (document.body.classList.contains('side-open')) open_side(false);
  else close_document();
});

window.askdocs = {options, remember}; // called by the page's events

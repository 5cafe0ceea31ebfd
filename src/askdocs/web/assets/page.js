// What the chat page does in the browser. It makes no HTML: the server gives everything as it is to
// be shown. Each part listens for its own clicks; this file joins them.
import {remember} from './conversation.js';
import './conversations.js';
import './documents.js';
import {find, open_side} from './frame.js';
import './keyboard.js';
import './settings.js';
import {options_once} from './turns.js';
import {close_document} from './viewer.js';

document.addEventListener('click', (event) => {
  if (!event.target.closest('[data-toggle="side"]')) return;
  open_side(!document.body.classList.contains('side-open'));
});

document.addEventListener('keydown', (event) => {
  // What is open above the page closes by itself, and first.
  if (event.key !== 'Escape' || event.defaultPrevented || find(':popover-open')) return;
  if (document.body.classList.contains('side-open')) open_side(false);
  else close_document();
});

window.askdocs = {options: options_once, remember}; // called by the page's events

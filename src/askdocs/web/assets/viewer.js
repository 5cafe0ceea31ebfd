// The document beside the conversation: opened with the quote in view, closed with the focus back.
import {find, open_side} from './frame.js';

const panel = () => find('#document');
let opener = null; // the link that opened the document: the focus returns to it

const mark_opener = (link) => {
  document.querySelectorAll('a.view.shown').forEach((one) => one.classList.remove('shown'));
  if (link) link.classList.add('shown');
};

// The conversation gets narrower beside a document: what was clicked stays where it was.
const keep_in_place = (element, change) => {
  const log = element && element.closest('#chat [role="log"]');
  const before = log ? element.getBoundingClientRect().top : 0;
  change();
  if (log) log.scrollTop += element.getBoundingClientRect().top - before;
};

const bring_into_view = (body) => {
  const mark = body.querySelector('mark');
  // Only the panel scrolls: scrollIntoView could move the page under the reader's eyes.
  const place = mark ? mark.offsetTop - body.clientHeight / 3 : 0;
  body.scrollTop = Math.max(0, place);
};

export const open_document = async (link) => {
  const address = new URL(link.href);
  const shown = panel();
  if (!shown) return;
  const body = shown.querySelector('.body');
  opener = link;
  mark_opener(link);
  address.searchParams.set('part', '1');
  try {
    const reply = await fetch(address, {credentials: 'same-origin'});
    if (!reply.ok && reply.status !== 404) throw new Error(String(reply.status));
    const text = await reply.text();
    if (opener !== link) return; // another one was opened meanwhile
    body.innerHTML = text;
  } catch (error) {
    body.textContent = 'The document could not be loaded. Is the server still running?';
  }
  const title = body.querySelector('h2');
  shown.querySelector('.bar-title').textContent = title ? title.textContent : 'Document';
  shown.querySelector('a.alone').href = link.href;
  keep_in_place(link, () => {
    shown.hidden = false;
    document.body.classList.add('document-open');
    open_side(false);
  });
  bring_into_view(body);
  body.focus({preventScroll: true});
};

export const close_document = () => {
  const shown = panel();
  if (!shown || shown.hidden) return;
  keep_in_place(opener, () => {
    shown.hidden = true;
    document.body.classList.remove('document-open');
  });
  mark_opener(null);
  if (opener && opener.isConnected) opener.focus({preventScroll: true});
};

document.addEventListener('click', (event) => {
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
  const target = event.target.closest('a.view, [data-toggle="document"]');
  if (!target) return;
  if (!target.matches('a.view')) {
    close_document();
  } else if (plain) {
    event.preventDefault();
    open_document(target);
  }
});

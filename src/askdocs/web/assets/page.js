// What the chat page does in the browser: opens a document beside the conversation with the quote
// in view, fills in an example question, and keeps the address in step. It makes no HTML: the
// server's /view gives the document as it is to be shown.
(() => {
  'use strict';
  const find = (selector) => document.querySelector(selector);
  const panel = () => find('#document');
  let opener = null; // the link that opened the document: the focus returns to it

  // A phone's reader sees one thing at a time: the overlay, the menu or the conversation.
  const open_side = (open) => {
    document.body.classList.toggle('side-open', open);
    const button = find('[data-toggle="side"]');
    if (button) button.setAttribute('aria-expanded', String(open));
  };

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

  const open_document = async (link) => {
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

  const close_document = () => {
    const shown = panel();
    if (!shown || shown.hidden) return;
    keep_in_place(opener, () => {
      shown.hidden = true;
      document.body.classList.remove('document-open');
    });
    mark_opener(null);
    if (opener && opener.isConnected) opener.focus({preventScroll: true});
  };

  const ask = (words) => {
    const box = find('#question textarea');
    if (!box) return;
    box.value = words;
    box.dispatchEvent(new Event('input', {bubbles: true}));
    box.focus();
    // Gradio takes the new value over on its next turn.
    setTimeout(() => find('#send').click(), 30);
  };

  document.addEventListener('click', (event) => {
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
    const target = event.target.closest('a.view, button.ask, [data-toggle], [data-action]');
    if (!target) return;
    if (target.matches('a.view') && plain) {
      event.preventDefault();
      open_document(target);
    } else if (target.matches('button.ask')) {
      ask(target.textContent);
    } else if (target.dataset.toggle === 'side') {
      open_side(!document.body.classList.contains('side-open'));
    } else if (target.dataset.toggle === 'document') {
      close_document();
    } else if (target.dataset.action && target.dataset.action !== 'delete') {
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

  // Gradio names a message by its source, which is HTML: a screen reader would read out the tags.
  const name_messages = () => {
    for (const [role, name] of [['user', 'You asked'], ['bot', 'Answer']]) {
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
  const watch = () => new MutationObserver(() => {
    name_messages();
    show_last_question();
  }).observe(document.body, {
    subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'],
  });
  if (document.body) watch(); else document.addEventListener('DOMContentLoaded', watch);

  // The address names the open conversation, so that reloading the page brings it back.
  window.askdocs = {
    remember(conversation) {
      const address = new URL(window.location.href);
      if (conversation) address.searchParams.set('c', conversation);
      else address.searchParams.delete('c');
      window.history.replaceState(null, '', address);
    },
  };
})();

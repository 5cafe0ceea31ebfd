// The conversations at the side: found, opened, renamed, shared, deleted. The list is Gradio's: what
// is to happen goes to it as an event, and it comes back as it then is.
import {find, open_side} from './frame.js';
import {announce, copy} from './notice.js';
import {close_document} from './viewer.js';

const tell_list = (action, id = '', title = '') => {
  const list = find('#history .talks');
  if (list) list.dispatchEvent(new CustomEvent('choose', {bubbles: true, detail: {action, id, title}}));
};

export const open_conversation = () => new URLSearchParams(window.location.search).get('c') || '';

// -- search ---------------------------------------------------------------------------------------

let searches = 0;
const search = async () => {
  const words = find('#search-talks').value.trim();
  const found = find('#found-talks');
  const number = ++searches;
  document.body.classList.toggle('finding', Boolean(words));
  if (!words) {
    found.replaceChildren();
    return;
  }
  const asked = new URLSearchParams({words, current: open_conversation()});
  try {
    const reply = await fetch(`/page/conversations?${asked}`, {credentials: 'same-origin'});
    if (!reply.ok) throw new Error(String(reply.status));
    const text = await reply.text();
    if (number !== searches) return; // other words were typed meanwhile
    found.innerHTML = text;
    find('#found-count').textContent = found.querySelector('h2, .none').textContent;
  } catch (error) {
    if (number === searches) announce('failed');
  }
};

let typing = 0;
document.addEventListener('input', (event) => {
  if (event.target.id !== 'search-talks') return;
  clearTimeout(typing);
  typing = setTimeout(search, 180);
});

// -- a row: its name and its menu -----------------------------------------------------------------

const row_of = (talk) => talk && find(`#history li[data-talk="${CSS.escape(talk)}"]`);

const show_form = (row) => {
  const form = row.querySelector('.renaming');
  row.classList.add('in-renaming');
  form.hidden = false;
  return form.elements.title;
};

let naming = null; // the new name that is being written: of which conversation, and the words
const rename = (row) => {
  const box = show_form(row);
  box.value = box.defaultValue;
  naming = {talk: row.dataset.talk, words: box.value};
  box.focus();
  box.select();
};

document.addEventListener('input', (event) => {
  if (naming && event.target.matches('.renaming input')) naming.words = event.target.value;
});

let focus_next = ''; // what gets the focus when the list comes back, if nobody goes on before
for (const act of ['pointerdown', 'keydown']) {
  document.addEventListener(act, () => { focus_next = ''; }, true);
}

const end_renaming = (form, keep) => {
  if (form.hidden || !form.isConnected) return;
  const row = form.closest('li');
  const box = form.elements.title;
  const title = box.value.trim();
  naming = null;
  form.hidden = true; // first of all: it takes the focus away, which ends the renaming too
  row.classList.remove('in-renaming');
  if (keep && title && title !== box.defaultValue) {
    row.querySelector('.title').textContent = title;
    focus_next = `li[data-talk="${CSS.escape(row.dataset.talk)}"] .entry`;
    tell_list('rename', row.dataset.talk, title);
  }
  row.querySelector('.entry').focus();
};

document.addEventListener('submit', (event) => {
  if (!event.target.matches('.renaming')) return;
  event.preventDefault();
  end_renaming(event.target, true);
});

document.addEventListener('focusout', (event) => {
  const form = event.target.closest('.renaming');
  if (form) end_renaming(form, true);
});

document.addEventListener('keydown', (event) => {
  const form = event.target.closest('.renaming');
  const menu = event.target.closest('.menu, .more');
  if (event.key === 'Escape' && form) {
    event.preventDefault(); // here it closes nothing else
    end_renaming(form, false);
  } else if (event.key === 'Escape' && event.target.id === 'search-talks' && event.target.value) {
    event.preventDefault();
    event.target.value = '';
    search();
  } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && menu) {
    const row = event.target.closest('li');
    const open = row && row.querySelector('.menu:popover-open');
    if (!open) return;
    event.preventDefault();
    const things = [...open.querySelectorAll('button, a')];
    const at = things.indexOf(document.activeElement) + (event.key === 'ArrowDown' ? 1 : -1);
    things[(at + things.length) % things.length].focus();
  }
});

// A menu stands below its button, or above it where there is no room.
const place = (menu) => {
  const button = menu.previousElementSibling.getBoundingClientRect();
  const below = button.bottom + 230 < window.innerHeight;
  menu.style.top = below ? `${button.bottom + 4}px` : 'auto';
  menu.style.bottom = below ? 'auto' : `${window.innerHeight - button.top + 4}px`;
  menu.style.right = `${document.documentElement.clientWidth - button.right}px`;
};

let menu_of = ''; // the conversation whose menu is open
document.addEventListener('beforetoggle', (event) => {
  const menu = event.target;
  if (!menu.matches('.menu')) return;
  menu_of = event.newState === 'open' ? menu.closest('li').dataset.talk : '';
  menu.previousElementSibling.setAttribute('aria-expanded', String(event.newState === 'open'));
  menu.querySelector('.delete').classList.remove('sure');
  place(menu);
}, true);

document.addEventListener('scroll', () => {
  const open = find('.menu:popover-open');
  if (open) place(open);
}, true);

// -- what a click does ----------------------------------------------------------------------------

const share = async (id) => {
  const copied = await copy(`${window.location.origin}/?c=${encodeURIComponent(id)}`);
  announce(copied ? 'link' : 'uncopied');
};

const act = (button) => {
  const {action, id} = button.dataset;
  if (action === 'delete' && !button.classList.contains('sure')) {
    button.classList.add('sure');
    return;
  }
  const menu = button.closest('.menu');
  if (menu) menu.hidePopover();
  if (action === 'delete') focus_next = '.entry';
  tell_list(action, id);
  if (action === 'delete') return;
  open_side(false);
  close_document();
  if (action === 'new') find('#question textarea').focus();
};

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-action="open"], [data-action="new"], [data-action="delete"]');
  if (button) act(button);
  const chosen = event.target.closest('.menu > *');
  if (!chosen || chosen.dataset.action) return;
  chosen.parentElement.hidePopover();
  if (chosen.dataset.do === 'rename') rename(chosen.closest('li'));
  if (chosen.dataset.do === 'link') share(chosen.dataset.id);
});

// The list comes back when an answer is there, also while a menu is open or a name is written. Its
// rows are the same elements, but may be of other conversations by then.
const keep_menu = () => {
  const open = find('#history .menu:popover-open');
  const talk = menu_of;
  if (!open) return;
  if (open.closest('li').dataset.talk === talk) {
    open.previousElementSibling.setAttribute('aria-expanded', 'true');
    place(open);
    return;
  }
  open.hidePopover();
  const row = row_of(talk);
  if (row) row.querySelector('.more').click();
};

const keep_name = () => {
  const row = naming && row_of(naming.talk);
  if (!row || row.classList.contains('in-renaming')) return;
  const box = show_form(row);
  box.value = naming.words;
  box.focus();
};

// What was searched for may be other conversations now, too.
new MutationObserver((changes) => {
  const list = find('#history');
  if (!list || !changes.some((change) => list.contains(change.target))) return;
  keep_menu();
  keep_name();
  const next = focus_next && find(`#history ${focus_next}`);
  if (next && document.activeElement === document.body) {
    next.focus();
    focus_next = '';
  }
  if (document.body.classList.contains('finding')) search();
}).observe(document.body, {subtree: true, childList: true});

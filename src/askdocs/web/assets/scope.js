// What the next question is asked of: documents and folders as chips above the question, chosen in
// the lists or by typing @ in the question.
import {find, open_side} from './frame.js';
import {choose_for_now} from './options.js';

const HERE = '/page/documents';
const box = () => find('#question textarea');
let chosen = [];

// -- the chips ------------------------------------------------------------------------------------

let shown = 0;
export const show_chosen = async () => {
  shown += 1;
  const mine = shown;
  const asked = new URLSearchParams(chosen.map((place) => ['place', place]));
  const reply = await fetch(`${HERE}/chosen?${asked}`, {credentials: 'same-origin'});
  const text = reply.ok ? await reply.text() : '';
  const place = find('#scope');
  if (mine !== shown || !place) return;
  place.innerHTML = text;
  place.hidden = !chosen.length;
};

const ask_of = (places) => {
  chosen = places;
  choose_for_now('documents', chosen.length ? chosen : null);
  show_chosen();
  if (box()) box().focus();
};

export const ask_only = (place) => ask_of([...chosen.filter((one) => one !== place), place]);

document.addEventListener('click', (event) => {
  const dropped = event.target.closest('[data-drop]');
  const only = event.target.closest('button[data-only]');
  if (dropped) {
    const {drop} = dropped.dataset;
    ask_of(drop ? chosen.filter((one) => one !== drop) : []);
  } else if (only) {
    const dialog = only.closest('dialog');
    if (dialog) dialog.close();
    open_side(false);
    ask_only(only.dataset.only);
  }
});

// -- @ in the question ----------------------------------------------------------------------------

const list = () => find('#choices');
const is_open = () => Boolean(list()) && !list().hidden;
const choices = () => [...list().querySelectorAll('[role="option"]')];

// What stands between an @ that begins a word and the caret; null if there is none.
const term = () => {
  const before = box().value.slice(0, box().selectionStart);
  const found = before.match(/(?:^|\s)@([^\s@]{0,60})$/u);
  return found ? found[1] : null;
};

const close = () => {
  if (!list()) return;
  list().hidden = true;
  const area = box();
  area.removeAttribute('role');
  ['controls', 'expanded', 'activedescendant', 'autocomplete', 'haspopup'].forEach((name) => {
    area.removeAttribute(`aria-${name}`);
  });
};

const mark = (option) => {
  choices().forEach((one) => one.setAttribute('aria-selected', String(one === option)));
  if (!option) {
    box().removeAttribute('aria-activedescendant');
    return;
  }
  box().setAttribute('aria-activedescendant', option.id);
  option.scrollIntoView({block: 'nearest'});
};

const open = () => {
  const area = box();
  list().hidden = false;
  area.setAttribute('role', 'combobox');
  area.setAttribute('aria-haspopup', 'listbox');
  area.setAttribute('aria-autocomplete', 'list');
  area.setAttribute('aria-controls', 'choices');
  area.setAttribute('aria-expanded', 'true');
  mark(choices()[0]);
};

let looked = 0;
const look = async () => {
  looked += 1;
  const mine = looked;
  const words = term();
  if (words === null) {
    close();
    return;
  }
  const asked = new URLSearchParams({search: words});
  const reply = await fetch(`${HERE}/names?${asked}`, {credentials: 'same-origin'});
  const text = reply.ok ? await reply.text() : '';
  if (mine !== looked || !list() || term() === null) return;
  list().innerHTML = text;
  open();
};

const pick = (option) => {
  const area = box();
  const caret = area.selectionStart;
  const begin = caret - term().length - 1;
  area.value = area.value.slice(0, begin) + area.value.slice(caret).trimStart();
  area.dispatchEvent(new Event('input', {bubbles: true}));
  area.setSelectionRange(begin, begin);
  close();
  ask_only(option.dataset.only);
};

document.addEventListener('input', (event) => {
  if (event.target === box()) look();
});

document.addEventListener('focusout', (event) => {
  if (is_open() && event.target === box()) close();
});

document.addEventListener('mousedown', (event) => {
  if (event.target.closest('#choices')) event.preventDefault(); // the focus stays in the question
});

document.addEventListener('click', (event) => {
  const option = event.target.closest('#choices [role="option"]');
  if (option) pick(option);
});

// Before the question gets the key: while the list is open, Enter chooses and does not ask.
document.addEventListener('keydown', (event) => {
  if (!is_open() || event.target !== box() || event.isComposing) return;
  const all = choices();
  const at = all.findIndex((one) => one.getAttribute('aria-selected') === 'true');
  if (event.key === 'ArrowDown') mark(all[(at + 1) % all.length]);
  else if (event.key === 'ArrowUp') mark(all[(at - 1 + all.length) % all.length]);
  else if (event.key === 'Escape') close();
  else if ((event.key === 'Enter' || event.key === 'Tab') && at >= 0) pick(all[at]);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// The settings: a dialog that is fetched when it is opened. What is chosen is kept in this browser;
// the language in a cookie, too, so that the server speaks it.
import {find, open_side, word} from './frame.js';
import {choose, option} from './options.js';

const NAMES = ['quoted', 'k', 'threshold', 'theme', 'language'];
const YEAR = 365 * 24 * 60 * 60;
let dialog = null;
let spoken = ''; // the language of the page behind the dialog

// The numbers of a slider are written as the language writes them.
const written = (input) => {
  const digits = input.step.includes('.') ? 2 : 0;
  const language = document.documentElement.lang || 'en';
  return Number(input.value).toLocaleString(language, {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  });
};

const show_number = (input) => {
  dialog.querySelector(`output[for="${input.id}"]`).textContent = written(input);
};

// A quick hand on the slider asks for many figures: only the last one is shown.
let wanted = 0;
const show_trade = async (threshold) => {
  wanted += 1;
  const mine = wanted;
  const address = `/page/settings/trade-off?threshold=${threshold}`;
  const reply = await fetch(address, {credentials: 'same-origin'});
  const text = await reply.text();
  const place = dialog.querySelector('.trade');
  if (!reply.ok || mine !== wanted || !place) return;
  const open = Boolean(place.querySelector('details[open]'));
  place.innerHTML = text;
  if (open) place.querySelector('details').open = true;
};

const show_chosen = () => {
  dialog.querySelectorAll('[data-option]').forEach((input) => {
    const value = option(input.dataset.option);
    if (input.type === 'radio') {
      input.checked = input.value === (value === undefined ? '' : String(value));
    } else if (input.type === 'range') {
      input.value = value === undefined ? input.dataset.default : value;
      show_number(input);
    } else {
      input.value = value === undefined ? '' : value;
    }
  });
};

const speak = (language) => {
  const age = language ? YEAR : 0;
  document.cookie = `askdocs-language=${language}; path=/; max-age=${age}; samesite=lax`;
};

const fill = async () => {
  const threshold = option('threshold');
  const asked = threshold === undefined ? '' : `?threshold=${threshold}`;
  const reply = await fetch(`/page/settings${asked}`, {credentials: 'same-origin'});
  if (!reply.ok) throw new Error(String(reply.status));
  dialog.innerHTML = await reply.text();
  show_chosen();
};

const value_of = (input) => {
  if (input.type === 'range') {
    return input.value === input.dataset.default ? undefined : Number(input.value);
  }
  if (input.value === '') return undefined;
  return input.dataset.option === 'quoted' ? true : input.value;
};

const changed = async (input) => {
  const name = input.dataset.option;
  choose(name, value_of(input));
  if (input.type === 'range') show_number(input);
  if (name === 'threshold') await show_trade(input.value);
  if (name === 'theme') window.dispatchEvent(new Event('askdocs-theme'));
  if (name === 'language') {
    speak(input.value);
    await fill();
    find('#setting-language').focus();
  }
};

const to_defaults = async () => {
  NAMES.forEach((name) => choose(name, undefined));
  speak('');
  window.dispatchEvent(new Event('askdocs-theme'));
  await fill();
  dialog.querySelector('[data-defaults]').focus();
};

const make_dialog = () => {
  dialog = document.createElement('dialog');
  dialog.id = 'settings';
  dialog.setAttribute('aria-labelledby', 'settings-title');
  document.querySelector('.gradio-container, body').append(dialog);
  dialog.addEventListener('input', (event) => {
    if (event.target.dataset.option) changed(event.target);
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close(); // beside it
    else if (event.target.closest('[data-defaults]')) to_defaults();
  });
  // The Escape key is the dialog's own here, and closes nothing else.
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  dialog.addEventListener('close', () => {
    if ((option('language') || '') !== spoken) window.location.reload();
  });
};

export const open_settings = async () => {
  if (!dialog) make_dialog();
  spoken = option('language') || '';
  try {
    await fill();
  } catch (error) {
    dialog.textContent = word('unloaded');
  }
  dialog.showModal();
  open_side(false);
};

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-settings]')) open_settings();
});

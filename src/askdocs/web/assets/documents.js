// The documents: their list beside the conversation, the dialog that manages them, adding files by
// choice or by dropping them anywhere, and how far the reading is.
import {find, open_side} from './frame.js';
import {ask_only, show_chosen} from './scope.js';

const HERE = '/page/documents';
const OURS = {'x-askdocs': '1'}; // what no page of others can send
const STEP = 100;
const side = () => find('.shelf-side');
const dialog = () => find('#shelf');
const input = () => find('#files');
const can_change = () => Boolean(side()) && 'changeable' in side().dataset;
const pause = (time) => new Promise((done) => { setTimeout(done, time); });

const part = async (path, asked = {}) => {
  const words = new URLSearchParams(asked);
  const reply = await fetch(`${HERE}${path}?${words}`, {credentials: 'same-origin'});
  if (!reply.ok) throw new Error(String(reply.status));
  return reply;
};

const parsed = (text) => {
  const made = document.createElement('template');
  made.innerHTML = text;
  return made.content;
};

// What went wrong, in the server's words.
const said = async (reply) => {
  const told = await reply.json();
  return told.detail || told.error;
};

const note = (words) => {
  const place = find('[data-note]');
  if (place) place.textContent = words;
};

// -- the lists ------------------------------------------------------------------------------------

// The root of a part stays: Gradio holds on to what it made.
const renew_side = async (only_list) => {
  const here = side();
  if (!here) return;
  const field = here.querySelector('[data-find]');
  const search = field ? field.value : '';
  const text = await (await part('', {search})).text();
  const made = parsed(text).firstElementChild;
  if (!made || (field && field.value !== search)) return; // typed on meanwhile
  here.dataset.state = made.dataset.state;
  if (only_list || document.activeElement === field) {
    here.querySelector('[data-list]').replaceChildren(...made.querySelector('[data-list]').childNodes);
    return;
  }
  here.toggleAttribute('data-changeable', 'changeable' in made.dataset);
  here.replaceChildren(...made.childNodes);
};

let rows = STEP;
const value_of = (selector) => (find(selector) || {value: ''}).value;
const renew_table = async () => {
  const place = find('[data-list="table"]');
  if (!place || !dialog().open) return;
  const asked = {
    search: value_of('[data-find="table"]'), sort: value_of('[data-sort]'),
    folder: value_of('[data-folder]'), count: rows,
  };
  const text = await (await part('/table', asked)).text();
  const had_focus = place.contains(document.activeElement);
  place.innerHTML = text;
  if (had_focus) find('[data-find="table"]').focus();
};

const renew_folders = async () => {
  const place = find('[data-folders]');
  const before = value_of('[data-folder]');
  place.innerHTML = await (await part('/folders')).text();
  const select = find('[data-folder]');
  if (select && [...select.options].some((one) => one.value === before)) select.value = before;
};

const renew_welcome = async () => {
  const place = find('#chat .welcome');
  if (!place) return;
  const made = parsed(await (await part('/welcome')).text()).firstElementChild;
  if (!made) return;
  place.className = made.className;
  place.replaceChildren(...made.childNodes);
};

const renew_all = () => Promise.all(
  [renew_side(false), renew_table(), renew_folders(), renew_welcome(), show_chosen()],
);

// -- how far the reading is -----------------------------------------------------------------------

const look = async () => {
  const reply = await part('/progress');
  const text = await reply.text();
  document.querySelectorAll('[data-progress]').forEach((place) => {
    if (place.innerHTML !== text) place.innerHTML = text;
  });
  if (reply.headers.get('x-running') === '1') return true;
  const here = side();
  if (here && here.dataset.state !== reply.headers.get('x-state')) await renew_all();
  return false;
};

let following = false;
let asked_again = false;
const follow = async () => {
  asked_again = following;
  if (following) return;
  following = true;
  try {
    do {
      asked_again = false;
      while (await look()) await pause(400);
    } while (asked_again);
  } catch (error) {
    note(input() ? input().dataset.offline : '');
  }
  following = false;
};

const change = async (path, asked = {}) => {
  note('');
  try {
    const words = new URLSearchParams(asked);
    const reply = await fetch(`${HERE}${path}?${words}`, {method: 'POST', headers: OURS});
    if (!reply.ok) note(await said(reply));
  } catch (error) {
    note(input().dataset.offline);
  }
  await renew_all().catch(() => {});
  follow();
};

// -- adding files ---------------------------------------------------------------------------------

const send = async (file, folder) => {
  const {limit, large, offline, sending} = input().dataset;
  if (file.size > Number(limit)) return large.replace('{name}', file.name);
  document.querySelectorAll('[data-progress]').forEach((place) => {
    place.textContent = sending.replace('{name}', file.name);
  });
  const asked = new URLSearchParams({name: file.name, folder});
  try {
    const reply = await fetch(`${HERE}/upload?${asked}`, {
      method: 'POST', headers: {...OURS, 'content-type': 'application/octet-stream'}, body: file,
    });
    return reply.ok ? '' : await said(reply);
  } catch (error) {
    return `${file.name}: ${offline}`;
  }
};

// They go into the folder that the dialog shows; without the dialog, where the page says.
let sent = Promise.resolve();
const add = (files) => {
  const shown = dialog().open ? value_of('[data-folder]').replace(/\/$/, '') : '';
  const folder = shown || input().dataset.into;
  sent = sent.then(async () => {
    const problems = [];
    note('');
    for (const file of files) {
      const problem = await send(file, folder);
      if (problem) problems.push(problem);
    }
    await pause(50);
    follow();
    if (!problems.length) return;
    if (!dialog().open) await manage();
    note(problems.slice(0, 5).join(' ') + (problems.length > 5 ? ' …' : ''));
  });
};

// A folder that is dropped stands for the files in it.
const within = async (entry) => {
  if (entry.isFile) return [await new Promise((done, failed) => { entry.file(done, failed); })];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, failed) => { reader.readEntries(done, failed); });
    if (!some.length) break;
    for (const one of some) if (!one.name.startsWith('.')) found.push(...await within(one));
  }
  return found;
};

const dropped = async (transfer) => {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
  const files = [...transfer.files];
  if (!entries.some((entry) => entry && entry.isDirectory)) return files;
  return (await Promise.all(entries.filter(Boolean).map(within))).flat();
};

const has_files = (event) => event.dataTransfer && [...event.dataTransfer.types].includes('Files');
const show_drop = (shown) => {
  const place = find('#drop');
  if (!place || place.matches(':popover-open') === shown) return;
  if (shown) place.showPopover();
  else place.hidePopover();
};

['dragenter', 'dragover'].forEach((name) => document.addEventListener(name, (event) => {
  if (!has_files(event)) return;
  event.preventDefault(); // else the browser would leave the page for the file
  event.dataTransfer.dropEffect = can_change() ? 'copy' : 'none';
  show_drop(can_change());
}));

document.addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) show_drop(false);
});

document.addEventListener('drop', async (event) => {
  if (!has_files(event)) return;
  event.preventDefault();
  show_drop(false);
  if (can_change()) add(await dropped(event.dataTransfer));
});

// -- the dialog -----------------------------------------------------------------------------------

const manage = async () => {
  open_side(false);
  rows = STEP;
  dialog().showModal();
  await renew_table();
};

const ask_again = (button) => {
  button.classList.add('sure');
  button.addEventListener('blur', () => button.classList.remove('sure'), {once: true});
};

const act = {
  add: () => input().click(),
  manage,
  close: () => dialog().close(),
  refresh: () => change('/refresh'),
};

document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (event.target.closest('#shelf a.view')) dialog().close();
  if (event.target === dialog()) dialog().close(); // beside it
  if (!button) return;
  const {shelf, remove, restore} = button.dataset;
  if (button.name === 'add-documents') {
    act.add();
  } else if (shelf) {
    act[shelf]();
  } else if (remove !== undefined) {
    if (button.classList.contains('sure')) change('/remove', {document: remove});
    else ask_again(button);
  } else if (restore !== undefined) {
    change('/restore', {document: restore});
  } else if ('more' in button.dataset) {
    rows += STEP;
    renew_table();
  } else if ('askFolder' in button.dataset) {
    dialog().close();
    ask_only(value_of('[data-folder]'));
  }
});

document.addEventListener('change', (event) => {
  if (event.target === input()) {
    add([...input().files]);
    input().value = '';
  } else if (event.target.matches('[data-sort], [data-folder]')) {
    const folder = find('[data-ask-folder]');
    if (folder) folder.hidden = !value_of('[data-folder]');
    rows = STEP;
    renew_table();
  }
});

let typing = 0;
document.addEventListener('input', (event) => {
  if (!event.target.matches('[data-find]')) return;
  const renew = event.target.dataset.find === 'side' ? () => renew_side(true) : renew_table;
  clearTimeout(typing);
  typing = setTimeout(() => renew().catch(() => note(input().dataset.offline)), 150);
});

// Escape closes the dialog and nothing behind it.
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && dialog() && dialog().open) event.stopImmediatePropagation();
}, true);

// -- the beginning --------------------------------------------------------------------------------

const begin = async () => {
  const place = document.createElement('div');
  place.id = 'shelf-tools';
  place.innerHTML = await (await part('/tools')).text();
  while (!find('#composer')) await pause(50);
  document.body.append(place);
  const asking = find('#asking');
  find('#composer').before(asking);
  await follow();
};

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) follow();
});
begin().catch(() => {});

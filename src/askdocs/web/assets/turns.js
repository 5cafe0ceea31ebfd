// The tools of a question and its answer: edit, ask again, copy, right or wrong. Gradio sanitises the
// messages, so their buttons say in `name` and `value` what they do and for which turn.
import {ask} from './conversation.js';
import {open_conversation} from './conversations.js';
import {find} from './frame.js';
import {announce, copy} from './notice.js';
import {choose_for_now, options} from './options.js';

const box = () => find('#question textarea');
const line = () => find('#editing .editing');
const question_of = (position) => {
  const said = document.querySelectorAll('#chat .user-row .said')[position];
  return said ? said.textContent : '';
};

// -- edit and ask again ---------------------------------------------------------------------------

let draft = ''; // what stood in the box before

const fill = (words) => {
  box().value = words;
  box().dispatchEvent(new Event('input', {bubbles: true}));
};

const edit = (position) => {
  if (line().hidden) draft = box().value;
  choose_for_now('at', position);
  line().hidden = false;
  fill(question_of(position));
  box().focus();
};

const end_editing = () => {
  choose_for_now('at', null);
  if (line()) line().hidden = true;
};

const cancel = () => {
  end_editing();
  fill(draft);
  box().focus();
};

const ask_again = (position) => {
  const last = document.querySelectorAll('#chat .user-row').length - 1;
  edit(position);
  if (position < last) return; // later turns would go: that is for the reader to say
  line().hidden = true;
  ask(question_of(position));
};

// The options of a question that is sent: the place that it takes is meant only once.
export const options_once = () => {
  const sent = options();
  if (box() && box().value.trim()) end_editing();
  return sent;
};

// -- right or wrong -------------------------------------------------------------------------------

const address = (position, what) => (
  `/page/conversations/${encodeURIComponent(open_conversation())}/turns/${position}/${what}`
);

const show_state = () => {
  document.querySelectorAll('#chat .turn-tools .thumb').forEach((thumb) => {
    const pressed = String(thumb.classList.contains('given'));
    if (thumb.getAttribute('aria-pressed') !== pressed) thumb.setAttribute('aria-pressed', pressed);
  });
};

// What stands below the answer, as the server gives it after what was said.
const renew = async (tools, request, position) => {
  try {
    const reply = await request;
    if (!reply.ok) throw new Error(String(reply.status));
    tools.innerHTML = await reply.text();
  } catch (error) {
    announce('failed');
    return false;
  }
  show_state();
  const next = tools.querySelector('.noting input') || tools.querySelector(`[value="${position}"].given`)
    || tools.querySelector('.thumb');
  if (next) next.focus({preventScroll: true});
  tools.scrollIntoView({block: 'nearest'});
  return true;
};

const say = (position, verdict, note) => fetch(address(position, 'feedback'), {
  method: 'POST',
  credentials: 'same-origin',
  headers: {'content-type': 'application/json'},
  body: JSON.stringify({verdict, note}),
});

const judge = (button) => {
  const tools = button.closest('.turn-tools');
  const position = button.value;
  const asked = button.classList.contains('given')
    ? fetch(address(position, 'tools'), {credentials: 'same-origin'}) // to write the note
    : say(position, button.name);
  renew(tools, asked, position);
};

const take_back = async (button) => {
  const tools = button.closest('.turn-tools');
  if (await renew(tools, say(button.value, null), button.value)) announce('back');
};

document.addEventListener('submit', async (event) => {
  if (!event.target.matches('.noting')) return;
  event.preventDefault();
  const tools = event.target.closest('.turn-tools');
  const given = tools.querySelector('.given');
  const note = event.target.elements.note.value;
  if (await renew(tools, say(given.value, given.name, note), given.value)) announce('kept');
});

// -- what a click does ----------------------------------------------------------------------------

const copy_answer = async (position) => {
  let text = '';
  try {
    const reply = await fetch(address(position, 'text'), {credentials: 'same-origin'});
    if (!reply.ok) throw new Error(String(reply.status));
    text = await reply.text();
  } catch (error) {
    announce('failed');
    return;
  }
  announce(await copy(text) ? 'answer' : 'uncopied');
};

const TOOLS = {
  edit: (button) => edit(Number(button.value)),
  again: (button) => ask_again(Number(button.value)),
  copy: (button) => copy_answer(button.value),
  right: judge,
  wrong: judge,
  back: take_back,
};

document.addEventListener('click', (event) => {
  const tool = event.target.closest('.turn-tools button[name]');
  if (tool) TOOLS[tool.name](tool);
  if (event.target.closest('#editing .cancel')) cancel();
  // Another question or another conversation: what was edited is not what is asked next.
  if (event.target.closest('button.ask, [data-action="open"], [data-action="new"]')) end_editing();
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !line() || line().hidden || event.target !== box()) return;
  event.preventDefault(); // it closes nothing else
  cancel();
});

new MutationObserver(show_state).observe(document.body, {subtree: true, childList: true});

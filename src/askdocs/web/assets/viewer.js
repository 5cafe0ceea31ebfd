// The document beside the conversation: opened with the quote in view, closed with the focus back.
import {chip_like, series} from './citations.js';
import {find, open_side, word} from './frame.js';
import {
  add_language, bring_into_view, choose_look, chosen_look, start_sheets,
} from './sheets.js';

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

// Which of the answer's quotes this is, with the way to the others.
const tell_quotes = (link) => {
  const bar = panel().querySelector('.quotes');
  const all = series(link);
  const here = all.findIndex((one) => one.href === link.href);
  bar.hidden = all.length < 2 || here < 0;
  const [back, on] = bar.querySelectorAll('[data-quote]');
  back.disabled = here <= 0;
  on.disabled = here >= all.length - 1;
  bar.querySelector('.which').textContent = bar.dataset.form
    .replace('{number}', String(here + 1)).replace('{count}', String(all.length));
};

const tell_bar = (link, body) => {
  const shown = panel();
  const address = new URL(link.href);
  const title = body.querySelector('h2');
  shown.querySelector('.bar-title').textContent = title ? title.textContent : '';
  shown.querySelector('a.alone').href = link.href;
  const download = shown.querySelector('a.download');
  const tools = body.querySelector('.tools');
  download.hidden = !tools || tools.dataset.file !== '1';
  const name = encodeURIComponent(address.searchParams.get('document') || '');
  download.href = `/view/file?document=${name}`;
};

// Fetches what an address shows into the panel; false if another was opened meanwhile.
const fill = async (address, link) => {
  const body = panel().querySelector('.body');
  const wanted = add_language(new URL(address));
  wanted.searchParams.set('part', '1');
  if (!wanted.searchParams.has('look')) wanted.searchParams.set('look', chosen_look());
  try {
    const reply = await fetch(wanted, {credentials: 'same-origin'});
    if (!reply.ok && reply.status !== 404) throw new Error(String(reply.status));
    const text = await reply.text();
    if (opener !== link) return false;
    body.innerHTML = text;
  } catch (error) {
    body.textContent = word('unloaded');
  }
  return true;
};

export const open_document = async (link, {focus = true} = {}) => {
  const shown = panel();
  if (!shown) return;
  const body = shown.querySelector('.body');
  opener = link;
  mark_opener(link);
  if (!await fill(link.href, link)) return;
  tell_bar(link, body);
  tell_quotes(link);
  keep_in_place(link, () => {
    shown.hidden = false;
    document.body.classList.add('document-open');
    open_side(false);
  });
  bring_into_view(body, body);
  start_sheets(body, body);
  if (focus) body.focus({preventScroll: true});
};

export const close_document = () => {
  const shown = panel();
  if (!shown || shown.hidden) return;
  keep_in_place(opener, () => {
    shown.hidden = true;
    document.body.classList.remove('document-open');
  });
  mark_opener(null);
  const back = opener && (opener.isConnected ? opener : chip_like(opener));
  if (back) back.focus({preventScroll: true});
};

export const is_open = () => Boolean(panel() && !panel().hidden);

// The quote before or after the one that is shown.
const step = (by) => {
  const all = series(opener);
  const here = all.findIndex((one) => one.href === opener.href);
  const next = here < 0 ? null : all[here + by];
  if (!next) return;
  const log = next.closest('#chat [role="log"]');
  open_document(next).then(() => {
    if (!log) return;
    const [inner, outer] = [next.getBoundingClientRect(), log.getBoundingClientRect()];
    if (inner.top < outer.top || inner.bottom > outer.bottom) {
      log.scrollTop += inner.top - outer.top - outer.height / 3;
    }
  });
};

const change_look = async (link) => {
  const body = panel().querySelector('.body');
  choose_look(link.dataset.look);
  if (!await fill(link.href, opener)) return;
  bring_into_view(body, body);
  start_sheets(body, body);
  const current = body.querySelector('.look[aria-current]');
  if (current) current.focus({preventScroll: true});
};

// More of a long text: what was seen stays where it was.
const show_more = async (link) => {
  const body = panel().querySelector('.body');
  const scrollers = () => [body, body.querySelector('.text .scroll.long')];
  const before = scrollers().map((one) => one && [one.scrollHeight, one.scrollTop]);
  const is_earlier = link.dataset.more === 'earlier';
  if (!await fill(link.href, opener)) return;
  scrollers().forEach((one, number) => {
    if (!one || !before[number]) return;
    const [height, top] = before[number];
    one.scrollTop = is_earlier ? top + one.scrollHeight - height : top;
  });
};

document.addEventListener('click', (event) => {
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
  const target = event.target.closest(
    'a.view, #document a.look, #document a.more, [data-toggle="document"], [data-quote][type]');
  if (!target) return;
  if (target.matches('[data-toggle]')) close_document();
  else if (target.matches('button')) step(Number(target.dataset.quote));
  else if (plain) {
    event.preventDefault();
    if (target.matches('a.look')) change_look(target);
    else if (target.matches('a.more')) show_more(target);
    else open_document(target);
  }
});

const STEPS = {ArrowRight: 1, n: 1, ArrowLeft: -1, p: -1};
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in STEPS)) return;
  if (!opener || !event.target.closest('#document')) return;
  const table = event.target.closest('.scroll, pre');
  if (table && event.key.length > 1 && table.scrollWidth > table.clientWidth) return;
  event.preventDefault();
  step(STEPS[event.key]);
});

// Who goes through the citations by keyboard reads each in the open document, and stays there.
document.addEventListener('askdocs:citation', (event) => {
  if (is_open()) open_document(event.target, {focus: false});
});

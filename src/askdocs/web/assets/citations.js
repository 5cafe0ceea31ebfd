// Citations: the card with the quote, and the way from one to the next by keyboard.

const AFTER = 120; // ms, so that nothing flickers below a passing pointer
const LEAVE = 180;

const unique = (links) => {
  const seen = new Set();
  return links.filter((one) => !seen.has(one.href) && seen.add(one.href));
};

// A link with the same address: a message that is written anew has new ones.
export const chip_like = (link) => (
  [...document.querySelectorAll('#chat a.view')].find((one) => one.href === link.href));

// All that the same message cites in the same way, in its order.
export const series = (link) => {
  const here = link && (link.isConnected ? link : chip_like(link));
  const message = here && here.closest('#chat .bot-row');
  if (!message) return [];
  const kind = here.matches('.cite') ? 'a.view.cite' : 'a.view:not(.cite)';
  return unique([...message.querySelectorAll(kind)]);
};

let card = null;
let shown_for = null;
let timer = 0;

const make_card = () => {
  const made = document.createElement('div');
  made.id = 'quote-card';
  made.setAttribute('role', 'tooltip');
  made.hidden = true;
  for (const name of ['words', 'origin']) {
    const line = document.createElement('p');
    line.className = name;
    line.dir = 'auto';
    made.append(line);
  }
  document.body.append(made);
  made.addEventListener('pointerenter', () => clearTimeout(timer));
  made.addEventListener('pointerleave', () => hide_soon());
  return made;
};

const place_card = (chip) => {
  const GAP = 8;
  const at = chip.getBoundingClientRect();
  const size = card.getBoundingClientRect();
  const below = at.bottom + GAP;
  const fits = below + size.height <= window.innerHeight - GAP;
  const top = fits ? below : Math.max(GAP, at.top - GAP - size.height);
  const left = Math.min(at.left - 16, window.innerWidth - size.width - GAP);
  card.style.top = `${top}px`;
  card.style.left = `${Math.max(GAP, left)}px`;
};

const show = (chip) => {
  const carried = chip.querySelectorAll('.carried span');
  if (!chip.isConnected || carried.length < 2) return;
  card = card || make_card();
  card.querySelector('.words').textContent = carried[0].textContent;
  card.querySelector('.origin').textContent = carried[1].textContent;
  card.hidden = false;
  shown_for = chip;
  chip.setAttribute('aria-describedby', 'quote-card');
  place_card(chip);
};

const hide = () => {
  clearTimeout(timer);
  if (!card || card.hidden) return false;
  card.hidden = true;
  if (shown_for) shown_for.removeAttribute('aria-describedby');
  shown_for = null;
  return true;
};

const show_soon = (chip) => {
  clearTimeout(timer);
  if (chip === shown_for) return;
  timer = setTimeout(() => { hide(); show(chip); }, AFTER);
};

const hide_soon = () => {
  clearTimeout(timer);
  timer = setTimeout(hide, LEAVE);
};

document.addEventListener('pointerover', (event) => {
  const chip = event.target.closest('a.cite');
  if (chip && event.pointerType !== 'touch') show_soon(chip);
});
document.addEventListener('pointerout', (event) => {
  const chip = event.target.closest('a.cite');
  if (chip && !chip.contains(event.relatedTarget)) hide_soon();
});
document.addEventListener('focusin', (event) => {
  if (event.target.matches('a.cite:focus-visible')) show_soon(event.target);
});
document.addEventListener('focusout', (event) => {
  if (event.target.matches('a.cite')) hide_soon();
});
document.addEventListener('click', hide, true);
document.addEventListener('scroll', (event) => {
  if (card && !card.hidden && !card.contains(event.target)) hide();
}, {capture: true, passive: true});
// Before anything else hears of it: the first Escape is for the card.
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && hide()) {
    event.preventDefault();
    event.stopPropagation();
  }
}, true);

export const is_typing = (element) => (
  element.matches('input, textarea, select, [contenteditable="true"]'));

// The next or previous citation of the answer that has the focus, else of the last one.
const next_citation = (by) => {
  const focused = document.activeElement;
  const rows = [...document.querySelectorAll('#chat .bot-row')];
  const message = focused.closest('#chat .bot-row') || rows[rows.length - 1];
  const first = message && message.querySelector('a.view.cite');
  if (!first) return null;
  const all = series(first);
  const here = all.findIndex((one) => one.href === focused.href);
  if (here < 0) return by > 0 ? all[0] : all[all.length - 1];
  return all[here + by] || null;
};

document.addEventListener('keydown', (event) => {
  const by = {ArrowDown: 1, ArrowUp: -1}[event.key];
  if (!by || !event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target.closest('#document')) return;
  if (is_typing(event.target) && event.target.value) return; // there the keys move the cursor
  const chip = next_citation(by);
  if (!chip) return;
  event.preventDefault();
  chip.focus();
  chip.dispatchEvent(new CustomEvent('askdocs:citation', {bubbles: true}));
});

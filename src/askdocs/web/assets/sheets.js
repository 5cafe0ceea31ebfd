// The pages of a document as pictures: each is fetched when it comes near, the others keep its place.
import {option} from './options.js';

const AT_ONCE = 2; // the server draws one after the other
const LOOK = 'askdocs-look';

// How the reader likes to see documents; empty: as the server thinks best.
export const chosen_look = () => {
  try {
    return window.localStorage.getItem(LOOK) || '';
  } catch (error) {
    return '';
  }
};

export const choose_look = (look) => {
  try {
    window.localStorage.setItem(LOOK, look);
  } catch (error) {
    // no storage: it holds for this document
  }
};

export const add_language = (address) => {
  const language = option('language') || document.documentElement.lang;
  if (language) address.searchParams.set('language', language);
  return address;
};

// A part of the page that scrolls: the panel, or the window for a document opened alone.
const top_of = (scroller) => (
  scroller === document.scrollingElement ? 0 : scroller.getBoundingClientRect().top);

// Scrolls as little as possible of the page: scrollIntoView could move it under the reader's eyes.
const scroll_to = (scroller, element, share) => {
  const distance = element.getBoundingClientRect().top - top_of(scroller);
  scroller.scrollTop += distance - scroller.clientHeight * share;
};

export const bring_into_view = (body, scroller) => {
  const wanted = ['.box', '.sheet.quoted', '#quote', 'mark'];
  const target = wanted.map((one) => body.querySelector(one)).find(Boolean);
  if (!target) {
    scroller.scrollTop = 0;
    return;
  }
  const inner = target.closest('.scroll');
  if (inner) {
    scroll_to(inner, target, 1 / 3);
    const left = target.getBoundingClientRect().left - inner.getBoundingClientRect().left;
    if (left < 0 || left > inner.clientWidth * 0.8) inner.scrollLeft += left - 60;
    scroll_to(scroller, inner, 1 / 6);
    const low = target.getBoundingClientRect().top - top_of(scroller);
    if (low < 0 || low > scroller.clientHeight * 0.8) scroll_to(scroller, target, 1 / 3);
  } else {
    scroll_to(scroller, target, target.matches('.sheet') ? 0.1 : 1 / 3);
  }
};

let stop_last = () => {};

export const start_sheets = (body, scroller) => {
  stop_last();
  const all = [...body.querySelectorAll('.sheet')];
  const pages = body.querySelector('.pages');
  if (!pages || !all.length) return;
  const wanted = new Set();
  const middle = () => top_of(scroller) + scroller.clientHeight / 2;
  let loading = 0;
  let moved = false; // whether the reader has scrolled since

  const load = async (sheet) => {
    const address = add_language(new URL(pages.dataset.sheet, window.location.href));
    const width = sheet.querySelector('.picture').clientWidth;
    address.searchParams.set('page', sheet.dataset.page);
    address.searchParams.set('width', String(Math.round(width * window.devicePixelRatio) || 800));
    try {
      const reply = await fetch(address, {credentials: 'same-origin'});
      const text = await reply.text();
      if (sheet.isConnected) sheet.innerHTML = text;
      sheet.classList.add('loaded');
    } catch (error) {
      wanted.delete(sheet); // it is tried again when it comes near once more
    }
    if (!moved && sheet.querySelector('.box') && body.querySelector('.box')) {
      if (sheet.contains(body.querySelector('.box'))) bring_into_view(body, scroller);
    }
  };

  const next = () => {
    while (loading < AT_ONCE && wanted.size) {
      const distance = (sheet) => Math.abs(sheet.getBoundingClientRect().top - middle());
      const sheet = [...wanted].sort((a, b) => distance(a) - distance(b))[0];
      wanted.delete(sheet);
      watching.unobserve(sheet);
      loading += 1;
      load(sheet).finally(() => {
        loading -= 1;
        next();
      });
    }
  };

  const root = scroller === document.scrollingElement ? null : scroller;
  const watching = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) wanted.add(entry.target);
      else wanted.delete(entry.target);
    }
    next();
  }, {root, rootMargin: '600px 0px'});

  const current = () => {
    const line = top_of(scroller) + scroller.clientHeight / 3;
    const found = all.findIndex((sheet) => sheet.getBoundingClientRect().bottom > line);
    return found < 0 ? all.length - 1 : found;
  };
  const which = body.querySelector('.page-steps .which');
  let told = -1;
  const tell = () => {
    const now = current();
    if (!which || now === told) return;
    told = now;
    which.textContent = all[now].getAttribute('aria-label');
    const [back, on] = body.querySelectorAll('[data-page-step]');
    back.disabled = now === 0;
    on.disabled = now === all.length - 1;
  };
  const step = (event) => {
    const button = event.target.closest('[data-page-step]');
    if (!button) return;
    const number = current() + Number(button.dataset.pageStep);
    moved = true;
    scroll_to(scroller, all[Math.max(0, Math.min(number, all.length - 1))], 0.1);
    tell(); // the event of the scrolling comes a frame later
  };
  const by_hand = () => { moved = true; };
  const listens = root || document;
  const hands = ['wheel', 'touchmove', 'keydown', 'pointerdown'];
  listens.addEventListener('scroll', tell, {passive: true});
  hands.forEach((kind) => body.addEventListener(kind, by_hand, {passive: true}));
  body.addEventListener('click', step);
  all.forEach((sheet) => watching.observe(sheet));
  tell();
  stop_last = () => {
    watching.disconnect();
    listens.removeEventListener('scroll', tell);
    hands.forEach((kind) => body.removeEventListener(kind, by_hand));
    body.removeEventListener('click', step);
    wanted.clear();
    stop_last = () => {};
  };
};

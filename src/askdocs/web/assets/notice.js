// A word about what was done, for eyes and screen readers; and the clipboard.
import {find} from './frame.js';

let gone = 0;
export const announce = (name) => {
  const place = find('#notice .notice');
  if (!place) return;
  place.textContent = place.dataset[name] || '';
  clearTimeout(gone);
  gone = setTimeout(() => { place.textContent = ''; }, 4000);
};

// Browsers give the clipboard only to pages of this machine or over https; the old way works on.
const copy_the_old_way = (text) => {
  const held = document.activeElement;
  const box = document.createElement('textarea');
  box.value = text;
  box.className = 'unseen';
  document.body.append(box);
  box.select();
  const done = document.execCommand('copy');
  box.remove();
  if (held) held.focus();
  return done;
};

export const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    return copy_the_old_way(text);
  }
};

// What the parts of the page share: finding elements, and the side, which is a menu on a phone.
export const find = (selector) => document.querySelector(selector);

// What the page says by itself, in the language that the server speaks.
export const word = (name) => {
  const words = find('#words');
  return words ? words.dataset[name] : '';
};

// A phone's reader sees one thing at a time: the overlay, the menu or the conversation.
export const open_side = (open) => {
  document.body.classList.toggle('side-open', open);
  const button = find('[data-toggle="side"]');
  if (button) button.setAttribute('aria-expanded', String(open));
};

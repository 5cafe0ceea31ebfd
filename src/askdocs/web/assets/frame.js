// What the parts of the page share: finding elements, and the side, which is a menu on a phone.
export const find = (selector) => document.querySelector(selector);

// A phone's reader sees one thing at a time: the overlay, the menu or the conversation.
export const open_side = (open) => {
  document.body.classList.toggle('side-open', open);
  const button = find('[data-toggle="side"]');
  if (button) button.setAttribute('aria-expanded', String(open));
};

// A document opened alone, in a window of its own.
import {bring_into_view, choose_look, start_sheets} from './sheets.js';

const main = document.querySelector('main');
if (main) {
  start_sheets(main, document.scrollingElement);
  if (main.querySelector('mark, .sheet.quoted')) bring_into_view(main, document.scrollingElement);
  main.addEventListener('click', (event) => {
    const link = event.target.closest('a.look');
    if (link) choose_look(link.dataset.look);
  });
}

// The quality page: the run with its progress, the charts, the filter, and rows that open.
// It makes no HTML: the server gives everything as it is to be shown.
import {find} from './frame.js';
import {close_document} from './viewer.js';

const PARTS = '/page/quality';
const EVERY = 500; // milliseconds between two looks at a run

const fetch_text = async (address, method = 'GET') => {
  const reply = await fetch(`${PARTS}/${address}`, {method, credentials: 'same-origin'});
  if (reply.status >= 500) throw new Error(await reply.text());
  return reply.text();
};
const shown_run = () => {
  const summary = find('#results [data-number]');
  return summary ? summary.dataset.number : '';
};

// -- charts: drawn when there is something to draw, by a script that is loaded only then ---------

let plotly = null;
const load_plotly = () => {
  plotly = plotly || new Promise((loaded, failed) => {
    const script = document.createElement('script');
    script.src = `${PARTS}/plotly.js`;
    script.onload = () => loaded(window.Plotly);
    script.onerror = failed;
    document.head.append(script);
  });
  return plotly;
};

// A colour comes as the name of a variable; what that is, depends on how the reader likes it.
const coloured = (value, probe) => {
  if (typeof value === 'string' && value.startsWith('--')) {
    probe.style.color = `var(${value})`;
    return getComputedStyle(probe).color;
  }
  if (Array.isArray(value)) return value.map((one) => coloured(one, probe));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([k, one]) => [k, coloured(one, probe)]));
};

const draw = async () => {
  const run = shown_run();
  if (!run) return;
  const reply = await fetch(`${PARTS}/charts?run=${run}`, {credentials: 'same-origin'});
  if (!reply.ok) return; // the tables say the same
  const figures = await reply.json();
  const {newPlot} = await load_plotly();
  if (shown_run() !== run) return;
  const probe = document.createElement('span');
  document.body.append(probe);
  const font = getComputedStyle(document.body).fontFamily;
  for (const [name, figure] of Object.entries(figures)) {
    const {data, layout} = coloured(figure, probe);
    layout.font.family = font;
    const place = document.getElementById(name);
    place.replaceChildren();
    await newPlot(place, data, layout, {displayModeBar: false, responsive: true});
    place.classList.add('drawn');
  }
  probe.remove();
};
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);

// -- the run -------------------------------------------------------------------------------------

const show_results = async (run) => {
  find('#results').innerHTML = await fetch_text(`results?run=${run}`);
  window.history.replaceState(null, '', '/quality');
  await draw();
};

const show_run = (text) => {
  const place = find('#run');
  const bar = place.querySelector('progress');
  const parts = document.createElement('template');
  parts.innerHTML = text;
  const now = parts.content.querySelector('progress');
  if (bar && now) { // the elements stay, so that the focus does, too
    bar.max = now.max;
    bar.value = now.value;
    place.querySelector('.facts').textContent = parts.content.querySelector('.facts').textContent;
  } else {
    place.replaceChildren(parts.content);
  }
  document.querySelectorAll('[data-start]').forEach((button) => { button.disabled = !!now; });
};

let watching = false;
const watch = async () => {
  if (watching || !find('#run [data-running]')) return;
  watching = true;
  try {
    while (find('#run [data-running]')) {
      await new Promise((later) => { setTimeout(later, EVERY); });
      show_run(await fetch_text('run'));
    }
  } finally {
    watching = false; // the next run may begin while the results of this one are drawn
  }
  const ended = find('#run [data-kept]');
  if (ended) await show_results(ended.dataset.kept);
};

const act = async (address) => {
  show_run(await fetch_text(address, 'POST'));
  await watch();
};

// -- the questions -------------------------------------------------------------------------------

const filter = (button) => {
  const wanted = button.dataset.outcome;
  button.parentElement.querySelectorAll('button').forEach((one) => {
    one.setAttribute('aria-pressed', String(one === button));
  });
  document.querySelectorAll('.rows tr.row').forEach((row) => {
    row.hidden = Boolean(wanted) && row.dataset.outcome !== wanted;
    const detail = row.nextElementSibling;
    if (detail && detail.matches('.detail')) {
      const open = row.querySelector('.more').getAttribute('aria-expanded') === 'true';
      detail.hidden = row.hidden || !open;
    }
  });
};

const toggle_row = async (button) => {
  const row = button.closest('tr');
  const open = button.getAttribute('aria-expanded') !== 'true';
  button.setAttribute('aria-expanded', String(open));
  let detail = row.nextElementSibling;
  if (!detail || !detail.matches('.detail')) {
    detail = document.createElement('tr');
    detail.className = 'detail';
    detail.append(document.createElement('td'));
    detail.firstChild.colSpan = 5;
    row.after(detail);
    const address = `row?run=${shown_run()}&place=${button.dataset.row}`;
    detail.firstChild.innerHTML = await fetch_text(address);
  }
  detail.hidden = !open;
};

document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.matches('[data-start]')) act(`run?gold=${button.dataset.start}`);
  else if (button.matches('[data-stop]')) act('stop');
  else if (button.matches('[data-outcome]')) filter(button);
  else if (button.matches('[data-row]')) toggle_row(button);
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !event.defaultPrevented && !find(':popover-open')) close_document();
});

draw();
watch();

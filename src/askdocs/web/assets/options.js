// What the reader chose for the questions to come; kept in this browser, sent with each question.
const KEPT = 'askdocs-options';
const kept = () => {
  try {
    return JSON.parse(window.localStorage.getItem(KEPT)) || {};
  } catch (error) {
    return {}; // no storage, or not ours
  }
};
const passing = {}; // for this page only: the chosen documents, the turn to be replaced

export const option = (name) => (name in passing ? passing[name] : kept()[name]);

export const choose = (name, value) => {
  const all = {...kept(), [name]: value};
  if (value === undefined || value === null) delete all[name];
  window.localStorage.setItem(KEPT, JSON.stringify(all));
};

export const choose_for_now = (name, value) => {
  if (value === undefined || value === null) delete passing[name];
  else passing[name] = value;
};

export const options = () => JSON.stringify({...kept(), ...passing});

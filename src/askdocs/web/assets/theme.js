// The theme and the language that the reader chose, before anything is seen. This one is no module:
// a module would come too late.
(() => {
  const root = document.documentElement;
  const chosen = () => {
    try {
      return JSON.parse(window.localStorage.getItem('askdocs-options')) || {};
    } catch (error) {
      return {}; // no storage, or not ours
    }
  };

  // Gradio goes by the browser's language for its own words, but the reader may have chosen another.
  const {lang} = root;
  if (lang && navigator.language.split('-')[0] !== lang) {
    Object.defineProperty(navigator, 'language', {get: () => lang, configurable: true});
    Object.defineProperty(navigator, 'languages', {get: () => [lang], configurable: true});
  }

  // Gradio has styles of its own for a dark page, and goes by what the system says.
  const is_dark = () => {
    const {theme} = chosen();
    if (theme === 'light' || theme === 'dark') return theme === 'dark';
    return window.matchMedia('(prefers-color-scheme: dark)').matches;
  };
  const show_theme = () => {
    const {theme} = chosen();
    root.classList.toggle('chosen-light', theme === 'light');
    root.classList.toggle('chosen-dark', theme === 'dark');
    if (document.body && document.body.classList.contains('dark') !== is_dark()) {
      document.body.classList.toggle('dark', is_dark());
    }
  };
  show_theme();
  document.addEventListener('DOMContentLoaded', () => {
    show_theme();
    new MutationObserver(show_theme).observe(document.body, {attributeFilter: ['class']});
  });
  window.addEventListener('askdocs-theme', show_theme);
  window.addEventListener('storage', show_theme);
})();

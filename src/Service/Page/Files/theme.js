// Runs before the first paint, so that a page in dark colours does not flash in light ones.
(function () {
  'use strict';
  const kept = () => { try { return localStorage.getItem('theme'); } catch { return null; } };
  const apply = theme => {
    if (theme === 'light' || theme === 'dark') {
      document.documentElement.dataset.theme = theme;
    } else {
      delete document.documentElement.dataset.theme;
    }
  };
  apply(kept());
  document.addEventListener('DOMContentLoaded', () => {
    const select = document.getElementById('theme');
    select.value = document.documentElement.dataset.theme ?? 'system';
    select.addEventListener('change', () => {
      apply(select.value);
      try { localStorage.setItem('theme', select.value); } catch { /* Private windows keep nothing: it is of this page then. */ }
    });
  });
})();

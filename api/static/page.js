/* Forms that apply themselves when something in them is chosen, and codes that a link brings. */
(function () {
  'use strict';
  function begin() {
    for (const form of document.querySelectorAll('form[data-gg-auto]')) {
      form.addEventListener('change', () => form.requestSubmit());
    }
    // A code travels behind the #, which browsers send to nobody, and leaves the address at once.
    for (const field of document.querySelectorAll('input[data-gg-fragment]')) {
      const code = decodeURIComponent(location.hash.slice(1));
      if (code) {
        field.value = code;
        history.replaceState(null, '', location.pathname + location.search);
      }
    }
    document.documentElement.dataset.ggReady = 'true';
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin);
  else begin();
}());

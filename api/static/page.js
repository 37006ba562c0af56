/* Forms that apply themselves when something in them is chosen. */
(function () {
  'use strict';
  for (const form of document.querySelectorAll('form[data-gg-auto]')) {
    form.addEventListener('change', () => form.requestSubmit());
  }
  document.documentElement.dataset.ggReady = 'true';
}());

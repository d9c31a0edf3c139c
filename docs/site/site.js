// What the theme leaves to do for people who use a keyboard or a screen reader: each box that scrolls can be reached by
// keys, and the buttons of each block of code have a name of their own. The theme makes both after the page has come.
const reachable = () => {
  document.querySelectorAll('.md-typeset__scrollwrap:not([tabindex])').forEach(box => { box.tabIndex = 0; });
  document.querySelectorAll('.md-code__nav:not([aria-label])').forEach((buttons, n) => {
    buttons.setAttribute('aria-label', document.documentElement.lang === 'ar' ? `الأمر ${n + 1}` : `Code ${n + 1}`);
  });
};
new MutationObserver(reachable).observe(document.body, {childList: true, subtree: true});
reachable();

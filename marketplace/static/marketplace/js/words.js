/** The page's words for scripts, translated on the server (base.html, #mk-words). */

let words = null;

/** Return the words for a key; `{name}` is replaced from `values`. */
export function word(key, values = {}) {
  if (words === null) {
    const source = document.getElementById("mk-words");
    words = source ? JSON.parse(source.textContent) : {};
  }
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

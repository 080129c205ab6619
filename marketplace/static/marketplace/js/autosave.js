/**
 * What htmx's autosave cannot do alone: keep the text in this browser while the server is out of
 * reach, send it when it is back, and put it into the form again after a reload.
 *
 * The saving itself is the <output hx-post> inside the form; here is only its safety net. A copy is
 * removed when the server has it; copies of handed-in tasks go with the next task page.
 */
import { word } from "./words.js";

const PREFIX = "mk-draft:";
const TWO_DAYS = 2 * 24 * 3600 * 1000;
const RETRY = 15_000;
const NOT_KEPT = new Set(["csrfmiddlewaretoken", "fence", "signs"]);

/** Now by the server's clock, which the draft's time is told in. */
const started = document.documentElement.dataset.now;
const skew = started ? Date.parse(started) - Date.now() : 0;
const now = () => Date.now() + skew;

const typed = (form) => [...new FormData(form)].filter(([name, value]) => !NOT_KEPT.has(name) && typeof value === "string");

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? null;
  } catch {
    return null;
  }
}

function keep(key, copy) {
  try {
    localStorage.setItem(key, JSON.stringify(copy));
  } catch {
    /* No room or no permission: the server still has the last saved draft. */
  }
}

/** Forget copies of handed-in tasks and old ones. */
function prune(current) {
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
    const copy = read(key);
    const isDone = copy?.submitted && key !== current;
    if (!copy || isDone || now() - copy.at > TWO_DAYS) localStorage.removeItem(key);
  }
}

/** Put kept values into the form; fields that are not in the copy are left as the server drew them. */
function restore(form, entries) {
  const values = Map.groupBy ? Map.groupBy(entries, ([name]) => name) : group(entries);
  for (const input of form.elements) {
    const kept = (values.get(input.name) ?? []).map(([, value]) => value);
    if (input.type === "radio" || input.type === "checkbox") {
      if (input.name) input.checked = kept.includes(input.value);
    } else if (values.has(input.name)) {
      input.value = kept[0];
    }
  }
}

function group(entries) {
  const values = new Map();
  for (const entry of entries) values.set(entry[0], [...(values.get(entry[0]) ?? []), entry]);
  return values;
}

function changed(form) {
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Guard one answer form; its data-mk-answer names the claim, data-mk-saved when its draft was saved. */
export function guard(form) {
  const key = PREFIX + form.dataset.mkAnswer;
  const output = form.querySelector("output[hx-post]");
  prune(key);
  if (!form.dataset.mkAnswer || !output) return;

  let pending = 0;
  let retry = 0;
  const say = (text) => output.replaceChildren(text);

  form.addEventListener("input", () => {
    pending += 1;
    keep(key, { at: now(), entries: typed(form) });
  });
  // The click that hands in is also a change of the field that was left: its draft would come after
  // the answer and be refused. Whoever comes back to this page (the history's copy) writes on.
  let leaving = false;
  window.addEventListener("pageshow", () => (leaving = false));
  form.addEventListener("submit", () => {
    leaving = true;
    keep(key, { at: now(), entries: typed(form), submitted: true });
  });

  let sent = 0;
  output.addEventListener("htmx:beforeRequest", (event) => {
    if (leaving) event.preventDefault();
    else sent = pending;
  });
  output.addEventListener("htmx:afterRequest", (event) => {
    window.clearTimeout(retry);
    const status = event.detail.xhr.status;
    if (event.detail.successful && sent === pending) localStorage.removeItem(key);
    if (status !== 0 && status < 500) return;
    say(word("kept_here"));
    retry = window.setTimeout(() => changed(form), RETRY);
  });
  window.addEventListener("online", () => changed(form));

  const copy = read(key);
  if (copy && copy.at > Number(form.dataset.mkSaved || 0) * 1000) {
    restore(form, copy.entries);
    say(word("restored"));
    form.querySelectorAll("mk-ranking, mk-spans").forEach((element) => element.refresh?.());
    form.dispatchEvent(new Event("change"));
    // htmx listens from DOMContentLoaded on, which comes after this script.
    if (document.readyState === "complete") changed(form);
    else window.addEventListener("load", () => changed(form), { once: true });
  }
}

/**
 * Keys on the task page. A digit chooses an option of the question in hand, a letter one of the
 * whole page; Enter on an option goes on to the next question, Ctrl+Enter hands in, ? helps.
 * Single keys never act inside text, and the help has a switch that turns them off (WCAG 2.1.4).
 */
import { word } from "./words.js";

const SWITCH = "mk-hotkeys";
const TEXT = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit])";

const isOn = () => localStorage.getItem(SWITCH) !== "off";
const isShown = (element) => element.getClientRects().length > 0;
const questionsOf = (form) => [...form.querySelectorAll(".question")].filter(isShown);
const isAnswered = (question) => question.querySelector("input:checked") !== null;

/** The question with the focus, else the first with options that is not answered yet. */
function current(form) {
  const focused = document.activeElement?.closest(".question");
  if (focused) return focused;
  const open = questionsOf(form).filter((question) => question.querySelector("[data-hotkey]"));
  return open.find((question) => !isAnswered(question)) ?? open[0];
}

/** Choose what a key stands for; tells whether it stood for something. */
function choose(form, key) {
  const scope = /\d/.test(key) ? current(form) : form;
  const found = [...(scope?.querySelectorAll(`[data-hotkey="${CSS.escape(key)}"]`) ?? [])];
  const target = found.find((element) => isShown(element.closest("label") ?? element));
  target?.focus();
  target?.click();
  return target !== undefined;
}

/** Put the focus into the question after this one. */
function goOn(form, question) {
  const shown = questionsOf(form);
  const next = shown[shown.indexOf(question) + 1];
  const target = next?.querySelector("input:checked, input, textarea") ?? form.querySelector("[type=submit]");
  target?.focus();
}

function handIn(form) {
  form.requestSubmit(form.querySelector("[data-mk-submit]") ?? form.querySelector("[type=submit]"));
}

/** One line of the help: keys and what they do. */
function line(keys, text) {
  const item = document.createElement("li");
  for (const key of keys) {
    const kbd = document.createElement("kbd");
    kbd.textContent = key;
    item.append(kbd, " ");
  }
  item.append(text);
  return item;
}

function helpDialog() {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", word("keys_title"));
  const article = document.createElement("article");
  const heading = document.createElement("h2");
  heading.textContent = word("keys_title");
  const list = document.createElement("ul");
  list.className = "keys";
  list.append(
    line(["1", "…", "9"], word("keys_digits")),
    line(["a", "…", "z"], word("keys_letters")),
    line(["Enter"], word("keys_enter")),
    line(["Ctrl", "Enter"], word("keys_submit")),
    line(["?"], word("keys_help")),
  );
  const label = document.createElement("label");
  const toggle = document.createElement("input");
  toggle.type = "checkbox";
  toggle.setAttribute("role", "switch");
  toggle.checked = isOn();
  toggle.addEventListener("change", () => localStorage.setItem(SWITCH, toggle.checked ? "on" : "off"));
  label.append(toggle, word("keys_switch"));
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = word("close");
  close.addEventListener("click", () => dialog.close());
  article.append(heading, list, label, close);
  dialog.append(article);
  dialog.addEventListener("close", () => dialog.remove());
  return dialog;
}

export function showHelp() {
  if (document.querySelector("dialog[open]")) return;
  const dialog = helpDialog();
  document.body.append(dialog);
  dialog.showModal();
}

/** What a key does, or false where it is the browser's. */
function act(form, event) {
  const target = event.target;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return form.contains(target) || target === document.body ? handIn(form) : false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === "Enter") {
    const isOption = target.matches?.("input[type=radio], input[type=checkbox]") && form.contains(target);
    return isOption ? goOn(form, target.closest(".question")) : false;
  }
  if (target.matches?.(TEXT) || document.querySelector("dialog[open]")) return false;
  if (event.key === "?") return showHelp();
  if (!isOn() || !/^[0-9a-z]$/.test(event.key)) return false;
  return choose(form, event.key) ? undefined : false;
}

export function listen(form) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.repeat) return;
    if (act(form, event) !== false) event.preventDefault();
  });
}

/** The task page: wires the answer form's helpers together. Each does without the others. */
import { guard } from "./autosave.js";
import { beatFrom } from "./heartbeat.js";
import { listen, showHelp } from "./hotkeys.js";
import "./ranking.js";
import { followAnswers } from "./showif.js";
import { record } from "./signs.js";
import "./spans.js";

const form = document.querySelector("form[data-mk-answer]");
document.documentElement.classList.add("js");
document.querySelectorAll("[data-mk-help]").forEach((button) => button.addEventListener("click", showHelp));
// Beside the form the fields scroll on their own: without a mouse, too.
document.querySelectorAll(".task-fields").forEach((box) => (box.tabIndex = 0));
if (form) {
  followAnswers(form);
  listen(form);
  guard(form);
  const signs = record(form); // after what was kept is back in the form
  const lease = document.querySelector("[data-mk-beat]");
  if (lease) beatFrom(lease, form, signs);
}

/** The review page: what a verdict needs is shown when it is chosen. Without it all is there. */
import { beatFrom } from "./heartbeat.js";
import "./ranking.js";
import { followAnswers } from "./showif.js";
import "./spans.js";

/** A fix needs the edit; everything but an acceptance needs a reason. */
function followVerdict(form) {
  const fix = form.querySelector("[data-mk-fix]");
  const update = () => {
    const verdict = form.elements.verdict.value;
    fix.hidden = verdict !== "fix";
    fix.open = verdict === "fix";
  };
  form.addEventListener("change", update);
  update();
}

/** Buttons that begin a sentence at the end of the text. */
function offerPhrases(form) {
  const box = form.querySelector("[data-mk-phrases]");
  const text = form.elements.text;
  if (!box) return;
  box.hidden = false;
  for (const button of box.querySelectorAll("[data-mk-phrase]")) {
    button.addEventListener("click", () => {
      const before = text.value.trimEnd();
      text.value = `${before}${before ? "\n" : ""}${button.textContent}`;
      text.focus();
    });
  }
}

const form = document.querySelector("form[data-mk-review]");
document.documentElement.classList.add("js");
if (form) {
  followAnswers(form);
  followVerdict(form);
  offerPhrases(form);
  const lease = document.querySelector("[data-mk-beat]");
  if (lease) beatFrom(lease, form);
}

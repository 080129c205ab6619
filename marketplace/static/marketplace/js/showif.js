/** Questions that depend on an earlier answer are shown only when it is given (data-show-if). */

/** Tell whether a rule {input, in} holds: the input's question is shown and has such an answer. */
function holds(form, rule) {
  const inputs = [...form.elements].filter((input) => input.name === rule.input);
  if (inputs.some((input) => input.closest(".question")?.hidden)) return false;
  return inputs.some((input) => input.checked && rule.in.includes(input.value));
}

/** Keep a form's questions in step with its answers; questions come in order, so one pass is enough. */
export function followAnswers(form) {
  const questions = [...form.querySelectorAll(".question[data-show-if]")];
  const rules = questions.map((question) => JSON.parse(question.dataset.showIf));
  const update = () => questions.forEach((question, n) => (question.hidden = !holds(form, rules[n])));
  form.addEventListener("change", update);
  update();
}

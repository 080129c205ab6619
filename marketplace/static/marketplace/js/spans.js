/**
 * <mk-spans>: choose a label, select words; the marks are written into the text area, one a line.
 *
 * The browser counts UTF-16 units, answers count code points: offsets are converted here, both
 * ways, and the quoted text lets the server prove it. Marks are drawn by Recogito ("SPANS" draws
 * without any style sheet of its own, so it runs under the page's content security policy).
 */
import { word } from "./words.js";

/** Code points before a UTF-16 offset, and the other way round. */
export const toPoints = (text, units) => [...text.slice(0, units)].length;
export const toUnits = (points, offset) => points.slice(0, offset).join("").length;

class Spans extends HTMLElement {
  connectedCallback() {
    this.area = this.querySelector("textarea");
    this.board = this.querySelector(".span-text");
    this.list = this.querySelector(".span-list");
    this.text = this.board.textContent;
    this.points = [...this.text];
    this.labels = [...this.querySelectorAll(".span-labels > [data-label]")].map((tag) => this.button(tag));
    this.choose(this.labels[0]);
    this.area.addEventListener("change", () => this.refresh());
    this.enlarge();
  }

  /** Load the library and let words be marked; without it the lines can be typed. */
  async enlarge() {
    if (!this.dataset.library) return;
    // The library asks a bundler's variable which build it is.
    globalThis.process ??= { env: { NODE_ENV: "production" } };
    await import(this.dataset.library);
    this.annotator = window.RecogitoJS.createTextAnnotator(this.board, {
      renderer: "SPANS",
      userSelectAction: "SELECT",
      style: (mark) => ({ fill: this.colour(mark.bodies[0]?.value), fillOpacity: 0.35 }),
    });
    this.annotator.on("createAnnotation", (mark) => this.created(mark));
    this.classList.add("ready");
    this.querySelector("details").open = false;
    this.refresh();
  }

  /** Turn a label's tag into a button. */
  button(tag) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = tag.className;
    button.append(...tag.childNodes);
    Object.assign(button.dataset, tag.dataset);
    button.addEventListener("click", () => this.choose(button));
    tag.replaceWith(button);
    return button;
  }

  choose(button) {
    this.label = button.dataset.label;
    this.labels.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
  }

  /** The colour of a label, read from the style sheet so that dark mode has its own. */
  colour(label) {
    const button = this.labels.find((one) => one.dataset.label === label) ?? this.labels[0];
    return getComputedStyle(button).borderTopColor;
  }

  /** A selection was made: it takes the label in hand. */
  created(mark) {
    const { start, end } = mark.target.selector[0];
    this.annotator.removeAnnotation(mark.id);
    this.annotator.cancelSelected?.();
    const quote = this.text.slice(start, end);
    const from = start + (quote.length - quote.trimStart().length);
    const to = end - (quote.length - quote.trimEnd().length);
    if (to > from) this.add({ start: toPoints(this.text, from), end: toPoints(this.text, to), label: this.label });
  }

  add(span) {
    const marks = this.read().filter((one) => !(one.start === span.start && one.end === span.end && one.label === span.label));
    this.write([...marks, { ...span, text: this.points.slice(span.start, span.end).join("") }]);
  }

  write(marks) {
    marks.sort((a, b) => a.start - b.start || a.end - b.end);
    const typed = this.area.value.split("\n").filter((line) => line.trim() && !this.parse(line));
    this.area.value = [...marks.map((mark) => JSON.stringify(mark)), ...typed].join("\n");
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
    this.refresh();
  }

  /** A line in JSON that fits the text, or null: other lines are the server's to read. */
  parse(line) {
    try {
      const mark = JSON.parse(line);
      const fits = this.points.slice(mark.start, mark.end).join("") === mark.text;
      return fits && mark.text && this.labels.some((one) => one.dataset.label === mark.label) ? mark : null;
    } catch {
      return null;
    }
  }

  read() {
    return this.area.value.split("\n").map((line) => this.parse(line)).filter(Boolean);
  }

  /** Draw what the text area holds. */
  refresh() {
    const marks = this.read();
    this.list.replaceChildren(...marks.map((mark) => this.row(mark)));
    this.annotator?.setAnnotations(marks.map((mark, n) => this.annotation(mark, `mark-${n}`)), true);
  }

  annotation(mark, id) {
    const selector = { start: toUnits(this.points, mark.start), end: toUnits(this.points, mark.end), quote: mark.text };
    return { id, bodies: [{ id: `${id}-label`, annotation: id, purpose: "tagging", value: mark.label }], target: { annotation: id, selector: [selector] } };
  }

  row(mark) {
    const item = document.createElement("li");
    const source = this.labels.find((one) => one.dataset.label === mark.label);
    const tag = document.createElement("span");
    tag.className = source.className;
    tag.textContent = source.firstChild.textContent.trim();
    const quote = document.createElement("q");
    quote.textContent = mark.text;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "outline small";
    remove.textContent = "×";
    remove.setAttribute("aria-label", word("span_remove", { text: mark.text.slice(0, 80) }));
    remove.addEventListener("click", () => this.write(this.read().filter((one) => JSON.stringify(one) !== JSON.stringify(mark))));
    item.append(tag, quote, remove);
    return item;
  }
}

if (!customElements.get("mk-spans")) customElements.define("mk-spans", Spans);

/**
 * <mk-ranking>: drag, or move with buttons; the number fields below carry the answer.
 *
 * An order counts only once somebody has moved an item or said that it is right as it stands.
 */
import { word } from "./words.js";

class Ranking extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("ol");
    this.items().forEach((item) => item.append(this.buttons(item)));
    this.keep = document.createElement("button");
    this.keep.type = "button";
    this.keep.className = "outline small";
    this.keep.textContent = word("rank_keep");
    this.keep.addEventListener("click", () => this.write());
    this.voice = document.createElement("p");
    this.voice.className = "visually-hidden";
    this.voice.setAttribute("role", "status");
    this.append(this.keep, this.voice);
    this.classList.add("ready");
    this.refresh();
    this.enlarge();
  }

  /** Let items be dragged; without the library the buttons do. */
  async enlarge() {
    if (!this.dataset.library) return;
    await import(this.dataset.library);
    window.Sortable.create(this.list, { animation: 120, filter: "button", preventOnFilter: false, onEnd: (event) => this.moved(event.item) });
  }

  items() {
    return [...this.list.children];
  }

  buttons(item) {
    const box = document.createElement("span");
    box.className = "rank-buttons";
    const name = item.querySelector("label").textContent.trim();
    for (const [step, sign, key] of [[-1, "↑", "rank_up"], [1, "↓", "rank_down"]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "outline small";
      button.textContent = sign;
      button.setAttribute("aria-label", word(key, { item: name }));
      button.addEventListener("click", () => this.shift(item, step, button));
      box.append(button);
    }
    return box;
  }

  shift(item, step, button) {
    const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (other) step < 0 ? other.before(item) : other.after(item);
    this.moved(item);
    button.focus();
  }

  moved(item) {
    this.write();
    const place = this.items().indexOf(item) + 1;
    const name = item.querySelector("label").textContent.trim();
    this.voice.textContent = word("rank_moved", { item: name, place });
  }

  /** Put the shown order into the number fields. */
  write() {
    this.items().forEach((item, index) => (item.querySelector("input").value = index + 1));
    this.keep.hidden = true;
    this.list.querySelector("input").dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Show the order that the number fields hold. */
  refresh() {
    const rank = (item) => Number(item.querySelector("input").value) || Infinity;
    const order = this.items().sort((a, b) => rank(a) - rank(b) || 0);
    if (order.some((item) => rank(item) !== Infinity)) this.list.append(...order);
    this.keep.hidden = order.every((item) => rank(item) !== Infinity);
  }
}

if (!customElements.get("mk-ranking")) customElements.define("mk-ranking", Ranking);

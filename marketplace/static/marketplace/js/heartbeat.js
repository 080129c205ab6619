/**
 * Tells the server, twice a minute, that the page is in use, and learns how much time is left and,
 * where time is paid, what it has earned.
 *
 * A beat goes out only while the page is visible and its reader did something since the last one:
 * the server counts the time between beats and leaves pauses out. When the claim is over, the page
 * says so and leads to where it can be claimed again; what was written is kept.
 */
import { word } from "./words.js";

const EVERY = 30_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "input", "scroll", "wheel", "touchstart"];

class Heart {
  constructor(box, form, signs) {
    this.box = box;
    this.form = form;
    this.signs = signs;
    this.active = true; // somebody has just opened the page
    for (const sign of SIGNS) document.addEventListener(sign, () => (this.active = true), { passive: true, capture: true });
    this.timer = window.setInterval(() => this.beat(), EVERY);
    // The time left may be long out of date on a page that comes to the front again.
    document.addEventListener("visibilitychange", () => this.beat());
    // While an answer is on its way the claim ends: a beat would say so, and frighten.
    this.leaving = false;
    form.addEventListener("submit", () => (this.leaving = true));
    window.addEventListener("pageshow", () => (this.leaving = false));
    this.beat();
  }

  async beat() {
    if (document.visibilityState !== "visible" || !this.active || this.leaving) return;
    this.active = false;
    const data = new FormData(this.form);
    const body = new URLSearchParams({ fence: data.get("fence"), csrfmiddlewaretoken: data.get("csrfmiddlewaretoken") });
    if (this.signs) body.set("signs", this.signs.counts());
    try {
      const reply = await fetch(this.box.dataset.mkBeat, { method: "POST", body, headers: { Accept: "application/json" } });
      if (reply.ok) return this.seen(await reply.json());
      if (reply.status === 409) this.over((await reply.json()).message);
    } catch {
      this.active = true; // no connection: the next beat counts for this one
    }
  }

  seen(told) {
    this.box.querySelector("mk-countdown")?.sync?.(told.seconds_left);
    const earned = document.querySelector("[data-mk-earned]");
    if (earned && told.earned) earned.textContent = told.earned;
  }

  over(message) {
    window.clearInterval(this.timer);
    this.beat = () => {};
    const link = document.createElement("a");
    link.href = this.box.dataset.mkAgain;
    link.textContent = word("open_again");
    const note = document.createElement("p");
    note.className = "note warn";
    note.setAttribute("role", "alert");
    note.append(message, " ", link);
    this.box.replaceChildren(note);
  }
}

/** Let a page beat: `box` carries the addresses, `form` the fencing token, `signs` the counts. */
export function beatFrom(box, form, signs) {
  return new Heart(box, form, signs);
}

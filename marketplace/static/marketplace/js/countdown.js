/**
 * <mk-countdown deadline="ISO time" now="ISO time" warn="300">: what is left of a claim.
 *
 * Counts from the server's time (`now`, here or on <html data-now>), so a wrong clock on the
 * reader's machine does not matter. Warns once, aloud, `warn` seconds before the end. Without a
 * script the element's content stays: the deadline in words.
 */
import { word } from "./words.js";

const two = (number) => String(number).padStart(2, "0");

/** Write seconds as 2 d 03:04, 1:02:03 or 4:05. */
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  if (days) return `${days} d ${two(hours)}:${two(minutes)}`;
  return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

class Countdown extends HTMLElement {
  connectedCallback() {
    const start = this.getAttribute("now") || document.documentElement.dataset.now;
    this.skew = start ? Date.parse(start) - Date.now() : 0;
    this.warn = Number(this.getAttribute("warn") || 0);
    this.deadline = Date.parse(this.getAttribute("deadline"));
    if (Number.isNaN(this.deadline)) return;
    this.title = this.textContent.trim();
    this.face = document.createElement("span");
    this.face.setAttribute("role", "timer");
    this.voice = document.createElement("span");
    this.voice.className = "visually-hidden";
    this.voice.setAttribute("role", "status");
    this.replaceChildren(this.face, this.voice);
    this.timer = window.setInterval(() => this.tick(), 1000);
    this.tick();
  }

  /** Set what is left as the server has just told it, whatever this machine's clock did since. */
  sync(secondsLeft) {
    this.skew = this.deadline - Date.now() - secondsLeft * 1000;
    if (!this.face) return;
    window.clearInterval(this.timer);
    this.timer = window.setInterval(() => this.tick(), 1000);
    this.tick();
  }

  disconnectedCallback() {
    window.clearInterval(this.timer);
  }

  tick() {
    const left = (this.deadline - Date.now() - this.skew) / 1000;
    this.face.textContent = left > 0 ? word("time_left", { time: clock(left) }) : word("time_over");
    const state = left <= 0 ? "over" : left <= this.warn ? "warn" : "";
    if (state !== (this.dataset.state ?? "")) {
      this.dataset.state = state;
      if (state) this.voice.textContent = this.face.textContent;
      this.dispatchEvent(new CustomEvent(`mk-${state || "time"}`, { bubbles: true }));
    }
    if (left <= 0) window.clearInterval(this.timer);
  }
}

if (!customElements.get("mk-countdown")) customElements.define("mk-countdown", Countdown);

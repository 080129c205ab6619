/** Plays the recorded edits of an answer's texts: play, pause, and a slider to any moment. */
const SPEEDS = [1, 4, 16];

function texts(data, until) {
  const found = { ...data.base };
  for (const [at, name, place, gone, came] of data.edits) {
    if (at > until) break;
    const text = found[name] ?? "";
    found[name] = text.slice(0, place) + came + text.slice(place + gone);
  }
  return found;
}

class Replay extends HTMLElement {
  connectedCallback() {
    this.data = JSON.parse(this.querySelector("script[type='application/json']").textContent);
    this.slider = this.querySelector("input[type='range']");
    this.button = this.querySelector("[data-play]");
    this.speed = this.querySelector("[data-speed]");
    this.clock = this.querySelector("[data-clock]");
    this.kind = this.querySelector("[data-kind]");
    this.panes = new Map([...this.querySelectorAll("[data-text]")].map((pane) => [pane.dataset.text, pane]));
    this.end = this.data.edits.length ? this.data.edits.at(-1)[0] : 0;
    this.slider.max = this.end;
    this.slider.addEventListener("input", () => this.show(Number(this.slider.value)));
    this.button.addEventListener("click", () => (this.timer ? this.stop() : this.play()));
    this.speed.addEventListener("click", () => {
      const next = (SPEEDS.indexOf(Number(this.speed.value)) + 1) % SPEEDS.length;
      this.speed.value = SPEEDS[next];
      this.speed.textContent = `${SPEEDS[next]}×`;
    });
    this.querySelector("[data-controls]").hidden = false;
    this.show(this.end);
  }

  play() {
    let at = Number(this.slider.value) >= this.end ? 0 : Number(this.slider.value);
    this.button.textContent = this.button.dataset.pause;
    this.timer = window.setInterval(() => {
      at += Number(this.speed.value);
      this.show(Math.min(at, this.end));
      if (at >= this.end) this.stop();
    }, 100);
  }

  stop() {
    window.clearInterval(this.timer);
    this.timer = 0;
    this.button.textContent = this.button.dataset.play;
  }

  show(at) {
    this.slider.value = at;
    const now = texts(this.data, at);
    for (const [name, pane] of this.panes) pane.textContent = now[name] ?? "";
    const seconds = Math.floor(at / 10);
    this.clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    const last = this.data.edits.filter((edit) => edit[0] <= at).at(-1);
    this.kind.textContent = last ? this.data.kinds[last[5]] : "";
  }

  disconnectedCallback() {
    this.stop();
  }
}

customElements.define("mk-replay", Replay);

// What stands in the place of the picture: a question, a trouble, a wait; and notices that pass.

const NOTICE_MS = 1600;
const BUSY_AFTER_MS = 500;

export class States {
  constructor({ root, video, words }) {
    Object.assign(this, { root, video, words, fading: 0, waiting: 0 });
    this.notice = root.querySelector("[data-notice]");
    this.busyText = root.querySelector("[data-busy-text]");
    this.all = [...root.querySelectorAll("[data-state]")];
  }

  /** The state that is shown, or nothing. */
  get shown() {
    return this.root.dataset.shown ?? "";
  }

  /** Shows one state, with the focus on what to do about it; nothing for none, which leads back to the film. */
  show(name = "") {
    const before = this.shown;
    if (name === before) return;
    for (const one of this.all) one.hidden = one.dataset.state !== name;
    if (name) this.root.dataset.shown = name;
    else delete this.root.dataset.shown;
    const shown = this.all.find((one) => !one.hidden);
    this.busy(false);
    if (shown) shown.querySelector("button, a")?.focus({ preventScroll: true });
    else if (before) this.video.focus({ preventScroll: true });
  }

  /** Says something short, to see and to hear. */
  say(text) {
    this.notice.textContent = text;
    clearTimeout(this.fading);
    this.fading = setTimeout(() => (this.notice.textContent = ""), NOTICE_MS);
  }

  /** The film does not go on for want of files; that is told after half a second. */
  busy(isBusy, then = () => {}) {
    clearTimeout(this.waiting);
    if (!isBusy) {
      this.root.removeAttribute("data-busy");
      this.busyText.textContent = "";
      return;
    }
    this.waiting = setTimeout(() => {
      this.root.setAttribute("data-busy", "");
      this.busyText.textContent = this.words.busy;
      then();
    }, BUSY_AFTER_MS);
  }
}

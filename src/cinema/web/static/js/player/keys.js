// The keyboard. A letter works by its place too, so that it does whatever alphabet is typed with.

const FIELD = "input:not([type=range]), select, textarea, [contenteditable]";
const PRESSED = "button, a, summary";
const SIDES = ["arrowleft", "arrowright"];
const SHIFTED = { Comma: "<", Period: ">", Slash: "?" };

/** The key's name: "k" also where that key types "л". */
export function named({ key, code, shiftKey }) {
  if (key.length > 1 || key <= "~") return key.toLowerCase();
  return (shiftKey && SHIFTED[code]) || code.replace("Key", "").toLowerCase();
}

/**
 * `keys`: what each key does, by name; "0" stands for all digits and is given the one. `isOn(name)`: whether it works now.
 * None works while somebody types or chooses; what has the focus keeps the keys that it has by itself.
 */
export function listen({ keys, isOn }) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const name = named(event);
    const act = keys[/^[0-9]$/.test(name) ? "0" : name];
    if (!act || isOwn(event.target, name) || !isOn(name)) return;
    event.preventDefault();
    act(name);
  });
}

function isOwn(target, name) {
  if (target.matches(FIELD)) return name !== "escape";
  if (target.closest(PRESSED)) return name === " ";
  if (!target.matches("[type=range]")) return false;
  return name.startsWith("arrow") && !(target.matches("[data-line]") && SIDES.includes(name));
}

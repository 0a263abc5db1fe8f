// Small improvements of pages that work without: focus on mistakes, one press of a button, arrows of shelves.

for (const one of document.querySelectorAll("[data-focus]")) one.focus();

document.addEventListener("submit", (event) => {
  const pressed = event.submitter;
  if (!pressed?.hasAttribute("data-once")) return;
  if (pressed.getAttribute("aria-disabled") === "true") event.preventDefault();
  pressed.setAttribute("aria-disabled", "true");
});

addEventListener("pageshow", (event) => {
  if (event.persisted) for (const one of document.querySelectorAll("[data-once]")) one.removeAttribute("aria-disabled");
});

for (const shelf of document.querySelectorAll("[data-shelf]")) {
  const list = shelf.querySelector("ul");
  for (const [side, name] of [[-1, "back"], [1, "on"]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `arrow arrow-${name}`;
    button.tabIndex = -1;
    button.setAttribute("aria-hidden", "true");
    button.title = shelf.dataset[name];
    button.textContent = side < 0 ? "‹" : "›";
    button.addEventListener("click", () => list.scrollBy({ left: side * list.clientWidth * 0.8 }));
    shelf.append(button);
  }
  const look = () => {
    const [back, on] = shelf.querySelectorAll(".arrow");
    back.hidden = list.scrollLeft < 8;
    on.hidden = list.scrollLeft + list.clientWidth > list.scrollWidth - 8;
  };
  list.addEventListener("scroll", look, { passive: true });
  addEventListener("resize", look);
  look();
}

// A menu closes when Escape is pressed or something else is.
addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

// Says so when there is no connection, and makes the site an application that can be installed.
navigator.serviceWorker?.register("/sw.js").catch(() => {}); // not every browser lets it

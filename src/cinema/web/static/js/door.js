// Small improvements of the doors: a password can be looked at, and the browser's own time zone is chosen already.

for (const field of document.querySelectorAll("input[type=password]")) {
  const words = field.form.dataset;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link-button reveal";
  button.setAttribute("aria-controls", field.id);
  const say = () => (button.textContent = field.type === "password" ? words.show : words.hide);
  button.addEventListener("click", () => {
    field.type = field.type === "password" ? "text" : "password";
    say();
  });
  field.form.addEventListener("submit", () => (field.type = "password")); // so that no browser keeps it as a text
  say();
  field.after(button);
}

for (const list of document.querySelectorAll("select[data-zone]")) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!own) continue;
  if (![...list.options].some((one) => one.value === own)) list.add(new Option(own.replaceAll("_", " "), own));
  list.value = own;
}

// A choice is made at once; a button copies what it names.

function copy(button) {
  const text = document.getElementById(button.dataset.copy)?.textContent ?? "";
  const told = button.textContent;
  navigator.clipboard.writeText(text).then(() => {
    button.textContent = "copied";
    setTimeout(() => { button.textContent = told; }, 1500);
  });
}

export function forms(root) {
  root.querySelectorAll("select[data-submit]").forEach((select) => {
    select.addEventListener("change", () => select.form.requestSubmit());
  });
  root.querySelectorAll("button[data-copy]").forEach((button) => {
    button.addEventListener("click", () => copy(button));
  });
}

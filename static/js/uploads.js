// Says that a file is too large as soon as it is chosen: nothing is sent for nothing, and the choice stays on the page.
// The server judges again. Without this script the message comes after sending.
(() => {
  const megabytes = (bytes) => `${Math.floor(bytes / 1048576)} Mo`;

  const problem = (input) => {
    const files = [...input.files];
    const most = Number(input.dataset.most);
    const limit = Number(input.dataset.maxBytes);
    if (files.length > most) return `Joignez ${most} fichiers au plus.`;
    return files
      .filter((file) => file.size > limit)
      .map((file) => `${file.name} : ce fichier dépasse ${megabytes(limit)}.`)
      .join(" ");
  };

  const show = (input, text) => {
    const id = `${input.id}-taille`;
    let message = document.getElementById(id);
    if (!message) {
      message = document.createElement("p");
      message.id = id;
      message.setAttribute("role", "alert");
      input.after(message);
      input.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby") || ""} ${id}`.trim());
    }
    message.className = text ? "fr-error-text" : "";
    message.textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };

  for (const input of document.querySelectorAll("input[type=file][data-max-bytes]")) {
    input.addEventListener("change", () => show(input, problem(input)));
    input.form.addEventListener("submit", (event) => {
      if (!problem(input)) return;
      event.preventDefault();
      input.focus();
    });
  }
})();

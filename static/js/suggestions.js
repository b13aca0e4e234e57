// Suggestions under the search boxes that name their address in `data-suggestions`: the combobox pattern of the ARIA
// guide, list with manual selection. Without this script the boxes are plain ones.
(() => {
  const DELAY = 300;
  const LETTERS = 3;

  for (const box of document.querySelectorAll("input[data-suggestions]")) {
    const list = document.createElement("ul");
    list.id = `${box.id}-suggestions`;
    list.className = "suggestions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Suggestions");
    const status = document.createElement("p");
    status.className = "fr-sr-only";
    status.setAttribute("role", "status");
    const place = box.closest(".fr-search-bar") || box.parentElement;
    place.classList.add("suggestions-place");
    place.append(list, status);
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-controls", list.id);
    box.setAttribute("aria-expanded", "false");

    let timer;
    let asked;
    let active = -1;

    const options = () => [...list.children];

    const close = () => {
      clearTimeout(timer);
      asked?.abort();
      list.hidden = true;
      active = -1;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    };

    const activate = (index) => {
      const all = options();
      active = (index + all.length) % all.length;
      all.forEach((option, place) => option.setAttribute("aria-selected", String(place === active)));
      box.setAttribute("aria-activedescendant", all[active].id);
      all[active].scrollIntoView({ block: "nearest" });
    };

    const show = (html) => {
      list.innerHTML = html;
      options().forEach((option, place) => {
        option.id = `${list.id}-${place}`;
      });
      const count = list.children.length;
      active = -1;
      box.removeAttribute("aria-activedescendant");
      list.hidden = count === 0;
      box.setAttribute("aria-expanded", String(count > 0));
      status.textContent = count ? `${count} suggestion${count > 1 ? "s" : ""}, flèches pour choisir` : "";
    };

    const ask = async () => {
      asked?.abort();
      asked = new AbortController();
      try {
        const address = `${box.dataset.suggestions}?q=${encodeURIComponent(box.value)}`;
        const answer = await fetch(address, { signal: asked.signal });
        if (answer.ok && document.activeElement === box) show(await answer.text());
      } catch {
        // given up, or no network: the box works without suggestions
      }
    };

    box.addEventListener("input", () => {
      clearTimeout(timer);
      if (box.value.trim().length < LETTERS) {
        close();
        return;
      }
      timer = setTimeout(ask, DELAY);
    });
    box.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      if (event.key === "ArrowDown") activate(active + 1);
      else if (event.key === "ArrowUp") activate(active < 0 ? -1 : active - 1);
      else if (event.key === "Escape") close();
      else if (event.key === "Enter" && active >= 0) location.href = options()[active].dataset.href;
      else return;
      event.preventDefault();
    });
    box.addEventListener("blur", close);
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) location.href = option.dataset.href;
    });
  }
})();

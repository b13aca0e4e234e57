// Keyboard shortcuts of the desk. A key does what a person could do with the mouse: it follows the link, presses the
// button or enters the field that bears it in `data-shortcut`; in a list, `data-shortcut-rows` names the links that
// « j » and « k » go through. One letter is easily hit by mistake, or said to a voice command: they can be turned off.
(() => {
  const OFF = "desk-shortcuts-off";
  const LIST = "desk-queue";
  const FIELDS = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select";

  // A private window may refuse the storage: shortcuts then work, and are turned off for the page alone.
  const stored = (storage, key) => {
    try {
      return storage.getItem(key);
    } catch {
      return null;
    }
  };
  const store = (storage, key, value) => {
    try {
      if (value === null) storage.removeItem(key);
      else storage.setItem(key, value);
    } catch {
      // not kept
    }
  };

  let off = stored(localStorage, OFF) !== null;
  const choice = document.querySelector("[data-shortcuts-choice]");
  if (choice) {
    choice.checked = !off;
    choice.addEventListener("change", () => {
      off = !choice.checked;
      store(localStorage, OFF, off ? "1" : null);
    });
  }

  // The ticket page has no list: the queue leaves it the addresses that it showed.
  const rows = [...document.querySelectorAll("[data-shortcut-rows] a[data-shortcut-row]")];
  if (rows.length) {
    store(sessionStorage, LIST, JSON.stringify({ queue: location.href, tickets: rows.map((link) => link.pathname) }));
  }
  const neighbours = document.querySelector("[data-shortcut-neighbours]");
  if (neighbours) {
    const list = JSON.parse(stored(sessionStorage, LIST) || '{"tickets": []}');
    const place = list.tickets.indexOf(location.pathname);
    for (const link of neighbours.querySelectorAll("[data-step]")) {
      const address = place < 0 ? undefined : list.tickets[place + Number(link.dataset.step)];
      if (address) link.href = address;
      link.closest("li").hidden = !address;
    }
    const back = neighbours.querySelector("[data-queue]");
    if (back && place >= 0) back.href = list.queue;
  }

  const reveal = (element) => {
    for (let place = element.closest("details"); place; place = place.parentElement.closest("details")) {
      place.open = true;
    }
  };
  addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target) reveal(target);
  });

  const step = (by) => {
    const current = rows.indexOf(document.activeElement.closest?.("tr")?.querySelector("a[data-shortcut-row]"));
    const next = current < 0 ? (by > 0 ? 0 : rows.length - 1) : current + by;
    rows[Math.max(0, Math.min(rows.length - 1, next))].focus();
  };

  const act = (bearer) => {
    const inside = bearer.hash && bearer.pathname === location.pathname;
    const target = inside ? document.getElementById(bearer.hash.slice(1)) : bearer;
    reveal(target);
    if (target.matches(FIELDS)) target.focus();
    else target.click();
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches?.(FIELDS) || event.target.isContentEditable;
    const covered = document.querySelector("dialog.fr-modal--opened, dialog[open]");
    if (off || typing || covered || event.defaultPrevented || event.repeat) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const key = event.key.toLowerCase();
    const row = document.activeElement.closest?.("tr");
    if (rows.length && (key === "j" || key === "k")) step(key === "j" ? 1 : -1);
    else if (rows.length && key === "o") row?.querySelector("a[data-shortcut-row]")?.click();
    else if (rows.length && key === "x") row?.querySelector("input[type=checkbox]")?.click();
    else {
      const bearers = [...document.querySelectorAll("[data-shortcut]")].filter((one) => one.dataset.shortcut === key);
      const target = bearers.find((one) => !one.closest("[hidden]"));
      if (!target) return;
      act(target);
    }
    event.preventDefault();
  });
})();

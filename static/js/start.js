// Runs before the first paint: tells the style sheets that scripts work, and applies the chosen theme without a flash.
// `scheme` in the local storage is written by the design system's display settings.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  let scheme = root.getAttribute("data-fr-scheme");
  try {
    scheme = localStorage.getItem("scheme") || scheme;
  } catch {
    // storage refused: the system's theme applies
  }
  const dark = scheme === "dark" || (scheme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.setAttribute("data-fr-theme", dark ? "dark" : "light");

  // Paper is white: print in light whatever the screen shows.
  let shown;
  addEventListener("beforeprint", () => {
    shown = root.getAttribute("data-fr-theme");
    root.setAttribute("data-fr-theme", "light");
  });
  addEventListener("afterprint", () => root.setAttribute("data-fr-theme", shown));
})();

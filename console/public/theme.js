// Runs before the first paint, so that a dark console never flashes white. The choice is changed in src/app/theme.ts.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("trimtab.theme");
  } catch {
    // Storage may be forbidden; then the system decides.
  }
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();

// Pictures larger than their place open over the page. Without this script, they are links.
document.querySelectorAll(".enlarge").forEach((link, index) => {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // In a tab of its own.
    event.preventDefault();
    import("./viewer.js").then(({ open }) => open(index), () => location.assign(link.href));
  });
});

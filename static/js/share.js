// What shares an article by what the browser can do. Without this script, the links beside remain.
const share = document.querySelector(".share");

function offer(way, act) {
  const button = share?.querySelector(`[data-way="${way}"]`);
  if (!button) return; // A preview is not shared.
  button.parentElement.hidden = false;
  button.addEventListener("click", () => act(button));
}

// Not where one is: that address may carry what another site added to it.
const url = document.querySelector('link[rel="canonical"]')?.href;
const title = document.querySelector("h1").textContent;

if (navigator.share) {
  offer("share", () => navigator.share({ title, url }).catch(() => {})); // Readers may think better.
}
if (navigator.clipboard) {
  offer("copy", async ({ dataset }) => {
    const status = share.querySelector("[role=status]");
    status.textContent = ""; // Or nobody would be told that it was copied again.
    const copied = navigator.clipboard.writeText(url).then(() => dataset.done);
    status.textContent = await copied.catch(() => url);
  });
}

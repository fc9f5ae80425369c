// Shows pictures where pictures are chosen: in the list of results, and beside the chosen cover.
"use strict";

(() => {
  const $ = django.jQuery;
  if (!$.fn.select2) return; // The list of articles loads this file too.

  function withThumbnail(result) {
    if (!result.thumbnail) return result.text;
    const image = $("<img>", { src: result.thumbnail, alt: "", class: "cover-thumb" });
    return $("<span>", { class: "cover-choice" }).append(image, document.createTextNode(result.text));
  }

  // Set before Django starts its autocomplete fields; results without a picture stay as they are.
  $.fn.select2.defaults.set("templateResult", withThumbnail);

  $(() => {
    const cover = $("#id_cover");
    const alt = document.getElementById("id_cover_alt");
    const shown = $("<img>", { alt: "", class: "cover-shown", hidden: true });
    const url = cover.data("thumbnail");
    let filledIn = cover.data("alt");
    cover.closest(".flex-container").after(shown);
    if (url) shown.attr("src", url).prop("hidden", false);
    cover.on("select2:select", (event) => {
      const chosen = event.params.data;
      shown.attr("src", chosen.thumbnail).prop("hidden", false);
      // Words about the picture before would be wrong; words of one's own stay.
      if (alt && (!alt.value || alt.value === filledIn)) alt.value = chosen.alt;
      filledIn = chosen.alt;
    });
    cover.on("select2:unselect select2:clear", () => shown.prop("hidden", true));
  });
})();

"""The demo's pictures: drawn, so that the newsroom ships no photograph and needs no network."""

from collections.abc import Callable
from dataclasses import dataclass

from .canvas import Canvas
from .interiors import brewery_tanks, conference_hall, laboratory, mill_hall
from .isometric import blueprint, crystals
from .landscapes import process_plant, renewables, skyline
from .surfaces import clarifiers, contours, fibres


@dataclass(frozen=True)
class Picture:
    """A picture of the library, by what staff find it under and what it shows."""

    key: str
    title: str
    alt: str
    paint: Callable[[], Canvas]

    def jpeg(self) -> bytes:
        return self.paint().jpeg(seed=self.key)


PICTURES = {
    picture.key: picture
    for picture in (
        Picture(
            "mill-hall",
            "Dryer section of a paper machine",
            "White paper web winding over two rows of dryer cylinders",
            mill_hall,
        ),
        Picture(
            "brewery-tanks",
            "Fermentation tanks",
            "A row of tall fermentation tanks with conical bottoms above an amber pipe",
            brewery_tanks,
        ),
        Picture(
            "clarifiers",
            "Clarifiers from above",
            "Five round clarifiers of a water treatment plant seen from above",
            clarifiers,
        ),
        Picture(
            "blueprint",
            "Isometric plant model",
            "Isometric drawing of a plant with production hall, tower, tanks and a pipe bridge",
            blueprint,
        ),
        Picture(
            "crystals",
            "Salt crystals",
            "A field of white cubes, one of them amber, like salt under a lens",
            crystals,
        ),
        Picture(
            "process-plant",
            "Process plant at first light",
            "Silhouette of a process plant with columns, tanks and a stack before a low sun",
            process_plant,
        ),
        Picture(
            "skyline",
            "City at dawn",
            "City towers in layers of morning haze, a few windows lit",
            skyline,
        ),
        Picture(
            "renewables",
            "Wind turbines and solar field",
            "Wind turbines on rolling hills behind rows of solar panels",
            renewables,
        ),
        Picture(
            "contours",
            "Site topography in layers",
            "Layers of cut paper shaped like hills, with a road climbing to a marked site",
            contours,
        ),
        Picture(
            "conference-hall",
            "Conference hall from above",
            "Curved rows of seats around a lit stage, seen from above",
            conference_hall,
        ),
        Picture(
            "laboratory",
            "Laboratory glassware",
            "Flasks, beakers and measuring cylinders with blue and amber liquids on a bench",
            laboratory,
        ),
        Picture(
            "fibres",
            "Paper fibres",
            "Crossing paper fibres under the microscope, one of them amber",
            fibres,
        ),
    )
}

"""What is known of the public sets: licence and citation, for cards. Facts with their source; no images."""

from __future__ import annotations

from collections.abc import Mapping

SOURCES: Mapping[str, Mapping[str, str]] = {
    "bccd": {
        "title": "BCCD dataset",
        "licence": "MIT",
        "citation": "BCCD dataset (cosmicad, akshaylamba; Shenggan)",
    },
    "pbc": {
        "title": "Peripheral blood cell images, CellaVision DM96, May-Gruenwald-Giemsa",
        "licence": "CC BY 4.0",
        "citation": "Acevedo et al., Data in Brief 30 (2020) 105474",
    },
    "txl-raabin": {
        "title": "TXL-PBC, fields from Raabin-WBC",
        "licence": "MIT",
        "citation": "Gan et al. 2024, TXL-PBC, from Raabin-WBC",
    },
    "txl-pbc": {
        "title": "TXL-PBC, fields from PBC",
        "licence": "MIT",
        "citation": "Gan et al. 2024, TXL-PBC, from PBC (Acevedo et al. 2020)",
    },
    "simulated": {
        "title": "Simulated fields of this project",
        "licence": "Apache-2.0",
        "citation": "ml.simulator; never in a reported figure of real data",
    },
}


def describe(name: str, images: int, use: str) -> dict[str, object]:
    """Return a card's entry for one source; an unknown set is told as the user's own."""
    known = SOURCES.get(
        name, {"title": name, "licence": "as given by its owner", "citation": "the user's own data"}
    )
    return {"source": name, **known, "images": images, "use": use}

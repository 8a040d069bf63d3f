"""Which picture a file of annotations speaks of."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath

# Folders that stand beside each other in the layouts of the public sets.
_BESIDE = {"labels": "images", "annotations": "jpegimages"}


class Pictures:
    """The pictures of an archive, found by name, by the folder beside, or by stem."""

    def __init__(self, names: list[str]) -> None:
        self._names = set(names)
        self._by_stem: defaultdict[str, list[str]] = defaultdict(list)
        self._by_name: defaultdict[str, list[str]] = defaultdict(list)
        for name in names:
            path = PurePosixPath(name)
            self._by_stem[path.stem.lower()].append(name)
            self._by_name[path.name.lower()].append(name)

    def named(self, text: str, *, near: str = "") -> str | None:
        """Return the picture that a file calls so, with or without folders; None when none or several are meant."""
        text = text.replace("\\", "/").removeprefix("./")
        if text in self._names:
            return text
        beside = PurePosixPath(near).parent.joinpath(text).as_posix() if near else text
        if beside in self._names:
            return beside
        endings = [
            name for name in self._by_name[PurePosixPath(text).name.lower()] if name.endswith(f"/{text}")
        ]
        if len(endings) == 1:
            return endings[0]
        return _only(self._by_name[PurePosixPath(text).name.lower()])

    def beside(self, annotation: str) -> str | None:
        """Return the picture with the stem of a file of annotations, in its folder, the folder beside, or anywhere."""
        path = PurePosixPath(annotation)
        same = self._by_stem[path.stem.lower()]
        if len(same) < 2:
            return _only(same)
        folders = [part.lower() for part in path.parent.parts]
        for wanted in (folders, [_BESIDE.get(part, part) for part in folders]):
            here = [name for name in same if [p.lower() for p in PurePosixPath(name).parent.parts] == wanted]
            if len(here) == 1:
                return here[0]
        return None


def _only(names: list[str]) -> str | None:
    return names[0] if len(names) == 1 else None

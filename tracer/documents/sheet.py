"""A sheet that matplotlib draws on, as SVG for a page under a strict policy: text stays text, no style, no date.

matplotlib says of itself that it is not safe in threads, and its settings are the process's. So the settings are made
once, here, and whoever draws holds `DRAWING`; pyplot, which keeps figures alive, is not used.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any
from xml.etree import ElementTree

import manimgx_fonts_cjk
import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, FontProperties, fontManager
from matplotlib.ft2font import FT2Font
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from tracer.documents.plots import Ink

DRAWING = RLock()
FONTS = "system-ui, 'PingFang SC', 'Noto Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"
SIZE, SMALL = 13, 12
LEGEND = 36
_DATED = ("Creator", "Date", "Format", "Type")
DOTS = 72
"""To the inch: a unit of the drawing is then matplotlib's point."""
_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"


def _settings() -> None:
    """Once a process; nobody's matplotlibrc has a say."""
    matplotlib.rcdefaults()
    matplotlib.rcParams.update(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "tracer",
            "text.parse_math": False,
            "font.family": list(_MEASURING),
            "font.size": SIZE,
        }
    )


def _measuring_fonts() -> Mapping[str, FontEntry]:
    """Fonts to measure with, the same everywhere: matplotlib's own, which is wide, then the one of the print.

    Under names of our own, else one of the system could come first; and told to be of ordinary weight, which is what a
    reader's will be: all weights of a Chinese character are as wide.
    """
    latin = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    chinese = next(Path(manimgx_fonts_cjk.__file__).parent.glob("*.ttc"))
    known = len(fontManager.ttflist)
    fontManager.addfont(latin)
    fontManager.addfont(chinese)
    found = {one.name: one for one in fontManager.ttflist[known:]}
    del fontManager.ttflist[known:]
    named = {"Tracer Latin": found["DejaVu Sans"], "Tracer Han": found["Noto Sans CJK SC"]}
    named = {name: replace(one, name=name, weight=400) for name, one in named.items()}
    fontManager.ttflist += named.values()
    return named


_MEASURING = _measuring_fonts()
_KNOWN = frozenset(
    code for one in _MEASURING.values() for code in FT2Font(one.fname, face_index=one.index).get_charmap()
)
_settings()


class _Renderer(RendererSVG):
    """Measures letters that its fonts lack as if they were Chinese, instead of warning of each."""

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
        seen = "".join(one if ord(one) in _KNOWN else "国" for one in s)
        size = super().get_text_width_height_descent(seen, prop, ismath)  # type: ignore[no-untyped-call]  # of matplotlib
        width, height, descent = size
        return float(width), float(height), float(descent)


_RULER = _Renderer(1, 1, io.StringIO())  # type: ignore[no-untyped-call]  # of matplotlib


class Sheet:
    """A figure of so many units; lengths are units from the upper left corner. Hold DRAWING while there is one."""

    def __init__(self, ink: Ink, width: float, height: float, title: str) -> None:
        self.ink, self.width, self.height, self.title = ink, width, height, plain(title)
        self.figure = Figure((width / DOTS, height / DOTS), dpi=DOTS, facecolor=ink.ground, edgecolor="none")

    def panel(self, left: float, top: float, right: float, bottom: float) -> Axes:
        """A plot between these edges, without a frame."""
        place = (left / self.width, 1 - bottom / self.height, (right - left) / self.width, (bottom - top) / self.height)
        axes = self.figure.add_axes(place, facecolor="none")
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0, labelsize=SMALL, labelcolor=self.ink.soft, pad=6)
        axes.set_axisbelow(True)
        return axes

    def text(self, x: float, y: float, text: str, colour: str, size: float = SIZE, align: str = "left") -> Text:
        """A line of text; `y` is its base."""
        place = (x / self.width, 1 - y / self.height)
        return self.figure.text(*place, plain(text), color=colour, fontsize=size, ha=align)

    def legend(self, handles: Sequence[Line2D | Patch], left: float) -> None:
        """What the marks mean, in one line along the top or in one column where that does not fit."""
        legend = self.figure.legend(
            handles=list(handles), ncols=len(handles) if legend_height(handles, self.width) == LEGEND else 1,
            loc="upper left", bbox_to_anchor=(left / self.width, 1 - 12 / self.height), borderaxespad=0, borderpad=0,
            frameon=False, labelcolor=self.ink.ink, handlelength=1, handletextpad=0.5, columnspacing=1.6,
            labelspacing=0.45, fontsize=SIZE,
        )  # fmt: skip
        legend.set_in_layout(False)

    def done(self) -> str:
        """The SVG."""
        written = io.StringIO()
        renderer = _Renderer(self.width, self.height, written, metadata=dict.fromkeys(_DATED))  # type: ignore[no-untyped-call]  # of matplotlib
        self.figure.draw(renderer)
        renderer.finalize()  # type: ignore[no-untyped-call]  # of matplotlib
        return without_style(written.getvalue(), self.title, self.ink.stroke)


def legend_height(handles: Sequence[Line2D | Patch], width: float) -> float:
    """How much room a legend takes on a sheet of this width."""
    needed = sum(measured(str(one.get_label())) + 42 for one in handles)
    return LEGEND if needed <= width or len(handles) == 1 else 16 + 21 * len(handles)


@lru_cache(1000)
def measured(text: str, size: float = SIZE) -> float:
    """How wide a text is, in units."""
    return _RULER.get_text_width_height_descent(text, FontProperties(size=size), False)[0] if text else 0.0


def shortened(text: str, width: float, size: float = SIZE) -> str:
    """A text that fits: as much of it as there is room for."""
    whole = plain(text)[:200]
    if measured(whole, size) <= width:
        return whole
    fits, too_long = 0, len(whole)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if measured(whole[:middle].rstrip() + "…", size) <= width:
            fits = middle
        else:
            too_long = middle
    return whole[:fits].rstrip() + "…"


def plain(text: str) -> str:
    """On one line, without what XML has no place for and what turns the line round."""
    shown = "".join(" " if one.isspace() else one if one.isprintable() else "" for one in text)
    return " ".join(shown.split())


def without_style(svg: str, title: str, stroke: float = 0.0) -> str:
    """matplotlib's SVG with its style in attributes, a title, and no metadata; `stroke` thickens its letters."""
    root = ElementTree.fromstring(svg)  # noqa: S314  # written a moment ago by matplotlib
    used = {value.removeprefix("#") for one in root.iter() for name, value in one.items() if name == _LINK}
    used |= {value[5:-1] for one in root.iter() for value in one.attrib.values() if value.startswith("url(#")}
    for parent in root.iter():
        for child in [one for one in parent if one.tag.rpartition("}")[2] in ("metadata", "style")]:
            parent.remove(child)
    for one in root.iter():
        one.tag = one.tag.removeprefix(_SVG)
        given = {"href" if name == _LINK else name: value for name, value in one.items()}
        styled = (part.partition(":") for part in given.pop("style", "").split(";") if ":" in part)
        given |= {name.strip(): value.strip() for name, _, value in styled}
        given.pop("font-family", None)
        if given.get("transform", "").startswith("rotate(-0 "):
            del given["transform"]
        if given.get("id") not in used:
            given.pop("id", None)
        if one.tag == "text" and stroke:
            given |= {"stroke": given.get("fill", "#000000"), "stroke-width": f"{stroke:g}"}
        one.attrib.clear()
        one.attrib.update(given)
    width, height = root.attrib["viewBox"].split()[2:]
    root.attrib |= {
        "xmlns": _SVG[1:-1], "width": width, "height": height, "role": "img", "font-family": FONTS,
        "stroke-linejoin": "round",
    }  # fmt: skip
    named = ElementTree.Element("title")
    named.text, named.tail = title, "\n"
    root.insert(0, named)
    return ElementTree.tostring(root, encoding="unicode") + "\n"

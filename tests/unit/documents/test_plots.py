"""Plots as matplotlib draws them: text stays text whatever it is, no style, the same bytes from every thread."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest

from tests.command_line import ROOT
from tests.factories.reports import call, channel, report_of
from tracer.documents.plots import DARK, LIGHT, MOST_ROWS, PLOTS, PRINT, draw_plot
from tracer.documents.report_view import ReportView
from tracer.documents.sheet import legend_height, measured, plain, shortened, without_style
from tracer.documents.words import Words

SVG = "{http://www.w3.org/2000/svg}"
VERDICTS = ("implicated", "unresolved", "bounded")
FIRST = datetime.fromisoformat("2026-03-01T10:00:00+08:00")
STRANGE = {
    "$\\frac{1}{$ & <b>": "$\\frac{1}{$ & <b>",
    "tab\tand\nline\u2028end": "tab and line end",
    "\x00bell\x07\ud800\ufffe": "bell",
    "\u202eturned\u202c round": "turned round",
    "مرحبا بالعالم": "مرحبا بالعالم",
    "𓀀 ☃ 😀 \U00020bb7野家": "𓀀 ☃ 😀 \U00020bb7野家",
    "e\u0301\u0301\u0301": "e\u0301\u0301\u0301",
}


def view_of(labels, calls=0, words=None):
    """A report on channels called this; their verdicts take turns."""
    channels = [channel(f"c{place}", label, 1 - place / len(labels), VERDICTS[place % 3])
                for place, label in enumerate(labels)]  # fmt: skip
    sources = ("c0", "other", "background")
    made = [call(f"k{place}", None, (sources[place % 3], 0.9)) for place in range(calls)]
    received = {f"k{place}": FIRST + timedelta(days=place % 200) for place in range(calls)}
    changed = {"p_leaked": {one["channel_id"]: one["p_leaked"] / 2 for one in channels}}
    sensitivity = {"prior_halved": {**changed, "no_longer_implicated": [], "newly_implicated": []}}
    return ReportView(report_of(channels, made, sensitivity=sensitivity), words or Words(), received)


def parsed(svg):
    return ElementTree.fromstring(svg)  # noqa: S314  # our own


def texts(svg):
    return [one.text for one in parsed(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", PLOTS)
def test_a_page_under_a_strict_policy_may_hold_it(name, narrow):
    svg = draw_plot(name, view_of(["兰亭", "Platform", "Courier"], 7), LIGHT, narrow=narrow)
    root = parsed(svg)
    assert root.attrib["role"] == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text
    assert root.attrib["width"] == ("360" if narrow else "720")
    assert root.attrib["viewBox"].split()[2:] == [root.attrib["width"], root.attrib["height"]]
    tags = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert tags <= {"svg", "title", "g", "defs", "path", "use", "text"}
    named = {name for one in root.iter() for name in one.attrib}
    assert "style" not in named
    assert not [name for name in named if name.startswith(("on", "{"))]
    ids = [one.attrib["id"] for one in root.iter() if "id" in one.attrib]
    assert len(ids) == len(set(ids))
    assert {one.attrib["href"] for one in root.iter(f"{SVG}use")} <= {f"#{one}" for one in ids}


@pytest.mark.parametrize("name", PLOTS)
def test_inks_and_widths_differ_and_each_is_the_same_twice(name):
    asked = [(ink, narrow) for ink in (LIGHT, DARK, PRINT) for narrow in (False, True)]
    drawn = [draw_plot(name, view_of(["a", "b"], 5), ink, narrow=narrow) for ink, narrow in asked]
    assert len(set(drawn)) == len(drawn)
    assert [draw_plot(name, view_of(["a", "b"], 5), ink, narrow=narrow) for ink, narrow in asked] == drawn


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", ["channels", "sensitivity"])
def test_strange_labels_are_shown_as_text(name, narrow):
    shown = texts(draw_plot(name, view_of(list(STRANGE)), LIGHT, narrow=narrow))
    assert set(STRANGE.values()) <= set(shown)


def test_a_long_label_is_cut_where_there_is_no_room():
    shown = texts(draw_plot("channels", view_of(["长" * 5000, "W" * 5000, "i" * 30]), LIGHT))
    cut = [text for text in shown if text.endswith("…")]
    assert [text[0] for text in cut] == ["长", "W"]
    assert "i" * 30 in shown


@pytest.mark.parametrize("width", [1, 40, 100, 400])
@pytest.mark.parametrize("text", ["W" * 300, "顺丰速运杭州东部分拣中心", "iiii", "国 W" * 60, "☃😀" * 40])
def test_what_is_shortened_fits(text, width):
    found = shortened(text, width)
    assert found == text or found == "…" or (measured(found) <= width and text.startswith(found[:-1]))


def test_chinese_is_measured_as_wide_as_it_is():
    assert measured("国国国国", 10) == pytest.approx(40, abs=2)
    assert measured("\U00013000" * 4, 10) == measured("国国国国", 10)  # no font of ours has it


@pytest.mark.parametrize("name", PLOTS)
def test_threads_draw_what_one_draws_alone(name):
    views = [view_of([f"频道 {place} $x$", "Courier"], place) for place in range(6)]
    alone = [draw_plot(name, view, DARK) for view in views]
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(lambda view: draw_plot(name, view, DARK), views * 2)) == alone * 2


def test_verdicts_differ_by_shape():
    shapes = {}
    for verdict in VERDICTS:
        report = report_of([channel("c0", "Shop", 0.5, verdict)], [])
        root = parsed(draw_plot("channels", ReportView(report, Words()), LIGHT))
        drawn = {one.attrib["id"]: one.attrib["d"] for one in root.iter(f"{SVG}path") if "id" in one.attrib}
        (shape,) = {drawn[one.attrib["href"][1:]] for one in root.iter(f"{SVG}use") if one.attrib.get("stroke")}
        shapes[verdict] = shape
    assert len(set(shapes.values())) == 3


def test_a_mark_lies_where_its_figure_is():
    def across(p):
        report = report_of([channel("c0", "Shop", p, "bounded")], [])
        root = parsed(draw_plot("channels", ReportView(report, Words()), LIGHT))
        return min(float(one.attrib["x"]) for one in root.iter(f"{SVG}use") if one.attrib.get("stroke"))

    left, middle, right = across(0.0), across(0.5), across(1.0)
    assert middle == pytest.approx((left + right) / 2, abs=0.01)
    assert right > left + 100
    assert across(1.7) == right


def test_many_channels_are_the_most_probable_ones_and_that_is_said():
    for narrow, most in ((False, MOST_ROWS), (True, MOST_ROWS // 2)):
        shown = texts(draw_plot("channels", view_of([f"n{place}" for place in range(40)]), LIGHT, narrow=narrow))
        assert [text for text in shown if text[0] == "n"] == [f"n{place}" for place in range(most)]
        assert "The most probable ones; all are in the table." in shown


def test_without_calls_it_says_so_and_many_are_few_bars():
    assert "No calls yet." in texts(draw_plot("calls", view_of(["a"]), LIGHT))
    shown = texts(draw_plot("calls", view_of(["a"], 3000), LIGHT))
    assert "No calls yet." not in shown
    assert "2026-03-01" in shown
    narrow = texts(draw_plot("calls", view_of(["a"], 3000), LIGHT, narrow=True))
    assert 2 <= sum(text.startswith("2026") for text in narrow) < sum(text.startswith("2026") for text in shown)


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", PLOTS)
def test_no_text_is_cut_by_the_edge(name, narrow):
    for labels, calls in ((["a"], 1), (["W" * 80, "长" * 80], 7), (["b"] * 40, 40), (["c"] * 3, 3000)):
        root = parsed(draw_plot(name, view_of(labels, calls), LIGHT, narrow=narrow))
        for one in root.iter(f"{SVG}text"):
            wide = measured(one.text, float(one.attrib["font-size"].removesuffix("px")))
            before = {"start": 0, "middle": 0.5, "end": 1}[one.attrib["text-anchor"]] * wide
            left = float(one.attrib["x"]) - before
            assert left >= 0, one.text
            assert left + wide <= float(root.attrib["width"]), one.text


def test_a_report_without_channels_has_plots():
    empty = ReportView({**report_of([channel("c0", "a", 0.1)], []), "channels": [], "sensitivity": {}}, Words())
    for name in PLOTS:
        assert parsed(draw_plot(name, empty, LIGHT)).tag == f"{SVG}svg"


def test_style_becomes_attributes_and_only_ids_in_use_stay():
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 8">'
        "<metadata>when</metadata>"
        '<defs><style type="text/css">*{}</style><path id="mark"/><clipPath id="cut"/></defs>'
        '<g id="axes_1" clip-path="url(#cut)"><use xlink:href="#mark" style="fill: #fff; stroke: url(#cut)"/>'
        '<text style="font-family: \'Tracer Han\'; font-size: 12px" transform="rotate(-0 1 2)">a &lt; b</text>'
        "</g></svg>"
    )
    made = without_style(svg, "Title & more", 0.5)
    assert "<title>Title &amp; more</title>" in made
    assert '<g clip-path="url(#cut)"><use href="#mark" fill="#fff" stroke="url(#cut)" />' in made.replace("\n", "")
    assert '<text font-size="12px" stroke="#000000" stroke-width="0.5">a &lt; b</text>' in made
    assert 'id="mark"' in made
    assert "axes_1" not in made
    assert "when" not in made
    assert "style" not in made


def test_plain_keeps_to_one_line():
    assert plain(" a\r\nb\u00a0 c\u200f\u2066 ") == "a b c"


def test_a_legend_that_does_not_fit_is_a_column():
    from matplotlib.patches import Patch

    handles = [Patch(label="from somebody on no route")] * 3
    assert legend_height(handles, 360) > legend_height(handles, 720)


def test_a_command_line_that_draws_nothing_does_not_load_matplotlib():
    code = "import sys, tracer.cli.app, tracer.documents.report_files; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_nobodys_settings_have_a_say(tmp_path):
    (tmp_path / "matplotlibrc").write_text("svg.fonttype: path\nlines.color: red\nfont.size: 40\ntext.usetex: True\n")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from tests.unit.documents.test_plots import *\n"
        "sys.stdout.buffer.write(draw_plot('channels', view_of(['兰亭', 'b']), LIGHT).encode())"
    )
    made = subprocess.run([sys.executable, "-c", code, str(ROOT)], cwd=tmp_path, check=True, capture_output=True)
    assert made.stdout.decode() == draw_plot("channels", view_of(["兰亭", "b"]), LIGHT)

"""The report as files, letters, and the plan's canaries."""

import csv
import io
import shutil
import subprocess

import pytest

from tests.factories.reports import CALLER, PERSON, SHOP, csrf_of, served_house, written
from tracer.documents.words import percent


@pytest.fixture
def house(make_app, tmp_path):
    with served_house(make_app(f"sqlite:///{tmp_path / 'home' / 'tracer.db'}")) as made:
        yield made


def text_of(pdf, tmp_path):
    """What a reader's program finds in a PDF; a glyph that the font lacks is not found."""
    program = shutil.which("pdftotext")
    assert program, "pdftotext is needed to read PDFs: install poppler-utils"
    path = tmp_path / "read.pdf"
    path.write_bytes(pdf)
    return " ".join(
        subprocess.run([program, "-layout", path, "-"], check=True, capture_output=True, text=True).stdout.split()
    )


def test_the_table_for_spreadsheets_holds_the_figures_and_no_formula(house):
    with house.visit() as owner:
        answer = owner.get("/report.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["channel_id"] for row in rows] == [one["channel_id"] for one in house.report["channels"]]
    for row, found in zip(rows, house.report["channels"], strict=True):
        assert float(row["p_leaked"]) == found["p_leaked"]
        assert float(row["leak_rate_upper_90"]) == found["leak_rate"]["upper"]
        assert float(row["bound_95"]) == found["bound"]
    assert rows[0]["name"] == f"'{SHOP}"
    assert PERSON not in answer.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Leak attribution report", "implicated", "bounded", "Cannot be told apart", "clean bill of health"]),
        ("zh-CN", ["泄露归因报告", "有指向", "有上限", "无法区分", "不给任何人定罪", "概率 0.973"]),
    ],
)
def test_the_print_says_the_same_in_both_languages_in_the_same_bytes(house, tmp_path, language, said):
    with house.visit("analyst", language) as analyst:
        made = analyst.get("/report.pdf")
        assert made.headers["content-type"] == "application/pdf"
    text = text_of(made.content, tmp_path)
    packed = text.replace(" ", "")
    for one in said:
        assert one.replace(" ", "") in packed
    for found in house.report["channels"]:
        assert percent(found["p_leaked"]) in text
    assert '=1+1<bonclick="x">兰亭</b>&amp;{{7*7}}%s' in packed
    assert PERSON not in text
    from tracer.documents.catalogues import translations
    from tracer.documents.report_files import report_pdf
    from tracer.documents.report_view import ReportView
    from tracer.documents.words import Words
    from tracer.web.languages import LANGUAGES

    words = {"en": LANGUAGES["en"], "zh-CN": LANGUAGES["zh_Hans"]}[language]
    view = ReportView(house.report, Words(translations(words.key).gettext, words.key, words.html))
    assert report_pdf(view) == report_pdf(view)


def test_downloads_are_noted(house):
    with house.visit("analyst") as analyst:
        analyst.get("/report.csv")
    with house.app.reading() as work:
        assert "job_output_fetched" in [one.event for one in work.journal.about(house.job.job_id)]


def letter(client, house, **changed):
    page = client.get(f"/letters/new?channel={house.shop}&to=council&language=zh")
    text = page.text.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    fields = {"csrf": csrf_of(page), "channel": house.shop, "to": "council", "language": "zh"}
    return {**fields, "report": house.job.job_id, "text": text.lstrip("\n"), **changed}


def released(house):
    with house.app.reading() as work:
        return [one for one in work.journal.about(house.shop) if one.event == "letter_released"]


def test_a_letter_states_facts_and_no_callers_number(house):
    with house.visit() as owner:
        for to in ("shop", "council", "police"):
            for language in ("en", "zh"):
                page = owner.get(f"/letters/new?channel={house.shop}&to={to}&language={language}")
                shown = written(page)
                for fact in (house.canary_id, house.calls[0], house.calls[1], "97.3%", "90.4%"):
                    assert fact in shown, (to, language)
                assert house.calls[2] not in shown
                assert CALLER not in shown
                assert PERSON not in shown
                assert "20261101-7788" not in shown
                assert "listed in the report" not in shown
        named = owner.get(f"/letters/new?channel={house.shop}&names=1")
        assert "20261101-7788" in named.text
        assert PERSON not in named.text
    with house.visit("analyst") as analyst:
        assert "20261101-7788" not in analyst.get(f"/letters/new?channel={house.shop}&names=1").text


def test_a_letter_leaves_only_after_somebody_checked_it_and_is_noted(house, tmp_path):
    with house.visit("analyst") as analyst:
        fields = letter(analyst, house)
        refused = analyst.post("/letters", data={**fields, "text": "我改过的内容 <i>"})
        assert refused.status_code == 422
        assert "我改过的内容 &lt;i&gt;" in refused.text
        assert released(house) == []
        assert analyst.post("/letters", data={**fields, "checked": "yes", "csrf": "forged"}).status_code == 403
        assert analyst.post("/letters", data={**fields, "checked": "yes", "text": " "}).status_code == 422
        assert released(house) == []
        made = analyst.post("/letters", data={**fields, "checked": "yes", "text": "第一行\n\n#let x = 1 *强* $y$"})
        assert made.headers["content-type"] == "application/pdf"
        assert "#let x = 1 *强* $y$" in text_of(made.content, tmp_path)
        plain = analyst.post("/letters", data={**fields, "checked": "yes", "format": "text"})
        assert "一、何时提供了什么" in plain.text
    noted = released(house)
    assert len(noted) == 2
    assert noted[0].payload["to"] == "council"
    assert noted[0].payload["report"] == house.job.job_id
    assert noted[0].payload["sha256"] != noted[1].payload["sha256"]


def test_a_plan_and_its_canary_at_one_click(house):
    with house.visit() as owner:
        for _ in range(100):
            page = owner.get("/plan?orders=2")
            if "http-equiv" not in page.text:
                break
        assert page.status_code == 200
        assert "Issue the canary for it" in page.text
        assert PERSON not in page.text
        form = {"csrf": csrf_of(page), "key": "a-key-of-this-page-1", "channel": house.shop}
        assert owner.post("/plan/issue", data={**form, "csrf": "forged"}).status_code == 403
        first, second = (owner.post("/plan/issue", data=form) for _ in range(2))
        assert first.status_code == 303
        assert first.headers["location"] == second.headers["location"]
        canary_id = first.headers["location"].partition("?")[0].rpartition("/")[2]
        assert owner.get("/plan?orders=900").status_code == 422
        assert owner.get("/plan?rate=2").status_code == 422
    with house.app.reading() as work:
        assert work.canaries.get(canary_id).issued_for == (house.shop,)
        assert len(list(work.canaries.all())) == 2
    with house.visit("analyst") as analyst:
        page = analyst.get("/plan")
        assert analyst.post("/plan/issue", data={**form, "csrf": csrf_of(page)}).status_code == 403

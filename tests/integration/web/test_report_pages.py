"""The pages of the report: who may see them, that they show what the JSON says, and no natural person's name."""

import re
from html import unescape
from xml.etree import ElementTree

import pytest

from tests.factories.reports import CALLER, PERSON, SHOP, csrf_of, served_house, store_report, written
from tracer.documents.words import percent
from tracer.scheduler.run_jobs import run_one
from tracer.services.reports.find_report import read_report

PLOTS = ("channels", "calls", "sensitivity")


@pytest.fixture
def house(make_app, tmp_path):
    with served_house(make_app(f"sqlite:///{tmp_path / 'home' / 'tracer.db'}")) as made:
        yield made


def paths(house):
    return [
        "/report",
        "/report.json",
        "/report.csv",
        "/report.pdf",
        f"/report/channels/{house.shop}",
        f"/report/calls/{house.calls[0]}",
        *(f"/report/plots/{name}.svg" for name in PLOTS),
        f"/letters/new?channel={house.shop}",
        "/plan",
    ]


def test_outsiders_log_in_first_and_roles_without_reports_are_refused(house):
    with house.visit("operator") as operator, house.visit("auditor") as auditor, house.visit("analyst") as analyst:
        for path in paths(house):
            outsider = operator.build_request("GET", path)
            outsider.headers.pop("cookie", None)
            answer = operator.send(outsider)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/login")
            assert operator.get(path).status_code == 403, path
            assert auditor.get(path).status_code == 403, path
            assert analyst.get(path).status_code == 200, path


def test_the_page_shows_what_the_report_says(house):
    with house.visit("analyst") as analyst:
        page = analyst.get("/report")
        shown = written(page)
        for found in house.report["channels"]:
            for figure in (percent(found["p_leaked"]), f"{found['leak_rate']['mean']:.1%}", str(found["orders"])):
                assert figure in shown
            assert found["verdict"] in shown
        for group in house.report["groups"]:
            assert percent(group["p_any"]) in shown
            assert percent(group["p_exactly_one"]) in shown
        assert "someone holding its data" in shown
        assert "No call was logged or changed since" in shown
        assert not re.search(r"guilty|\bclean\b(?! bill)", shown)
        one = written(analyst.get(f"/report/calls/{house.calls[0]}"))
        for source in house.report["calls"][0]["sources"]:
            assert percent(source["p"]) in one
        assert "+3.70" in one
        assert "-0.40" in one
        dossier = written(analyst.get(f"/report/channels/{house.shop}"))
        assert house.calls[0] in dossier
        assert house.calls[2] not in dossier
        assert "90.4%" in dossier


def test_in_chinese(house):
    with house.visit("analyst", "zh-CN") as analyst:
        shown = written(analyst.get("/report"))
        assert (
            "这批订单数据是经由该经手方、或持有其数据的人流出的，概率 0.973；它经手的 14 个订单中有 11 个接到了来电。"
            in shown
        )
        assert "有指向" in shown
        assert "说出姓名时，20% 只说姓氏和称呼。" in shown
        assert "有罪" not in shown.replace("不等于有罪", "")


def test_markup_in_a_name_stays_text(house):
    with house.visit() as owner:
        for path in ("/report", f"/report/channels/{house.shop}", f"/letters/new?channel={house.shop}"):
            page = owner.get(path)
            assert "<b onclick" not in page.text, path
            assert "49" not in written(page).partition("兰亭")[2][:12], path
            assert SHOP in written(page), path
        drawn = owner.get("/report/plots/channels.svg")
        assert drawn.headers["content-type"] == "image/svg+xml"
        texts = [one.text or "" for one in ElementTree.fromstring(drawn.content).iter()]  # noqa: S314  # our own
        assert any(text.startswith('=1+1<b onclick="x">兰亭') for text in texts)


def test_plots_are_the_same_bytes_twice_differ_in_the_dark_and_hold_no_style(house):
    with house.visit() as owner:
        for name in PLOTS:
            light = owner.get(f"/report/plots/{name}.svg")
            assert owner.get(f"/report/plots/{name}.svg?report={house.job.job_id}").content == light.content
            others = [
                owner.get(f"/report/plots/{name}.svg?{query}").content
                for query in ("dark=1", "narrow=1", "dark=1&narrow=1")
            ]
            assert len({light.content, *others}) == 4
            assert b"<style" not in light.content
            assert b"style=" not in light.content
        assert owner.get("/report/plots/none.svg").status_code == 404


def test_a_phone_gets_the_narrow_plot_and_a_dark_screen_the_dark_one(house):
    with house.visit() as owner:
        page = owner.get("/report").text
        pictures = re.findall(r'<picture class="plotted (light|dark)">(.*?)</picture>', page, re.DOTALL)
        assert [ink for ink, _ in pictures] == ["light", "dark"] * len(PLOTS)
        for ink, picture in pictures:
            ((media, narrow),) = re.findall(r'<source media="([^"]+)" srcset="([^"]+)"', picture)
            ((wide, _),) = re.findall(r'<img class="plot" src="([^"]+)" alt="([^"]+)"', picture)
            assert media == "(max-width: 44rem)"
            for link, width in ((narrow, b'width="360"'), (wide, b'width="720"')):
                assert width in owner.get(unescape(link)).content
                assert ("dark=1" in link) == (ink == "dark")


def test_plots_speak_the_readers_language(house):
    with house.visit("analyst", "zh-CN") as analyst:
        drawn = analyst.get("/report/plots/channels.svg").text
        assert "<title>各经手方的泄露概率与泄露率</title>" in drawn
        assert "有指向" in drawn


def test_natural_persons_are_hidden_everywhere_but_from_those_who_may_see_all_and_ask(house):
    with house.visit("analyst") as analyst, house.visit() as owner:
        for path in [*paths(house), f"/report/channels/{house.person}", f"/letters/new?channel={house.person}"]:
            for asked in (path, f"{path}{'&' if '?' in path else '?'}names=1"):
                answer = analyst.get(asked)
                assert answer.status_code == 200, asked
                assert PERSON not in answer.text, asked
            assert PERSON not in owner.get(path).text, path
            assert CALLER not in owner.get(path).text, path
        before = position(house)
        assert PERSON in owner.get("/report?names=1").text
        assert PERSON in owner.get("/report.json?names=1").text
        with house.app.reading() as work:
            facts = [one for one in work.journal.about("channels") if one.event == "identities_revealed"]
        assert [one.payload["ids"] for one in facts] == [[house.person]] * 2
        assert position(house) > before


def position(house):
    with house.app.reading() as work:
        return work.listings.last_position()


def test_an_older_report_that_names_a_person_is_shown_without_the_name(house):
    old = {**house.report, "channels": [{**one, "name": PERSON} if one["channel_id"] == house.person else one
                                        for one in house.report["channels"]]}  # fmt: skip
    old["groups"] = [{**one, "separating_order": f"Not through {PERSON}."} for one in old["groups"]]
    job = store_report(house.app, old)
    with house.visit("analyst") as analyst:
        for path in ("/report", "/report.json", "/report.csv", "/report/plots/channels.svg"):
            assert PERSON not in analyst.get(f"{path}?report={job.job_id}").text


def test_a_new_report_is_a_job_that_can_be_left(house):
    with house.visit("analyst") as analyst:
        token = csrf_of(analyst.get("/report"))
        form = {"as_of": "2026-11-18", "tag": ""}
        assert analyst.post("/report", data=form).status_code == 403
        answer = analyst.post("/report", data={**form, "csrf": token})
        assert answer.status_code == 303
        again = analyst.post("/report", data={**form, "csrf": token})
        page = analyst.get(again.headers["location"])
        assert '<meta http-equiv="refresh"' in page.text
        assert "<progress" in page.text
        with house.app.reading() as work:
            queued = [job for job in work.jobs.all() if job.state.value == "queued"]
        assert len(queued) == 1
        assert run_one(house.app, "tester")
        page = analyst.get(answer.headers["location"])
        assert "http-equiv" not in page.text
        assert "As of 2026-11-18 23:59" in written(page)
        made = analyst.get(f"/report.json?report={queued[0].job_id}")
        with house.app.reading() as work:
            assert made.json() == read_report(work, work.jobs.get(queued[0].job_id)).report
        assert PERSON not in made.text
        assert {one["channel_id"] for one in made.json()["channels"]} == {house.shop, house.person}
        for found in made.json()["channels"]:
            assert percent(found["p_leaked"]) in written(page)
        assert "As of 2026-11-20" in written(analyst.get("/report"))  # the one up to then is not in its place


def test_a_bad_day_is_said_beside_what_was_sent(house):
    with house.visit("analyst") as analyst:
        token = csrf_of(analyst.get("/report"))
        answer = analyst.post("/report", data={"as_of": "2026-13-01", "tag": "spring", "csrf": token})
        assert answer.status_code == 422
        assert 'value="2026-13-01"' in answer.text
        assert 'value="spring"' in answer.text
        assert "Expected a day such as 2026-08-29." in answer.text


def test_what_is_newer_than_the_report_is_counted(house):
    from tests.factories.registry import log

    log(house.app, canary_id=house.canary_id, received_at="2026-11-19T10:00:00+08:00")
    with house.visit("analyst") as analyst:
        assert "Calls logged or changed since: 1." in written(analyst.get("/report"))


@pytest.mark.parametrize("path", ["/report?report=j-none", "/report/channels/none", "/report/calls/none"])
def test_what_is_not_there_is_refused_in_words(house, path):
    with house.visit("analyst") as analyst:
        answer = analyst.get(path)
        assert answer.status_code == 404
        assert "<h1>" in answer.text
        assert "there is no" in written(answer)

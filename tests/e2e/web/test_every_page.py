"""Every page by axe-core, which knows what people with screen readers and keyboards run into; and wide enough."""

from time import sleep

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.factories import registry
from tracer.domain.job import JobKind
from tracer.scheduler.run_jobs import run_one
from tracer.services.jobs.queue_job import queue_job

PAGES = (
    "/",
    "/calls/new",
    "/calls",
    "/calls/{call}",
    "/canaries",
    "/canaries/new",
    "/canaries/{canary}",
    "/channels",
    "/channels/new",
    "/channels/{channel}",
    "/orders",
    "/orders/new?canary={canary}",
    "/orders/{order}",
    "/numbers",
    "/campaigns",
    "/report",
    "/plan",
    "/more",
    "/import",
    "/jobs",
    "/users",
    "/keys",
    "/settings",
    "/account",
    "/account/notifications",
    "/login",
    "/docs",
    "/letters/new?channel={channel}",
    "/ledger",
    "/ledger/facts",
    "/ledger/facts/{fact}",
    "/evidence/new?kind=call&id={call}",
    "/evidence/new?kind=canary&id={canary}",
    "/evidence/new?kind=channel&id={channel}",
    "/evidence/verify",
    "/backups",
    "/jobs/{pack}",
    "/jobs/{audit}",
    "/jobs/{backup}",
)


@pytest.fixture
def ids(home_app):
    registry.own_number(home_app)
    channel = registry.add_channel(home_app)
    (canary,) = registry.issue(home_app, channel, tags=("spring",))
    order = registry.place(home_app, canary.canary_id, channel, item="护肤品")
    call = registry.log(
        home_app, canary_id=canary.canary_id, heard_name=canary.recipient_name, known_fields="name item"
    )
    home_app.seal_ledger()
    with home_app.reading() as work:
        (fact,) = (one.entry_id for one in work.journal.about(channel) if one.event == "channel_registered")
    asked = {"kind": "call", "id": call.call_id, "open": [], "name_persons": False}
    with home_app.writing() as work:
        kinds = {"pack": (JobKind.EVIDENCE, asked), "audit": (JobKind.VERIFY, {}), "backup": (JobKind.BACKUP, {})}
        jobs = {
            name: queue_job(work, kind, "tester", given, home_app.rng).job_id for name, (kind, given) in kinds.items()
        }
        work.commit()
    made = {"channel": channel, "canary": canary.canary_id, "order": order.order_id, "call": call.call_id}
    return {**made, "fact": fact, **jobs}


def jobs_of(app):
    with app.reading() as work:
        return work.jobs.all()


@pytest.mark.parametrize(("language", "screen", "dark"), [("en", "desk", False), ("zh", "phone", True)])
def test_no_serious_fault_on_any_page(visit, ids, home_app, language, screen, dark):
    window = visit(language, screen, dark=dark)
    page = window.go("/report")
    with page.expect_navigation():
        page.locator("form#new button").first.click()
    while run_one(home_app, "test") or any(not job.finished_at for job in jobs_of(home_app)):
        sleep(0.1)  # the worker of the house may be at the last of them: its page would load itself again
    axe = Axe()
    found, wide = [], []
    for path in PAGES:
        page = window.go(path.format(**ids))
        for violation in axe.run(page).response["violations"]:
            if violation["impact"] in {"serious", "critical"}:
                where = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
                found.append(f"{path}: {violation['id']}: {where}")
        if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            wide.append(path)
    assert found == []
    assert wide == []

"""An evidence pack from a call on a phone, in Chinese: two taps and a tick, then the file, and it holds."""

import re

from tests.factories import registry
from tracer.documents.evidence.pack_zip import read_pack
from tracer.domain.evidence.verify_pack import verify_pack


def test_a_pack_in_two_taps_from_a_call(visit, home_app, tmp_path):
    registry.own_number(home_app)
    shop = registry.add_channel(home_app)
    (canary,) = registry.issue(home_app, shop)
    registry.place(home_app, canary.canary_id, shop)
    call = registry.log(home_app, canary_id=canary.canary_id, known_fields="name", caller_number="+447700900666")
    page = visit("zh", "phone").go(f"/calls/{call.call_id}")

    link = page.get_by_role("link", name="证据包", exact=True)
    assert link.bounding_box()["y"] < 844, "without scrolling"
    link.click()
    page.wait_for_url("**/evidence/new?*")
    page.get_by_label("我已核对").check()
    button = page.get_by_role("button", name="生成证据包")
    assert button.bounding_box()["y"] < 844
    with page.expect_navigation():
        button.click()

    download = page.get_by_role("link", name="下载证据包")
    download.wait_for(timeout=60_000)
    with page.expect_download() as fetched:
        download.click()
    file = tmp_path / "pack.zip"
    fetched.value.save_as(file)
    fingerprint = re.search(r"\b[0-9a-f]{64}\b", page.locator("dd", has=page.locator("code")).nth(1).inner_text())[0]
    verdict = verify_pack(read_pack(file.read_bytes()), fingerprint)
    assert (verdict.subject.subject_id, verdict.origin_proven) == (call.call_id, True)

    page.get_by_role("link", name="验证证据包").click()
    page.set_input_files("[name=pack]", str(file))
    page.fill("[name=trust]", fingerprint)
    with page.expect_navigation():
        page.get_by_role("button", name="验证", exact=True).click()
    assert "由你信任的密钥签署" in page.get_by_role("status").inner_text()

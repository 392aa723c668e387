"""Kuaidi100 pushes to the running service."""

import json

from tests.fake_kuaidi100 import parcel, push
from tests.integration.tracking.conftest import ZTO
from tests.integration.tracking.test_tracking import ALL, PICKED, followed, route
from tests.serving import client, serving

FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_a_push_times_the_route_and_a_forged_one_does_not(app, service, story):
    app.track_order(story["order"])
    with serving(app) as address, client(address) as sender:
        forged = sender.post("/hooks/kuaidi100", content=push(parcel(ZTO, "zhongtong", *ALL), salt="x"), headers=FORM)
        assert forged.status_code == 403
        assert followed(app, story["order"]).scans == ()
        for _ in range(2):
            told = sender.post("/hooks/kuaidi100", content=push(parcel(ZTO, "zhongtong", PICKED)), headers=FORM)
            assert (told.status_code, json.loads(told.text)["returnCode"]) == (200, "200")
        assert sender.post("/hooks/kuaidi100", content=b"?", headers=FORM).status_code == 422
    assert route(app, story["order"])[3:] == [(story["courier"], "2026-11-17T18:03:11+08:00")]

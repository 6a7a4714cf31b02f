from cockpit.deploy.gate.alerts import Alert, firing_text


def test_firing_alerts_are_listed_oldest_first_with_their_age() -> None:
    alerts = (Alert("DiskFull", 940.0), Alert("HighLatency", 760.0))
    assert firing_text(alerts, 1000.0) == "2 alerts firing: HighLatency (4 min), DiskFull (60 s)"


def test_silenced_alerts_are_left_out() -> None:
    assert firing_text((Alert("DiskFull", 900.0, silenced=True),), 1000.0) == ""
    assert Alert("DiskFull", 940.0, silenced=True).text(1000.0) == "DiskFull (60 s, silenced)"

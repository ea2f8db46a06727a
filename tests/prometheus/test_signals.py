"""Every threshold that can be configured raises exactly one alert."""

from __future__ import annotations

import subprocess
from itertools import product
from pathlib import Path

import pytest
import yaml

from tests.end_to_end.tools import tool
from tests.prometheus.files import RULE_FILES

ALERTS = {
    ("active_sessions", "above"): "TcccActiveSessionsHigh",
    ("active_sessions", "below"): "TcccActiveSessionsLow",
    ("waiting_sessions", "above"): "TcccCallersWaiting",
    ("waiting_sessions", "below"): "TcccCallersWaiting",
    ("longest_wait_seconds", "above"): "TcccLongestWait",
    ("longest_wait_seconds", "below"): "TcccLongestWait",
    ("longest_call_seconds", "above"): "TcccSessionStuck",
    ("longest_call_seconds", "below"): "TcccSessionStuck",
    ("busiest_staff_sessions", "above"): "TcccStaffSessions",
    ("busiest_staff_sessions", "below"): "TcccStaffSessions",
}
METRICS = {
    "active_sessions": ["tccc_active_sessions{%s}"],
    "waiting_sessions": ['tccc_waiting_sessions{%s,direction="inbound"}'],
    "longest_wait_seconds": ['tccc_longest_wait_seconds{%s,direction="inbound"}'],
    "longest_call_seconds": [
        'tccc_longest_call_seconds{%s,direction="inbound"}',
        'tccc_longest_call_seconds{%s,direction="outbound"}',
    ],
    "busiest_staff_sessions": ["tccc_busiest_staff_sessions{%s}"],
}
SEVERITIES = ("warning", "critical", "info")


@pytest.mark.parametrize(("signal", "bound"), list(product(METRICS, ("above", "below"))))
def test_a_threshold_raises_one_alert_of_its_severity(signal: str, bound: str, tmp_path: Path) -> None:
    labels = 'job="tccc",instance="one",application="support"'
    values = [name % labels for metrics in METRICS.values() for name in metrics]
    thresholds = [
        f'tccc_alert_threshold{{{labels},signal="{signal}",severity="{severity}",bound="{bound}"}}'
        for severity in SEVERITIES
    ]
    limit = {"above": 49, "below": 51}[bound]
    series = dict.fromkeys(values, "50x100") | dict.fromkeys(thresholds, f"{limit}x100")
    series |= {f"tccc_up{{{labels}}}": "1x100", f"tccc_snapshot_timestamp_seconds{{{labels}}}": "0+15x100"}
    series |= {'up{job="tccc",instance="one"}': "1x100"}
    expected = [
        {"labels": f'{{alertname="{ALERTS[signal, bound]}",severity="{severity}"}}', "value": 1}
        for severity in SEVERITIES
    ]
    document = {
        "rule_files": [str(path) for path in RULE_FILES],
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [{"series": name, "values": value} for name, value in series.items()],
                "promql_expr_test": [
                    {
                        "expr": 'count by (alertname, severity) (ALERTS{alertstate="firing"})',
                        "eval_time": "15m",
                        "exp_samples": expected,
                    }
                ],
            }
        ],
    }
    path = tmp_path / "test.yml"
    path.write_text(yaml.safe_dump(document))
    result = subprocess.run(
        [tool("promtool"), "test", "rules", path], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 0, result.stdout + result.stderr

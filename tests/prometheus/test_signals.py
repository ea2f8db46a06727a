"""Every threshold that can be configured raises exactly one alert."""

from __future__ import annotations

import subprocess
from itertools import product
from pathlib import Path

import pytest
import yaml

from exporter.metrics.thresholds import COLLECTOR_OF_SIGNAL, SIGNALS, SKILL_GROUP_SIGNALS
from tests.end_to_end.tools import tool
from tests.prometheus.files import RULE_FILES, rules

BOUNDS = ("above", "below")
SEVERITIES = ("warning", "critical", "info")
ALERTS = {
    ("active_sessions", "above"): "TcccActiveSessionsHigh",
    ("active_sessions", "below"): "TcccActiveSessionsLow",
    **dict.fromkeys(product(("waiting_sessions", "queued_calls"), BOUNDS), "TcccCallersWaiting"),
    **dict.fromkeys(product(("longest_wait_seconds", "longest_queue_seconds"), BOUNDS), "TcccLongestWait"),
    **dict.fromkeys(product(("longest_call_seconds",), BOUNDS), "TcccSessionStuck"),
    **dict.fromkeys(product(("busiest_staff_sessions",), BOUNDS), "TcccStaffSessions"),
    **dict.fromkeys(product(("free_staff",), BOUNDS), "TcccFreeStaff"),
    **dict.fromkeys(product(("longest_after_call_work_seconds",), BOUNDS), "TcccStaffStuck"),
}
METRICS = [
    "tccc_active_sessions{%s}",
    'tccc_waiting_sessions{%s,direction="inbound"}',
    'tccc_longest_wait_seconds{%s,direction="inbound"}',
    'tccc_longest_call_seconds{%s,direction="inbound"}',
    'tccc_longest_call_seconds{%s,direction="outbound"}',
    "tccc_busiest_staff_sessions{%s}",
    'tccc_inbound_calls{%s,stage="queue"}',
    'tccc_inbound_longest_seconds{%s,stage="queue"}',
    'tccc_staff_members{%s,status="free"}',
    'tccc_staff_longest_status_seconds{%s,status="afterCallWork"}',
    *(
        metric.replace("%s", f'%s,skill_group_id="{skill_group}",skill_group="{name}"')
        for skill_group, name in (("12", "billing"), ("13", "sales"))
        for metric in (
            'tccc_skill_group_inbound_calls{%s,stage="queue"}',
            'tccc_skill_group_inbound_longest_seconds{%s,stage="queue"}',
            'tccc_skill_group_staff_members{%s,status="free"}',
            'tccc_skill_group_staff_longest_status_seconds{%s,status="afterCallWork"}',
        )
    ),
]
LABELS = 'job="tccc",instance="one",application="support"'


def test_every_signal_is_covered() -> None:
    assert set(SIGNALS) == {signal for signal, _ in ALERTS}


def test_every_signal_is_as_fresh_as_the_collector_it_comes_from() -> None:
    labels = [rule["labels"] for rule in rules() if rule.get("record", "").endswith(":tccc_signal:fresh")]
    assert {one["signal"]: one["collector"] for one in labels} == COLLECTOR_OF_SIGNAL


@pytest.mark.parametrize(("signal", "bound"), ALERTS)
def test_a_threshold_raises_one_alert_of_its_severity(signal: str, bound: str, tmp_path: Path) -> None:
    check(tmp_path, f'{LABELS},signal="{signal}"', bound, f'alertname="{ALERTS[signal, bound]}"')


@pytest.mark.parametrize(("signal", "bound"), list(product(SKILL_GROUP_SIGNALS, BOUNDS)))
def test_a_threshold_of_a_skill_group_raises_one_alert_of_that_group(signal: str, bound: str, tmp_path: Path) -> None:
    check(
        tmp_path,
        f'{LABELS},signal="{signal}",skill_group_id="12"',
        bound,
        f'alertname="{ALERTS[signal, bound]}",skill_group_id="12",skill_group="billing"',
    )


def check(directory: Path, threshold: str, bound: str, alert: str) -> None:
    """Check that thresholds which every signal is beyond raise one alert of each severity, and nothing else."""
    limit = {"above": 49, "below": 51}[bound]
    series = {metric % LABELS: "50x100" for metric in METRICS}
    series |= {
        f'tccc_alert_threshold{{{threshold},severity="{severity}",bound="{bound}"}}': f"{limit}x100"
        for severity in SEVERITIES
    }
    for collector in ("sessions", "inbound", "staff"):
        labels = f'{LABELS},collector="{collector}"'
        series[f"tccc_collector_success{{{labels}}}"] = "1x100"
        series[f"tccc_collector_last_success_timestamp_seconds{{{labels}}}"] = "0+15x100"
    series['up{job="tccc",instance="one"}'] = "1x100"
    document = {
        "rule_files": [str(path) for path in RULE_FILES],
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [{"series": name, "values": value} for name, value in series.items()],
                "promql_expr_test": [
                    {
                        "expr": "count by (alertname, severity, skill_group_id, skill_group) "
                        '(ALERTS{alertstate="firing"})',
                        "eval_time": "15m",
                        "exp_samples": [
                            {"labels": f'{{{alert},severity="{severity}"}}', "value": 1} for severity in SEVERITIES
                        ],
                    }
                ],
            }
        ],
    }
    path = directory / "test.yml"
    path.write_text(yaml.safe_dump(document))
    result = subprocess.run(
        [tool("promtool"), "test", "rules", path], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 0, result.stdout + result.stderr

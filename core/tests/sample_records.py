# ruff: noqa: E501, RUF001 - rows of tables are long, and one name is Hebrew on purpose
"""Sample run records: what terminal, report, store and JSON are tested on."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from attrs import evolve

from eventflow.errors import Location, Problem
from eventflow.ledger import Ledger, LedgerEntry
from eventflow.quality import CheckResult, Verdict
from eventflow.runs.record import (
    FeatureRecord,
    NodeRecord,
    OutputRecord,
    PassRecord,
    RunRecord,
    RunState,
    WarningRecord,
)
from sample_charts import sample_charts

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"quoted\" & 'single'",
    "x" * 500,
    "\u202eתלפיות",
    "☕ 🧪",
    "{{ 7 * 7 }}",
    "<!-- --><![CDATA[",
    "a\x00b\x1b[31mred",
)


class Samples:
    """Builds records; each call returns a new one."""

    def success(self) -> RunRecord:
        """A churn run on a million retail transactions that went well."""
        return RunRecord(
            run_id="019aa3f0-5b1c-7c2e-9d41-3f8a7b2c793c",
            name="retail-churn",
            state=RunState.COMPLETED,
            started_at=datetime(2026, 11, 21, 9, 12, 4, 123456, tzinfo=UTC),
            seconds=1.43,
            as_of=datetime(2011, 12, 10, tzinfo=UTC),
            as_of_origin="config",
            seed=7,
            config=_config(),
            config_path="churn.yaml",
            ledger=_ledger(),
            verdict=_verdict(),
            output_verdict=Verdict(score=99.2, minimum=None, dimensions={"completeness": 99.2}),
            features=_churn_features(),
            left_out={"support_intensity": ("support_tickets",)},
            nodes=_nodes(),
            passes=_passes(),
            outputs=(OutputRecord(path="out/churn.parquet", rows=5942, bytes=217_088),),
            peak_bytes=412 * 1024**2,
            versions={
                "python": "3.11.7",
                "polars": "2.1.0",
                "eventflow-core": "0.1.0",
                "eventflow-churn": "0.1.0",
                "eventflow-datasets": "0.1.0",
            },
            platform="Linux-6.1-x86_64",
            engine="local (polars 2.1.0, streaming)",
            inputs={"online_retail": "sha256:5b1c7c2e9d413f8a"},
            run_dir=".eventflow/runs/7b2c793c",
            state_path=".eventflow/runs/7b2c793c/state.json",
            report_path=".eventflow/runs/7b2c793c/report.html",
            correlation_id="0f8a7b2c",
            source_columns=(7, 8),
        )

    def warnings(self) -> RunRecord:
        """The same with two warnings, one of them on a step that is held in memory."""
        good = self.success()
        nodes = list(good.nodes)
        nodes[2] = evolve(
            nodes[2], locality="whole", note="leaves the streaming engine: needs whole entities"
        )
        assert good.verdict is not None
        weak = evolve(good.verdict.checks[2], passed=1_030_000, examples=("2011-13-40", "n/a"))
        checks = (*good.verdict.checks[:2], weak, *good.verdict.checks[3:])
        return evolve(
            good,
            nodes=tuple(nodes),
            verdict=evolve(good.verdict, checks=checks),
            charts=sample_charts(),
            warnings=(
                WarningRecord(
                    code="EF402",
                    message="12 % of recency_days is missing, 3 % in the last 10 runs",
                    node="blueprint.0",
                ),
                WarningRecord(
                    code="EF310",
                    message='step "sessions" left the streaming engine: it needs whole entities',
                    node="steps.1",
                ),
            ),
        )

    def gate_closed(self) -> RunRecord:
        """A run whose quality gate closed: nothing was written."""
        good = self.success()
        reasons = ("score 71 is below the minimum 80", "completeness of customer_id is 0.772")
        assert good.verdict is not None
        first = evolve(
            good.verdict.checks[0],
            required=0.95,
            severity="critical",
            examples=("row 236", "row 244"),
        )
        verdict = evolve(
            good.verdict,
            score=71.4,
            dimensions={**good.verdict.dimensions, "completeness": 77.2},
            checks=(first, *good.verdict.checks[1:]),
            reasons=reasons,
        )
        problem = Problem(
            code="EF401",
            message="quality 71 of 100, minimum 80: nothing was written",
            detail=reasons,
            fix="mend the data, or accept it with --set quality.minimum_score=70",
        )
        return evolve(
            good,
            state=RunState.FAILED,
            ledger=Ledger(1_067_371, 0, ()),
            verdict=verdict,
            output_verdict=None,
            features=(),
            outputs=(),
            problems=(problem,),
        )

    def failed(self) -> RunRecord:
        """A run whose step failed in the engine."""
        good = self.success()
        problem = Problem(
            code="EF501",
            message='step "recency" failed: conversion from `str` to `datetime[us]` failed in '
            'column "invoice_date" for 3 of 1,067,371 values',
            location=Location("churn.yaml", 9, 5, "  - {use: recency, column: invoice_date}", 7),
            owner="eventflow-churn 0.1.0",
            key="steps.1",
            detail=(
                'values: "12/1/2009 07:45", …',
                "traceback: .eventflow/runs/7b2c793c/error.txt",
            ),
            fix='source: {use: online_retail, parse: {invoice_date: "%m/%d/%Y %H:%M"}}',
            command="eventflow check churn.yaml",
        )
        return evolve(
            good,
            state=RunState.FAILED,
            ledger=None,
            verdict=None,
            output_verdict=None,
            features=(),
            outputs=(),
            passes=(),
            problems=(problem,),
            state_path=None,
        )

    def cancelled(self) -> RunRecord:
        """A run that a person interrupted."""
        return evolve(self.failed(), state=RunState.CANCELLED, problems=())

    def wide(self, count: int) -> RunRecord:
        """A run with this many features."""
        features = tuple(
            FeatureRecord(
                name=f"feature_{i:04d}_mean_30d",
                dtype="f64",
                unit="GBP/day",
                formula=f"mean of price × quantity over [as_of − {i} d, as_of)",
                parity="close(1e-09)",
                nulls="no event in the window",
                source="declared",
                missing=(i % 17) / 100,
                distinct=1000 + i,
                minimum=-1.5 * i,
                median=12.25 * i,
                maximum=1234.5678 * (i + 1),
                quantiles=(0.5 * i, 6.125 * i, 24.5 * i, 617.2839 * (i + 1)),
                histogram=tuple(int(900 * math.exp(-((b - i % 20) ** 2) / 18)) for b in range(20)),
            )
            for i in range(count)
        )
        return evolve(self.warnings(), features=features)

    def nasty(self) -> RunRecord:
        """A run in which every name and value is out to break the page."""
        good = self.warnings()
        bad = HOSTILE
        features = tuple(
            evolve(f, name=b, formula=b, unit=b) for f, b in zip(good.features, bad, strict=True)
        )
        entries = tuple(LedgerEntry(stage=b, kind="dropped", reason=b, rows=1, kept=b) for b in bad)
        check = CheckResult(
            dimension="validity", check=bad[0], columns=bad[:2], passed=1, total=3,
            required=0.9, examples=bad[:3], detail=bad[1],
        )  # fmt: skip
        return evolve(
            good,
            name=bad[0],
            config={"name": bad[0], bad[1]: list(bad)},
            config_path=bad[3],
            features=features,
            ledger=Ledger(5000, 5000 - len(bad), entries),
            verdict=Verdict(score=50, minimum=10, dimensions={"validity": 50}, checks=(check,)),
            charts=sample_charts(*bad),
            warnings=tuple(WarningRecord(code="EF402", message=b, node=b) for b in bad),
            nodes=tuple(evolve(n, component=b) for n, b in zip(good.nodes, bad, strict=False)),
            outputs=tuple(OutputRecord(path=b, rows=1) for b in bad),
            versions={b: b for b in bad},
            inputs={b: b for b in bad},
            left_out={bad[0]: (bad[1],)},
            problems=(),
        )

    def every(self) -> dict[str, RunRecord]:
        """All kinds, by name."""
        return {
            "success": self.success(),
            "warnings": self.warnings(),
            "gate_closed": self.gate_closed(),
            "failed": self.failed(),
            "cancelled": self.cancelled(),
            "nasty": self.nasty(),
            "bare": self.bare(),
        }

    def bare(self) -> RunRecord:
        """The least a record can hold: a run that has just been announced."""
        return RunRecord(
            run_id="019aa3f0-5b1c-7c2e-9d41-3f8a7b2c0000",
            name="announced",
            state=RunState.PENDING,
            started_at=datetime(2026, 11, 21, tzinfo=UTC),
        )


def _config() -> dict[str, Any]:
    return {
        "name": "retail-churn",
        "source": {"use": "online_retail"},
        "steps": [
            {"use": "deduplicate"},
            {"use": "filter", "keep": "customer_id is not null"},
        ],
        "blueprint": {"use": "customer_churn", "as_of": "2011-12-10", "half_life": "30d"},
        "quality": {"minimum_score": 80, "completeness": 0.95},
        "sink": {"use": "parquet", "path": "out/churn.parquet", "password": "********"},
    }


def _ledger() -> Ledger:
    return Ledger(
        1_067_371,
        5_942,
        (
            LedgerEntry(
                stage="steps.0",
                kind="quarantined",
                reason="duplicate rows",
                rows=34_335,
                kept=".eventflow/runs/7b2c793c/quarantine.parquet",
            ),
            LedgerEntry(stage="steps.1", kind="dropped", reason="no customer", rows=243_007),
            LedgerEntry(stage="steps.1", kind="flagged", reason="refund", rows=19_494),
            LedgerEntry(stage="blueprint.0", kind="folded", reason="into customers", rows=784_087),
        ),
    )


def _verdict() -> Verdict:
    total = 1_067_371
    return Verdict(
        score=93.1,
        minimum=80,
        dimensions={"completeness": 96.2, "uniqueness": 96.8, "validity": 98.3},
        checks=(
            CheckResult(
                dimension="completeness", check="not_null", columns=("customer_id",),
                passed=total - 243_007, total=total, required=0.75, examples=("row 236", "row 244"),
            ),
            CheckResult(
                dimension="uniqueness", check="unique", columns=("invoice", "stock_code"),
                passed=total - 34_335, total=total, required=0.9, examples=("489517 21912",),
            ),
            CheckResult(
                dimension="validity", check="range", columns=("invoice_date",),
                passed=total, total=total, required=0.98,
            ),
            CheckResult(
                dimension="validity", check="range", columns=("price",),
                passed=total - 5, total=total, detail="negative prices are adjustments",
            ),
        ),
    )  # fmt: skip


def _nodes() -> tuple[NodeRecord, ...]:
    core: dict[str, Any] = {"distribution": "eventflow-core", "version": "0.1.0"}
    churn: dict[str, Any] = {"distribution": "eventflow-churn", "version": "0.1.0"}
    return (
        NodeRecord(
            name="source", role="source", component="online_retail",
            distribution="eventflow-datasets", version="0.1.0", columns_read=("invoice", "price"),
        ),
        NodeRecord(name="steps.0", role="step", component="deduplicate", locality="row", **core),
        NodeRecord(name="steps.1", role="step", component="filter", locality="row", **core),
        NodeRecord(name="quality", role="gate", component="quality.gate", locality="row", **core),
        NodeRecord(
            name="blueprint.0", role="blueprint", component="customer_churn",
            locality="aggregate(customer_id)", note="fitted on 5,942 customers", **churn,
        ),
        NodeRecord(name="sink", role="sink", component="parquet", **core),
    )  # fmt: skip


def _passes() -> tuple[PassRecord, ...]:
    return (
        PassRecord(label="plan", nodes=(), seconds=0.08),
        PassRecord(
            label="read + deduplicate + filter + measure", nodes=("source", "steps.0"),
            seconds=1.02, rows=1_067_371, bytes=31_037_849, peak_bytes=412 * 1024**2,
        ),
        PassRecord(label="features and statistics", nodes=("blueprint.0",), seconds=0.21, rows=5942),
        PassRecord(label="write", nodes=("sink",), seconds=0.09, rows=5942, bytes=217_088),
    )  # fmt: skip


def _churn_features() -> tuple[FeatureRecord, ...]:
    falling = (900, 620, 410, 300, 220, 160, 120, 90, 70, 50, 40, 30, 22, 16, 12, 9, 6, 4, 2, 1)
    hump = (2, 6, 20, 60, 140, 260, 420, 560, 640, 600, 480, 350, 230, 140, 80, 40, 20, 8, 3, 1)
    rows: tuple[tuple[str, str, str, str, float, int, float, float, float, tuple[int, ...]], ...] = (
        ("days_since_last_activity", "d", "as_of − last activity", "exact", 0, 304, 0, 96, 738, falling),
        ("account_tenure_days", "d", "as_of − first activity", "exact", 0, 604, 0, 513, 739, hump),
        ("daily_value_rate", "GBP/d", "total value / tenure", "close(1e-09)", 0.01, 5900, -42.1, 1.83, 48_044.1, falling),
        ("feature_usage_rate", "1/d", "distinct products / tenure", "close(1e-09)", 0.01, 4120, 0, 0.114, 31, falling),
        ("activity_recency_score", "1", "2^(−days / half-life)", "close(1e-09)", 0, 304, 3.9e-8, 0.1088, 1, hump),
        ("value_per_order", "GBP", "total value / orders", "close(1e-09)", 0.004, 5700, -24.3, 280.4, 84_236.25, falling),
        ("orders_last_90_days", "orders", "orders in [as_of − 90 d, as_of)", "exact", 0, 41, 0, 1, 118, falling),
        ("engagement_score", "1", "weighted sum of fitted normalisations", "close(1e-09)", 0.12, 5831, 0, 0.42, 1, hump),
    )  # fmt: skip
    numeric = tuple(
        FeatureRecord(
            name=n, dtype="f64", unit=u, formula=f, parity=p, nulls="no activity before as_of",
            source="seed 002", missing=m, distinct=d, minimum=lo, median=mid, maximum=hi, histogram=h,
        )
        for n, u, f, p, m, d, lo, mid, hi, h in rows
    )  # fmt: skip
    tier = FeatureRecord(
        name="value_tier", dtype="str", unit="1", formula="quartile of total value, fitted edges",
        parity="exact", missing=0.0, distinct=4, histogram=(1486, 1486, 1485, 1485),
        top=(("low", 1486), ("medium", 1486), ("high", 1485), ("top", 1485)),
    )  # fmt: skip
    return (*numeric, tier)


def every() -> dict[str, RunRecord]:
    """Return all sample records by name."""
    made = Samples()
    return {**made.every(), "wide_100": made.wide(100), "wide_2000": made.wide(2000)}

"""Every row accounted for, whatever the rows are: steps and blueprints."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from eventflow.errors import EventflowError
from eventflow.frame import Outcome
from eventflow.runs.errors import GateClosedError
from eventflow.testing import variants
from eventflow.testing.check import broken, check
from eventflow.testing.runner import answer, applied, ran, stated, steps_of

if TYPE_CHECKING:
    import polars as pl

    from eventflow.testing.runner import Applied
    from eventflow.testing.subject import Subject

ROWS = ("step", "blueprint")


@check("rows-accounted", kinds=ROWS, since=1)
def accounts_for_rows(subject: Subject) -> None:
    """Rows that arrive = rows in the result + rows accounted for, as `rows` declares.

    Why: the ledger of a run adds up, or people cannot trust its result.
    Fix: take rows out with `frame.reject(...)`, count others with `frame.account(...)`; declare
    `rows = "kept"` only where no row leaves, `"unknown"` where the engine must count.
    """
    steps = steps_of(subject)
    if steps and all(step.rows == "kept" for step in steps):
        made, height = answer(subject), subject.data.height
        if made.rows.height != height or made.removed:
            broken(f"declares that it keeps rows; of {height} it returns {made.rows.height}")
    try:
        run = ran(steps, subject.frame, folder=subject.folder)
    except GateClosedError:
        return
    ledger, height = run.ledger, subject.data.height
    if not ledger.adds_up or (ledger.read, ledger.result) != (height, run.rows.height):
        told = ", ".join(f"{e.rows} {e.kind} ({e.reason})" for e in ledger.entries) or "none"
        broken(f"{height} rows arrive and {run.rows.height} are returned; accounted for: {told}")


@check("reasons", kinds=ROWS, since=1)
def gives_reasons(subject: Subject) -> None:
    """Every row that leaves has a reason, in words, and an outcome that people know.

    Why: the ledger shows them to whoever asks where the rows went.
    Fix: write the reason as a user would say it, "no customer", and use a known outcome.
    """
    known = get_args(Outcome)
    for account in answer(subject).frame.accounts:
        for reason, outcome in account.outcomes.items():
            if not reason.strip():
                broken("rows leave without a reason: the text is empty")
            if outcome not in known:
                broken(f'"{reason}" has the outcome {outcome!r}, which is none of {known}')
        counted = {r for r in account.counts.collect()["reason"] if r is not None}
        if surplus := counted - account.outcomes.keys():
            broken(f"counts rows for {sorted(surplus)}, of which no outcome is declared")


@check("quarantine-kept", kinds=ROWS, since=1)
def keeps_quarantined_rows(subject: Subject) -> None:
    """As many rows are kept aside as are counted as quarantined, reason by reason.

    Why: quarantined rows are looked at and mended; a number alone mends nothing.
    Fix: use `frame.reject(Rejection(reason, when, "quarantined"))`, which does both; by hand, give
    `Account.rejected` with a column `eventflow.frame.REASON`.
    """
    made = answer(subject)
    for (reason, outcome), number in made.counts.items():
        if outcome == "quarantined" and made.aside.get(reason, 0) != number:
            aside = made.aside.get(reason, 0)
            broken(f'{number} rows are quarantined for "{reason}", {aside} are kept aside')


@check("empty", kinds=ROWS, since=1)
def takes_no_rows(subject: Subject) -> None:
    """No rows at all give no rows, of the same columns and dtypes.

    Why: a filter before it may leave nothing; a day without events is an ordinary day.
    Fix: give literals a dtype (`pl.lit(None, pl.Float64)`), and expect null statistics in `fit`.
    """
    made = _outcome(subject, subject.data.clear(), "no rows")
    if isinstance(made, EventflowError):
        return
    folds = any(step.locality.kind == "aggregate" for step in steps_of(subject))
    if made.rows.height and not folds:
        broken(f"no rows give {made.rows.height} rows")
    _same_columns(subject, made, "no rows")


@check("one-row", kinds=ROWS, since=1)
def takes_one_row(subject: Subject) -> None:
    """One row alone has an outcome, of the same columns and dtypes.

    Why: entities with a single event exist; deviations and slopes of one value are null.
    Fix: guard divisions by n - 1 and by a spread of zero.
    """
    for row in (0, subject.data.height // 2):
        made = _outcome(subject, subject.data[row : row + 1], "one row")
        if not isinstance(made, EventflowError):
            _same_columns(subject, made, "one row")


@check("all-null", kinds=ROWS, since=1)
def takes_columns_without_values(subject: Subject) -> None:
    """A column without a single value has an outcome: rows of the same dtypes, or a coded error.

    Why: an optional field that nobody filled in arrives just so.
    Fix: expect null from every statistic, and keep dtypes with `pl.lit(None, dtype)`.
    """
    specs = subject.frame.schema.columns
    for column in subject.data.columns:
        if column in specs and not specs[column].nullable:
            continue
        told = f"{column} without a value"
        made = _outcome(subject, variants.nulled(subject.data, column), told)
        if not isinstance(made, EventflowError):
            _same_columns(subject, made, told)


@check("odd-columns", kinds=ROWS, since=1)
def takes_odd_names(subject: Subject) -> None:
    """Columns with odd names beside those it needs change nothing in the others.

    Why: real tables have columns named "a b", "größe" or "select", which nobody asked for.
    Fix: name the columns you need; pass others through as they are.
    """
    expected = answer(subject)
    frame = variants.of(subject.frame, variants.odd(subject.data))
    made = applied(steps_of(subject, frame), frame)
    if lacking := set(expected.rows.columns) - set(made.rows.columns):
        broken(f"with oddly named columns beside, {', '.join(sorted(lacking))} are gone")
    if made.rows.height != expected.rows.height:
        broken(
            f"with oddly named columns beside, {made.rows.height} rows, "
            f"expected {expected.rows.height}"
        )


@check("no-nan", kinds=ROWS, since=1)
def makes_no_nan(subject: Subject) -> None:
    """Where the events hold no NaN, the answer holds none.

    Why: NaN is no null: it spoils every mean it meets, and SQL and Polars disagree on it.
    Fix: guard 0 / 0 with `pl.when(n > 0).then(total / n)`.
    """
    made = answer(subject, variants.with_zeros(subject.data))
    floats = [c for c, t in made.rows.schema.items() if t.is_float()]
    for column in floats:
        if number := made.rows[column].is_nan().sum():
            broken(f"{column} is NaN in {number} rows, with zeros among the numbers")


def _outcome(subject: Subject, data: pl.DataFrame, what: str) -> Applied | EventflowError:
    return stated(what, answer, subject, data)


def _same_columns(subject: Subject, made: Applied, what: str) -> None:
    expected = answer(subject)
    learned = zip(steps_of(subject), expected.states, strict=True)
    if any(state is not None and not step.fixed_schema for step, state in learned):
        return  # its columns are what it learned
    for name, dtype in expected.rows.schema.items():
        if made.rows.schema.get(name) != dtype:
            broken(f"{what}: {name} is {made.rows.schema.get(name)}, otherwise {dtype}")

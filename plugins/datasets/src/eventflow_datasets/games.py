"""Purchases and advertisements in a mobile game: a small stream of events."""

from __future__ import annotations

from typing import ClassVar

from eventflow.schema import EventMetadata, EventSchema
from eventflow_datasets.packaged import REAL, TEXT, UTC, PackagedSource, column


class GameRevenue(PackagedSource):
    """What players of a mobile game brought in, event by event, January 2015. Synthetic.

    Shape: 2,000 rows x 11 columns, complete; 76 players, 618 sessions. ``item_type`` says whether a
    player bought something (``iap``) or watched an advertisement (``ad``).

    Units: revenue in US dollars, session duration in minutes; times are UTC.

    Source: pointblank 1.1.1, data set ``game_revenue``, MIT.
    """

    memory: ClassVar[int] = 202_149
    schema: ClassVar[EventSchema] = EventSchema(
        timestamp="time",
        entity="player_id",
        event_type="item_type",
        value="item_revenue",
        columns={
            "player_id": column(TEXT, "player", pattern="^[A-Z]{12}[0-9]{3}$"),
            "session_id": column(TEXT, "session: player and eight characters"),
            "session_start": column(UTC, "start of the session, UTC"),
            "time": column(UTC, "when it happened, UTC"),
            "item_type": column(TEXT, "purchase or advertisement", allowed=("iap", "ad")),
            "item_name": column(TEXT, "what was bought or watched"),
            "item_revenue": column(REAL, "revenue", unit="USD", low=0),
            "session_duration": column(REAL, "length of the session", unit="min", low=0),
            "start_day": column("date", "day on which the player started"),
            "acquisition": column(TEXT, "how the player came"),
            "country": column(TEXT, "country of the player"),
        },
    )
    metadata: ClassVar[EventMetadata] = EventMetadata(
        dataset="game_revenue",
        timezone="UTC",
        licence="MIT",
        source="pointblank 1.1.1, https://github.com/posit-dev/pointblank",
    )

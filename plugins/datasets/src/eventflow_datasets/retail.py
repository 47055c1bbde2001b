"""UCI Online Retail II: two years of a British online shop, line by line."""

from __future__ import annotations

from typing import ClassVar

from eventflow.schema import ColumnSchema, EventMetadata, EventSchema
from eventflow_datasets.packaged import REAL, TEXT, WHOLE, PackagedSource, column


class OnlineRetail(PackagedSource):
    """Invoice lines of a UK online retailer of giftware, December 2009 to December 2011.

    Shape: 1,067,371 rows x 8 columns, exactly as published, so that cleaning is yours to do and to
    see. It holds 243,007 rows without a customer, 34,335 exact copies of other rows, 22,950 rows
    of negative quantity, 19,494 lines of cancelled invoices (``C…``), six adjustments of bad debt
    (``A…``, five at a negative price), and stock codes that are no goods (``POST``, ``M``, ``D``).
    5,942 customers, 53,628 invoices, 5,305 stock codes, 43 countries (one of them ``Unspecified``).

    Units: price in pounds sterling per piece, quantity in pieces. Times are naive, to the minute,
    in Europe/London.

    Source: Chen, D. (2012), UCI Machine Learning Repository, https://doi.org/10.24432/C5CG6D,
    CC BY 4.0.
    """

    memory: ClassVar[int] = 84_294_119
    schema: ClassVar[EventSchema] = EventSchema(
        timestamp="invoice_date",
        entity="customer_id",
        columns={
            "invoice": column(
                TEXT, "invoice number; C cancels, A adjusts bad debt", pattern="^[AC]?[0-9]{6}$"
            ),
            "stock_code": column(TEXT, "product code; letters mark variants and charges"),
            "description": ColumnSchema(dtype=TEXT, description="product name"),
            "quantity": column(WHOLE, "pieces; negative when taken back", unit="pieces"),
            "invoice_date": column("datetime", "when the invoice was made, Europe/London"),
            "price": column(REAL, "price of one piece", unit="GBP"),
            "customer_id": ColumnSchema(
                dtype=TEXT, pattern="^[0-9]{5}$", description="customer; null when unknown"
            ),
            "country": column(TEXT, "country of the customer"),
        },
    )
    metadata: ClassVar[EventMetadata] = EventMetadata(
        dataset="online_retail",
        timezone="Europe/London",
        licence="CC-BY-4.0",
        source="Chen, D. (2012). Online Retail II. UCI Machine Learning Repository. "
        "https://doi.org/10.24432/C5CG6D",
    )

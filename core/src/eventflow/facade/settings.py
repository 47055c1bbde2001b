"""The options of the facade: what is checked, and how good data must be."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ValidationConfig(_Options):
    """What is checked.

    Attributes:
        schema_validation: Columns, dtypes and fields of the blueprint; always checked.
        quality_checks: Whether the quality gate looks at the data.
    """

    schema_validation: Literal[True] = True
    quality_checks: bool = True


class QualityThresholds(_Options):
    """How good data must be.

    Attributes:
        completeness: Share of rows in which a critical column must have a value.
        uniqueness: Share of an identifier's values that must be distinct.
        validity: Share of values that must pass each check of ranges, patterns and allowed values.
        minimum_score: Overall score, from 0 to 100, below which the gate closes.
    """

    completeness: Share = 0.95
    uniqueness: Share = 1.0
    validity: Share = 0.98
    minimum_score: float = Field(default=80.0, ge=0, le=100)


class PipelineConfig(_Options):
    """Options of `DataPipeline` for every file.

    Attributes:
        validation_config: What is checked.
        quality_thresholds: How good data must be.
    """

    validation_config: ValidationConfig = ValidationConfig()
    quality_thresholds: QualityThresholds = QualityThresholds()

    def sections(self) -> dict[str, Any]:
        """Return the sections of a pipeline that these options stand for."""
        if not self.validation_config.quality_checks:
            return {}
        return {"quality": self.quality_thresholds.model_dump()}

"""The options of the facade: what is checked, and how good data must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterable

Share = Annotated[float, Field(ge=0, le=1)]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ValidationConfig(_Options):
    """What is checked.

    Attributes:
        schema_validation: Columns, dtypes and fields of the blueprint; always checked.
        quality_checks: Whether the quality gate looks at the data.
        statistical_validation: Whether the gate also looks for outliers, by their distance from the
            quartiles, in the numbers that the blueprint needs. The verdict tells of them; they
            close no gate.
    """

    schema_validation: Literal[True] = True
    quality_checks: bool = True
    statistical_validation: bool = False


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


class PreprocessingConfig(_Options):
    """What is done to the data; everything is learned from the file at hand.

    Attributes:
        missing_value_strategy: How missing values of the file are filled, before features are made.
        outlier_method: How outliers of the file are found and capped, before features are made.
        encoding_strategy: How features of text become numbers. Target encoding needs a column to
            learn from: write `prepare.encode` into a pipeline for it.
        scaling_method: How features of numbers are scaled.
    """

    missing_value_strategy: Literal["auto", "drop", "mean", "median", "mode", "none"] = "none"
    outlier_method: Literal["iqr", "zscore", "none"] = "none"
    encoding_strategy: Literal["auto", "onehot", "label", "none"] = "none"
    scaling_method: Literal["robust", "standard", "minmax", "none"] = "none"

    def before(self) -> list[dict[str, Any]]:
        """Return the steps that prepare what the blueprint reads."""
        fill, method = self.missing_value_strategy, self.outlier_method
        filled = [] if fill == "none" else [{"use": "prepare.missing", "strategy": fill}]
        capped = [] if method == "none" else [{"use": "prepare.outliers", "method": method}]
        return filled + capped

    def after(self) -> dict[str, dict[str, Any]]:
        """Return the steps that prepare what the blueprint made, with their options."""
        encode = self.encoding_strategy.replace("onehot", "one_hot")
        asked = {"prepare.encode": encode, "prepare.scale": self.scaling_method}
        return {name: {"method": how} for name, how in asked.items() if how != "none"}


class PipelineConfig(_Options):
    """Options of `DataPipeline` for every file.

    Attributes:
        validation_config: What is checked.
        preprocessing_config: What is done to the data.
        quality_thresholds: How good data must be.
        source: Options of the source that reads the files, beside their path, where a file does not
            say it all: ``{"numbers": {"revenue": "$1,234.50"}}``.
    """

    validation_config: ValidationConfig = ValidationConfig()
    preprocessing_config: PreprocessingConfig = PreprocessingConfig()
    quality_thresholds: QualityThresholds = QualityThresholds()
    source: dict[str, Any] = Field(default_factory=dict)

    def gate(self, numbers: Iterable[str]) -> dict[str, Any]:
        """Return the section of the quality gate, if there is to be one.

        Args:
            numbers: Columns in which outliers are looked for, if they are.
        """
        if not self.validation_config.quality_checks:
            return {}
        section = self.quality_thresholds.model_dump()
        if self.validation_config.statistical_validation:
            section["columns"] = {column: {"outliers": "iqr"} for column in numbers}
        return {"quality": section}

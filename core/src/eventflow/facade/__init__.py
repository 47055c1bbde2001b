"""The facade: process a file, several, or an upload, with a blueprint in one call."""

from __future__ import annotations

from eventflow.facade.files import (
    CompressedFileError,
    FileTooLargeError,
    IncompleteUploadError,
    UnknownFileTypeError,
    source_for,
)
from eventflow.facade.ingestion import DataIngestionService
from eventflow.facade.pipeline import DataPipeline
from eventflow.facade.settings import (
    PipelineConfig,
    PreprocessingConfig,
    QualityThresholds,
    ValidationConfig,
)
from eventflow.facade.state import FeatureEngineering, PipelineState

__all__ = [
    "CompressedFileError",
    "DataIngestionService",
    "DataPipeline",
    "FeatureEngineering",
    "FileTooLargeError",
    "IncompleteUploadError",
    "PipelineConfig",
    "PipelineState",
    "PreprocessingConfig",
    "QualityThresholds",
    "UnknownFileTypeError",
    "ValidationConfig",
    "source_for",
]

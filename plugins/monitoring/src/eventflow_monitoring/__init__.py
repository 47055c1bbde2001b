"""Monitoring on the event bus: what performance and validation events say, and alerts on them."""

from eventflow_monitoring.alerts import Alert, AlertMonitor, AlertRule
from eventflow_monitoring.coordinator import EventDrivenPerformanceCoordinator
from eventflow_monitoring.services import PerformanceMonitoringService, ValidationMonitoringService
from eventflow_monitoring.sinks import LogSink, WebhookSink
from eventflow_monitoring.statistics import Rolling, Summary

__all__ = [
    "Alert",
    "AlertMonitor",
    "AlertRule",
    "EventDrivenPerformanceCoordinator",
    "LogSink",
    "PerformanceMonitoringService",
    "Rolling",
    "Summary",
    "ValidationMonitoringService",
    "WebhookSink",
]

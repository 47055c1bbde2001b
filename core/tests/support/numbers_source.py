"""The code of a source of numbers, for distributions that tests install."""

from __future__ import annotations

NUMBERS = """
import polars as pl
from eventflow import BaseSource, BaseStep, ComponentConfig, EventFrame


class Numbers(BaseSource):
    '''Numbers up to a last one.'''

    class Config(ComponentConfig):
        '''The last.'''

        last: int = 3

    def scan(self):
        '''Return them.'''
        return EventFrame.of({"n": list(range(1, self.config.last + 1))})
"""

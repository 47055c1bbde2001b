"""Preparation: fill, cap, encode, scale and narrow columns, learned once and reused.

Each step learns in one pass over the fitting data, keeps what it learned as a small state that is
saved with the run, and then looks at each row alone (but for forward filling and time-ordered
target encoding, which need the rows before).
"""

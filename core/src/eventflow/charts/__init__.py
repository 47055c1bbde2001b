"""Pictures of events: what is asked of a frame, the few numbers it gives, and how they are drawn.

A chart is asked for lazily and answered by a small table while the run executes; the record keeps
its numbers, and the report, a tracker or a notebook draws them as SVG.
"""

"""Drawing charts as SVG: numbers in, markup out; nothing is read, nothing fetched."""

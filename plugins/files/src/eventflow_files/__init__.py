"""Read and write CSV, NDJSON, Parquet and Arrow IPC files for Eventflow pipelines."""

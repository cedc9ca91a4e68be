"""BigQuery by its official client: tables found, read page by page, told when they change meanwhile."""

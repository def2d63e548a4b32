"""Features of recordings and texts: one module per kind; `common` has what kinds share."""

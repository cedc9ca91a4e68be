"""The assets: one module for each part of the flow that runs outside the warehouse, and one for the warehouse."""

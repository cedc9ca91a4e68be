"""The gates: Great Expectations suites for what Python writes, at `expectations/<schema>/<table>.py`.

Each module names the COLUMNS to hand over, the KEY that names a row in a message, and gives its `suite()`. A suite judges the whole table,
not the last delivery, so that an empty one passes. `gate.validate` runs a suite; only it and the suites import Great Expectations, and only
when they are called (it takes seconds to load).
"""

"""The benchmark house: all measures by one command, one table, one JSON file a run. `make bench`, or `python -m benchmarks --help`.

A measure is a module of `benchmarks/` that can be run alone and, with `--json`, prints one JSON object as the LAST line of its standard
output (what it prints before that is kept with the run, and told when it fails):

    {"figures": [{"name": "50 audiences", "value": 5.5, "unit": "s",
                  "anchor": "20 of them by hand", "anchor_value": 0.15, "goal": "<= 10 s", "note": ""}]}

- `name` is unique within the measure and stays the same from run to run and from size to size: runs are compared by it.
- `value` and `anchor_value` are in `unit`: `s` (wall), `CPU s`, `GiB`, `rows/s`, `x`, `%`, ... `value: null` is a figure that could not be
  taken; `note` then says why.
- `anchor` says what stands beside it, measured in the same run; the ratio is value / anchor_value. "" and null where nothing does.
- `goal` is `<= 10 s` or `>= 1000 rows/s` of the value in its unit, or `<= 1.5x` of the ratio; "" is told and not judged.
  A goal in the measure's declaration (catalogue.py), by size, stands above it.
- `note` is what a reader of the row must know; where the goal is missed, why. Only name, value and unit are required.

A measure writes where `tempfile` says and nowhere else: the house gives each a folder of its own there, which goes with it, as do processes
that it leaves behind. Nothing here is a test: a figure that misses its goal is a row of the table, and the command ends well.
"""

"""Which scores and products a trigger or an audience reads, found in the texts of the models: no graph, no macro."""

import functools
import re

from decisions_world import PROJECT


@functools.cache
def scores_read_by(model: str) -> frozenset[str]:
    """Names of scores, read by the model itself or by what it reads of scores, audiences and triggers."""
    paths = [path for stage in ("scores", "audiences", "triggers") for path in (PROJECT / "models" / stage).glob(f"{model}.sql")]
    if not paths or model == "drift":
        return frozenset()
    text = paths[0].read_text()
    found = set(re.findall(r"latest_scores\('(\w+)'\)|source\('scores', '(\w+)'\)", text))
    names = {name for pair in found for name in pair if name}
    if "in score_models()" in text:  # it reads every model that is judged
        names |= set(re.findall(r"^        '(\w+)': ", (PROJECT / "macros" / "score_models.sql").read_text(), flags=re.MULTILINE))
    for parent in re.findall(r"ref\('(\w+)'\)", text):
        names |= scores_read_by(parent)
    return frozenset(names)


@functools.cache
def names_a_product(trigger: str) -> bool:
    """Whether the trigger tells which product it is about: its .yml describes the column."""
    return "- name: product_id" in (PROJECT / "models" / "triggers" / f"{trigger}.yml").read_text()


@functools.cache
def is_marketing(campaign: str) -> bool:
    """Whether the campaign itself, whatever a made-up request says, asks for marketing."""
    (path,) = [path for stage in ("audiences", "triggers") for path in (PROJECT / "models" / stage).rglob(f"{campaign}.sql")]
    return "purpose='marketing'" in path.read_text()

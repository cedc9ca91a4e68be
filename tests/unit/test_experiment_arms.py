"""Of several arms the best is promoted, and one that does harm is taken out alone."""

from experiment_days import World, a_trial

from experiments import states


def test_of_several_the_best_is_promoted() -> None:
    best = World({"ordered": (0.1, 0.125, 0.15), "unsubscribed": (0.002,) * 3}, trial=a_trial("short", "long"), daily=900)
    assert best.decided().winner == "long"


def test_of_several_one_that_does_harm_is_retired_alone_and_the_others_go_on() -> None:
    world = World({"ordered": (0.1, 0.13, 0.06), "unsubscribed": (0.002,) * 3}, trial=a_trial("short", "long"), daily=600)
    levels = set()
    for _, found, _ in world.days():
        primary = [one for one in found if one.is_primary]
        assert not any(one.is_ratio_alarm for one in found), "whom an arm no longer draws is no loss of people"
        out = next((one for one in primary if one.arm == "long"), None)
        if out and any(one.retired and one.decided_at < out.as_of for one in world.history):
            assert out.needed_count is None and out.people_count > 0, "its people stay counted"
            assert out.state == states.RETIRED and "the others go on" in out.sentence
            levels.add(len(primary))
    gone, *_, last = (one for one in world.history if one.look)
    assert (gone.decision, gone.retired, gone.next_phase, gone.winner) == ("retire", "long", "test", None)
    assert gone.high is not None and gone.high < 0 and "long" in gone.reason
    assert (last.decision, last.winner) == ("promote", "short") and levels == {2}, "the level stays shared by all that were planned"
    assert len({one.verdict_id for one in world.history}) == len(world.history)


def test_where_all_others_do_harm_the_test_stops_also_one_after_the_other() -> None:
    both = World({"ordered": (0.1, 0.06, 0.06), "unsubscribed": (0.002,) * 3}, trial=a_trial("short", "long"), daily=900).decided()
    assert (both.decision, both.winner, both.retired) == ("stop", "usual", None)
    world = World({"ordered": (0.1, 0.05, 0.08), "unsubscribed": (0.002,) * 3}, trial=a_trial("short", "long"), daily=900)
    last = world.decided()
    assert [one.retired for one in world.history if one.retired] == ["short"]
    assert (last.decision, last.winner) == ("stop", "usual") and "with long against" in last.reason


def test_of_several_one_that_breaks_a_guardrail_is_retired_on_any_day() -> None:
    world = World({"ordered": (0.1, 0.14, 0.1), "unsubscribed": (0.002, 0.002, 0.04)}, trial=a_trial("short", "long"), daily=900)
    last = world.decided()
    gone = next(one for one in world.history if one.retired)
    assert (gone.decision, gone.retired, gone.look, gone.next_phase) == ("retire", "long", None, "test")
    assert gone.verdict_id == "cart:subject:test:guardrail:long" and "guardrail: unsubscribed" in gone.reason
    assert (last.decision, last.winner) == ("promote", "short")

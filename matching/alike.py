"""When two fields are alike: conditions in SQL over a pair of `people`, whose columns Splink names x_l and x_r."""

from __future__ import annotations


def at_most_edits(one: str, other: str, most: str) -> str:
    """SQL: whether two texts are at most so many slips apart, a swap of neighbours being one (Damerau and Levenshtein).

    To count swaps is dear: plain edits are never fewer, nor more than twice as many, so most pairs are told by them.
    """
    plain = f"levenshtein({one}, {other})"
    return (
        f"case when {one} = {other} then true when abs(length({one}) - length({other})) > {most} then false"
        f" when {plain} <= {most} then true when {plain} > 2 * ({most}) then false"
        f" else damerau_levenshtein({one}, {other}) <= {most} end"
    )


ONE_EDIT = f"case when left({{0}}_l, 3) <> left({{0}}_r, 3) then false else {at_most_edits('{0}_l', '{0}_r', '1')} end"
#: A slip in the town is no other town.
OTHER_PLACE = (
    "(case when coalesce(postal_code_l <> postal_code_r, false)"
    " then coalesce(city_l <> city_r and jaro_winkler_similarity(city_l, city_r) < 0.9, false) else false end)"
)

#: So near that measuring by slips is worth it.
NEAR = "(jaro_winkler_similarity({0}_l, {0}_r) >= 0.6)"


def either_null(*columns: str) -> str:
    return " or ".join(f"{column}_{side} is null" for column in columns for side in "lr")


def edits(column: str, longest: str) -> str:
    """At most so many slips of the pen; names too unlike to be that close are not measured, for measuring is dear."""
    most = longest.format(f"least(length({column}_l), length({column}_r))")
    return f"case when not {NEAR.format(column)} then false else {at_most_edits(f'{column}_l', f'{column}_r', most)} end"


SWAPPED = (
    "(case when first_name_l = last_name_l or first_name_r = last_name_r or first_name_l = first_name_r then false"
    " when jaro_winkler_similarity(first_name_l, last_name_r) < 0.92 then false"
    " else jaro_winkler_similarity(last_name_l, first_name_r) >= 0.92 end)"
)
#: Maria and Maria Luis may be one person, Jean Pierre and Jean Claude are not.
SECOND_NAMES_AGREE = "coalesce(second_initial_l = second_initial_r, true)"
VARIANT = f"(list_has_any(first_roots_l, first_roots_r) and {SECOND_NAMES_AGREE})"
INITIAL = "(least(length(first_name_l), length(first_name_r)) = 1 and left(first_name_l, 1) = left(first_name_r, 1))"
#: B. may be Robert, who is Bob to some.
MAYBE_INITIAL = "(least(length(first_name_l), length(first_name_r)) = 1 and list_has_any(first_initials_l, first_initials_r))"
SOUNDS = "({0}_sound_l = {0}_sound_r and length({0}_sound_l) >= 3)"
#: A slip of the pen; two names that both are names are not one, however close they stand (Mark and Mary).
SLIP_POSSIBLE = f"(not (first_known_l and first_known_r) and {SECOND_NAMES_AGREE})"
FIRST_SIMILAR = (
    f"({SOUNDS.format('first')} or case when {SLIP_POSSIBLE} then {edits('first_name', 'greatest(1, {0} // 4)')} else false end)"
)
NEITHER_KNOWN = "(not first_known_l and not first_known_r)"
FIRST_FAINT = (
    f"(case when not {SLIP_POSSIBLE} then false when {NEITHER_KNOWN} then {edits('first_name', '({0} + 1) // 2')}"
    f" else {edits('first_name', 'greatest(least(2, {0} - 2), {0} * 2 // 5)')} end)"
)
FIRST_POSSIBLY_SIMILAR = f"(first_sound_l = first_sound_r or case when {SLIP_POSSIBLE} then {NEAR.format('first_name')} else false end)"
LAST_SIMILAR = f"({SOUNDS.format('last')} or {edits('last_name', 'greatest(1, {0} // 4)')})"
OTHER_SCRIPT = "({0}_latin_l <> {0}_latin_r and jaro_winkler_similarity({0}_name_l, {0}_name_r) < 0.85)"
#: A mailbox that is only the name says no more than the name: at another provider, or with another number, it may be a namesake's.
MAILBOX_OF_THE_NAME = (
    "(case when email_l = email_r or mailbox_letters_l <> mailbox_letters_r then false"
    " when mailbox_digits_l = mailbox_digits_r and jaro_winkler_similarity(split_part(email_l, '@', 2), split_part(email_r, '@', 2)) >= 0.9"
    " then false else coalesce(mailbox_is_name_l or mailbox_is_name_r, false) end)"
)
EMAIL_POSSIBLY_NEAR = "(jaro_winkler_similarity(email_l, email_r) >= 0.8)"
EMAIL_NEAR = (
    f"(case when not {EMAIL_POSSIBLY_NEAR} then false"
    f" when not {at_most_edits('mailbox_l', 'mailbox_r', '(1 + least(length(mailbox_l), length(mailbox_r)) // 8)')} then false"
    f" else {at_most_edits('email_l', 'email_r', '4')} end)"
)
EMAIL_SLIP = f"case when {EMAIL_NEAR} then mailbox_digits_l = mailbox_digits_r else false end"
EMAIL_OTHER_NUMBER = EMAIL_NEAR

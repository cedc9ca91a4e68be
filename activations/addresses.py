"""E-mail addresses as people, exports and providers write them: the rule of the warehouse, `dbt_project/macros/normalized_email.sql`."""

import re

_LONGEST = 2_000
_WIDE = "＠﹫．。｡＋－＿＜＞，；：＂＇" + "".join(chr(0xFEE0 + code) for code in (*range(48, 58), *range(65, 91), *range(97, 123)))
_NARROW = "@@...+-_<>,;:\"'" + "".join(map(chr, (*range(48, 58), *range(65, 91), *range(97, 123))))
_HALFWIDTH = str.maketrans(_WIDE, _NARROW)
_QUOTES = "'‘’“”«»‹›`´"
# letters that take no room, and words of the machine
_UNSEEN = re.compile('[\xad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"]')
_AROUND = re.compile(rf"\A[\s{_QUOTES}<(\[{{,;:]+|[\s{_QUOTES}<>)\]}},;:.!]+\Z")
_NAME_BEFORE = re.compile(r"\A[^<]*<\s*")
_AROUND_LINK = re.compile(r"\A(?i:mailto):\s*|[?][^@]*\Z")
# of what ASCII has, a label of a domain has letters, digits, hyphen and underscore
_LABEL = r"[^\x00-,./:-@\[-^`{-\x7f\s]+"
_WHOLE = re.compile(rf"[^\s@<>]{{1,64}}@{_LABEL}(?:[.]{_LABEL})*")


def email_in(text: str) -> str | None:
    """The one e-mail address in a text, in the case that it has there, without what is around it: a name and `< >`, quotes, `mailto:`, the
    end of a sentence, letters that nobody sees. None where there is none or more than one.

    That of a host without a dot is one here, since providers name it in what they refused; to the warehouse it is none.
    """
    if len(text) > _LONGEST:
        return None
    address = _UNSEEN.sub("", text.translate(_HALFWIDTH))
    for pattern in (_AROUND, _NAME_BEFORE, _AROUND_LINK):
        address = pattern.sub("", address)
    return address if _WHOLE.fullmatch(address) else None

"""The forms of common English verbs: enough to turn plain sentences into questions."""

from __future__ import annotations

_REGULAR = """abandon accept accuse achieve acquire add adopt advise affect agree allow analyse
announce answer appear apply appoint approach approve argue arrange arrest arrive ask assess assign
attack attend attract award ban base blame block book borrow calculate call capture carry cause
celebrate chair change charge charter check claim classify close collaborate collapse collect
combine compare complain complete conclude conduct confirm connect consider consist contain continue
contribute convert convict correct cost count cover crash create criticise criticize cross damage
decide declare decline decrease dedicate defeat define delay deliver demand deny depart describe
design destroy detain detect determine develop diagnose die direct disclose discover discuss dismiss
display distribute divide donate double earn elect eliminate employ enable encourage end enhance
enter erect escape establish estimate evacuate examine exceed exclude execute expand expect
experience explain explode export express extend face fail feature file finance finish fire fix flee
follow form found free fund gain gather generate govern grant guarantee handle happen hire host
identify impact implement import impose improve include increase indicate inform initiate injure
inspect install introduce invent invest investigate invite involve issue join judge jump kill knock
land last launch lead learn license limit list live load locate lower maintain manage mark marry
measure merge mention monitor mount move murder name negotiate note obtain offer open operate order
organise organize oversee own pass pay perform permit pioneer place plan plant play point postpone
praise predict prepare prescribe present prevent produce promise promote propose protect prove
provide publish purchase raise reach realise receive recommend record recover recruit reduce refer
refuse refund reject release relocate remain remove renew rent repair repeat replace reply report
represent request require rescue resign resolve respond restore restructure result resume retire
return reveal review reward sail save schedule score seize select serve settle share ship show sign
solve specify spread sponsor stage start state stay steer stop store strengthen strike study submit
succeed suffer suggest supply support suppress surround survive suspend target teach terminate test
threaten total tour trade train transfer transform translate transport travel treat treble trigger
undergo unveil update urge use visit vote walk want warn wash weigh welcome withdraw witness work
yield"""
_DOUBLING = frozenset("ban permit plan refer ship stop submit transfer".split())
_IRREGULAR = """become became become|begin began begun|break broke broken|bring brought brought|
build built built|buy bought bought|catch caught caught|choose chose chosen|come came come|
cost cost cost|cut cut cut|draw drew drawn|drive drove driven|fall fell fallen|feel felt felt|
fight fought fought|find found found|flee fled fled|fly flew flown|forbid forbade forbidden|
forge forged forged|get got got|give gave given|go went gone|grow grew grown|hit hit hit|
hold held held|keep kept kept|lay laid laid|lead led led|leave left left|lend lent lent|
lose lost lost|make made made|mean meant meant|meet met met|oversee oversaw overseen|
pay paid paid|put put put|rise rose risen|run ran run|say said said|see saw seen|sell sold sold|
send sent sent|set set set|shoot shot shot|show showed shown|shut shut shut|sink sank sunk|
sit sat sat|speak spoke spoken|spend spent spent|split split split|spread spread spread|
stand stood stood|steal stole stolen|strike struck struck|swear swore sworn|swim swam swum|
take took taken|teach taught taught|tell told told|think thought thought|throw threw thrown|
undergo underwent undergone|win won won|withdraw withdrew withdrawn|write wrote written"""

AUXILIARIES = frozenset(
    "is are was were has have had will would can could may might must should shall".split()
)
"""Verbs that change places with the subject in a question."""


def _past(base: str) -> str:
    if base in _DOUBLING:
        return f"{base}{base[-1]}ed"
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ied"
    return f"{base}d" if base.endswith("e") else f"{base}ed"


def _third(base: str) -> str:
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ies"
    return f"{base}es" if base.endswith(("s", "sh", "ch", "x", "z", "o")) else f"{base}s"


_FORMS = [tuple(form.split()) for form in _IRREGULAR.replace("\n", "").split("|")]
_OWN = frozenset(base for base, _, _ in _FORMS)
_FORMS += [(base, _past(base), _past(base)) for base in _REGULAR.split() if base not in _OWN]

PAST = {past: base for base, past, _ in _FORMS} | {"found": "find", "founded": "found"}
"""Past forms -> the verb; what is also its own present ("put") counts as past."""
PARTICIPLES = {participle: base for base, _, participle in _FORMS} | {"born": "bear"}
"""What stands after "was" or "has" -> the verb."""
PRESENT = {_third(base): base for base, _, _ in _FORMS}
"""What he, she or it does -> the verb."""


def finite(word: str) -> bool:
    """Whether a word is a verb in a form that a sentence can rest on.

    >>> [finite(word) for word in ("acquired", "acquires", "was", "acquire", "bank")]
    [True, True, True, False, False]
    """
    return word in PAST or word in PRESENT or word in AUXILIARIES


def helped(verb: str) -> tuple[str, str]:
    """The word that asks for a verb, and the form of the verb that stands with it.

    >>> helped("acquired"), helped("holds")
    (('did', 'acquire'), ('does', 'hold'))
    """
    if verb in PAST:
        return "did", PAST[verb]
    return "does", PRESENT[verb]

"""What people say around their questions: greetings and thanks, and "what else?".

Only a message that is nothing else is small talk, and is answered without a look at the documents.
Around a question it is taken away; the rest is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from askdocs.answering.questions import analyse
from askdocs.retrieval_query import leans_on_history, restate
from askdocs.types import Answer, History, Hit

MODE = "conversation"
"""The mode of an answer that speaks for itself: it has no citations and is no refusal."""

_GREETING = (
    r"(?:hi+|hiya|hello+|hallo|hey+|howdy|greetings|yo|good (?:morning|afternoon|evening|day))"
    r"(?: (?:there|all|everyone|everybody|again|askdocs|friend|team|you|sir|madam|bot))?"
)
_THANKS = (
    r"(?:many |great |oh )?(?:thanks?(?: yo?u)?|thankyou|thx|thanx|tnx|ta|cheers|much obliged|"
    r"much appreciated)(?: (?:a lot|a million|a bunch|so much|very much|again|anyway|all|then|"
    r"for (?:that|this|it|(?:the|your|all(?: the| your)?|this|that) (?:\w+ )?"
    r"(?:help|info|information|answers?|explanations?|clarification|time|reply|assistance)|"
    r"(?:helping|clarifying|explaining|answering)(?: (?:me|that|this|it))?)|"
    r"to clarif\w+ (?:that|this|it)))*"
)
_FINE = (
    r"(?:ok|okay|fine|good|great|perfect|nice|cool|awesome|excellent|wonderful|lovely|amazing|"
    r"brilliant|super|fantastic|interesting|helpful|enough|clear|important|alright|all right)"
)
_HEARD = (
    rf"(?:oh,? |ah,? )?(?:(?:that|this|it) (?:is|was)(?: all| very| really| so| quite)? {_FINE}|"
    r"(?:i )?understood|i (?:see|understand|got it)|got it|gotcha|makes sense|that makes sense|"
    r"good to know|(?:very |how )?interesting|no (?:problem|worries)|never ?mind|forget it|"
    r"will do|i will do that|i will|okay|ok|oke?y?|alright|all right|well done|good job|"
    r"h+m+|oh+|a+h+|wow|sure|great|perfect|awesome|excellent|wonderful|brilliant|fantastic|"
    r"of course|yes|yep|yeah|yup)"
)
_HEARD_ALONE = (
    rf"(?:(?:very |really |so )?{_FINE}|no|nope|right|exactly|indeed|true|lol|(?:ha){{2,}}|k|"
    r"(?:i am |so |very )?sorry(?: about that)?|my (?:apologies|bad|mistake)|oops|"
    r"i (?:do not know|will think about it))"
)
_WELL = (
    r"(?:and )?how (?:are you(?: doing| feeling)?(?: today)?|is it going|do you do|"
    r"are things)|what is up|nice to meet you|are you there|i am (?:fine|good|well)"
)
_BYE = (
    r"(?:good)?bye(?: bye| now)?|good ?night|farewell|take care|see (?:you|ya)(?: later| soon|"
    r" tomorrow| around)?|have a (?:nice|good|great|lovely) (?:day|one|evening|weekend|time)|"
    r"that (?:is|was|will be) (?:all|it|everything)(?: for (?:now|today))?|i am done|"
    r"until next time"
)
_WHO = (
    r"who are you|what are you|what is your name|do you have a name|"
    r"who am i (?:talking|speaking|chatting) (?:to|with)|"
    r"are you (?:an? )?(?:real )?(?:bot|chatbot|robot|human|human being|person|ai|machine|real|"
    r"computer|program|language model|llm|chatgpt|alive|a?live person)|"
    r"who (?:made|built|created|wrote|programmed) you|introduce yourself|"
    r"(?:tell me|what) about yourself|how old are you|where are you from"
)
_HELP = (
    r"help(?: me)?(?: please)?|(?:can|could|would|will) (?:you|someone|anyone) (?:please )?"
    r"(?:help|assist)(?: me)?(?: out)?(?: please)?(?: with something)?|"
    r"i (?:need|want|would like)(?: to get)? (?:some |your )?(?:help|assistance|information|info)"
    r"(?: please)?|i have a question|"
    r"(?:what|so what) (?:else )?(?:can|could|do) you (?:do|know|offer|answer|help with|"
    r"help me with)(?: for me| here)?|"
    r"what (?:can|could|should|may) i ask(?: you)?(?: about)?(?: here)?|"
    r"how (?:can|do) (?:you|i) (?:help me|help|work|use you)|what are you (?:for|able to do|"
    r"good (?:at|for))|what is (?:your (?:purpose|job)|askdocs)|can i ask (?:you )?(?:a question|"
    r"something)"
)
_BAD = (
    r"(?:stupid|dumb|useless|(?:an? )?(?:idiot|moron|joke|liar|fool)|rubbish|garbage|nonsense|"
    r"bullshit|crap|shit|worthless|pathetic|hopeless|lousy|unhelpful|not (?:helpful|helping)|"
    r"no (?:help|use)|wrong|incorrect|not (?:true|right|correct))"
)
_COMPLAINT = (
    rf"(?:you are|this is|that is|that was|it is|your answer is)(?: so| really| very| just|"
    rf" totally| completely)? {_BAD}|(?:you )?(?:stupid|dumb|idiot|moron|useless)(?: (?:bot|"
    r"machine|computer|thing|idiot))?|you suck|fuck(?: you| off)?|damn(?: it| you)?|shut up|"
    r"go away|i hate (?:you|this)|wrong(?: answer)?|(?:this|that) (?:is|was) not what i "
    r"(?:asked|meant|want|wanted)(?: for)?|you (?:do not|did not) (?:understand|get it|answer"
    r"(?: my question| me)?|help(?: me)?)(?: me)?"
)

REPLIES: tuple[tuple[str, str], ...] = (
    (
        _COMPLAINT,
        "I am sorry that this did not help. Please ask again in other words, or name the document"
        " that you have in mind.",
    ),
    (
        _WHO,
        "I am askdocs, a program. I look for answers in the documents that I was given, and show"
        " the sentences that they rest on. What they do not say I do not know.",
    ),
    (
        _HELP,
        "Ask me anything that the documents may say: a figure, a name, a date, a reason. I answer"
        " with their own words, and tell you when they do not say or when they disagree. You can"
        " ask on from an answer (“And why?”), or ask for an overview: “What are these documents"
        " about?”",
    ),
    (_WELL, "I am well, thank you. What would you like to know from the documents?"),
    (_BYE, "Goodbye! Your documents and I will be here."),
    (_THANKS, "You are welcome. Is there anything else that you would like to know?"),
    (_GREETING, "Hello! What would you like to know from the documents?"),
    (f"{_HEARD}|{_HEARD_ALONE}", "All right. Ask me whatever else you would like to know."),
)
"""What is said to small talk; of several kinds in one message the first here is answered."""

_FILLER = r"(?:(?:and|so|well|but|please|just|then|now|oh|too) )*"


def _phrases(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"{_FILLER}(?:{'|'.join(patterns)})(?: please| now| then| too)*")


_SMALL_TALK = _phrases(*(pattern for pattern, _ in REPLIES))
_KINDS = [(re.compile(rf"(?:^| )(?:{pattern})(?= |$)"), reply) for pattern, reply in REPLIES]
_BEFORE = _phrases(_COMPLAINT, _HELP, _WELL, _THANKS, _GREETING, _HEARD)
_AFTER = _phrases(_THANKS, _BYE, r"please|pls|(?:can|could) you (?:please )?help(?: me)?")
_SHORT_FORMS = {"'s": " is", "'m": " am", "'re": " are", "'ll": " will", "'d": " would"}
_MOST_WORDS = 14

_OPENER = (
    r"(?:how|what|when|where|who|whom|whose|which|why|can|could|do|does|did|is|are|was|were|will|"
    r"would|please|tell|i|i'm|i'd|summari[sz]e|give|list|name|and|but|so|then|now)"
)
_CLAUSES = re.compile(r"(?<=[,.!?;:…–—])\s+")
_STRAIGHT_ON = re.compile(
    rf"^(?:(?:{_GREETING}|{_THANKS}|ok|okay)\s+)+(?={_OPENER}\b)", re.IGNORECASE
)
_ASKING = r"(?=(?:who|whom|whose|what|when|where|which|why|how)\b)"
_POLITE = re.compile(
    r"^(?:please,? )?(?:"
    rf"(?:(?:can|could|would|will) you )?(?:please )?(?:tell|show) me(?: please)?,? {_ASKING}|"
    rf"(?:do|would) you (?:happen to )?know,? {_ASKING}|any idea,? {_ASKING}|"
    r"(?:i would|i'd|i) (?:like|love|want|need|wish) to (?:know|ask|find out),? "
    rf"{_ASKING}|(?:i am|i'm|i was) wondering,? {_ASKING}|i wonder,? {_ASKING})",
    re.IGNORECASE,
)

_JOINED = r"(?:(?:and|but|so|ok|okay|wait|hm+|no|well|yes) )*"
_AGAIN = re.compile(
    rf"{_JOINED}(?:are you (?:quite |really |very )?(?:sure|certain)(?: (?:of|about) (?:that|this|"
    r"it))?|really|is (?:that|this|it) (?:really )?(?:so|right|true|correct)|"
    r"how (?:do you know|can you be sure)(?: (?:of )?(?:that|this))?|says who|"
    r"(?:who|(?:which|what) (?:document|source|file|report)|where)(?: do(?:es)?(?: it| they)?)? "
    r"(?:said|says|say|told you|claims?|reported?|states?)(?: so| that| this| it)?|"
    r"according to (?:whom|who|what)|what is (?:your|the) (?:source|evidence|proof)"
    r"(?: (?:for|of) (?:that|this))?|where (?:is|was) (?:that|this|it) (?:from|stated|written|"
    r"said)|where (?:does (?:that|this|it) come from|did you (?:get|find|read) (?:that|this|it))|"
    r"(?:what|pardon(?: me)?|huh|sorry|come again|say (?:that )?again|repeat(?: that)?)"
    r"(?: please)?)"
)
_MORE = re.compile(
    rf"{_JOINED}(?:please )?(?:(?:(?:can|could) you )?(?:please )?(?:tell|show|give) me (?:some )?"
    r"more|(?:some )?more|go on|continue|anything more|say more|(?:(?:can|could) you )?"
    r"(?:please )?(?:elaborate|expand)|(?:give me )?(?:more|further) (?:details?|information|"
    r"info))(?: (?:about|on) (?:that|this|it|him|her|them))?(?: please)?"
)
_ELSE = re.compile(
    r"\b(?:what|who|where|when|why|how|which|anything|anyone|anybody|somebody|something|somewhere)"
    r" else\b|\b(?:the|any|which|what|who|how many) (?:other|others|another)\b|\banother one\b",
    re.IGNORECASE,
)


def reply(message: str) -> Answer | None:
    """What is said to a message that is small talk, or `None` for one that is a question.

    >>> said = reply("Hi there, thank you so much!")
    >>> said.text, said.refused, said.citations
    ('You are welcome. Is there anything else that you would like to know?', False, ())
    >>> reply("Hello, how many were detained?")
    """
    heard = _plain(message)
    if not _made_of(heard, _SMALL_TALK):
        return None
    text = next((text for pattern, text in _KINDS if pattern.search(heard)), "")
    return Answer(question=message, text=text, support=1.0, mode=MODE) if text else None


def without_courtesies(question: str) -> str:
    """A question without the greeting, the thanks and the frame that are put around it.

    >>> without_courtesies("Thanks! Could you tell me who led it? Bye.")
    'who led it?'
    >>> without_courtesies("What is the hello protocol?")
    'What is the hello protocol?'
    """
    clauses = _CLAUSES.split(question.strip())
    while len(clauses) > 1 and _made_of(_plain(clauses[0]), _BEFORE):
        del clauses[0]
    while len(clauses) > 1 and _made_of(_plain(clauses[-1]), _AFTER):
        del clauses[-1]
    bare = _STRAIGHT_ON.sub("", " ".join(clauses).rstrip(","))
    return _POLITE.sub("", bare) or question


def meant(question: str, history: History) -> tuple[str, History]:
    """A question as it is meant after what was said, and the turns that it may lean on.

    What asks for more, or for the same again, becomes a question with a subject.

    >>> meant("No, I meant the ferry.", ["When was the tram built?", "Hm, interesting!"])
    ('What about the ferry?', ('When was the tram built?',))
    >>> meant("Are you sure?", ["When was the tram built?"])
    ('When was the tram built?', ())
    """
    turns = tuple(turn for turn in history if not _adds_nothing(turn))
    question = without_courtesies(question)
    if not turns:
        return question, turns
    if _AGAIN.fullmatch(_plain(question)):
        return meant(_asked(turns[-1]), turns[:-1])
    if _MORE.fullmatch(_plain(question)):
        about = analyse(meant(_asked(turns[-1]), turns[:-1])[0]).terms
        return f"Tell me more about {' '.join(about)}", turns
    if _plain(question) == "how so":
        return "Why?", turns
    return restate(question, turns), turns


def not_yet_said(question: str, hits: Sequence[Hit], history: History) -> list[Hit]:
    """The hits without the sentences that were shown, if a question asks what else there is."""
    more = _MORE.fullmatch(_plain(question)) or (
        _ELSE.search(question) and leans_on_history(question)
    )
    if not more:
        return list(hits)
    cited = [c for turn in history if isinstance(turn, Answer) for c in turn.citations]
    shown = {(c.document, c.start, c.end) for c in cited}
    return [_without(hit, shown) for hit in hits]


def _without(hit: Hit, shown: set[tuple[str, int, int]]) -> Hit:
    """A hit without some of its sentences; as it is if none would be left."""
    document, sentences = hit.passage.document, hit.passage.sentences
    kept = [
        number
        for number, (start, end) in enumerate(sentences)
        if not any(d == document and a <= start and end <= b for d, a, b in shown)
    ]
    if len(kept) == len(sentences) or not kept:
        return hit
    passage = replace(hit.passage, sentences=tuple(sentences[number] for number in kept))
    near = hit.similarities
    return replace(hit, passage=passage, similarities=tuple(near[n] for n in kept if n < len(near)))


def _asked(turn: Answer | str) -> str:
    return turn.question if isinstance(turn, Answer) else turn


def _adds_nothing(turn: Answer | str) -> bool:
    """Whether a turn is small talk, or asked for the same again."""
    if isinstance(turn, Answer) and turn.mode == MODE:
        return True
    asked = _asked(turn)
    return bool(_AGAIN.fullmatch(_plain(asked))) or reply(asked) is not None


def _plain(message: str) -> str:
    """A message in lower case without punctuation, its short forms written out."""
    text = message.replace("’", "'").casefold().replace("n't", " not").replace("ca not", "can not")
    for short, long in _SHORT_FORMS.items():
        text = re.sub(rf"{short}\b", long, text)
    return " ".join(re.findall(r"[^\W_]+", text))


def _made_of(heard: str, phrases: re.Pattern[str]) -> bool:
    """Whether nothing but such phrases follow one another in a short message."""
    parts = heard.split()
    if not 0 < len(parts) <= _MOST_WORDS:
        return False
    reached = [0]
    for end in range(1, len(parts) + 1):
        if any(phrases.fullmatch(" ".join(parts[start:end])) for start in reached):
            reached.append(end)
    return reached[-1] == len(parts)

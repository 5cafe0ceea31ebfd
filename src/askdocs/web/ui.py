"""The chat page: Gradio components and which function answers which event. Only this file imports
gradio; what the functions do is in `desk`, what they show in `render`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.routes import App
from starlette.concurrency import run_in_threadpool

from askdocs.access.principal import acting
from askdocs.errors import ConversationNotFound
from askdocs.stopping import Stop
from askdocs.web.desk import Desk, Message
from askdocs.web.options import Options
from askdocs.web.page_door import PageDoor
from askdocs.web.quality_page import may_judge
from askdocs.web.render import answer as render
from askdocs.web.render import conversations, document, pages, settings, turn_tools
from askdocs.web.render.signing_in import signed_in
from askdocs.web.ui_language import Page, for_reader, labels, session

Opened = tuple[str, Any, str]
"""What changes with the conversation: its id, the messages, the list of conversations."""

FONTS = ["-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "sans-serif"]
MONO = ["ui-monospace", "Consolas", "Menlo", "Liberation Mono", "monospace"]

_EVENTS = 512
"""Events that wait at most; those of questions wait in the line of all instead."""

_BESIDE = 24
"""Events beside those of questions that are handled at once."""

# Whoever is quicker than the page's own script asks all documents, as the server is set; and who is
# quicker than the conversation that the address names asks in that one all the same.
ADDRESS = "new URLSearchParams(window.location.search).get('c') || ''"
CHOSEN = f"""(question, conversation) => [
    question, conversation || {ADDRESS}, window.askdocs ? window.askdocs.options() : '']"""

# What is to be done with which conversation comes as an event of the list: see conversations.js.
CHOOSE = "element.addEventListener('choose', (event) => { trigger('select', event.detail); });"


class Handlers:
    """What the page does on its events, as plain functions of a desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._asking: dict[str, Stop] = {}

    def load(self, conversation: str) -> tuple[Any, Any, Any]:
        """The page with the conversation of the address, if there is one; else it is as it came.

        Whoever is quick may have asked already: what they began is not covered with nothing.
        """
        opened = self.open(conversation)
        return opened if opened[0] else (gr.skip(), gr.skip(), gr.skip())

    def suggest(self) -> Any:
        """The welcome with its questions; the messages stay as they are."""
        return gr.update(placeholder=self.desk.welcome(wait=True))

    def open(self, conversation: str) -> Opened:
        """A kept conversation, or an empty one."""
        messages: list[Message] = []
        if conversation:
            try:
                messages = self.desk.messages(conversation)
            except ConversationNotFound:
                conversation = ""
        chat = gr.update(value=messages, placeholder=self.desk.welcome())
        return conversation, chat, self.desk.conversations(conversation)

    async def ask(
        self, question: str, conversation: str, options: str = ""
    ) -> AsyncIterator[tuple[Any, Any, Any, Any]]:
        """The conversation while the answer is written; an empty question changes nothing.

        When Gradio ends it, the work on the answer ends, too.
        """
        if not question.strip():
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip()
            return
        stop, window = Stop(self.desk.service.settings.deadline), session()
        self._asking[window] = stop
        states = self.desk.ask(conversation, question.strip(), Options.from_json(options), stop)
        try:
            async with aclosing(states):
                async for identifier, messages, done in states:
                    if done:
                        listed = await run_in_threadpool(self.desk.conversations, identifier)
                        yield gr.skip(), messages, identifier, listed
                    else:
                        yield "", messages, gr.skip(), gr.skip()
        finally:
            if self._asking.get(window) is stop:
                del self._asking[window]

    def leave(self, window: str) -> None:
        """The window was closed: nobody waits for its answer any more."""
        if stop := self._asking.get(window):
            stop.stop()

    def choose(self, conversation: str, event: gr.EventData) -> tuple[Any, Any, Any]:
        """Open, begin, rename or delete a conversation, as the event says."""
        action, identifier = str(event._data.get("action")), str(event._data.get("id"))
        return self.act(action, identifier, conversation, str(event._data.get("title", "")))

    def act(
        self, action: str, identifier: str, conversation: str, title: str = ""
    ) -> tuple[Any, Any, Any]:
        """The page after `action` on a conversation, when `conversation` was open."""
        if action == "open":
            return self.open(identifier)
        if action == "rename":
            self.desk.rename(identifier, title)
            return gr.skip(), gr.skip(), self.desk.conversations(conversation)
        if action == "delete":
            self.desk.delete(identifier)
            if identifier != conversation:
                return gr.skip(), gr.skip(), self.desk.conversations(conversation)
        return self.open("")

    def follow(self, conversation: str) -> str:
        """Questions to go on with."""
        return self.desk.next_questions(conversation)

    def stop(self, messages: list[dict[str, Any]]) -> list[Message]:
        """The messages with the last one as it stands when it is stopped."""
        shown = [{"role": str(one["role"]), "content": _content(one)} for one in messages]
        if shown:
            tools = turn_tools.of_failure(len(shown) // 2 - 1)
            shown[-1]["content"] = render.stopped(shown[-1]["content"]) + tools
        return shown


def _content(message: dict[str, Any]) -> str:
    """The text of a message as gradio hands it back: a string or a list of blocks."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "".join(str(block.get("text", "")) for block in content)


def build(handlers: Handlers, words: gr.I18n) -> gr.Blocks:
    """The page over the handlers' desk, with `words` for Gradio's own parts."""
    desk = handlers.desk
    with Page(
        title="askdocs", fill_width=True, fill_height=True, analytics_enabled=False
    ) as blocks:
        conversation = gr.Textbox(visible="hidden", elem_id="conversation", show_label=False)
        options = gr.Textbox(visible="hidden", elem_id="options", show_label=False)
        blocks.html(lambda: conversations.top_bar(can_begin=desk.asks), elem_id="top")
        with gr.Row(elem_id="workspace"):
            with gr.Column(elem_id="side", scale=0):
                blocks.html(lambda: conversations.top(can_begin=desk.asks), elem_id="talks-top")
                history = blocks.html(desk.conversations, js_on_load=CHOOSE, elem_id="history")
                gr.HTML(conversations.FOUND, elem_id="found")
                blocks.html(desk.documents, elem_id="documents")
                blocks.html(lambda: _foot(desk), elem_id="foot")
            with gr.Column(elem_id="talk"):
                chat = _chat(words)
                blocks.renew(chat, "placeholder", desk.welcome)
                following = gr.HTML(elem_id="following")
                blocks.html(turn_tools.editing, elem_id="editing")
                question, send, stop = _composer(words)
            blocks.html(document.frame, elem_id="viewer")
        blocks.html(conversations.notice, elem_id="notice")
        page = [conversation, chat, history]
        private = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": 4}
        address = f"() => {ADDRESS}"
        blocks.load(for_reader(handlers.load), conversation, page, js=address, **private)
        blocks.load(for_reader(handlers.suggest), None, chat, **private)
        history.select(for_reader(handlers.choose), conversation, page, **private)
        asking = gr.on(
            [question.submit, send.click],
            for_reader(handlers.ask),
            [question, conversation, options],
            [question, chat, conversation, history],
            js=CHOSEN,
            **(private | {"concurrency_limit": None}),  # whose turn it is, the line of all says
        )
        # Only when the answer is there: to try the questions takes a moment.
        asking.then(for_reader(handlers.follow), conversation, following, **private)
        # First the end, then the note: else a last piece of the answer could cover the note.
        ended = stop.click(None, None, None, cancels=[asking], api_visibility="private")
        ended.then(for_reader(handlers.stop), chat, chat, **private)
        remember = "(id) => { window.askdocs && window.askdocs.remember(id); }"
        conversation.change(None, conversation, None, js=remember, api_visibility="private")
    given = desk.service.settings
    blocks.max_threads = given.running + given.waiting + _BESIDE  # as many events at once
    queued = blocks.queue(max_size=_EVENTS)
    # Gradio looks for something to do a thousand times a second: 7 % of a core, all the time.
    queued._queue.sleep_when_free = 0.005
    return queued


def _foot(desk: Desk) -> str:
    """The foot of the side bar, for whoever looks at it."""
    person = acting()
    signed = signed_in(person.name) if person.name else ""
    return settings.foot(signed, quality=may_judge(person), asks=desk.asks)


def _chat(words: gr.I18n) -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        show_label=False,
        label=words("conversation"),
        container=False,
        layout="panel",
        buttons=[],
        feedback_options=None,
        latex_delimiters=[],
        sanitize_html=True,
        group_consecutive_messages=False,
        autoscroll=False,  # the page puts the question at the top instead: see page.js
    )


def _composer(words: gr.I18n) -> tuple[gr.Textbox, gr.Button, gr.Button]:
    with gr.Row(elem_id="composer"):
        question = gr.Textbox(
            label=words("your_question"),
            placeholder=words("ask_the_documents"),
            elem_id="question",
            lines=1,
            max_lines=6,
            container=False,
            autofocus=True,
        )
        stop = gr.Button(words("stop"), elem_id="stop", scale=0, min_width=64)
        send = gr.Button(words("ask"), elem_id="send", scale=0, min_width=64, variant="primary")
    return question, send, stop


def mount(app: FastAPI, desk: Desk, icon: Path) -> FastAPI:
    """The app with the page at `/`, in the fonts of the reader's own system, loading nothing."""
    words = labels()
    handlers = Handlers(desk)
    page = build(handlers, words)
    mounted = gr.mount_gradio_app(
        app,
        page,
        path="/",
        i18n=words,
        theme=gr.themes.Base(font=FONTS, font_mono=MONO),
        head=pages.HEAD,
        favicon_path=str(icon),
        footer_links=[],
        show_error=False,
        allowed_paths=[],
        ssr_mode=False,
        max_file_size="1mb",
    )
    gradios = next(one.app for one in mounted.routes if isinstance(getattr(one, "app", None), App))
    gradios.add_middleware(PageDoor, events=page._queue, left=handlers.leave)
    return mounted

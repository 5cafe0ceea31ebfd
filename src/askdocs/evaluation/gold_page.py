"""The page on which a person goes through drafts. Only this file of the evaluation knows gradio."""

from __future__ import annotations

import socket
from html import escape
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse, Response

from askdocs.errors import AskdocsError, ServerError
from askdocs.evaluation.gold_context import Context, told
from askdocs.evaluation.gold_review import Edited, Review

HOST = "127.0.0.1"
FONTS = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Liberation Sans", "sans-serif"]
MONO = ["ui-monospace", "Consolas", "Liberation Mono", "monospace"]
KEYS = {"a": "accept", "r": "reject", "n": "next", "p": "previous", "u": "undo"}
HEAD = """<style>
.gradio-container { max-width: 60rem !important; margin: 0 auto; padding: 0 1rem !important; }
.evidence article { margin: .75rem 0; }
.evidence h3 { font-size: .85rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
.evidence p { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
.evidence mark, .evidence mark * { background: #fde68a; color: #1c1917 !important; }
.evidence mark strong { text-decoration: underline; }
.told { opacity: .85; } .told-of ul { color: inherit; padding-left: 1.2rem; list-style: disc; }
.told-of ol { padding-left: 1.2rem; list-style: decimal; }
#keys { font-size: .85rem; }
#message { min-height: 2rem; }
</style>
<script>
document.addEventListener("keydown", (event) => {
  const field = event.target.closest("textarea, input");
  if (field && event.key === "Escape") { field.blur(); return; }
  if (field && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault(); field.blur();
    setTimeout(() => document.querySelector("#accept").click(), 50); return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (field && field.type !== "checkbox") return;
  if (event.key === "e") {
    event.preventDefault(); document.querySelector("#question textarea").focus(); return;
  }
  const button = KEYS[event.key];
  if (button && !event.repeat) document.querySelector("#" + button).click();
});
</script>"""
HELP = (
    "Keys: <kbd>a</kbd> accept, <kbd>r</kbd> reject, <kbd>n</kbd> next, <kbd>p</kbd> previous, "
    "<kbd>u</kbd> undo, <kbd>e</kbd> edit; in a field <kbd>Ctrl</kbd>+<kbd>Enter</kbd> accepts and "
    "<kbd>Esc</kbd> leaves it."
)
DONE = "<p><strong>No draft is left.</strong> Check the file: askdocs gold check</p>"

Fields = tuple[Any, ...]
"""The id, what is told of the draft, the four fields, its evidence, the message."""


class Page:
    """What the page does on its events, as plain functions."""

    def __init__(self, review: Review, context: Context) -> None:
        self.review = review
        self.context = context

    def show(self, place: int, message: str = "") -> Fields:
        """The draft at a place; the first one after the last."""
        drafts = self.review.drafts()
        if not drafts:
            nothing = (gr.update(value="", interactive=False),) * 2
            shut = gr.update(value=False, interactive=False)
            return "", DONE, nothing[0], shut, *nothing, "", _status(message)
        place %= len(drafts)
        row = drafts[place]
        edited = self.review.edited(row)
        return (
            row["id"],
            told(place + 1, len(drafts), row, self.review.warnings(row)),
            gr.update(value=edited.question, interactive=True),
            gr.update(value=edited.answerable, interactive=True),
            gr.update(value=edited.answers, interactive=True),
            gr.update(value=edited.evidence, interactive=True),
            self.context.show(row),
            _status(message),
        )

    def move(self, identifier: str, steps: int) -> Fields:
        """The draft so many places on."""
        return self.show(self._place(identifier) + steps)

    def accept(self, identifier: str, *fields: Any) -> Fields:
        """Write the draft as it was edited among the questions, and show the next."""
        place = self._place(identifier)
        try:
            self.review.accept(identifier, Edited(*fields))
        except AskdocsError as error:
            return (*(gr.skip(),) * 7, _status(f"Not accepted: {error}"))
        return self.show(place, "Accepted.")

    def reject(self, identifier: str) -> Fields:
        """Take the draft out, and show the next."""
        place = self._place(identifier)
        try:
            self.review.reject(identifier)
        except AskdocsError as error:
            return (*(gr.skip(),) * 7, _status(f"Not rejected: {error}"))
        return self.show(place, f"Rejected; it is kept in {self.review.rejected.name}.")

    def undo(self, identifier: str) -> Fields:
        """Bring the last draft back."""
        try:
            back = self.review.undo()
        except AskdocsError as error:
            return (*(gr.skip(),) * 7, _status(f"Not undone: {error}"))
        if not back:
            return self.show(self._place(identifier), "There is nothing to undo.")
        return self.show(self._place(back), "Undone.")

    def _place(self, identifier: str) -> int:
        ids = [row["id"] for row in self.review.drafts()]
        return ids.index(identifier) if identifier in ids else 0


def _status(message: str) -> str:
    """What is said of the last step, also to whoever does not see it."""
    return f'<p role="status">{escape(message)}</p>'


def build(page: Page) -> gr.Blocks:
    """The page: a draft, what may be done with it, and where its evidence stands."""
    with gr.Blocks(title="askdocs gold", analytics_enabled=False) as blocks:
        identifier = gr.State("")
        gr.Markdown(f"# Drafts in {page.review.path.name.replace('`', '')}", sanitize_html=True)
        about = gr.HTML()
        question = gr.Textbox(label="Question", elem_id="question", lines=2)
        answerable = gr.Checkbox(label="The documents answer it", elem_id="answerable")
        answers = gr.Textbox(
            label="What a right answer holds",
            info="One line for each thing that it must hold; forms of the same set apart by “ | ”",
            elem_id="answers",
            lines=1,
        )
        evidence = gr.Textbox(
            label="Evidence",
            info="One line for each quote: the document, “ | ”, the words",
            elem_id="evidence",
            lines=2,
        )
        with gr.Row():
            accept = gr.Button("Accept", elem_id="accept", variant="primary", min_width=90)
            reject = gr.Button("Reject", elem_id="reject", variant="stop", min_width=90)
            previous = gr.Button("Previous", elem_id="previous", min_width=90)
            onward = gr.Button("Next", elem_id="next", min_width=90)
            undo = gr.Button("Undo", elem_id="undo", min_width=90)
        message = gr.HTML(elem_id="message")
        shown = gr.HTML(elem_id="context")
        gr.HTML(HELP, elem_id="keys")
        fields = [question, answerable, answers, evidence]
        every = [identifier, about, *fields, shown, message]
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        blocks.load(lambda: page.show(0), None, every, **private)
        accept.click(page.accept, [identifier, *fields], every, **private)
        reject.click(page.reject, identifier, every, **private)
        previous.click(lambda one: page.move(one, -1), identifier, every, **private)
        onward.click(lambda one: page.move(one, 1), identifier, every, **private)
        undo.click(page.undo, identifier, every, **private)
    return blocks.queue(default_concurrency_limit=1)


def create_review_app(review: Review, context: Context) -> FastAPI:
    """The page as an app that only this computer's own pages may speak to."""
    app = FastAPI(openapi_url=None)

    @app.middleware("http")
    async def own_pages_only(request: Request, call_next: Any) -> Response:
        origin = request.headers.get("origin")
        if origin and origin != f"http://{request.headers.get('host')}":
            return PlainTextResponse("another page may not write here", status_code=403)
        answer: Response = await call_next(request)
        return answer

    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
    return gr.mount_gradio_app(
        app,
        build(Page(review, context)),
        path="/",
        theme=gr.themes.Base(font=FONTS, font_mono=MONO).set(
            block_info_text_color="*neutral_600", block_info_text_color_dark="*neutral_300"
        ),
        head=HEAD.replace("KEYS[", f"({KEYS!r})["),
        footer_links=[],
        show_error=False,
        allowed_paths=[],
        ssr_mode=False,
    )


def serve_review(review: Review, context: Context, *, port: int = 7861) -> None:
    """Serve the page on this computer until Ctrl-C; port 0 takes any free one.

    Raises `ServerError` if the port cannot be used.
    """
    try:
        listening = socket.create_server((HOST, port))
    except OSError as error:
        raise ServerError(f"port {port}: {error.strerror}; give another with --port") from error
    with listening:
        address = f"http://{HOST}:{listening.getsockname()[1]}"
        print(f"{len(review.drafts())} drafts at {address}  (Ctrl-C ends it)", flush=True)
        app = create_review_app(review, context)
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2)
        uvicorn.Server(config).run(sockets=[listening])

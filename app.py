"""Serve the chat page over the index in `index/`. Run it with: python app.py."""

from askdocs import AskdocsError, serve

if __name__ == "__main__":
    try:
        serve("index/")
    except AskdocsError as error:
        raise SystemExit(f"askdocs: {error}") from error
